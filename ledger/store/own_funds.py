"""The house's own money: how it stands, what it has paid ahead, and its moves."""

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.journal import AccountCode, asset_of
from ledger.core.own_funds import OWN_ACCOUNTS, MoveKind, OwnFunds, OwnFundsMove
from ledger.store.divided_lines import over_divided_lines
from ledger.store.payouts import Cash, find_cash
from ledger.store.tables.own_funds import OwnFundsMoveRow

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.settlements', :book))"

# What is divided of invoices in other currencies is paid ahead in the book's, as it was translated,
# as far as they are not paid.
# What was divided of an invoice ahead of its payment, or taken from an advance that is not paid.
# An invoice that gives back more than it charges ahead makes nothing the house's own.
# What the house sold for itself is its own once it is divided, and not before.
_STANDING = over_divided_lines("""
    WITH unpaid AS (
        SELECT i.document_id FROM invoice i
        LEFT JOIN receipt r USING (document_id)
        WHERE i.book_id = :book AND i.currency = :currency
        GROUP BY i.document_id
        HAVING coalesce(sum(r.amount_minor), 0) <> i.total_minor
    ), ahead AS (
        SELECT sum(a.amount_minor + a.tax_minor)
               - coalesce(sum((SELECT sum(p.amount_minor + p.tax_minor) FROM receipt_part p
                               WHERE p.royalty_line_id = a.royalty_line_id)), 0) AS minor
        FROM unpaid
        JOIN invoice_line l USING (document_id)
        JOIN accrued_line a USING (royalty_line_id)
        GROUP BY document_id
        UNION ALL
        SELECT (SELECT coalesce(sum(u.amount_minor + done.tax_minor), 0)
                FROM prepayment_use u JOIN settled_prepayment_use done USING (prepayment_use_id)
                WHERE u.prepayment_id = l.prepayment_id)
               - (SELECT coalesce(sum(p.amount_minor + p.tax_minor), 0) FROM receipt_part p
                  WHERE p.prepayment_id = l.prepayment_id)
        FROM unpaid JOIN invoice_prepayment l USING (document_id)
        UNION ALL
        SELECT ceil(sum(each.yen * (1 - coalesce(each.paid, 0) / each.asked)))
        FROM (
            SELECT i.document_id, CAST(t.amount_yen + t.tax_yen AS numeric) AS yen,
                   a.amount_minor + a.tax_minor AS asked,
                   (SELECT sum(p.amount_minor + p.tax_minor) FROM receipt_part p
                    WHERE p.royalty_line_id = a.royalty_line_id) AS paid
            FROM book b
            JOIN invoice i ON i.book_id = b.book_id AND i.currency <> b.currency
            JOIN invoice_line l USING (document_id)
            JOIN accrued_line a USING (royalty_line_id)
            JOIN translation t ON t.royalty_line_id = a.royalty_line_id AND t.receipt_id IS NULL
                              AND t.prepayment_use_id IS NULL
            WHERE b.book_id = :book AND b.currency = :currency
              AND a.amount_minor + a.tax_minor <> 0
        ) each
        GROUP BY each.document_id
    ), sold AS (
        SELECT l.amount_minor - l.recouped_minor + l.tax_minor
               - coalesce((SELECT sum(part.amount_minor + part.tax_minor)
                           FROM (/* divided lines */) part
                           WHERE part.royalty_line_id = l.royalty_line_id), 0) AS minor
        FROM invoice i JOIN invoice_line l USING (document_id)
        WHERE i.book_id = :book AND i.currency = :currency AND i.capacity = 'principal'
    )
    SELECT CAST((SELECT coalesce(sum(b.credit_minor - b.debit_minor), 0)
                 FROM account a JOIN account_balance b USING (account_id)
                 WHERE a.book_id = :book AND a.asset = :asset
                   AND a.code = ANY (CAST(:own AS text[])))
                - (SELECT coalesce(sum(minor), 0) FROM sold) AS bigint) AS own_minor,
           CAST((SELECT coalesce(sum(greatest(0, minor)), 0) FROM ahead)
                AS bigint) AS advanced_minor
""")

_MOVES = """
    SELECT kind, currency, amount_minor, moved_on, bank_reference, reason, recorded_at, recorded_by
    FROM own_funds_move WHERE book_id = :book
    ORDER BY own_funds_move_id DESC LIMIT :limit
"""

_HAS = """
    SELECT EXISTS (SELECT FROM own_funds_move
                   WHERE book_id = :book AND bank_reference = :reference)
"""


def lock_own_funds(session: Session, *, book_id: int) -> None:
    """Make whoever else settles, pays out or moves the house's money wait for this transaction."""
    session.execute(text(_LOCK), {"book": book_id})


def find_own_funds(
    session: Session, *, book_id: int, currency: str, cash: Cash | None = None
) -> OwnFunds:
    """
    Return how the house stands, with everything that this transaction has written.

    ``cash`` is what is in the bank, where it is known already.
    """
    asked = {
        "book": book_id,
        "currency": currency,
        "asset": asset_of(currency),
        "own": [str(AccountCode(code)) for code in OWN_ACCOUNTS],
    }
    row = session.execute(text(_STANDING), asked).one()
    cash = cash or find_cash(session, book_id=book_id, currency=currency)
    return OwnFunds(
        currency=currency,
        own_minor=row.own_minor,
        advanced_minor=row.advanced_minor,
        bank_minor=cash.free_minor,
    )


def list_moves(session: Session, *, book_id: int, limit: int) -> tuple[OwnFundsMove, ...]:
    """Return the newest moves first."""
    rows = session.execute(text(_MOVES), {"book": book_id, "limit": limit})
    return tuple(OwnFundsMove(**{**row._mapping, "kind": MoveKind(row.kind)}) for row in rows)


def has_move(session: Session, *, book_id: int, bank_reference: str) -> bool:
    """Tell whether a move was written down under a reference of the bank."""
    asked = {"book": book_id, "reference": bank_reference}
    return bool(session.scalar(text(_HAS), asked))


def insert_move(session: Session, *, book_id: int, move: OwnFundsMove) -> None:
    """Write a move."""
    session.execute(insert(OwnFundsMoveRow), [{"book_id": book_id, **vars(move)}])
