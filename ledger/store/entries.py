"""
Journal entries: written whole, read back as they were, summed as the balances the book keeps.

However many entries there are, writing them takes a handful of statements, and all their
postings go in with one. That keeps two writers from blocking each other in a circle, because
the database moves the balances of one statement in the order of the accounts. So a
transaction that has several entries to write gives them all at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.journal import Account, AccountCode, JournalEntry, Posting, reversal
from ledger.core.refusal import Refusal

_OPEN_MONTHS = """
    SELECT open_month(:book, month, :at) FROM unnest(CAST(:months AS date[])) AS month
    ORDER BY month
"""

_FIND_ACCOUNTS = """
    SELECT account_id, code, party_id, asset FROM account
    WHERE book_id = :book AND code = ANY (:codes)
      AND (party_id IS NULL OR party_id = ANY (CAST(:parties AS bigint[])))
"""

# In order, so that two writers that need the same new accounts wait for each other only once.
_CREATE_ACCOUNTS = """
    INSERT INTO account (book_id, code, party_id, asset)
    SELECT :book, code, party_id, asset
    FROM unnest(CAST(:codes AS text[]), CAST(:parties AS bigint[]), CAST(:assets AS text[]))
         AS missing (code, party_id, asset)
    ORDER BY code, party_id, asset
    ON CONFLICT DO NOTHING
"""

# Keys are given in the order of insertion, so that sorted they are in the order of the entries.
_INSERT_ENTRIES = """
    INSERT INTO entry (book_id, month, posted_on, kind, source, asset, posting_count, reverses,
                       recorded_at)
    SELECT :book, date_trunc('month', posted_on)::date, posted_on, kind, source, asset,
           posting_count, reverses, :at
    FROM unnest(CAST(:posted_on AS date[]), CAST(:kinds AS text[]), CAST(:sources AS text[]),
                CAST(:assets AS text[]), CAST(:counts AS integer[]),
                CAST(:reverses AS bigint[]))
         WITH ORDINALITY
         AS new (posted_on, kind, source, asset, posting_count, reverses, position)
    ORDER BY position
    RETURNING entry_id
"""

_INSERT_POSTINGS = """
    INSERT INTO posting (entry_id, number, posting_count, book_id, asset, debit_account_id,
                         credit_account_id, amount_minor)
    SELECT entry_id, number, e.posting_count, e.book_id, e.asset, debit, credit, amount
    FROM unnest(CAST(:entries AS bigint[]), CAST(:numbers AS integer[]),
                CAST(:debits AS bigint[]), CAST(:credits AS bigint[]),
                CAST(:amounts AS bigint[]))
         AS new (entry_id, number, debit, credit, amount)
    JOIN entry e USING (entry_id)
"""

_READ = """
    SELECT e.entry_id, e.kind, e.posted_on, e.asset, e.source, e.reverses, p.amount_minor,
           d.code AS debit_code, d.party_id AS debit_party,
           c.code AS credit_code, c.party_id AS credit_party
    FROM entry e
    JOIN posting p USING (entry_id)
    JOIN account d ON d.account_id = p.debit_account_id
    JOIN account c ON c.account_id = p.credit_account_id
    WHERE e.book_id = :book AND (e.source = :source OR e.entry_id = :entry)
    ORDER BY e.entry_id, p.number
"""

_REVERSED_BY = "SELECT entry_id FROM entry WHERE reverses = :entry"

_BALANCES = """
    SELECT a.code, p.reference, a.asset, b.debit_minor, b.credit_minor
    FROM account_balance b
    JOIN account a USING (account_id)
    LEFT JOIN party p USING (party_id)
    WHERE a.book_id = :book
    ORDER BY a.code, p.reference NULLS FIRST, a.asset
"""

_SUMS = """
    SELECT a.code, p.reference, a.asset, s.debit_minor, s.credit_minor
    FROM (SELECT account_id, sum(debit)::bigint AS debit_minor, sum(credit)::bigint AS credit_minor
          FROM (SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit
                FROM posting WHERE book_id = :book
                UNION ALL
                SELECT credit_account_id, 0, amount_minor
                FROM posting WHERE book_id = :book) sides
          GROUP BY account_id) s
    JOIN account a USING (account_id)
    LEFT JOIN party p USING (party_id)
    ORDER BY a.code, p.reference NULLS FIRST, a.asset
