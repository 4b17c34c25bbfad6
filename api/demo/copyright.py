"""
© lines taken apart: who is named, under what name they act, who wrote and published the original.

The lines are free text that people typed for sixty years. The rules, in order:

1. Entities, © signs of every spelling, years and set phrases are taken away; a © sign begins a
   new name.
2. Names part at slashes and commas, but not inside brackets and not before Ltd. or Inc.
3. Names part at a middle dot unless the whole is a known name (ジェームス・Ｍ・バリ), the title of
   the work has it, or every part is katakana and none a company: then it is one foreign name.
4. Names part at a space only where two of the parts are known names, behind a publisher, or
   after 製作委員会.
5. A name with a word such as 製作委員会 or Project is what the others act under, not one of them.
6. A name that the catalogue credits with the original, or that stands before the first
   publisher and is no company, is its author.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from api.demo.credits import (
    KnownNames,
    holds,
    is_committee,
    is_publisher,
    name_key,
    split_at,
    tidy,
    words,
)
from ledger.core.catalogue import search_text

_ENTITY = re.compile(r"[&＆][#＃]?(\w+);")
_SIGN = re.compile(r"[(（〔][cCｃ][)）〕]|[©Ⓒⓒ]|\[©\]|^c(?=[^a-z])")
_YEAR = re.compile(
    r"(?<!\d)(?:[1１][9９]|[2２][0０])\d\d(?!\d)Y?(?:\s*[-–~～]\s*(?:19|20)\d\dY?)?"
    r"|'\d\d(?:,'\d\d)*".replace("Y", words()["year_sign"])
)
_LEGAL_TAIL = re.compile(r"(?i)^\s*(?:ltd|inc|llc|co)\b")
_LEGAL_END = re.compile(r"(?i)(?:(?<=ltd\.)|(?<=inc\.)|(?<=corporation))(?:\s+|(?=[^\x00-\x7f]))")
_QUOTES = re.compile('["“”]')
_LONELY_STOP = re.compile(r"\s+\.$")
_OPENING = "." + "".join(words()["middle_dots"])
_COMMAS = ["、", ","]
_EDGES = " \u3000,、-"

#: Stands for a middle dot that is inside a name while names are parted.
_KEPT_DOT = "\ue000"
_NOTICE = "\ue001"


@dataclass(frozen=True, kw_only=True)
class CopyrightLine:
    """
    What one © line says. Each name stands as it is written there, once.

    ``parties`` are those who act, the publisher among them, in the order of the line; authors
    are not. ``committee`` is the first name they act under, if there is one.
    """

    parties: tuple[str, ...]
    committee: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str | None = None


def parse_copyright_line(
    line: str, *, known: KnownNames, title: str = "", authors: Collection[str] = ()
) -> CopyrightLine:
    """
    Take a © line apart; ``title`` and credited ``authors`` are those of its work.

    A line that names nobody gives no parties.
    """
    kept = (*(name for name in authors if _has_dot(name)), *known.dotted)
    text = _plain(line)
    for name in kept:
        text = text.replace(name, _keep_dots(name))
    names = _unique(_names(text, known, title))
    acting = [name for name in names if not _is_committee(name, known)]
    committee = next((name for name in names if _is_committee(name, known)), None)
    publisher = next((name for name in acting if _publishes(name)), None)
    before = acting[: acting.index(publisher)] if publisher else []
    writers = [
        name
        for name in acting
        if not (_publishes(name) or known.is_company(name))
        and (name in before or holds(authors, name))
    ]
    return CopyrightLine(
        parties=tuple(_published(name) for name in acting if name not in writers),
        committee=committee,
        authors=tuple(writers),
        publisher=publisher and _published(publisher),
    )


def _plain(line: str) -> str:
    """Return the line with a mark for each © sign, without entities, years and phrases."""
    text = _QUOTES.sub("", html.unescape(_ENTITY.sub(_entity, line)))
    text = _SIGN.sub(_NOTICE, text.strip())
    for phrase in words()["noise"]:
        text = text.replace(phrase, " ")
    return _YEAR.sub(" ", text)


def _entity(match: re.Match[str]) -> str:
    written = match[0].replace("＆", "&").replace("＃", "#")
    return written if html.unescape(written) != written else match[0]


def _names(text: str, known: KnownNames, title: str) -> Iterator[str]:
    for part in _mended(_parts(text, title)):
        for piece in _at_dots(part, known, title):
            for name in _at_spaces(piece, known):
                yield from _tidied(name)


def _parts(text: str, title: str) -> list[str]:
    """Part a text at © signs, slashes and commas that stand outside brackets."""
    parts = [""]
    depth = 0
    for at, sign in enumerate(text):
        depth = max(0, depth + (sign in words()["opening"]) - (sign in words()["closing"]))
        after = text[at + 1 :]
        is_comma = sign == "," and not (
            _LEGAL_TAIL.match(after) or _title_has(title, parts[-1], after)
        )
        if sign == _NOTICE or (not depth and (sign in words()["separators"] or is_comma)):
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _mended(parts: Sequence[str]) -> list[str]:
    """Join a part that cannot begin a name to the one before: the line was broken there."""
    mended: list[str] = []
    for part in parts:
        begins = unicodedata.name(part.strip()[:1], "") if part.strip() else ""
        is_rest = "SOUND MARK" in begins or ("SMALL" in begins and "KATAKANA" in begins)
        if is_rest and mended:
            mended[-1] = mended[-1].rstrip() + part.strip()
        else:
            mended.append(part)
    return mended


def _at_dots(part: str, known: KnownNames, title: str) -> list[str]:
    dots = [dot for dot in words()["middle_dots"] if dot in part]
    if not dots:
        return [part]
    pieces = _outside_brackets(part, dots)
    joined = pieces[:1]
    foreign = _foreign_runs(pieces, known)
    for (before, piece), is_foreign in zip(pairwise(pieces), foreign, strict=True):
        if is_foreign or _is_no_name(piece) or _title_has(title, before, piece):
            joined[-1] += _KEPT_DOT + piece
        else:
            joined.append(piece)
    return joined


def _outside_brackets(part: str, dots: Sequence[str]) -> list[str]:
    pieces = [""]
    depth = 0
    for sign in part:
        depth = max(0, depth + (sign in words()["opening"]) - (sign in words()["closing"]))
        if sign in dots and not depth:
            pieces.append("")
        else:
            pieces[-1] += sign
    return [piece.strip() for piece in pieces if piece.strip()] or [""]


def _foreign_runs(pieces: Sequence[str], known: KnownNames) -> list[bool]:
    """Tell for each middle dot whether both sides are katakana, unknown and of one name."""
    foreign = [_is_katakana(piece) and name_key(piece) not in known.companies for piece in pieces]
    return [one and other for one, other in pairwise(foreign)]


def _is_katakana(text: str) -> bool:
    names = [unicodedata.name(sign, "") for sign in text if not sign.isspace()]
    return all(name.startswith(("KATAKANA", "FULLWIDTH LATIN")) for name in names)


def _is_no_name(piece: str) -> bool:
    """Tell whether a piece is one letter, or only what ends a company's name (フジオ・プロ)."""
    return len(piece) == 1 or piece in words()["company_words"]


