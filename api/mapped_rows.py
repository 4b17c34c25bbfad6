"""
A table read by a mapping: each row becomes the event that it says, in our fields and words.

What the fields may hold is decided where every event is read. A cell that the mapping does not
cover costs its own row, and is named with its line, its column and what to write into the
mapping.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from api import tabular
from api.mappings import COUNTED, ColumnMapping
from ledger.core.refusal import Refusal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS = frozenset({"quantity", "net_revenue"})


class CellRefused(Refusal):
    """One cell of the table is not what the mapping says; it costs its row."""

    def __init__(self, code: str, *, field: str | None = None, **values: object) -> None:
        self.code = code
        super().__init__(field=field, **values)


class MappedRows:
    """The rows of a table whose columns a mapping explains; those it does not name are left."""

    def __init__(self, first: bytes, *, delimiter: str, mapping: ColumnMapping) -> None:
        """
        Read the first line, which names the columns.

        :raises TableUnreadable: a column that the mapping names is not there, or there twice.
        """
        self._mapping = mapping
        self._delimiter = mapping.delimiter or delimiter
        header = [cell.strip() for cell in self._cells(1, first.removeprefix(b"\xef\xbb\xbf"))]
        self._width = len(header)
        self._places: dict[str, int] = {}
        for name, column in mapping.columns.items():
            if header.count(column) != 1:
                code = "column_twice" if column in header else "column_missing"
                raise tabular.TableUnreadable(
                    code,
                    line=1,
                    column=column,
                    name=name,
                    there=", ".join(filter(None, header)) or "-",
                    mapping=mapping.file,
                )
            self._places[name] = header.index(column)

    def read(self, number: int, line: bytes) -> tabular.Row | None:
        """
        Return the event of a line; None when the line is empty.

        :raises CellRefused: a cell is not what the mapping says.
        """
        if line.isspace():
            return None
        cells = self._cells(number, line)
        if len(cells) != self._width:
            raise CellRefused(
                "cells_miscounted", line=number, expected=self._width, found=len(cells)
            )
        given = dict(self._mapping.constants)
        for name, place in self._places.items():
            given[name] = self._value(number, name, cells[place].strip())
        subjects = tabular.subjects_of(given.pop("subjects"))
        named = [self._subject(number, each) for each in subjects]
        return tabular.Row(number, tabular.event_of(given, named))

    def close(self, lines: int) -> None:
        """Check nothing: a table of this shape states no totals."""

    def _cells(self, number: int, line: bytes) -> list[str]:
        try:
            text = line.decode(self._mapping.encoding).rstrip("\r\n")
            return tabular.cells_of(text, self._delimiter)
        except UnicodeDecodeError as error:
            raise CellRefused(
                "cell_encoding_wrong",
                line=number,
                encoding=self._mapping.encoding,
                value=error.object[error.start : error.start + 4].hex(" "),
                mapping=self._mapping.file,
            ) from None
        except tabular.CellsUnreadable as error:
            raise CellRefused("line_not_cells", line=number, reason=error) from None

    def _value(self, number: int, name: str, cell: str) -> str:
        if name == "subjects":  # Its parts are looked up one by one.
            return cell
        cell = self._word(number, name, cell)
        if not cell:
            return cell
        if name == "time":
            return self._time(number, cell)
        return self._number(number, name, cell) if name in _NUMBERS else cell

    def _subject(self, number: int, subject: Any) -> Any:
        """Return a subject by the id it has here; what is none is refused where events are read."""
        if not isinstance(subject, dict) or not isinstance(subject.get("id"), str):
            return subject
        return {**subject, "id": self._word(number, "subjects", subject["id"])}

    def _word(self, number: int, name: str, word: str) -> str:
        """Return what the mapping calls a value of the table; fields without a map keep theirs."""
        words = self._mapping.values.get(name)
        if words is None or (not word and word not in words):
            return word
        if word not in words:
            raise self._refused("value_unmapped", number, name, word)
        return words[word]

    def _time(self, number: int, cell: str) -> str:
        spelling = self._mapping.spelling
        try:
            if spelling.format in COUNTED:
                if not (cell.isascii() and cell.isdecimal()):
                    raise ValueError(cell)
                counted = timedelta(seconds=1) * int(cell) / COUNTED[spelling.format]
                return (_EPOCH + counted).isoformat()
            if spelling.format is None:
                read = datetime.fromisoformat(cell)
            else:
                read = datetime.strptime(cell, spelling.format)  # noqa: DTZ007 - its zone follows
        except (ValueError, OverflowError):
            expected = spelling.format or "2026-11-03T10:15:00+09:00"
            raise self._refused("time_spelled_otherwise", number, "time", cell, expected) from None
        if read.tzinfo is None and spelling.zone is None:
            raise self._refused("time_without_zone", number, "time", cell)
        return (read if read.tzinfo else read.replace(tzinfo=spelling.zone)).isoformat()

    def _number(self, number: int, name: str, cell: str) -> str:
        """Return a number with a point; groups have three digits, so that 1.5 is not 15."""
        spelling = self._mapping.spelling
        whole, point, fraction = cell.partition(spelling.decimal)
        groups = whole.split(spelling.grouping) if spelling.grouping else [whole]
        digits = "".join(groups)
        is_grouped = len(groups) > 1
        if (
            not (digits.isascii() and digits.lstrip("-").isdecimal())
            or (point and not (fraction.isascii() and fraction.isdecimal()))
            or (is_grouped and any(len(group) != 3 for group in groups[1:]))
            or (is_grouped and not 1 <= len(groups[0].lstrip("-")) <= 3)
        ):
            expected = f"1{spelling.grouping}234{spelling.decimal}5"
            raise self._refused("number_spelled_otherwise", number, name, cell, expected)
        return f"{digits}.{fraction}" if point else digits

    def _refused(
        self, code: str, number: int, name: str, value: str, expected: str = ""
    ) -> CellRefused:
        column = self._mapping.columns.get(name, "-")
        return CellRefused(
            code,
            line=number,
            column=column,
            name=name,
            value=value[:80],
            expected=expected,
            mapping=self._mapping.file,
        )
