"""
The files a demo reads, and what is said when one of them is not what it should be.

A refusal names the file, the line and what to do; nothing is skipped in silence.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TextIO

from ledger.core.refusal import Refusal

#: A field longer than this is no credit or title.
_FIELD_LENGTH_MAX = 1_000_000


class DataFolderMissing(Refusal):
    """There is no folder where the real data should be."""

    code = "demo_folder_missing"
    field = "DATA"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder=folder)


class DataFileMissing(Refusal):
    """The folder of real data lacks a file the demo needs, or it cannot be opened."""

    code = "demo_file_missing"
    field = "DATA"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(file=path.name, folder=path.parent, reason=reason)


class DataColumnMissing(Refusal):
    """The first line of a table does not name a column the demo needs."""

    code = "demo_column_missing"
    field = "DATA"

    def __init__(self, path: Path, columns: Collection[str]) -> None:
        super().__init__(file=path.name, columns=", ".join(columns))


class DataLineUnreadable(Refusal):
    """A line of a file cannot be read as what it should be."""

    code = "demo_line_unreadable"
    field = "DATA"

    def __init__(self, path: Path, line: int, reason: object) -> None:
        super().__init__(file=path.name, line=line, reason=reason)


def require_folder(folder: Path) -> Path:
    """
    Return the folder itself.

    :raises DataFolderMissing: there is none of this name.
    """
    if not folder.is_dir():
        raise DataFolderMissing(folder)
    return folder


def read_table(path: Path, *, columns: Collection[str]) -> Iterator[dict[str, str]]:
    """
    Give the rows of a CSV file in UTF-8, plain or as ``.gz``, by column.

    :raises DataFileMissing: it is not there, or cannot be opened.
    :raises DataColumnMissing: one of the columns is not in its first line.
    :raises DataLineUnreadable: a line has more or fewer fields, or is not UTF-8.
    """
    csv.field_size_limit(_FIELD_LENGTH_MAX)
    with _open(path) as file:
        rows = csv.DictReader(file, strict=True)
        try:
            names = rows.fieldnames or ()
            if missing := [name for name in columns if name not in names]:
                raise DataColumnMissing(path, missing)
            for row in rows:
                if None in row or None in row.values():
                    reason = f"{len(names)} fields are needed"
                    raise DataLineUnreadable(path, rows.line_num, reason)
                yield row
        except (csv.Error, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
            raise DataLineUnreadable(path, rows.line_num + 1, error) from error


def read_lines(path: Path, *, fields: Collection[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """
    Give the JSON objects of a file that has one on each line, each with its line's number.

    :raises DataFileMissing: it is not there, or cannot be opened.
    :raises DataLineUnreadable: a line is no JSON object, or lacks one of the fields.
    """
    number = 0
    with _open(path) as file:
        try:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _object(path, number, line, fields)
        except (UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
            raise DataLineUnreadable(path, number + 1, error) from error


def _object(path: Path, number: int, line: str, fields: Collection[str]) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise DataLineUnreadable(path, number, error) from error
    if not isinstance(value, dict):
        raise DataLineUnreadable(path, number, "not a JSON object")
    if missing := [name for name in fields if name not in value]:
        raise DataLineUnreadable(path, number, f"no {', '.join(missing)}")
    return value


def _open(path: Path) -> TextIO:
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise DataFileMissing(path, error.strerror or str(error)) from error
