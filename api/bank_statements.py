"""A bank's file becomes statements: which format it has, and names as banks write them."""

from datetime import datetime
from pathlib import Path

from invoices.bank_csv import BankMapping, preset, read_csv, read_mapping
from invoices.kana import EDI, NameCannotBeWritten, narrow
from invoices.statement_file import looks_like_zengin, read_zengin
from ledger.core.bank_statement import BankStatement
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal


class BankFormatNotSaid(Refusal):
    """A file is no Zengin file, and nobody said which column of it is what."""

    code = "bank_format_not_said"


def read_statements(
    content: bytes, *, preset: str | None, mapping: Path | None, read_at: datetime
) -> list[BankStatement]:
    """
    Return what a bank's file says, by its own format or by a mapping of its columns.

    :raises BankFormatNotSaid: it is no Zengin file, and there is no mapping.
    :raises BankFileUnreadable, BankFileDoesNotAddUp: the file is not what its format says.
    :raises BankMappingUnusable: the mapping cannot be used.
    """
    columns = _mapping(preset, mapping)
    if columns is not None:
        return [read_csv(content, columns)]
    if not looks_like_zengin(content):
        raise BankFormatNotSaid(found=content[:3].decode("ascii", "replace"))
    return read_zengin(content, read_on=tokyo_day(read_at))


def narrow_or_none(name: str) -> str | None:
    """Return a name as banks write it, None for one that they cannot."""
    try:
        return narrow(name, permitted=EDI)
    except NameCannotBeWritten:
        return None


def _mapping(name: str | None, file: Path | None) -> BankMapping | None:
    if file is not None:
        return read_mapping(file.read_text(encoding="utf-8"))
    return None if name is None else preset(name)
