"""What a preview needs beside the terms: whose a subject is, and the house's fee."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A rights holder, and the fee that the house takes of what it receives."""

    id: int
    reference: str
    admin_fee_bp: int  # 0 when nothing was agreed


_HOLDERS = """
    SELECT s.subject_id, p.party_id, p.reference, coalesce(fee.admin_fee_bp, 0) AS admin_fee_bp
    FROM subject s
    JOIN party p ON p.party_id = s.owner_id
    LEFT JOIN LATERAL (
        SELECT e.admin_fee_bp FROM entrustment e
        WHERE e.owner_id = p.party_id AND e.effective_from <= :on
        ORDER BY e.effective_from DESC LIMIT 1
    ) fee ON true
    WHERE s.subject_id = ANY (CAST(:subjects AS bigint[]))
"""


def holders_of(session: Session, *, subject_ids: Collection[int], on: date) -> dict[int, Holder]:
    """Return the rights holder of each subject, with the fee in force on a day."""
    parameters = {"subjects": list(subject_ids), "on": on}
    return {
        row.subject_id: Holder(
            id=row.party_id, reference=row.reference, admin_fee_bp=row.admin_fee_bp
        )
        for row in session.execute(text(_HOLDERS), parameters)
    }