def _title_has(title: str, before: str, piece: str) -> bool:
    """Tell whether the work's title runs from one piece into the next."""
    start, follows = name_key(before), name_key(piece.replace(_KEPT_DOT, ""))[:1]
    return len(start) > 1 and bool(follows) and start + follows in name_key(title)


def _at_spaces(piece: str, known: KnownNames) -> list[str]:
    """Part a piece at spaces where two known names, a publisher or a committee show."""
    tokens = piece.split()
    if len(tokens) < 2 or piece.rstrip().endswith(words()["published_by"]):
        return _at_legal_ends(piece)
    ends = [at for at, token in enumerate(tokens[:-1]) if _ends_committee(token)]
    if ends:
        name, rest = tokens[: ends[0] + 1], tokens[ends[0] + 1 :]
        return ["".join(name), *_at_spaces(" ".join(rest), known)]
    groups = _token_groups(tokens)
    shown = sum(name_key(group) in known.companies | known.people for group in groups)
    if shown >= 2 or is_publisher(groups[0]):
        return groups
    return _at_legal_ends(piece)


def _ends_committee(token: str) -> bool:
    endings = tuple(word for word in words()["committee_words"] if not word.isascii())
    return token.endswith(endings) and is_committee(token)


def _token_groups(tokens: Sequence[str]) -> list[str]:
    """Keep Latin words together; each Japanese word stands alone."""
    groups: list[str] = []
    for before, token in pairwise(["", *tokens]):
        if groups and before.isascii() and token.isascii():
            groups[-1] += " " + token
        else:
            groups.append(token)
    return groups


def _at_legal_ends(piece: str) -> list[str]:
    return _LEGAL_END.split(piece.strip())


def _tidied(name: str) -> Iterator[str]:
    """Give the name, or for a committee with members in brackets behind it, those too."""
    inside = re.search(r"[(（]([^()（）]*[、,][^()（）]*)[)）]\s*$", name)
    bare = name[: inside.start()] if inside else name
    for each in [bare, *(split_at(inside[1], _COMMAS) if inside else [])]:
        tidied = tidy(each.replace(_KEPT_DOT, words()["middle_dots"][0]))
        tidied = _LONELY_STOP.sub("", tidied.strip(_EDGES)).lstrip(_OPENING)
        bracketed = re.fullmatch(r"\[([^\[\]]*)\]", tidied)
        tidied = bracketed[1] if bracketed else tidied
        if search_text(tidied) and not tidied.isdecimal() and tidied not in words()["unknown"]:
            yield tidied


def _unique(names: Iterable[str]) -> list[str]:
    """Return each name once, as it is written first."""
    first: dict[str, str] = {}
    for name in names:
        if bare := _published(name):
            first.setdefault(name_key(bare), name)
    return list(first.values())


def _is_committee(name: str, known: KnownNames) -> bool:
    return is_committee(name) and name_key(name) not in known.companies


def _publishes(name: str) -> bool:
    return name.endswith(words()["published_by"]) or is_publisher(name)


def _published(name: str) -> str:
    return name.removesuffix(words()["published_by"]).strip()


def _has_dot(name: str) -> bool:
    return any(dot in name for dot in words()["middle_dots"])


def _keep_dots(name: str) -> str:
    for dot in words()["middle_dots"]:
        name = name.replace(dot, _KEPT_DOT)
    return name
