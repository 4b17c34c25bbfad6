"""An export of the journal as a person asks for one: read, written as a file, and logged."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from api.journal_mapping import read_journal_mapping
from invoices.journals import JournalFile, JournalFormat, journal_file
from ledger.core.fields import check_text, check_word
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID, journaling
from ledger.store.database import Database
from ledger.store.journal_exports import LoggedExport, Selection


class EncodingNotForFormat(Refusal):
    """The program that reads a format does not read the encoding. Carries what it reads."""

    code = "encoding_not_for_format"
    field = "encoding"


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which entries are wanted, in which format; what is left out is as usual."""

    format: str
    first_day: date | None = None
    last_day: date | None = None
    is_new_only: bool = False
    currency: str | None = None
    encoding: str | None = None
    mapping: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file that was made and logged."""

    number: int
    name: str
    entry_count: int
    file: JournalFile
    content_sha256: bytes
    is_same: bool = True  # as the bytes whose hash was logged


def export(
    database: Database,
    order: Order,
    *,
    book_id: int = BOOK_ID,
    exported_by: str,
    exported_at: datetime,
    log_in: Database | None = None,
) -> Made:
    """
    Make a file of the journal and log it; ``log_in`` is the same book, where a request marks it.

    :raises WordNotKnown: there is no such format.
    :raises EncodingNotForFormat: its program does not read the encoding.
    :raises NothingToExport: no entry is as asked for.
    :raises Refusal: as :func:`invoices.journals.journal_file`.
    """
    check_text(exported_by, field="by")
    format_ = check_word(order.format, of=JournalFormat, field="format")
    encoding = order.encoding or format_.encodings[0]
    if encoding not in format_.encodings:
        known = ", ".join(format_.encodings)
        raise EncodingNotForFormat(value=encoding, format=format_, known=known)
    mapping = read_journal_mapping(order.mapping)
    selection = Selection(
        first_day=order.first_day,
        last_day=order.last_day,
        currency=order.currency,
        not_yet_in=format_ if order.is_new_only else None,
    )
    book = journaling.read_journal(
        database, book_id=book_id, selection=selection, has_balances=format_.is_plain
    )
    file = journal_file(book, format_=format_, mapping=mapping, encoding=encoding)
    logged = journaling.log_export(
        log_in or database,
        book_id=book_id,
        format_=format_,
        selection=selection,
        encoding=encoding,
        book=book,
        content=file.content,
        exported_by=exported_by,
        exported_at=exported_at,
    )
    return Made(
        number=logged.number,
        name=_name(logged.number, format_),
        entry_count=len(book.entries),
        file=file,
        content_sha256=logged.content_sha256,
    )


def export_again(
    database: Database, *, book_id: int = BOOK_ID, number: int, mapping: Path | None = None
) -> Made:
    """
    Make the file of an export again, of exactly its entries, and say whether it is the same.

    With the same mapping and names it is; nothing is logged.

    :raises ExportUnknown: there is no such export.
    """
    logged = journaling.find_export(database, book_id=book_id, number=number)
    format_ = JournalFormat(logged.format)
    book = journaling.read_journal(
        database,
        book_id=book_id,
        selection=_again(logged),
        has_balances=format_.is_plain and not logged.is_new_only,
    )
    file = journal_file(
        book,
        format_=format_,
        mapping=read_journal_mapping(mapping),
        encoding=logged.encoding,
    )
    return Made(
        number=number,
        name=_name(number, format_),
        entry_count=len(book.entries),
        file=file,
        content_sha256=logged.content_sha256,
        is_same=sha256(file.content).digest() == logged.content_sha256,
    )


def _again(logged: LoggedExport) -> Selection:
    return Selection(
        first_day=logged.first_day,
        last_day=logged.last_day,
        currency=logged.currency,
        export=logged.number,
    )


def _name(number: int, format_: JournalFormat) -> str:
    return f"journal-{number}-{format_}.{format_.ending}"


def media_type_of(made: Made) -> str:
    """Return what a file is for a browser; its encoding is the program's affair."""
    return "text/csv" if made.name.endswith(".csv") else "text/plain; charset=utf-8"
