"""
Text as an accounting program's file can hold it: characters of its encoding, so many bytes, no
formulas. What has an exact form in the encoding takes it, and that is told; anything else is
refused with its place, never replaced by a question mark.
"""

import unicodedata
from dataclasses import dataclass, field

from ledger.core.refusal import Refusal

#: Signs that Windows' Shift_JIS has at another place than Unicode's usual one.
_TWINS = {
    "\u301c": "\uff5e", "\u2212": "\uff0d", "\u2014": "\u2015", "\u2016": "\u2225",
    "\u00a5": "\uffe5", "\u00a2": "\uffe0", "\u00a3": "\uffe1", "\u00ac": "\uffe2",
    "\u2013": "-", "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"',
}  # fmt: skip

#: Letters that do not fall apart into a letter and an accent.
_SPELLED = {
    "ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L",
    "ł": "l", "Đ": "D", "đ": "d", "ı": "i",
}  # fmt: skip

#: A cell that begins so would be run as a formula; the wide form of the sign is not.
_FORMULA_SIGNS = {"=": "\uff1d", "+": "\uff0b", "-": "\uff0d", "@": "\uff20"}


class JournalCharacterUnwritable(Refusal):
    """A text of the journal holds a character that the file has no bytes for."""

    code = "journal_character_unwritable"
    field = "encoding"


@dataclass(kw_only=True)
class Narrowing:
    """Writes texts for one file, and remembers which characters took another form."""

    encoding: str
    replaced: dict[str, str] = field(default_factory=dict)

    def text(self, text: str, *, width: int | None = None) -> str:
        """
        Return a text in characters of the encoding, cut to a width in its bytes.

        :raises JournalCharacterUnwritable: a character has no exact form in it.
        """
        written = "".join(self._character(text, place) for place in range(len(text)))
        sign = _FORMULA_SIGNS.get(written[:1])
        if sign is not None:
            self.replaced[written[0]] = sign
            written = sign + written[1:]
        return written if width is None else self.cut(written, width)

    def cut(self, written: str, width: int) -> str:
        """Cut a text to so many bytes, never inside a character."""
        content = written.encode(self.encoding)
        if len(content) <= width:
            return written
        return content[:width].decode(self.encoding, errors="ignore").rstrip()

    def _character(self, text: str, place: int) -> str:
        character = text[place]
        for form in _forms(character):
            if form and self._is_written(form):
                if form != character:
                    self.replaced[character] = form
                return form
        raise JournalCharacterUnwritable(
            text=text, character=character, position=place + 1, encoding=self.encoding
        )

    def _is_written(self, form: str) -> bool:
        try:
            return form.encode(self.encoding).decode(self.encoding) == form
        except UnicodeError:
            return False


def _forms(character: str) -> tuple[str, ...]:
    """Return a character and its exact other forms, the nearest first."""
    bare = "".join(
        each for each in unicodedata.normalize("NFD", character) if not unicodedata.combining(each)
    )
    is_latin = unicodedata.name(character, "").startswith("LATIN")
    return (
        character,
        _TWINS.get(character, ""),
        _SPELLED.get(character, ""),
        unicodedata.normalize("NFKC", character),
        bare if is_latin else "",
    )
