"""
Journaling: the book's entries leave for another program, and what left is logged.

Entries are read as of one instant. The file is made of them elsewhere; when it is, the export is
logged with its hash and its entries, so that it can be made again, and the next one can leave out
what is known.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from ledger.core.fields import check_instant, check_text
from ledger.core.journal_export import JournalBook
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import journal_exports
from ledger.store.database import Database
from ledger.store.journal_exports import LoggedExport, Selection


class ExportUnknown(Refusal):
    """The book's log has no export of the number."""

    code = "journal_export_unknown"
    field = "repeat"


class ExportedMeanwhile(Refusal):
    """Somebody else exported some of the new entries while this file was made."""

    code = "journal_exported_meanwhile"
    field = "new"


class ExportDaysReversed(Refusal):
    """The first day of an export lies after its last."""

    code = "days_reversed"
    field = "from"


class NothingToExport(Refusal):
    """No entry is as asked for."""

    code = "nothing_to_export"
    field = "from"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """An export that was logged."""

    number: int
    content_sha256: bytes


def read_journal(
    database: Database, *, book_id: int = BOOK_ID, selection: Selection, has_balances: bool
) -> JournalBook:
    """
    Return the entries of a selection with what a file of them says.

    ``has_balances`` adds what was there before the first day; that is for whole days only, and not
    for entries that are new since the last export.

    :raises ExportDaysReversed: the first day lies after the last.
    :raises NothingToExport: there is no such entry.
    """
    first, last = selection.first_day, selection.last_day
    if first is not None and last is not None and first > last:
        raise ExportDaysReversed(first_day=first, last_day=last)
    with database.transaction() as session:
        journal_exports.read_at_one_instant(session)
        entries = journal_exports.read_entries(session, book_id=book_id, selection=selection)
        if not entries:
            raise NothingToExport
        parties, house = journal_exports.read_parties(session, book_id=book_id)
        begins, ends = entries[0].entry.posted_on, entries[-1].entry.posted_on
        is_whole = has_balances and selection.not_yet_in is None
        book = JournalBook(
            title=house,
            entries=entries,
            parties=parties,
            first_day=first or begins,
            last_day=last or ends,
            opening=journal_exports.read_opening(
                session, book_id=book_id, first_day=first or begins, currency=selection.currency
            )
            if is_whole
            else None,
        )
        rates = journal_exports.read_rates(
            session, book_id=book_id, currencies=book.currencies, first=begins, last=ends
        )
    return replace(book, rates=rates)


def find_export(database: Database, *, book_id: int = BOOK_ID, number: int) -> LoggedExport:
    """
    Return one export of the log.

    :raises ExportUnknown: there is none of the number.
    """
    with database.transaction() as session:
        found = journal_exports.list_exports(session, book_id=book_id, number=number, limit=1)
    if not found:
        raise ExportUnknown(value=number)
    return found[0]


def list_exports(
    database: Database, *, book_id: int = BOOK_ID, before: int | None = None, limit: int = 100
) -> tuple[LoggedExport, ...]:
    """Return the newest exports first; ``before`` leaves out an export and what came after it."""
    with database.transaction() as session:
        return journal_exports.list_exports(session, book_id=book_id, before=before, limit=limit)


def log_export(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    format_: str,
    selection: Selection,
    encoding: str,
    book: JournalBook,
    content: bytes,
    exported_by: str,
    exported_at: datetime,
) -> Exported:
    """
    Log that entries were exported, with who and when, and return the export's number.

    :raises ExportedMeanwhile: new entries were asked for, and somebody else exported them just now.
    """
    check_text(exported_by, field="exported_by")
    check_instant(exported_at, field="exported_at")
    digest = sha256(content).digest()
    entries = [booked.id for booked in book.entries]
    with database.transaction() as session:
        journal_exports.lock_exports(session, book_id=book_id)
        is_new_only = selection.not_yet_in is not None
        if is_new_only and journal_exports.were_exported(
            session, book_id=book_id, format_=format_, entries=entries
        ):
            raise ExportedMeanwhile(format=format_)
        export = LoggedExport(
            number=0,
            format=format_,
            first_day=selection.first_day,
            last_day=selection.last_day,
            currency=selection.currency,
            is_new_only=is_new_only,
            encoding=encoding,
            entry_count=len(entries),
            content_sha256=digest,
            exported_at=exported_at,
            exported_by=exported_by,
        )
        number = journal_exports.insert_export(
            session, book_id=book_id, export=export, entries=entries
        )
    return Exported(number=number, content_sha256=digest)
