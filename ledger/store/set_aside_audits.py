"""The audit's reading of what is set aside or paid ahead: reserves, and advances to payees."""

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.set_aside_facts import PayeeAdvanceFact, ReserveFact

_PAYEE_ADVANCES = """
    SELECT a.reference, p.reference AS payee, a.amount_minor,
           CASE WHEN paid.payee_advance_id IS NULL THEN 0 ELSE a.amount_minor END AS paid_minor,
           CAST(coalesce((SELECT sum(u.amount_minor) FROM payee_advance_use u
                          WHERE u.payee_advance_id = a.payee_advance_id), 0) AS bigint)
               AS recouped_minor
    FROM payee_advance a
    JOIN party p ON p.party_id = a.owner_id
    LEFT JOIN payee_advance_payment paid USING (payee_advance_id)
    WHERE a.book_id = :book ORDER BY a.payee_advance_id
"""

_RESERVES = """
    SELECT p.reference AS holder, s.closing_month AS month, r.release_month,
           r.amount_minor, r.tax_minor,
           CAST(coalesce(sum(u.amount_minor), 0) AS bigint) AS used_minor,
           CAST(coalesce(sum(u.tax_minor), 0) AS bigint) AS used_tax_minor,
           count(*) FILTER (WHERE u.kind = 'reserve_released') AS release_count,
           max(later.closing_month) FILTER (WHERE u.kind = 'reserve_released') AS released_in
    FROM reserve r
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = r.owner_id
    LEFT JOIN (reserve_use u JOIN settlement later ON later.settlement_id = u.settlement_id)
           ON u.held_in = r.settlement_id AND u.owner_id = r.owner_id
    WHERE s.book_id = :book
    GROUP BY r.settlement_id, r.owner_id, p.reference, s.closing_month
    ORDER BY s.closing_month, p.reference COLLATE "C"
"""


def load_payee_advances(session: Session, *, book_id: int) -> tuple[PayeeAdvanceFact, ...]:
    """Return every advance to a payee with what was paid and set off."""
    rows = session.execute(text(_PAYEE_ADVANCES), {"book": book_id})
    return tuple(PayeeAdvanceFact(**row._mapping) for row in rows)


def load_reserves(session: Session, *, book_id: int) -> tuple[ReserveFact, ...]:
    """Return every reserve with all that was taken of it."""
    rows = session.execute(text(_RESERVES), {"book": book_id})
    return tuple(ReserveFact(**row._mapping) for row in rows)
