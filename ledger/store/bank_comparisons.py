"""What the ledger and the bank say of the bank account, as it is read to be compared."""

from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.bank_comparison import BankMovement, BookMovement
from ledger.core.journal import AccountCode

# Receipts are told by their payments, on the bank's day and not on that of the entry.
_BOOK = """
    SELECT m.external_reference AS source, 'payment' AS kind, m.received_on AS day, m.currency,
           m.amount_minor, CAST('{}' AS bigint[]) AS parts, m.payment_id
    FROM payment m WHERE m.book_id = :book AND m.channel = 'bank'
    UNION ALL
    SELECT e.source, e.kind, e.posted_on, split_part(e.asset, '/', 1),
           CAST(sum(moved.amount_minor) AS bigint),
           CASE WHEN e.kind = 'payout' THEN array_agg(moved.amount_minor ORDER BY p.number)
                ELSE '{}' END, NULL
    FROM entry e
    JOIN posting p USING (entry_id)
    JOIN account a ON a.book_id = e.book_id AND a.code = :bank
                  AND a.account_id IN (p.debit_account_id, p.credit_account_id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.debit_account_id = a.account_id THEN p.amount_minor
                    ELSE -p.amount_minor END AS amount_minor
    ) moved
    WHERE e.book_id = :book AND e.kind <> 'receipt'
    GROUP BY e.entry_id
    ORDER BY 3, 1
"""

_BANK = """
    SELECT l.bank_line_id AS line_id, l.booked_on AS day, l.currency, l.amount_minor,
           concat_ws(' ', nullif(l.payer, ''), nullif(l.remark, '')) AS told,
           coalesce(e.state, 'open') AS state, e.payment_id,
           r.reference || ':' || p.reference AS return_of
    FROM bank_line l LEFT JOIN bank_line_ending e USING (bank_line_id)
    LEFT JOIN payout_run r ON r.payout_run_id = e.returned_run_id
    LEFT JOIN party p ON p.party_id = e.returned_owner_id
    WHERE l.book_id = :book AND e.state IS DISTINCT FROM 'known'
    ORDER BY l.booked_on, l.bank_line_id
"""

_COVERED = """
    SELECT first_day, last_day FROM bank_statement
    WHERE book_id = :book AND kind <> 'zengin_notice' ORDER BY 1, 2
"""


def book_movements(session: Session, *, book_id: int) -> list[BookMovement]:
    """Return all that the ledger moved on the bank account, in the order of days."""
    asked = {"book": book_id, "bank": str(AccountCode.BANK)}
    rows = session.execute(text(_BOOK), asked)
    return [BookMovement(**{**row._mapping, "parts": tuple(row.parts)}) for row in rows]


def bank_movements(session: Session, *, book_id: int) -> list[BankMovement]:
    """Return the lines of statements, each once, in the order of days."""
    rows = session.execute(text(_BANK), {"book": book_id})
    return [BankMovement(**row._mapping) for row in rows]


def covered_days(session: Session, *, book_id: int) -> list[tuple[date, date]]:
    """Return the first and last days of statements; a notice does not tell of all that moved."""
    rows = session.execute(text(_COVERED), {"book": book_id})
    return [(row.first_day, row.last_day) for row in rows]
