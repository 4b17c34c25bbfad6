"""
Tables of generations: CSV and TSV by column names, and TSV in the shape of a DDEX DSR.

Owns how a line becomes an event as JSON; what the event's fields may hold is decided by
:mod:`api.events`, as for every other body. One row is one line: no field may hold a line break,
so a quote that is not closed costs its own row and not the rest of the file.

By column names, the first line names the fields; an empty cell was not given, and for
``quantity`` says that it is not known. ``subjects`` is ``id`` or ``id:weight``, several with
``;`` between them. Ids with ``:`` or ``;`` in them are written as in JSON, ``[{"id": "a:1"}]``.

In the shape of a DSR (DDEX, Digital Sales Report, parts 1 and 8): cells between tabs, ``|``
inside a cell, lines that begin with ``#`` ignored, ``HEAD`` first and ``FOOT`` last with the
cells DDEX gives them, and between them records of our own, :data:`EVENT_CELLS` and
:data:`SUMMARY_CELLS`. Totals that do not match refuse the file as a whole.
"""

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal, localcontext
from fractions import Fraction
from io import BytesIO
from itertools import zip_longest
from typing import Any, NamedTuple, Protocol

import msgspec

from api.event_bodies import PlainEvent
from ledger.core.money import NotADecimal, parse_decimal
from ledger.core.usage import canonical_decimal

#: What divides the cells of each media type.
DELIMITERS = {"text/csv": ",", "text/tab-separated-values": "\t"}

#: The cells of an event's record after its type and the number of its block.
EVENT_RECORD = "GBEV"
EVENT_CELLS = (
    *("source", "id", "time", "license", "subjects", "weights", "use_class", "modality"),
    *("quantity", "unit", "territory", "net_revenue", "currency", "model", "output_sha256"),
    *("title", "c2pa", "clearance", "language"),
)
#: The cells of a summary's record after its type: one for each modality and unit.
SUMMARY_RECORD = "GBSY"
SUMMARY_CELLS = ("modality", "unit", "generations", "quantity")

#: The fields that a column may be for, and those that are needed.
FIELDS = tuple(each.name for each in msgspec.structs.fields(PlainEvent))
NEEDED = tuple(each.name for each in msgspec.structs.fields(PlainEvent) if each.required)

#: No event that can be taken has a longer line, and no file more totals: it is not cut.
LINE_BYTES_MAX = 128 * 1024
SUMMARIES_MAX = 1_000
#: How much of a name or a figure is said back.
_SHOWN_MAX = 80

#: A pipe divides, unless DDEX's escape stands before it.
_PIPE = re.compile(r"(?<!\\)\|")
_ESCAPED_PIPE = re.compile(r"\\{1,2}\|")


class TableUnreadable(Exception):
    """The table as a whole cannot be taken; ``code`` says why, ``values`` say where."""

    def __init__(self, code: str, *, line: int, **values: object) -> None:
        super().__init__(f"{code} in line {line}")
        self.code = code
        self.values = {"line": str(line), **{name: str(value) for name, value in values.items()}}


class CellsUnreadable(ValueError):
    """A line cannot be cut into cells."""


class _Fault(NamedTuple):
    """Why a line is no text that could be cut."""

    reason: str


class Row(NamedTuple):
    """One event of a table as JSON, or what is wrong with its line."""

    line: int
    event: bytes
    fault: str | None = None


class Rows(Protocol):
    """Reads the lines of one table after the first, in order, numbered from 1."""

    def read(self, number: int, line: bytes) -> Row | None:
        """Return the event of a line; None when the line holds none."""

    def close(self, lines: int) -> None:
        """Check what can only be known at the end; ``lines`` is how many there were."""


def cut(body: bytes, media_type: str) -> Iterator[Row]:
    """
    Cut a table that is not empty into its events; take none before all have been given.

    :raises TableUnreadable: its columns, its records or its totals are wrong.
    """
    lines = BytesIO(body)
    rows = open_rows(lines.readline(), delimiter=DELIMITERS[media_type])
    number = 1
    for number, line in enumerate(lines, start=2):
        if (row := rows.read(number, line)) is not None:
            yield row
    rows.close(number)


def open_rows(first: bytes, *, delimiter: str) -> Rows:
    """
    Read a table's first line, and return what reads the others.

    :raises TableUnreadable: it names columns that are not fields, or lacks some.
    """
    text = _text(first.removeprefix(BOM_UTF8))
    if isinstance(text, _Fault):
        raise TableUnreadable("table_unreadable", line=1, reason=text.reason)
    if delimiter == "\t" and text.split("\t")[0] == "HEAD":
        return DsrRows(text.split("\t"))
    try:
        return NamedRows(cells_of(text, delimiter), delimiter)
    except CellsUnreadable as error:
        raise TableUnreadable("table_unreadable", line=1, reason=error) from None


