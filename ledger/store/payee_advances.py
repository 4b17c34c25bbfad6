"""Advances to payees: what was agreed, what settlements paid of it, and what they set off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.payee_advance import AdvanceMoved, NewPayeeAdvance, PayeeAdvance
from ledger.store.parties import insert_all
from ledger.store.tables.payee_advances import (
    PayeeAdvancePaymentRow,
    PayeeAdvanceRow,
    PayeeAdvanceUseRow,
)


@dataclass(frozen=True, kw_only=True)
class PayeeAdvanceInBook:
    """An advance with all that became of it; amounts are whole minor units."""

    id: int
    reference: str
    payee: str
    amount_minor: int
    pay_from: date
    reason: str
    recorded_at: datetime
    recorded_by: str
    paid_in: date | None  # the closing month whose run paid it
    recouped_minor: int
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_why: str | None

    @property
    def left_minor(self) -> int:
        """What is still to be set off: nothing before it is paid."""
        return 0 if self.paid_in is None else self.amount_minor - self.recouped_minor


_ADVANCES = """
    SELECT a.payee_advance_id AS id, a.reference, p.reference AS payee, a.amount_minor, a.pay_from,
           a.reason, a.recorded_at, a.recorded_by, s.closing_month AS paid_in,
           CAST(coalesce((SELECT sum(u.amount_minor) FROM payee_advance_use u
                          WHERE u.payee_advance_id = a.payee_advance_id), 0) AS bigint)
               AS recouped_minor,
           w.withdrawn_at, w.withdrawn_by, w.reason AS withdrawn_why
    FROM payee_advance a
    JOIN party p ON p.party_id = a.owner_id
    LEFT JOIN payee_advance_payment paid USING (payee_advance_id)
    LEFT JOIN settlement s ON s.settlement_id = paid.settlement_id
    LEFT JOIN payee_advance_withdrawal w USING (payee_advance_id)
    WHERE a.book_id = :book
"""
_LISTED = (
    _ADVANCES
    + """
      AND (CAST(:payee AS bigint) IS NULL OR a.owner_id = :payee) AND a.payee_advance_id > :after
    ORDER BY a.payee_advance_id LIMIT :limit
"""
)
_NAMED = _ADVANCES + " AND a.reference = ANY (CAST(:references AS text[]))"

_OPEN = """
    WITH used AS (
        SELECT payee_advance_id, sum(amount_minor) AS amount_minor
        FROM payee_advance_use GROUP BY 1
    )
    SELECT a.payee_advance_id AS id, a.reference, p.reference AS payee, a.amount_minor,
           CAST(a.amount_minor - coalesce(used.amount_minor, 0) AS bigint) AS left_minor,
           s.closing_month AS paid_on
    FROM payee_advance a
    JOIN party p ON p.party_id = a.owner_id
    LEFT JOIN payee_advance_payment paid USING (payee_advance_id)
    LEFT JOIN settlement s ON s.settlement_id = paid.settlement_id
    LEFT JOIN payee_advance_withdrawal w USING (payee_advance_id)
    LEFT JOIN used USING (payee_advance_id)
    WHERE a.book_id = :book AND w.payee_advance_id IS NULL
      AND CASE WHEN s.closing_month IS NULL THEN a.pay_from <= :through
               ELSE a.amount_minor > coalesce(used.amount_minor, 0) END
    ORDER BY s.closing_month NULLS LAST, a.payee_advance_id
"""

_WITHDRAW = """
    INSERT INTO payee_advance_withdrawal
        (payee_advance_id, owner_id, withdrawn_at, withdrawn_by, reason)
    SELECT payee_advance_id, owner_id, :at, :by, :reason FROM payee_advance
    WHERE payee_advance_id = :id
"""


def insert_advances(
    session: Session,
    *,
    book_id: int,
    advances: Sequence[NewPayeeAdvance],
    payee_ids: Mapping[str, int],
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """Write advances as they were agreed; ``payee_ids`` are keys by reference."""
    insert_all(
        session,
        PayeeAdvanceRow,
        (
            {
                "book_id": book_id,
                "owner_id": payee_ids[each.payee],
                "reference": each.reference,
                "amount_minor": each.amount_minor,
                "pay_from": each.pay_from,
                "reason": each.reason,
                "recorded_at": recorded_at,
                "recorded_by": recorded_by,
            }
            for each in advances
        ),
    )


def find_advances(
    session: Session, *, book_id: int, references: Sequence[str]
) -> dict[str, PayeeAdvanceInBook]:
    """Return those of the named advances that are in the book, by reference."""
    rows = session.execute(text(_NAMED), {"book": book_id, "references": list(references)})
    return {row.reference: PayeeAdvanceInBook(**row._mapping) for row in rows}


def list_advances(
    session: Session, *, book_id: int, payee_id: int | None, after: int, limit: int
) -> list[PayeeAdvanceInBook]:
    """
    Return advances in the order in which they were entered, after the id of the last one seen.

    ``payee_id`` is whose advances are meant; only the house asks for everybody's (None).
    """
    asked = {"book": book_id, "payee": payee_id, "after": after, "limit": limit}
    return [PayeeAdvanceInBook(**row._mapping) for row in session.execute(text(_LISTED), asked)]


def withdraw_advance(
    session: Session, *, advance_id: int, withdrawn_by: str, withdrawn_at: datetime, reason: str
) -> None:
    """Write that an advance will not be paid."""
    asked = {"id": advance_id, "at": withdrawn_at, "by": withdrawn_by, "reason": reason}
    session.execute(text(_WITHDRAW), asked)


def open_advances(
    session: Session, *, book_id: int, through: date
) -> dict[str, tuple[PayeeAdvance, ...]]:
    """
    Return what settlements have to look at, by payee: advances that are due, and unrecouped ones.

    Of each payee those that were paid come first, the oldest first. ``through`` is the last day
    of the closing month.
    """
    found: dict[str, list[PayeeAdvance]] = {}
    for row in session.execute(text(_OPEN), {"book": book_id, "through": through}):
        found.setdefault(row.payee, []).append(PayeeAdvance(**row._mapping))
    return {payee: tuple(advances) for payee, advances in found.items()}


def insert_moves(
    session: Session,
    *,
    settlement_id: int,
    moved: Mapping[str, Sequence[AdvanceMoved]],
    party_ids: Mapping[str, int],
) -> None:
    """Write what a settlement pays of advances, and what it sets off against them."""
    keyed = [
        (
            each,
            {
                "settlement_id": settlement_id,
                "payee_advance_id": each.advance.id,
                "owner_id": party_ids[payee],
            },
        )
        for payee, of_payee in moved.items()
        for each in of_payee
    ]
    insert_all(session, PayeeAdvancePaymentRow, (keys for each, keys in keyed if each.paid_minor))
    insert_all(
        session,
        PayeeAdvanceUseRow,
        (
            {**keys, "amount_minor": each.recouped_minor}
            for each, keys in keyed
            if each.recouped_minor
        ),
    )
