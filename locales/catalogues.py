"""
Words for people, looked up by a symbolic key in a language.

Owns the catalogues: every ``*.po`` file under ``locales/<language>/LC_MESSAGES`` belongs to
one language, and a key may stand in one file only. The files are read as they are, so there
is no compile step to forget. Keys are symbols (``invoice.title``), not English sentences:
Japanese and English are written together, neither a translation of the other.

Further languages need no code: GENBO_LOCALES names a folder of the same shape. What they have no
words for is said in English, and the log names it.
"""

import logging
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType

from babel.core import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

#: The languages every message exists in, the authoritative one first.
LANGUAGES = ("ja", "en")

#: Names the folder of further languages.
FOLDER_SETTING = "GENBO_LOCALES"

#: What a further language says where it has no words of its own.
_SPOKEN_INSTEAD = "en"

_FOLDER = Path(__file__).parent

_log = logging.getLogger(__name__)


class UnknownLanguage(ValueError):
    """There is no catalogue for the language."""

    def __init__(self, language: str) -> None:
        super().__init__(f"language {language!r} has no catalogue; use one of {languages()}")
        self.language = language


class MissingMessage(LookupError):
    """No catalogue of the language holds the key."""

    def __init__(self, language: str, key: str) -> None:
        super().__init__(f"message {key!r} is missing in language {language!r}")
        self.language = language
        self.key = key


class MissingValue(LookupError):
    """The message has a placeholder for which the caller gave no value."""

    def __init__(self, language: str, key: str, placeholder: str) -> None:
        super().__init__(f"message {key!r} in {language!r} needs a value for {{{placeholder}}}")
        self.key = key
        self.placeholder = placeholder


class UnfinishedMessage(ValueError):
    """A catalogue holds a key whose wording is empty or marked fuzzy."""

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(f"{path}: message {key!r} is empty or fuzzy; word it in every language")
        self.path = path
        self.key = key


class RepeatedMessage(ValueError):
    """Two catalogues of one language hold the same key."""

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(f"{path}: message {key!r} already stands in another catalogue")
        self.path = path
        self.key = key


def languages() -> tuple[str, ...]:
    """Return every language there are words in: the two, then further ones by their tags."""
    return (*LANGUAGES, *_further(os.environ.get(FOLDER_SETTING, "")))


def message(language: str, key: str, **values: object) -> str:
    """
    Return the wording of a key, with its ``{placeholders}`` filled in.

    Values are inserted as they are and never read for placeholders of their own; format
    money, quantities and dates with :mod:`locales.formats` before passing them.

    >>> message("ja", "invoice.title"), message("en", "invoice.title")
    ('適格請求書', 'Qualified invoice')

    :raises UnknownLanguage: the language is not one of :data:`LANGUAGES`.
    :raises MissingMessage: the key stands in no catalogue of the language.
    :raises MissingValue: a placeholder of the message has no value.
    """
    wording = _wording(language, key)
    try:
        return wording.format_map(values)
    except KeyError as error:
        raise MissingValue(language, key, str(error.args[0])) from None


def keys(language: str) -> frozenset[str]:
    """
    Return every key of a language.

    :raises UnknownLanguage: the language is not one of :data:`LANGUAGES`.
    """
    return frozenset(_catalogue(language))


def placeholders(language: str, key: str) -> frozenset[str]:
    """
    Return the names of the values a message needs.

    :raises MissingMessage: the key stands in no catalogue of the language.
    """
    parts = Formatter().parse(_wording(language, key))
    return frozenset(name for _, name, _, _ in parts if name is not None)


def read_catalogues(folder: Path, *, is_whole: bool = True) -> Mapping[str, str]:
    """
    Read every ``*.po`` file of a folder into one mapping of key to wording.

    A catalogue that need not be whole has no entry for what is empty or fuzzy.

    :raises UnfinishedMessage: an entry is empty or marked fuzzy.
    :raises RepeatedMessage: two files hold the same key.
    """
    wordings: dict[str, str] = {}
    for path in sorted(folder.glob("*.po")):
        for key, wording in _entries(path, is_whole):
            if key in wordings:
                raise RepeatedMessage(path, key)
            wordings[key] = wording
    return MappingProxyType(wordings)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    if language in LANGUAGES:
        return read_catalogues(_FOLDER / language / "LC_MESSAGES")
    if language not in languages():
        raise UnknownLanguage(language)
    folder = Path(os.environ[FOLDER_SETTING]) / language / "LC_MESSAGES"
    return read_catalogues(folder, is_whole=False)


def _wording(language: str, key: str) -> str:
    found = _catalogue(language).get(key)
    if found is None and language not in LANGUAGES:
        _tell_missing(language, key)
        found = _catalogue(_SPOKEN_INSTEAD).get(key)
    if found is None:
        raise MissingMessage(language, key)
    return found


@cache
def _tell_missing(language: str, key: str) -> None:
    """Say once that a further language has no words for a key."""
    _log.warning("%s has no words for %s: said in %s", language, key, _SPOKEN_INSTEAD)


@cache
def _further(folder: str) -> tuple[str, ...]:
    """Name the languages of a folder; what is no language of CLDR is none."""
    if not folder:
        return ()
    found = [path.parent.name for path in Path(folder).glob("*/LC_MESSAGES")]
    return tuple(sorted({each for each in found if each not in LANGUAGES and _is_known(each)}))


def _is_known(language: str) -> bool:
    try:
        Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _entries(path: Path, is_whole: bool) -> list[tuple[str, str]]:
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    entries = []
    for entry in catalogue:
        if entry.id == "":
            continue  # The header.
        if not isinstance(entry.id, str) or not isinstance(entry.string, str):
            raise UnfinishedMessage(path, str(entry.id))  # A plural form: not used here.
        if entry.fuzzy or not entry.string:
            if not is_whole:
                continue
            raise UnfinishedMessage(path, entry.id)
        entries.append((entry.id, entry.string))
    return entries
