"""The audit's reading of what is set aside or paid ahead: suspense, reserves, advances."""

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.set_aside_facts import PayeeAdvanceFact, ReserveFact, SuspenseFact

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

_SUSPENSE = """
    SELECT s.reference, p.reference AS holder, s.amount_minor, s.tax_minor, s.suspended_minor,
           s.suspended_tax_minor,
           CAST(coalesce(sum(r.released_minor), 0) AS bigint) AS released_minor,
           CAST(coalesce(sum(r.released_tax_minor), 0) AS bigint) AS released_tax_minor,
           coalesce(min(r.left_bp), s.suspense_bp) AS left_bp,
           CAST((SELECT coalesce(sum(CAST(part ->> 'amount_minor' AS bigint)), 0)
                 FROM jsonb_array_elements(s.parts) part) AS bigint) AS parts_minor,
           CAST(coalesce((SELECT sum(CAST(part ->> 'amount_minor' AS bigint))
                          FROM suspense_release x, jsonb_array_elements(x.parts) part
                          WHERE x.suspense_id = s.suspense_id), 0) AS bigint)
               AS released_parts_minor
    FROM suspense s
    JOIN settlement made USING (settlement_id)
    JOIN party p ON p.party_id = s.owner_id
    LEFT JOIN suspense_release r USING (suspense_id)
    WHERE made.book_id = :book
    GROUP BY s.suspense_id, p.reference
    ORDER BY s.suspense_id
"""


def load_payee_advances(session: Session, *, book_id: int) -> tuple[PayeeAdvanceFact, ...]:
    """Return every advance to a payee with what was paid and set off."""
    rows = session.execute(text(_PAYEE_ADVANCES), {"book": book_id})
    return tuple(PayeeAdvanceFact(**row._mapping) for row in rows)


def load_reserves(session: Session, *, book_id: int) -> tuple[ReserveFact, ...]:
    """Return every reserve with all that was taken of it."""
    rows = session.execute(text(_RESERVES), {"book": book_id})
    return tuple(ReserveFact(**row._mapping) for row in rows)


def load_suspense(session: Session, *, book_id: int) -> tuple[SuspenseFact, ...]:
    """Return everything that was suspended, with what was released of it."""
    rows = session.execute(text(_SUSPENSE), {"book": book_id})
    return tuple(SuspenseFact(**row._mapping) for row in rows)