class NamedRows:
    """The rows of a table whose first line names its columns."""

    def __init__(self, header: Sequence[str], delimiter: str) -> None:
        self._delimiter = delimiter
        self._fields = [cell.strip() for cell in header]
        for name in filter(None, self._fields):
            if name not in FIELDS:
                raise _header(name, f"Expected one of {', '.join(sorted(FIELDS))}")
            if self._fields.count(name) > 1:
                raise _header(name, "Expected each column once")
        for name in NEEDED:
            if name not in self._fields:
                raise _header(name, "This column is needed and not there")

    def read(self, number: int, line: bytes) -> Row | None:
        """Return the event of a line; None when the line is empty."""
        if line.isspace():
            return None
        text = _text(line)
        if isinstance(text, _Fault):
            return Row(number, b"", text.reason)
        try:
            cells = cells_of(text, self._delimiter)
        except CellsUnreadable as error:
            return Row(number, b"", f"Expected cells between {self._delimiter!r}: {error}")
        if len(cells) != len(self._fields):
            return Row(number, b"", f"Expected {len(self._fields)} cells, got {len(cells)}")
        given = {name: cell for name, cell in zip(self._fields, cells, strict=True) if name}
        subjects = subjects_of(given.pop("subjects"))
        return Row(number, event_of(given, subjects))

    def close(self, lines: int) -> None:
        """Check nothing: a table of this shape states no totals."""


class DsrRows:
    """The records of a file in the shape of a DSR, with its control totals."""

    def __init__(self, head: Sequence[str]) -> None:
        if tuple(head[6:8]) not in ((), ("",), ("", ""), ("1", "1")):
            reason = "Expected a report in one file: FileNumber 1, NumberOfFiles 1"
            raise TableUnreadable("table_unreadable", line=1, reason=reason)
        self._stated: dict[tuple[str, str], tuple[int, Sequence[str]]] = {}
        self._counted: dict[tuple[str, str], tuple[int, Fraction]] = {}
        self._events = 0
        self._foot: tuple[int, Sequence[str]] | None = None

    def read(self, number: int, line: bytes) -> Row | None:
        """Return the event of a record; None when it holds none."""
        if line.isspace() or line.startswith(b"#"):
            return None
        text = _text(line)
        if isinstance(text, _Fault):
            raise TableUnreadable("table_unreadable", line=number, reason=text.reason)
        kind, *cells = text.split("\t")
        if self._foot is not None:
            raise TableUnreadable("table_unreadable", line=number, reason="FOOT is not the last")
        match kind:
            case "GBEV":
                return self._event(number, cells[1:])
            case "GBSY":
                cells += ["", "", "", ""]
                modality, unit, totals = cells[0], cells[1], cells[2:]
                if (modality, unit) in self._stated:
                    reason = f"Expected one GBSY for {modality} {unit}, got another"
                    raise TableUnreadable("table_unreadable", line=number, reason=reason)
                self._stated[modality, unit] = (number, totals)
                if len(self._stated) > SUMMARIES_MAX:
                    reason = f"Expected at most {SUMMARIES_MAX} records GBSY"
                    raise TableUnreadable("table_unreadable", line=number, reason=reason)
            case "FOOT":
                self._foot = (number, [*cells, "", "", "", "", ""])
            case _:
                reason = f"Expected GBEV, GBSY or FOOT, got {kind[:20]!r}"
                raise TableUnreadable("table_unreadable", line=number, reason=reason)
        return None

    def close(self, lines: int) -> None:
        """
        Compare the stated totals with what was there.

        :raises TableUnreadable: there is no FOOT, or a total differs.
        """
        if self._foot is None:
            raise TableUnreadable("table_unreadable", line=lines, reason="FOOT is not there")
        line, cells = self._foot
        counted = (lines, lines, len(self._stated), self._events, self._events)
        for name, stated, count in zip(_FOOT_CELLS, cells, counted, strict=False):
            is_left_out = not stated and name.endswith("InReport")  # As DDEX allows.
            if stated != str(count) and not is_left_out:
                raise _differs(line, name, stated, count)
        for key in {**self._stated, **self._counted}:
            self._compare(key, line)

    def _event(self, number: int, cells: Sequence[str]) -> Row:
        self._events += 1
        given = dict(zip(EVENT_CELLS, [*cells, *[""] * len(EVENT_CELLS)], strict=False))
        self._count(given["modality"], given["unit"], given["quantity"])
        if len(cells) > len(EVENT_CELLS):
            return Row(number, b"", f"Expected {len(EVENT_CELLS) + 2} cells, got {len(cells) + 2}")
        ids = _values(given.pop("subjects"))
        weights = _values(given.pop("weights"))
        if weights and len(weights) != len(ids):
            return Row(number, b"", f"Expected a weight for each of {len(ids)} subjects or none")
        pairs = zip_longest(ids, weights)  # No weights, or as many.
        return Row(number, event_of(given, [_subject(id_, weight) for id_, weight in pairs]))

    def _count(self, modality: str, unit: str, quantity: str) -> None:
        count, total = self._counted.get((modality, unit), (0, Fraction(0)))
        with suppress(NotADecimal):  # Its own row says so; it cannot be part of a total.
            total += Fraction(parse_decimal(quantity)) if quantity else 0
        self._counted[modality, unit] = (count + 1, total)

    def _compare(self, key: tuple[str, str], foot_line: int) -> None:
        line, stated = self._stated.get(key, (foot_line, ("0", "0")))
        counted, total = self._counted.get(key, (0, Fraction(0)))
        name = " ".join(key)
        if stated[0] != str(counted):
            raise _differs(line, f"{name} generations", stated[0], counted)
        try:
            is_equal = Fraction(parse_decimal(stated[1])) == total
        except NotADecimal:
            is_equal = False
        if not is_equal:
            raise _differs(line, f"{name} quantity", stated[1], _plain(total))


