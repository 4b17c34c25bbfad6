"""Reliefs by tax treaties: the rows, and the last payment that one of them may not reach."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.treaty_relief import LastPayment, NewTreatyRelief, TreatyRelief
from ledger.store.tables.parties import TreatyReliefRow

_COUNTRY = "SELECT country FROM party WHERE party_id = :party"

_LAST_PAYMENT = """
    SELECT r.reference AS run, r.pay_on, x.payout_run_id IS NOT NULL AS is_released
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    LEFT JOIN payout_release x USING (payout_run_id)
    LEFT JOIN payout_cancellation c USING (payout_run_id)
    WHERE o.owner_id = :party AND c.payout_run_id IS NULL
    ORDER BY r.pay_on DESC, r.payout_run_id DESC LIMIT 1
"""

_RELIEFS = """
    SELECT p.reference AS payee, told.rate_bp, told.form_filed_on, told.valid_from,
           told.valid_until, told.recorded_at, told.recorded_by, told.reason
    FROM party p
    JOIN LATERAL (
        SELECT t.treaty_relief_id, t.rate_bp, t.form_filed_on, t.valid_from, t.valid_until,
               t.recorded_at, t.recorded_by, t.reason
        FROM treaty_relief t WHERE t.owner_id = p.party_id
        UNION ALL
        SELECT 0, p.treaty_rate_bp, p.treaty_form_filed_on, NULL, NULL, p.recorded_at, '', ''
        WHERE p.treaty_rate_bp IS NOT NULL
    ) told ON true
    WHERE p.book_id = :book
      AND (CAST(:payee AS text) IS NULL OR p.reference = :payee)
    ORDER BY p.reference COLLATE "C", told.valid_from NULLS FIRST, told.treaty_relief_id
    LIMIT :limit
"""


def find_country(session: Session, *, party_id: int) -> str:
    """Return the country that a party is at home in."""
    return str(session.execute(text(_COUNTRY), {"party": party_id}).scalar_one())


def find_last_payment(session: Session, *, party_id: int) -> LastPayment | None:
    """Return the last payment to a payee that was made or is planned, None without one."""
    row = session.execute(text(_LAST_PAYMENT), {"party": party_id}).one_or_none()
    return None if row is None else LastPayment(**row._mapping)


def insert_relief(
    session: Session,
    *,
    party_id: int,
    relief: NewTreatyRelief,
    recorded_at: datetime,
    recorded_by: str,
    reason: str,
) -> None:
    """Write what a treaty relieves a payee of."""
    row = {
        "owner_id": party_id,
        "rate_bp": relief.rate_bp,
        "form_filed_on": relief.form_filed_on,
        "valid_from": relief.begins_on,
        "valid_until": relief.valid_until,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
        "reason": reason,
    }
    session.execute(insert(TreatyReliefRow), [row])


def list_reliefs(
    session: Session, *, book_id: int, payee: str | None, limit: int
) -> Sequence[TreatyRelief]:
    """Return reliefs by payee, of each in the order of the days from which they hold."""
    rows = session.execute(text(_RELIEFS), {"book": book_id, "payee": payee, "limit": limit})
    return [TreatyRelief(**row._mapping) for row in rows]
