"""
Which work a name in a log means: the catalogue's titles, searched as people write them.

A title that is the name comes first, then one that begins with it as whole words, then one that
has it among its words; among equals the shortest, then the order of the catalogue. Width, case,
kana, accents and variant kanji make no difference (``ledger.core.catalogue``).
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from ledger.core.catalogue import search_text

_WORD = re.compile(r"\w+")
#: What patterns in the log's names leave behind (``howl'?s``, ``nausica+``).
_PATTERN_SIGNS = re.compile(r"'\?|[?+*]")
_ALTERNATIVES = re.compile(r"[/|]")


class _Title(NamedTuple):
    key: str
    starts: frozenset[int]  # where a word begins in the key
    reference: str


class Titles:
    """A catalogue's titles; look names up in it with :meth:`find`."""

    def __init__(self, titles: Iterable[tuple[str, str]]) -> None:
        self._titles = [_title(reference, text) for reference, text in titles if text]
        self._found: dict[str, str | None] = {}

    def find(self, name: str) -> str | None:
        """Return the reference of the work a name means, None when no title has it."""
        if name not in self._found:
            candidates = (self._best(each) for each in spellings(name))
            self._found[name] = next((found for found in candidates if found), None)
        return self._found[name]

    def _best(self, name: str) -> str | None:
        key = search_text(name)
        if not key:
            return None
        ranked = (
            (rank, len(title.key), at)
            for at, title in enumerate(self._titles)
            if key in title.key and (rank := _rank(title, key)) is not None
        )
        best = min(ranked, default=None)
        return None if best is None else self._titles[best[2]].reference


def spellings(name: str) -> list[str]:
    """
    Return what a log's name may stand for: itself, then each of its alternatives.

    What stands before a colon is the group a title belongs to.

    >>> spellings("Ghibli: laputa|castle in the sky")
    ['laputa|castle in the sky', 'laputa', 'castle in the sky']
    """
    plain = _PATTERN_SIGNS.sub("", name.rpartition(": ")[2]).strip()
    parts = [part.strip() for part in _ALTERNATIVES.split(plain)]
    return list(dict.fromkeys([plain, *(part for part in parts if part)]))


def _title(reference: str, text: str) -> _Title:
    plain = unicodedata.normalize("NFKC", text)
    keys = [key for key in map(search_text, _WORD.findall(plain)) if key]
    starts = frozenset(accumulate(map(len, keys), initial=0))
    return _Title("".join(keys), starts, reference)


def _rank(title: _Title, key: str) -> int | None:
    if title.key == key:
        return 0
    if title.key.startswith(key) and len(key) in title.starts:
        return 1
    at = title.key.find(key, 1)
    while at != -1:
        if at in title.starts and at + len(key) in title.starts:
            return 2
        at = title.key.find(key, at + 1)
    return None