_FOOT_CELLS = (
    *("NumberOfLinesInFile", "NumberOfLinesInReport", "NumberOfSummaryRecords"),
    *("NumberOfBlocksInFile", "NumberOfBlocksInReport"),
)


def _plain(total: Fraction) -> str:
    """Write a sum of decimals, which has an end, as one."""
    with localcontext(prec=200):
        return canonical_decimal(Decimal(total.numerator) / Decimal(total.denominator))


def _differs(line: int, name: str, stated: str, counted: object) -> TableUnreadable:
    return TableUnreadable(
        "control_totals_differ",
        line=line,
        name=name[:_SHOWN_MAX],
        stated=stated[:_SHOWN_MAX] or "-",
        counted=counted,
    )


def _header(column: str, reason: str) -> TableUnreadable:
    return TableUnreadable("table_header_wrong", line=1, column=column[:_SHOWN_MAX], reason=reason)


def _text(line: bytes) -> str | _Fault:
    if len(line) > LINE_BYTES_MAX:
        return _Fault(f"Expected at most {LINE_BYTES_MAX} bytes in a line, got {len(line)}")
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return _Fault("Expected UTF-8")


def cells_of(text: str, delimiter: str) -> list[str]:
    """
    Cut a line; all but a tab may be quoted against, as RFC 4180 has it.

    :raises CellsUnreadable: a quote is not closed.
    """
    if delimiter == "\t":
        return text.split("\t")
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise CellsUnreadable(str(error)) from None


def _values(cell: str) -> list[str]:
    parts = _PIPE.split(cell) if cell else []
    return [_ESCAPED_PIPE.sub("|", part) for part in parts]


def subjects_of(cell: str) -> Sequence[Any]:
    """Read ``id:weight;id:weight``, or an array as in JSON; what is in it is checked later."""
    if cell.startswith("["):
        try:
            subjects: list[Any] = msgspec.json.decode(cell, type=list[Any])
        except msgspec.DecodeError:
            return [cell]  # A text is no subject; that is what will be said.
        return subjects
    return [_subject(*part.rsplit(":", 1)) for part in cell.split(";")] if cell else []


def _subject(id_: str, weight: str | None = None) -> dict[str, Any]:
    """A weight that is no whole number stays text, so that it is refused by its name."""
    if weight is None:
        return {"id": id_}
    is_whole = weight.isascii() and weight.isdecimal() and len(weight) < 10
    return {"id": id_, "weight_bp": int(weight) if is_whole else weight}


def event_of(given: Mapping[str, str], subjects: Sequence[Any]) -> bytes:
    """Return the event of a row's cells as JSON; one without a quantity says null."""
    members: dict[str, Any] = {name: value for name, value in given.items() if value}
    members["quantity"] = given["quantity"] or None
    if subjects:
        members["subjects"] = subjects
    return msgspec.json.encode(members)
