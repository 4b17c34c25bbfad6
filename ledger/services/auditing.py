"""
Auditing: the whole book is read as of one instant, and every invariant is looked for in it.

Nothing is written, and nobody is waited for.
"""

from ledger.core.facts import Violation
from ledger.core.invariants import check
from ledger.services import BOOK_ID
from ledger.store import audits
from ledger.store.database import Database


def audit(database: Database, *, book_id: int = BOOK_ID) -> dict[str, list[Violation]]:
    """Return the violations of every invariant by its name; of a sound book they are all empty."""
    with database.transaction() as session:
        facts = audits.load_facts(session, book_id=book_id)
    return check(facts)
