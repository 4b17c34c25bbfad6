"""Entries as an export takes them, and the log of exports: what went where, who, when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, col, insert

from ledger.core.exchange import FxRate
from ledger.core.journal import Account, AccountCode, JournalEntry, Posting
from ledger.core.journal_export import BookedEntry, ExportParty
from ledger.store.tables.journal_exports import JournalExportEntryRow, JournalExportRow


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which entries are wanted: of some days, both included, in one currency or in all."""

    first_day: date | None = None
    last_day: date | None = None
    currency: str | None = None
    not_yet_in: str | None = None  # the format in which they were never exported
    export: int | None = None  # exactly those of an export, by its number


@dataclass(frozen=True, kw_only=True)
class LoggedExport:
    """One export: what was asked for, how many entries it has, and the hash of its bytes."""

    number: int
    format: str
    first_day: date | None
    last_day: date | None
    currency: str | None
    is_new_only: bool
    encoding: str
    entry_count: int
    content_sha256: bytes
    exported_at: datetime
    exported_by: str


_ONE_INSTANT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

_ENTRIES = """
    SELECT e.entry_id, e.kind, e.posted_on, e.asset, e.source, e.reverses, p.amount_minor,
           d.code AS debit_code, d.party_id AS debit_party,
           c.code AS credit_code, c.party_id AS credit_party
    FROM entry e
    JOIN posting p USING (entry_id)
    JOIN account d ON d.account_id = p.debit_account_id
    JOIN account c ON c.account_id = p.credit_account_id
    WHERE e.book_id = :book
      AND (CAST(:first_day AS date) IS NULL OR e.posted_on >= :first_day)
      AND (CAST(:last_day AS date) IS NULL OR e.posted_on <= :last_day)
      AND (CAST(:currency AS text) IS NULL OR split_part(e.asset, '/', 1) = :currency)
      AND (CAST(:not_yet_in AS text) IS NULL OR NOT EXISTS (
               SELECT FROM journal_export_entry x JOIN journal_export j USING (journal_export_id)
               WHERE x.entry_id = e.entry_id AND j.book_id = e.book_id AND j.format = :not_yet_in))
      AND (CAST(:export AS bigint) IS NULL OR EXISTS (
               SELECT FROM journal_export_entry x JOIN journal_export j USING (journal_export_id)
               WHERE x.entry_id = e.entry_id AND j.book_id = e.book_id AND j.number = :export))
    ORDER BY e.posted_on, e.entry_id, p.number
"""

_OPENING = """
    SELECT a.code, a.party_id, split_part(a.asset, '/', 1) AS currency,
           CAST(sum(s.amount) AS bigint) AS amount_minor
    FROM (SELECT p.debit_account_id AS account_id, p.amount_minor AS amount
          FROM entry e JOIN posting p USING (entry_id)
          WHERE e.book_id = :book AND e.posted_on < :first_day
          UNION ALL
          SELECT p.credit_account_id, -p.amount_minor
          FROM entry e JOIN posting p USING (entry_id)
          WHERE e.book_id = :book AND e.posted_on < :first_day) s
    JOIN account a USING (account_id)
    WHERE CAST(:currency AS text) IS NULL OR split_part(a.asset, '/', 1) = :currency
    GROUP BY 1, 2, 3
    HAVING sum(s.amount) <> 0
"""

_PARTIES = """
    SELECT p.party_id AS id, p.reference, coalesce(c.name_ja, p.name_ja) AS name_ja,
           coalesce(c.name_en, p.name_en) AS name_en,
           p.country = 'JP' OR p.has_jp_establishment AS is_taxed_here, p.role
    FROM party p
    LEFT JOIN LATERAL (
        SELECT * FROM party_correction c WHERE c.owner_id = p.party_id
        ORDER BY c.party_correction_id DESC LIMIT 1
    ) c ON true
    WHERE p.book_id = :book
    ORDER BY p.party_id
"""

_RATES = """
    SELECT DISTINCT ON (f.on_day, f.currency) f.source, f.on_day AS "on", f.currency,
           f.into_currency AS "into", f.rate
    FROM fx_rate f JOIN book b ON b.book_id = f.book_id AND b.currency = f.into_currency
    WHERE f.book_id = :book AND f.currency = ANY (CAST(:currencies AS text[]))
      AND f.on_day BETWEEN :first AND :last
    ORDER BY f.on_day, f.currency, f.source
"""

_LOG = """
    SELECT number, format, first_day, last_day, currency, is_new_only, encoding, entry_count,
           content_sha256, exported_at, exported_by
    FROM journal_export
    WHERE book_id = :book AND (CAST(:number AS bigint) IS NULL OR number = :number)
      AND (CAST(:before AS numeric) IS NULL OR number < CAST(:before AS numeric))
    ORDER BY number DESC LIMIT :limit
"""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.journal_exports', :book))"

