"""
What a rights holder's works earned, line by line, and the use that each line charged.

Read under the holder's own role: views show its rows alone, so no query here says whose they
are. Money of closed months is in lines; by day and territory there are totals of batches.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.breakdown import Earned, LineKey, LineUse


@dataclass(frozen=True, kw_only=True)
class OwnSubject:
    """A work, character or voice of the holder's own."""

    id: int
    reference: str
    kind: str
    title_ja: str
    title_en: str
    parent_id: int | None


@dataclass(frozen=True, kw_only=True)
class OwnFirm:
    """An AI firm that has a license for something of the holder's."""

    id: int
    reference: str
    name_ja: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class OwnLine:
    """A royalty line as a list shows it; its number is by which it is explained."""

    id: int
    place: int
    closing_month: date
    accrual_month: date
    cause: str
    subject_id: int
    licensee_id: int
    basis: str
    modality: str | None
    rate: Decimal
    is_tiered: bool
    clause: str
    currency: str
    generation_count: int
    quantity: Decimal
    amount_minor: int

    @property
    def reference(self) -> str:
        """By which it is explained."""
        return f"LINE-{self.closing_month:%Y-%m}-{self.place}"


_SUBJECTS = """
    SELECT subject_id AS id, reference, kind, title_ja, title_en, parent_id FROM own_subject
    ORDER BY title_ja COLLATE "C", subject_id
"""

_FIRMS = """
    SELECT licensee_id AS id, reference, name_ja, name_en FROM own_firm
    ORDER BY name_ja COLLATE "C", licensee_id
"""

_LINES = """
    SELECT closing_month, accrual_month, rate_line_id, subject_id, licensee_id, modality, currency,
           CAST(sum(generation_count) AS bigint) AS generation_count,
           CAST(sum(amount_minor) AS bigint) AS amount_minor
    FROM own_line
    WHERE closing_month BETWEEN :first AND :last
    GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

# Net revenue stands in for the quantity where a rate is a part of it.
_USE = """
    SELECT counted_month, accrual_month, rate_line_id, subject_id,
           CASE WHEN :by_territory THEN territory END AS territory,
           CASE WHEN :by_day THEN day END AS day,
           CAST(sum(generation_count) AS bigint) AS generation_count,
           CASE WHEN sum(quantity) <> 0 THEN sum(quantity) ELSE sum(net_revenue) END AS quantity
    FROM own_use
    WHERE counted_month BETWEEN :first AND :last AND accrual_month <= :last
      AND decision IN ('accepted', 'wind_down') AND rate_line_id IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6
"""

_LISTED = """
    SELECT royalty_line_id AS id, place, closing_month, accrual_month, cause, subject_id,
           licensee_id, basis, modality, rate, tier_mode <> 'none' AS is_tiered,
           clause_reference AS clause, currency, generation_count, quantity, amount_minor
    FROM own_line
    WHERE closing_month BETWEEN :first AND :last
      AND (CAST(:subjects AS bigint[]) IS NULL OR subject_id = ANY (CAST(:subjects AS bigint[])))
      AND (CAST(:licensee AS bigint) IS NULL OR licensee_id = :licensee)
      AND (CAST(:before AS bigint) IS NULL OR royalty_line_id < :before)
    ORDER BY royalty_line_id DESC LIMIT :limit
"""


def subjects(session: Session) -> dict[int, OwnSubject]:
    """Return the holder's works, characters and voices by key, in the order of their titles."""
    return {row.id: OwnSubject(**row._mapping) for row in session.execute(text(_SUBJECTS))}


def firms(session: Session) -> dict[int, OwnFirm]:
    """Return the firms that have a license for something of the holder's, by key."""
    return {row.id: OwnFirm(**row._mapping) for row in session.execute(text(_FIRMS))}


def list_earned(session: Session, *, first: date, last: date) -> list[Earned]:
    """Return what the closings of some months charged for the holder's works."""
    return [
        Earned(
            key=LineKey(row.closing_month, row.accrual_month, row.rate_line_id, row.subject_id),
            licensee_id=row.licensee_id,
            modality=row.modality,
            currency=row.currency,
            generation_count=row.generation_count,
            amount_minor=row.amount_minor,
        )
        for row in session.execute(text(_LINES), {"first": first, "last": last})
    ]


def list_use(
    session: Session, *, first: date, last: date, by_territory: bool, by_day: bool
) -> dict[LineKey, list[LineUse]]:
    """Return the charged use of some months by line, apart by territory and day where asked."""
    asked = {"first": first, "last": last, "by_territory": by_territory, "by_day": by_day}
    found: dict[LineKey, list[LineUse]] = defaultdict(list)
    for row in session.execute(text(_USE), asked):
        key = LineKey(row.counted_month, row.accrual_month, row.rate_line_id, row.subject_id)
        use = LineUse(row.territory, row.day, row.generation_count, row.quantity)
        found[key].append(use)
    return found


def list_lines(
    session: Session,
    *,
    first: date,
    last: date,
    subject_ids: Collection[int] | None,
    licensee_id: int | None,
    before: int | None,
    limit: int,
) -> list[OwnLine]:
    """Return the lines of some closings, the latest first, from before a key on."""
    asked = {
        "first": first,
        "last": last,
        "subjects": None if subject_ids is None else list(subject_ids),
        "licensee": licensee_id,
        "before": before,
        "limit": limit,
    }
    return [OwnLine(**row._mapping) for row in session.execute(text(_LISTED), asked)]
