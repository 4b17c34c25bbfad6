"""
Names as banks abroad can carry them: the Latin letters that every payment network takes.

Owns the repertoire and the one substitution that loses nothing: accents fall off their
letters. Nothing is transliterated, because a bank compares the name with its own books.
"""

import re
import unicodedata

from ledger.core.refusal import Refusal

#: The characters that SWIFT's X set and SEPA's guidance both permit.
_PERMITTED = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*", re.ASCII)
_FOREIGN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]", re.ASCII)

#: Letters that do not fall apart into a Latin letter and an accent, and a typographer's marks.
_SPELLED = {
    "ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l",
    "Đ": "D", "đ": "d", "ı": "i", "’": "'", "‘": "'", "–": "-", "—": "-", "&": "+",
}  # fmt: skip


class NameNotLatin(Refusal):
    """A text that a bank abroad has to carry holds a character it can't; ``character`` says it."""

    code = "name_not_latin"


def latin(text: str, *, field: str) -> str:
    """
    Return a text in the letters that banks abroad carry; accents fall off, nothing is cut.

    >>> latin("Éditions Müller & Søn", field="name_en")
    'Editions Muller + Son'

    :raises NameNotLatin: another character is left, named with the field and the text.
    """
    spelled = "".join(_SPELLED.get(character, character) for character in text)
    parted = unicodedata.normalize("NFKD", spelled)
    bare = "".join(each for each in parted if not unicodedata.combining(each))
    bare = " ".join(bare.split())
    if not _PERMITTED.fullmatch(bare):
        found = _FOREIGN.search(bare)
        character = found.group() if found else ""
        raise NameNotLatin(field=field, text=text, character=character)
    return bare