_NEXT = "SELECT coalesce(max(number), 0) + 1 FROM journal_export WHERE book_id = :book"

_EXPORTED = """
    SELECT EXISTS (
        SELECT FROM journal_export_entry x JOIN journal_export j USING (journal_export_id)
        WHERE j.book_id = :book AND j.format = :format
          AND x.entry_id = ANY (CAST(:entries AS bigint[])))
"""


def read_at_one_instant(session: Session) -> None:
    """Make everything that a fresh transaction reads be as of now."""
    session.execute(text(_ONE_INSTANT))


def read_entries(
    session: Session, *, book_id: int, selection: Selection
) -> tuple[BookedEntry, ...]:
    """Return the entries that are wanted, by day and number."""
    groups: dict[int, list[Row[Any]]] = {}
    for row in session.execute(text(_ENTRIES), {"book": book_id, **vars(selection)}):
        groups.setdefault(row.entry_id, []).append(row)
    return tuple(BookedEntry(id=number, entry=_entry(rows)) for number, rows in groups.items())


def read_opening(
    session: Session, *, book_id: int, first_day: date, currency: str | None
) -> dict[tuple[Account, str], int]:
    """Return debits less credits of each account and currency before a day; none of zero."""
    rows = session.execute(
        text(_OPENING), {"book": book_id, "first_day": first_day, "currency": currency}
    )
    return {
        (Account(AccountCode(row.code), row.party_id), row.currency): row.amount_minor
        for row in rows
    }


def read_parties(session: Session, *, book_id: int) -> tuple[dict[int, ExportParty], str]:
    """Return every party by its key, and the Japanese name of the house."""
    parties, house = {}, ""
    for row in session.execute(text(_PARTIES), {"book": book_id}):
        told = {name: value for name, value in row._mapping.items() if name != "role"}
        parties[row.id] = ExportParty(**told)
        house = row.name_ja if row.role == "operator" else house
    return parties, house


def read_rates(
    session: Session, *, book_id: int, currencies: Collection[str], first: date, last: date
) -> tuple[FxRate, ...]:
    """Return the rates of some days into the book's currency, one a day and currency."""
    asked = {"book": book_id, "currencies": list(currencies), "first": first, "last": last}
    return tuple(FxRate(**row._mapping) for row in session.execute(text(_RATES), asked))


def lock_exports(session: Session, *, book_id: int) -> None:
    """Make whoever else exports the book's journal wait until this transaction ends."""
    session.execute(text(_LOCK), {"book": book_id})


def were_exported(session: Session, *, book_id: int, format_: str, entries: Sequence[int]) -> bool:
    """Tell whether any of some entries is in an export of the format."""
    asked = {"book": book_id, "format": format_, "entries": list(entries)}
    return bool(session.scalar(text(_EXPORTED), asked))


def insert_export(
    session: Session, *, book_id: int, export: LoggedExport, entries: Sequence[int]
) -> int:
    """Write an export with the book's next number, which is returned; its own says nothing."""
    number = int(session.scalars(text(_NEXT), {"book": book_id}).one())
    made = session.scalars(
        insert(JournalExportRow).returning(col(JournalExportRow.journal_export_id)),
        [{**vars(export), "book_id": book_id, "number": number}],
    )
    key = made.one()
    if entries:
        rows = [{"journal_export_id": key, "entry_id": entry} for entry in entries]
        session.execute(insert(JournalExportEntryRow), rows)
    return number


def list_exports(
    session: Session,
    *,
    book_id: int,
    number: int | None = None,
    before: int | None = None,
    limit: int,
) -> tuple[LoggedExport, ...]:
    """Return exports, the newest first, from before one on; with a number that one alone."""
    asked = {"book": book_id, "number": number, "before": before, "limit": limit}
    rows = session.execute(text(_LOG), asked)
    return tuple(LoggedExport(**row._mapping) for row in rows)


def _entry(rows: Sequence[Row[Any]]) -> JournalEntry:
    first = rows[0]
    return JournalEntry(
        kind=first.kind,
        posted_on=first.posted_on,
        currency=first.asset.partition("/")[0],
        source=first.source,
        reverses=first.reverses,
        postings=tuple(
            Posting(
                debit=Account(AccountCode(row.debit_code), row.debit_party),
                credit=Account(AccountCode(row.credit_code), row.credit_party),
                amount_minor=row.amount_minor,
            )
            for row in rows
        ),
    )
