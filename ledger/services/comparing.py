"""
Comparing: the ledger's bank account is held against what the bank says of it.

Nothing is written. What is on one side only is no fault of the book by itself: a line may wait for
a person, and a payment may be on its way.
"""

from ledger.core.bank_comparison import BankComparison, compare
from ledger.services import BOOK_ID
from ledger.store import bank_comparisons
from ledger.store.database import Database


def compare_bank(database: Database, *, book_id: int = BOOK_ID) -> BankComparison:
    """Return what agrees with the statements that were read, and what is on one side only."""
    with database.transaction() as session:
        return compare(
            bank_comparisons.book_movements(session, book_id=book_id),
            bank_comparisons.bank_movements(session, book_id=book_id),
            covered=bank_comparisons.covered_days(session, book_id=book_id),
        )
