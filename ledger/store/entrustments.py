"""What rights holders agreed with the house, from which day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, kw_only=True)
class EntrustmentInBook:
    """Terms of one rights holder, which hold until other terms of it take over."""

    id: int
    holder: str  # reference
    name_ja: str
    name_en: str
    effective_from: date
    admin_fee_bp: int
    capacity: str
    reserve_bp: int | None
    reserve_months: int | None
    overclaim_policy: str
    confirm_within_days: int | None


_LIST = """
    SELECT e.entrustment_id AS id, p.reference AS holder, p.name_ja, p.name_en, e.effective_from,
           e.admin_fee_bp, e.capacity, e.reserve_bp, e.reserve_months, e.overclaim_policy,
           e.confirm_within_days
    FROM entrustment e
    JOIN party p ON p.party_id = e.owner_id
    WHERE p.book_id = :book AND e.entrustment_id > :after
      AND (CAST(:holder AS bigint) IS NULL OR e.owner_id = :holder)
    ORDER BY e.entrustment_id
    LIMIT :limit
"""


def list_entrustments(
    session: Session, *, book_id: int, holder_id: int | None, after: int, limit: int
) -> Sequence[EntrustmentInBook]:
    """
    Return what rights holders agreed to, in the order in which it was entered.

    ``holder_id`` is whose terms are meant; only the house asks for everybody's (None). ``after``
    is the id of the last one seen, 0 to begin.
    """
    asked = {"book": book_id, "holder": holder_id, "after": after, "limit": limit}
    rows = session.execute(text(_LIST), asked)
    return [EntrustmentInBook(**row._mapping) for row in rows]