"""


class EntryUnknown(Refusal):
    """The book has no entry of this number."""

    code = "entry_unknown"
    field = "entry_id"


class EntryAlreadyReversed(Refusal):
    """The entry was undone before; ``reversed_by`` is the entry that did it."""

    code = "entry_already_reversed"
    field = "entry_id"


class AccountBalance(NamedTuple):
    """What was debited and credited to one account in all, in whole minor units."""

    code: AccountCode
    party: str | None  # The reference of the party the account is kept for.
    asset: str
    debit_minor: int
    credit_minor: int


def write_entry(
    session: Session, *, book_id: int, entry: JournalEntry, recorded_at: datetime
) -> int:
    """
    Write one entry and return its number. See :func:`write_entries`.

    :raises RefusedByDatabase: ``month_closed``, out of the transaction.
    """
    (entry_id,) = write_entries(session, book_id=book_id, entries=[entry], recorded_at=recorded_at)
    return entry_id


def write_entries(
    session: Session, *, book_id: int, entries: Sequence[JournalEntry], recorded_at: datetime
) -> list[int]:
    """
    Write entries with their postings and return their numbers, in the same order.

    Months that were never opened are opened, accounts that do not exist are made.

    :raises RefusedByDatabase: ``month_closed``, out of the transaction.
    """
    if not entries:
        return []
    months = sorted({entry.posted_on.replace(day=1) for entry in entries})
    _run(session, _OPEN_MONTHS, book=book_id, months=months, at=recorded_at)
    accounts = _account_ids(session, book_id, entries)
    entry_ids = _insert_entries(session, book_id, entries, recorded_at)
    _insert_postings(session, entries, entry_ids, accounts)
    return entry_ids


def reverse_entry(
    session: Session, *, book_id: int, entry_id: int, posted_on: date, recorded_at: datetime
) -> int:
    """
    Write the entry that undoes another, and return its number.

    :raises EntryUnknown: there is no such entry in the book.
    :raises EntryAlreadyReversed: it was undone before.
    """
    found = _read(session, book_id, entry_id=entry_id)
    if entry_id not in found:
        raise EntryUnknown(entry_id=entry_id)
    if reversed_by := _run(session, _REVERSED_BY, entry=entry_id):
        raise EntryAlreadyReversed(entry_id=entry_id, reversed_by=reversed_by[0].entry_id)
    undoing = reversal(found[entry_id], entry_id=entry_id, posted_on=posted_on)
    return write_entry(session, book_id=book_id, entry=undoing, recorded_at=recorded_at)


def entries_of(session: Session, *, book_id: int, source: str) -> dict[int, JournalEntry]:
    """Return the entries that follow from a document or row, by their numbers, in order."""
    return _read(session, book_id, source=source)


def trial_balance(session: Session, *, book_id: int) -> list[AccountBalance]:
    """Return the balances the book keeps, ordered by code, party and asset."""
    return _balances(_run(session, _BALANCES, book=book_id))


def sums_of_postings(session: Session, *, book_id: int) -> list[AccountBalance]:
    """Return the same as :func:`trial_balance`, added up anew from every posting."""
    return _balances(_run(session, _SUMS, book=book_id))


def _account_ids(
    session: Session, book_id: int, entries: Iterable[JournalEntry]
) -> Mapping[tuple[Account, str], int]:
    wanted = {
        (account, entry.asset)
        for entry in entries
        for posting in entry.postings
        for account in (posting.debit, posting.credit)
    }
    found = _find_accounts(session, book_id, wanted)
    missing = list(wanted - found.keys())
    if missing:
        session.execute(text(_CREATE_ACCOUNTS), {"book": book_id, **_columns(missing)})
        # Read again rather than returned: a neighbour may have made some of them.
        found = _find_accounts(session, book_id, wanted)
    return found


def _find_accounts(
    session: Session, book_id: int, wanted: Iterable[tuple[Account, str]]
) -> dict[tuple[Account, str], int]:
    columns = _columns(wanted)
    del columns["assets"]
    return {
        (Account(AccountCode(row.code), row.party_id), row.asset): row.account_id
        for row in _run(session, _FIND_ACCOUNTS, book=book_id, **columns)
    }


def _columns(accounts: Iterable[tuple[Account, str]]) -> dict[str, list[Any]]:
    pairs = list(accounts)
    return {
        "codes": [str(account.code) for account, _ in pairs],
        "parties": [account.party_id for account, _ in pairs],
        "assets": [asset for _, asset in pairs],
    }


def _insert_entries(
    session: Session, book_id: int, entries: Sequence[JournalEntry], recorded_at: datetime
) -> list[int]:
    rows = _run(
        session,
        _INSERT_ENTRIES,
        book=book_id,
        at=recorded_at,
        posted_on=[entry.posted_on for entry in entries],
        kinds=[entry.kind for entry in entries],
        sources=[entry.source for entry in entries],
        assets=[entry.asset for entry in entries],
        counts=[len(entry.postings) for entry in entries],
        reverses=[entry.reverses for entry in entries],
    )
    return sorted(row.entry_id for row in rows)


def _insert_postings(
    session: Session,
    entries: Sequence[JournalEntry],
    entry_ids: Sequence[int],
    accounts: Mapping[tuple[Account, str], int],
) -> None:
    numbered = [
        (entry_id, number, posting, entry.asset)
        for entry_id, entry in zip(entry_ids, entries, strict=True)
        for number, posting in enumerate(entry.postings, start=1)
    ]
    session.execute(
        text(_INSERT_POSTINGS),
        {
            "entries": [entry_id for entry_id, _, _, _ in numbered],
            "numbers": [number for _, number, _, _ in numbered],
            "debits": [accounts[posting.debit, asset] for _, _, posting, asset in numbered],
            "credits": [accounts[posting.credit, asset] for _, _, posting, asset in numbered],
            "amounts": [posting.amount_minor for _, _, posting, _ in numbered],
        },
    )


def _read(
    session: Session, book_id: int, *, source: str | None = None, entry_id: int | None = None
) -> dict[int, JournalEntry]:
    entries: dict[int, list[Row[Any]]] = {}
    for row in _run(session, _READ, book=book_id, source=source, entry=entry_id):
        entries.setdefault(row.entry_id, []).append(row)
    return {entry_id: _entry(rows) for entry_id, rows in entries.items()}


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


def _balances(rows: Iterable[Row[Any]]) -> list[AccountBalance]:
    return [
        AccountBalance(
            code=AccountCode(row.code),
            party=row.reference,
            asset=row.asset,
            debit_minor=row.debit_minor,
            credit_minor=row.credit_minor,
        )
        for row in rows
    ]


def _run(session: Session, statement: str, **parameters: Any) -> Sequence[Row[Any]]:
    return session.execute(text(statement), parameters).all()
