"""
Mapping files: how an AI firm's own table says what a report says, as TOML or JSON.

Owns which column is which field, what is the same in every row, how the firm's words, times and
numbers are spelled, and in which encoding. All that can be known without a table is checked when
the file is read; :mod:`api.mapped_rows` reads tables by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timezone, tzinfo
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from api import tabular
from ledger.core.refusal import Refusal
from ledger.core.usage import Modality, Unit, UseClass

#: What encodings are called, and what they are read with. What is called Shift_JIS is what
#: Windows writes: with ①, Ⅳ, 髙 and 〜 as U+FF5E.
ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "utf-8-sig"), "utf-8"),
    **dict.fromkeys(("cp932", "shift_jis", "shift-jis", "sjis", "windows-31j"), "cp932"),
}
#: Times that are counted and not written, and how many of them are a second.
COUNTED = {"unix": 1, "unix_ms": 1_000}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "use_class": tuple(UseClass),
    "modality": tuple(Modality),
    "unit": tuple(Unit),
}


class MappingUnreadable(Refusal):
    """The mapping is no TOML or JSON, or says something that no mapping says."""

    code = "mapping_unreadable"


class MappingFieldUnknown(Refusal):
    """The mapping names a field that no report has."""

    code = "mapping_field_unknown"


class MappingFieldMissing(Refusal):
    """The mapping says nothing about a field that every report has."""

    code = "mapping_field_missing"


class MappingValueUnknown(Refusal):
    """The mapping leads to a word that no report knows."""

    code = "mapping_value_unknown"


class _Times(Struct, frozen=True, forbid_unknown_fields=True):
    format: str | None = None
    zone: str | None = None


class _Numbers(Struct, frozen=True, forbid_unknown_fields=True):
    decimal: str = "."
    grouping: str = ""


class MappingFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as it is written."""

    columns: dict[str, str]
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    time: _Times = _Times()
    numbers: _Numbers = _Numbers()
    encoding: str = "utf-8"
    delimiter: str | None = None


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How a table spells times and numbers. Without a format, times are ISO 8601."""

    format: str | None = None
    zone: tzinfo | None = None
    decimal: str = "."
    grouping: str = ""


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """One mapping file, checked: ``columns`` and ``values`` by our field."""

    file: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    spelling: Spelling = field(default_factory=Spelling)
    encoding: str = "utf-8"
    delimiter: str | None = None


def read_mapping(path: Path) -> ColumnMapping:
    """
    Read a mapping file and check all that can be known without a table.

    :raises MappingUnreadable: it cannot be read, or a setting of it cannot be used.
    :raises MappingFieldUnknown: it names a field that there is not.
    :raises MappingFieldMissing: it leaves out a field that is needed.
    :raises MappingValueUnknown: it leads to a word that no report knows.
    """
    try:
        content = path.read_bytes()
        decoder = msgspec.json if path.suffix.lower() == ".json" else msgspec.toml
        told = decoder.decode(content, type=MappingFile)
    except OSError as error:
        raise MappingUnreadable(file=path, reason=error.strerror or error) from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise MappingUnreadable(file=path, reason=error) from None
    _check_fields(path, content.decode(), told)
    encoding = ENCODINGS.get(told.encoding.lower())
    if encoding is None:
        reason = f"encoding = {told.encoding!r}; use one of {', '.join(ENCODINGS)}"
        raise MappingUnreadable(file=path, reason=reason)
    if told.delimiter is not None and (len(told.delimiter) != 1 or told.delimiter in '"\r\n'):
        reason = f"delimiter = {told.delimiter!r}; use one character, such as ',' ';' or '\\t'"
        raise MappingUnreadable(file=path, reason=reason)
    return ColumnMapping(
        file=str(path),
        columns=told.columns,
        constants=told.constants,
        values=told.values,
        spelling=_spelling(path, told),
        encoding=encoding,
        delimiter=told.delimiter,
    )


def _check_fields(path: Path, text: str, told: MappingFile) -> None:
    sections: dict[str, Iterable[str]] = {
        "columns": told.columns,
        "constants": told.constants,
        "values": told.values,
    }
    for section, names in sections.items():
        for name in names:
            if name not in tabular.FIELDS:
                raise MappingFieldUnknown(
                    file=path,
                    line=_line_of(text, section, name),
                    section=section,
                    name=name,
                    nearest=_nearest(name, tabular.FIELDS),
                    fields=", ".join(tabular.FIELDS),
                )
    for name in tabular.NEEDED:
        if name not in told.columns and name not in told.constants:
            raise MappingFieldMissing(file=path, name=name)
    for name in told.columns:
        if name in told.constants:
            reason = f"{name} stands under [columns] and under [constants]"
            raise MappingUnreadable(file=path, reason=reason)
    for name, words in _WORDS.items():
        given = list(told.values.get(name, {}).values())
        given += [told.constants[name]] if name in told.constants else []
        for word in given:
            if word not in words:
                raise MappingValueUnknown(file=path, name=name, value=word, values=", ".join(words))


def _spelling(path: Path, told: MappingFile) -> Spelling:
    times, numbers = told.time, told.numbers
    zone = None if times.zone is None else _zone(path, times.zone)
    if times.format is not None and times.format not in COUNTED:
        at = datetime(2026, 11, 3, 10, 15, 30, tzinfo=UTC)
        try:
            read = datetime.strptime(at.strftime(times.format), times.format)  # noqa: DTZ007
        except ValueError as error:
            raise MappingUnreadable(file=path, reason=f"[time] format: {error}") from None
        if (read.year, read.month, read.day) != (at.year, at.month, at.day):
            reason = f"[time] format = {times.format!r} names no whole date"
            raise MappingUnreadable(file=path, reason=reason)
        if read.tzinfo is None and zone is None:
            reason = f'[time] format = {times.format!r} has no %z; write zone = "Asia/Tokyo"'
            raise MappingUnreadable(file=path, reason=reason)
    if len(numbers.decimal) != 1 or len(numbers.grouping) > 1:
        raise MappingUnreadable(file=path, reason="[numbers] decimal and grouping: one character")
    if numbers.decimal == numbers.grouping:
        raise MappingUnreadable(file=path, reason="[numbers] decimal and grouping are the same")
    return Spelling(
        format=times.format, zone=zone, decimal=numbers.decimal, grouping=numbers.grouping
    )


def _zone(path: Path, name: str) -> tzinfo:
    """Return a zone by its name, Asia/Tokyo, or by its offset, +09:00."""
    try:
        if name[:1] in ("+", "-"):
            offset = datetime.strptime(name, "%z").utcoffset()
            assert offset is not None
            return timezone(offset)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        reason = f"[time] zone = {name!r}; write a name such as Asia/Tokyo, or +09:00"
        raise MappingUnreadable(file=path, reason=reason) from None


def _nearest(name: str, names: Sequence[str]) -> str:
    return next(iter(get_close_matches(name, names, n=1, cutoff=0.0)), "-")


def _line_of(text: str, section: str, name: str) -> int:
    """Return the line in which a section names a field, as near as a plain look tells."""
    is_inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        told = line.strip().replace(" ", "")
        if told.startswith("[") or f'"{section}"' in told:
            is_inside = told.startswith(f"[{section}") or f'"{section}"' in told
            if told.startswith(f"[{section}.{name}]"):
                return number
        if is_inside and (told.startswith(f"{name}=") or f'"{name}"' in told):
            return number
    return 1
