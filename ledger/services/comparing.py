"""
Comparing: the ledger's bank account is held against what the bank says of it, and what was found
in the whole book is kept.

Nothing is mended. What is on one side only is no fault of the book by itself: a line may wait for
a person, and a payment may be on its way.
"""

from collections.abc import Sequence

from ledger.core.bank_comparison import BankComparison, compare
from ledger.core.book_comparison import BookComparison
from ledger.core.fields import check_instant, check_text, check_whole
from ledger.services import BOOK_ID
from ledger.store import bank_comparisons, book_comparisons
from ledger.store.database import Database

#: How many comparisons are listed at once, at most.
LIMIT_MAX = 100


def compare_bank(database: Database, *, book_id: int = BOOK_ID) -> BankComparison:
    """Return what agrees with the statements that were read, and what is on one side only."""
    with database.transaction() as session:
        return compare(
            bank_comparisons.book_movements(session, book_id=book_id),
            bank_comparisons.bank_movements(session, book_id=book_id),
            covered=bank_comparisons.covered_days(session, book_id=book_id),
        )


def record_comparison(
    database: Database, *, book_id: int = BOOK_ID, comparison: BookComparison
) -> None:
    """
    Keep what was found in the whole book, as :func:`ledger.core.book_comparison.compared` has it.

    :raises FieldRefusal: it does not say by whom, or the instant has no zone.
    """
    check_text(comparison.compared_by, field="compared_by")
    check_instant(comparison.compared_at, field="compared_at")
    with database.transaction() as session:
        book_comparisons.insert_comparison(session, book_id=book_id, comparison=comparison)


def last_comparison(database: Database, *, book_id: int = BOOK_ID) -> BookComparison | None:
    """Return what was found when the whole book was last compared; None for never."""
    return next(iter(list_comparisons(database, book_id=book_id, limit=1)), None)


def list_comparisons(
    database: Database, *, book_id: int = BOOK_ID, limit: int = 30
) -> Sequence[BookComparison]:
    """
    Return what was found in the whole book, the newest first.

    :raises FieldRefusal: ``limit`` is not from 1 to 100.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        return book_comparisons.last_comparisons(session, book_id=book_id, limit=limit)
