"""
Reconciling: the book is held against what Stripe says of the balance that it holds.

Nothing is mended here. What differs is written down with the day, and listed until it agrees.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from ledger.core.fields import check_instant
from ledger.core.processor import Movement
from ledger.core.reconciliation import Difference, compare
from ledger.services import BOOK_ID
from ledger.store import stripe_movements
from ledger.store.database import Database
from ledger.store.stripe_movements import Reconciliation


def find_differences(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    movements: Iterable[Movement],
    balances: Mapping[str, int],
    since: datetime | None,
) -> list[Difference]:
    """
    Return where the book and Stripe differ; nothing is written.

    ``movements`` are those at Stripe since an instant, all of them for None, and ``balances`` what
    it holds now, by currency.
    """
    with database.transaction() as session:
        posted = stripe_movements.posted_movements(session, book_id=book_id, since=since)
        paid = stripe_movements.paid_through_stripe(session, book_id=book_id)
        charged = stripe_movements.charged(session, book_id=book_id)
        held = stripe_movements.stripe_balances(session, book_id=book_id)
    return compare(
        movements=movements,
        posted=posted,
        charges=paid.keys(),
        charged=charged,
        stripe_balances=balances,
        book_balances=held,
    )


def record_reconciliation(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    differences: Sequence[Difference],
    is_live: bool,
    by: str,
    at: datetime,
) -> None:
    """Write down that the book was held against Stripe, and what differed."""
    with database.transaction() as session:
        stripe_movements.insert_reconciliation(
            session,
            book_id=book_id,
            differences=[asdict(each) for each in differences],
            is_live=is_live,
            reconciled_by=by,
            reconciled_at=check_instant(at, field="at"),
        )


def last_reconciliation(
    database: Database, *, book_id: int = BOOK_ID, is_live: bool
) -> Reconciliation | None:
    """Return when the book was last held against Stripe, and what differed; None for never."""
    with database.transaction() as session:
        return stripe_movements.last_reconciliation(session, book_id=book_id, is_live=is_live)
