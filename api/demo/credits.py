"""
Credits: the words that credit lines are written with, and how names in them are told apart.

Owns what counts as the same name, as a company's name and as a committee's; ``copyright.py``
takes whole lines apart. The words are in ``credits.toml``, because they are a format of the
sources and nothing a person is shown.
"""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from invoices.kana import LEGAL_FORMS
from ledger.core.catalogue import search_text

_FORM = re.compile("|".join(sorted(map(re.escape, LEGAL_FORMS), key=len, reverse=True)))
_ACRONYM = re.compile(r"[A-Z0-9][A-Z0-9-]{1,7}")
_SPACES = re.compile(r"\s+")
_SPACES_IN_JAPANESE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_STRAY = " \u3000\"'“”:;,*＊"


@cache
def words() -> dict[str, Any]:
    """Return the words credit lines are written with."""
    return tomllib.loads(files("api.demo").joinpath("credits.toml").read_text(encoding="utf-8"))


@cache
def name_key(name: str) -> str:
    """
    Return what a name is compared by: no legal form, width, spaces, case or variant kanji.

    >>> name_key("GAME FREAK") == name_key("game freak")
    True
    """
    return search_text(_FORM.sub("", name)) or name


@dataclass(frozen=True)
class KnownNames:
    """What the sources themselves tell about names: who is a company, which name has a dot."""

    companies: frozenset[str]  # as name_key() writes them
    people: frozenset[str]
    dotted: tuple[str, ...]  # names with a middle dot inside, the longest first

    def is_company(self, name: str) -> bool:
        """Tell whether a name is in the list, an acronym, or has a word only companies have."""
        plain = unicodedata.normalize("NFKC", name)
        return (
            name_key(name) in self.companies
            or _FORM.search(name) is not None
            or _ACRONYM.fullmatch(plain) is not None
            or any(word in plain.casefold() for word in words()["company_words"])
        )


def known_names(
    *, organisations: Iterable[str], credited: Iterable[str], people: Iterable[str]
) -> KnownNames:
    """
    Gather what is known of names: a list of companies, and credits of companies and of people.

    A credited name keeps its middle dot unless one of its parts is a company by itself, for
    then it is two names (the catalogue has such entries); a listed company always keeps it.
    """
    listed = [_FORM.sub("", name).strip() for name in organisations]
    making = [name for name in credited if not is_committee(name)]
    keys = {name_key(name) for name in (*listed, *making) if name}
    keys -= {name_key(word) for word in words()["company_words"]}
    writing = list(people)
    dotted = dict.fromkeys(name for name in listed if _has_dot(name))
    for name in (*making, *writing):
        parts = split_at(name, words()["middle_dots"])
        if _has_dot(name) and not any(name_key(part) in keys for part in parts):
            dotted[name] = None
    return KnownNames(
        companies=frozenset(keys),
        people=frozenset(name_key(name) for name in writing),
        dotted=tuple(sorted(dotted, key=lambda name: (-len(name), name))),
    )


def _has_dot(name: str) -> bool:
    return any(dot in name for dot in words()["middle_dots"])


def split_at(text: str, separators: Sequence[str]) -> list[str]:
    """Return the parts of a text between separators, without spaces around and without none."""
    parts = re.split("|".join(map(re.escape, separators)), text)
    return [part.strip() for part in parts if part.strip()]


def credit_names(credit: str) -> list[tuple[str, str]]:
    """
    Return the names of a credit of the catalogue, each with the role before it, "" for none.

    A role is said once and holds for all the names that follow it.
    """
    role = ""
    found = []
    for part in split_at(credit, words()["credit_separators"]):
        said, name = _role_and_name(part)
        role = said or role
        name = tidy(name)
        if name and name not in words()["unknown"]:
            found.append((role, name))
    return found


def is_committee(name: str) -> bool:
    """Tell whether a name is one that several act under."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return name not in words()["no_committees"] and any(
        word in plain for word in words()["committee_words"]
    )


def is_publisher(name: str) -> bool:
    """Tell whether a name is that of a publisher of originals."""
    plain = name_key(name)
    if any(name.endswith(ending) for ending in words()["no_publisher_endings"]):
        return False
    return any(name.endswith(ending) for ending in words()["publisher_endings"]) or any(
        plain.startswith(name_key(publisher)) for publisher in words()["publishers"]
    )


def tidy(name: str) -> str:
    """Return a name without asides, stray signs at its ends, or spaces inside Japanese."""
    name = _without_asides(name).strip(_STRAY)
    return _SPACES.sub(" ", _SPACES_IN_JAPANESE.sub("", name))


def holds(names: Collection[str], name: str) -> bool:
    """Tell whether a name is among others, however it is spelt."""
    return name_key(name) in {name_key(each) for each in names}


def _role_and_name(part: str) -> tuple[str, str]:
    opening, closing = words()["role_opening"], words()["role_closing"]
    role = ""
    while part[:1] and part[0] in opening:
        end = next((at for at, sign in enumerate(part) if sign in closing), None)
        if end is None:
            return role, part.strip(opening)
        role, part = part[1:end].strip(opening), part[end + 1 :].strip()
    return role, part


def _without_asides(name: str) -> str:
    opening, closing = words()["asides"], "）)"
    if name[:1] and name[0] in opening and name[-1] in closing:
        return name[1:-1]
    kept, depth = [], 0
    for sign in name:
        depth += sign in opening
        if not depth:
            kept.append(sign)
        depth -= sign in closing and depth > 0
    return "".join(kept)
