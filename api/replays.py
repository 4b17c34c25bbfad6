"""The file of a replay: a small TOML that says what is to be different."""

import tomllib
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from api.world import unknown_fields
from ledger.core.refusal import Refusal
from ledger.core.replay_changes import Changes


class ReplayFileUnreadable(Refusal):
    """The file cannot be opened, or is not TOML."""

    code = "replay_file_unreadable"


class ReplayFileWrong(Refusal):
    """A field of the file is unknown, missing, or not of its kind; ``place`` is the path to it."""

    code = "replay_file_wrong"


def read_changes(file: Path) -> Changes:
    """
    Read a TOML file of changes; its tables are the fields of :class:`Changes`.

    :raises ReplayFileUnreadable: it cannot be opened, or is not TOML.
    :raises ReplayFileWrong: a field is misspelt, missing or not of its kind; its path is named.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ReplayFileUnreadable(file=file, reason=error) from None
    for place in unknown_fields(tables, Changes):
        raise ReplayFileWrong(file=file, place=place, problem="unknown field")
    try:
        return TypeAdapter(Changes).validate_python(tables)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReplayFileWrong(file=file, place=place, problem=first["msg"]) from None
