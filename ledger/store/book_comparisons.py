"""What was found when the whole book was compared, kept with its day."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, insert

from ledger.core.book_comparison import BookComparison, Broken, OneSided, Side, StripeState
from ledger.core.reconciliation import Difference, DifferenceKind
from ledger.store.tables.comparisons import BookComparisonRow

_LAST = """
    SELECT compared_at, compared_by, with_generations, broken, bank_agreed_count,
           bank_differences, stripe, stripe_reason, stripe_differences
    FROM book_comparison
    WHERE book_id = :book ORDER BY book_comparison_id DESC LIMIT :limit
"""


def insert_comparison(session: Session, *, book_id: int, comparison: BookComparison) -> None:
    """Write what was found."""
    row = {
        "book_id": book_id,
        "compared_at": comparison.compared_at,
        "compared_by": comparison.compared_by,
        "with_generations": comparison.with_generations,
        "broken": [asdict(each) for each in comparison.broken],
        "bank_agreed_count": comparison.bank_agreed_count,
        "bank_differences": [
            asdict(each) | {"day": each.day.isoformat()} for each in comparison.bank_differences
        ],
        "stripe": comparison.stripe,
        "stripe_reason": comparison.stripe_reason,
        "stripe_differences": [asdict(each) for each in comparison.stripe_differences],
    }
    session.execute(insert(BookComparisonRow), [row])


def last_comparisons(session: Session, *, book_id: int, limit: int) -> Sequence[BookComparison]:
    """Return the last comparisons, the newest first."""
    rows = session.execute(text(_LAST), {"book": book_id, "limit": limit})
    return [_comparison(row) for row in rows]


def _comparison(row: Row[Any]) -> BookComparison:
    return BookComparison(
        compared_at=row.compared_at,
        compared_by=row.compared_by,
        with_generations=row.with_generations,
        broken=tuple(Broken(**each) for each in row.broken),
        bank_agreed_count=row.bank_agreed_count,
        bank_differences=tuple(_one_sided(each) for each in row.bank_differences),
        stripe=StripeState(row.stripe),
        stripe_reason=row.stripe_reason,
        stripe_differences=tuple(
            Difference(**{**each, "kind": DifferenceKind(each["kind"])})
            for each in row.stripe_differences
        ),
    )


def _one_sided(told: Mapping[str, Any]) -> OneSided:
    day = date.fromisoformat(told["day"])
    return OneSided(**{**told, "side": Side(told["side"]), "day": day})
