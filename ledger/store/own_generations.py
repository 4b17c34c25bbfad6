"""
Single generations of a rights holder's works, a page at a time, without counting any.

Totals of batches say in which batches something of the holder's is; each of these is read by its
key. A page goes on from the last generation or batch that was looked at, never by an offset.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text
from sqlmodel import Session

#: Most batches that one page looks into.
BATCHES_MAX = 200


class Place(NamedTuple):
    """Where a list goes on: before this generation of a firm's log."""

    licensee_id: int
    batch_number: int
    position: int


@dataclass(frozen=True, kw_only=True)
class OwnGeneration:
    """A generation for one subject of the holder's, as it was reported."""

    licensee_id: int
    licensee: str
    batch_number: int
    position: int
    occurred_at: datetime
    subject_id: int
    modality: str
    use_class: str
    unit: str
    territory: str
    quantity: Decimal | None
    model: str | None
    decision: str
    reasons: tuple[str, ...]
    is_corrected: bool

    @property
    def reference(self) -> str:
        """By which it is explained."""
        return f"GEN-{self.licensee}-{self.batch_number}-{self.position}"


_BATCHES = """
    SELECT DISTINCT licensee_id, licensee, batch_number FROM own_use
    WHERE accrual_month = :month
      AND (CAST(:subjects AS bigint[]) IS NULL OR subject_id = ANY (CAST(:subjects AS bigint[])))
      AND (CAST(:licensee AS bigint) IS NULL OR licensee_id = :licensee)
      AND (CAST(:day AS date) IS NULL OR day = :day)
      AND (licensee_id, batch_number) <= (:at_licensee, :at_batch)
    ORDER BY licensee_id DESC, batch_number DESC LIMIT :batches
"""

_PAGE = """
    SELECT each.licensee, g.*
    FROM unnest(CAST(:licensees AS bigint[]), CAST(:references AS text[]),
                CAST(:batches AS bigint[])) AS each (licensee_id, licensee, batch_number)
    CROSS JOIN LATERAL (
        SELECT * FROM own_generation o
        WHERE o.licensee_id = each.licensee_id AND o.batch_number = each.batch_number
          AND o.accrual_month = :month
          AND (CAST(:subjects AS bigint[]) IS NULL
               OR o.subject_id = ANY (CAST(:subjects AS bigint[])))
          AND (CAST(:since AS timestamptz) IS NULL
               OR o.occurred_at >= :since AND o.occurred_at < :until)
          AND (o.licensee_id, o.batch_number, o.position) < (:at_licensee, :at_batch, :at_position)
        ORDER BY o.position DESC LIMIT :limit
    ) g
    ORDER BY g.licensee_id DESC, g.batch_number DESC, g.position DESC, g.subject_id LIMIT :limit
"""


def list_generations(
    session: Session,
    *,
    month: date,
    day: date | None,
    instants: tuple[datetime, datetime] | None,
    subject_ids: Collection[int] | None,
    licensee_id: int | None,
    before: Place,
    limit: int,
) -> tuple[list[OwnGeneration], Place | None]:
    """
    Return generations of a month before a place, the latest reported first, and where to go on.

    ``day`` with the ``instants`` at which it begins and ends leaves those of one day.
    """
    asked = {
        "month": month,
        "day": day,
        "subjects": None if subject_ids is None else list(subject_ids),
        "licensee": licensee_id,
        "at_licensee": before.licensee_id,
        "at_batch": before.batch_number,
        "at_position": before.position,
        "since": instants[0] if instants else None,
        "until": instants[1] if instants else None,
        "limit": limit + 1,
    }
    batches = session.execute(text(_BATCHES), {**asked, "batches": BATCHES_MAX}).all()
    within = {
        "licensees": [row.licensee_id for row in batches],
        "references": [row.licensee for row in batches],
        "batches": [row.batch_number for row in batches],
    }
    rows = session.execute(text(_PAGE), {**asked, **within}).all() if batches else []
    found = [
        OwnGeneration(
            licensee_id=row.licensee_id,
            licensee=row.licensee,
            batch_number=row.batch_number,
            position=row.position,
            occurred_at=row.occurred_at,
            subject_id=row.subject_id,
            modality=row.modality,
            use_class=row.use_class,
            unit=row.unit,
            territory=row.territory,
            quantity=row.quantity,
            model=row.model,
            decision=row.decision,
            reasons=tuple(row.reasons),
            is_corrected=row.is_corrected,
        )
        for row in rows
    ]
    is_more = len(batches) == BATCHES_MAX
    last = Place(batches[-1].licensee_id, batches[-1].batch_number, 0) if is_more else None
    return _page(found, last, limit)


def _page(
    found: list[OwnGeneration], last_batch: Place | None, limit: int
) -> tuple[list[OwnGeneration], Place | None]:
    """Cut what was found to whole generations, and say where the next page begins."""
    if len(found) > limit:
        cut = found[limit]
        page = [
            each
            for each in found[:limit]
            if (each.licensee_id, each.batch_number, each.position)
            != (cut.licensee_id, cut.batch_number, cut.position)
        ]
        last = page[-1] if page else cut
        return page or found[:limit], Place(last.licensee_id, last.batch_number, last.position)
    return found, last_batch
