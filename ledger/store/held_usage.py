"""Refused and held usage, as statements tell rights holders of it."""

from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.statement import RefusalRow
from ledger.core.unsettled import HeldUsage

_HELD_USAGE = """
    SELECT holder.reference AS holder, s.title_ja, s.title_en,
           licensee.name_ja AS licensee_ja, licensee.name_en AS licensee_en,
           t.decision, t.reason, CAST(sum(t.generation_count) AS bigint) AS generation_count
    FROM batch_total t
    JOIN subject s USING (subject_id)
    JOIN party holder ON holder.party_id = s.owner_id
    JOIN party licensee ON licensee.party_id = t.licensee_id
    LEFT JOIN batch late ON late.licensee_id = t.licensee_id
                        AND late.batch_number = t.batch_number AND late.counted_month IS NOT NULL
    WHERE s.book_id = :book AND t.decision NOT IN ('accepted', 'wind_down')
      AND coalesce(late.counted_month, t.accrual_month) <= :through
      AND (CAST(:after AS date) IS NULL
           OR coalesce(late.counted_month, t.accrual_month) > :after)
    GROUP BY holder.party_id, s.subject_id, licensee.party_id, t.decision, t.reason
    HAVING sum(t.generation_count) <> 0
    ORDER BY holder.reference COLLATE "C", s.reference COLLATE "C",
             licensee.reference COLLATE "C", t.decision, t.reason
"""


def find_held_usage(
    session: Session, *, book_id: int, after: date | None, through: date
) -> list[HeldUsage]:
    """
    Return refused and held usage of known subjects, in the months after one through another.

    Usage whose subject is not known belongs to no rights holder and is not here.
    """
    rows = session.execute(text(_HELD_USAGE), {"book": book_id, "after": after, "through": through})
    return [
        HeldUsage(
            holder=row.holder,
            row=RefusalRow(
                title_ja=row.title_ja,
                title_en=row.title_en,
                licensee_ja=row.licensee_ja,
                licensee_en=row.licensee_en,
                decision=row.decision,
                reason=row.reason,
                generation_count=row.generation_count,
            ),
        )
        for row in rows
    ]
