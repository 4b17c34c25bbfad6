"""
The daily job that checks the whole book: in itself, against the bank, and against Stripe.

What it finds is kept, so that whoever opens the operator's page sees it, and when it was. Stripe is
asked where a key is set; while it does not answer, the job comes back every hour.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from api.clock import Clock
from api.stripe_reconciler import BACK, Reconciler
from ledger.core.book_comparison import BookComparison, StripeState, compared
from ledger.core.processor import ProcessorAway, ProcessorRefused
from ledger.core.reconciliation import Difference
from ledger.services import BOOK_ID, auditing, comparing
from ledger.store.database import Database

#: Who a comparison is by that nobody asked for.
JOB = "genbo work"

_log = logging.getLogger("genbo.work")


@dataclass(frozen=True, kw_only=True)
class Comparer:
    """Whoever compares a whole book."""

    database: Database
    clock: Clock
    reconciler: Reconciler | None = None  # None where firms do not pay through Stripe
    book_id: int = BOOK_ID

    def carry_on(self) -> int:
        """
        Compare the book where no comparison of today is kept; return how many were made.

        Generations are not counted again: the closing of their month does that, and ``genbo
        audit``. Two workers may both do it, and both results are kept.
        """
        last = comparing.last_comparison(self.database, book_id=self.book_id)
        if last is not None and not last.is_due_again(at=self.clock()):
            return 0
        since = self.clock() - BACK
        found = self.compare(by=JOB, with_generations=False, stripe_since=since)
        self.keep(found)
        for each in found.broken:
            _log.error("the book is not sound: %s", each)
        return 1

    def compare(
        self, *, by: str, with_generations: bool = True, stripe_since: datetime | None = None
    ) -> BookComparison:
        """Return what is found now; nothing is written. Movements at Stripe may be the newest."""
        stripe, reason, differences = self._stripe(stripe_since)
        return compared(
            auditing.audit(self.database, book_id=self.book_id, with_generations=with_generations),
            comparing.compare_bank(self.database, book_id=self.book_id),
            stripe=stripe,
            stripe_reason=reason,
            stripe_differences=differences,
            with_generations=with_generations,
            compared_by=by,
            compared_at=self.clock(),
        )

    def keep(self, found: BookComparison) -> None:
        """Write down what was found."""
        comparing.record_comparison(self.database, book_id=self.book_id, comparison=found)

    def _stripe(self, since: datetime | None) -> tuple[StripeState, str, list[Difference]]:
        if self.reconciler is None:
            return StripeState.NOT_USED, "", []
        try:
            return StripeState.COMPARED, "", self.reconciler.look(since=since)
        except (ProcessorAway, ProcessorRefused) as away:
            _log.warning("stripe could not be compared: %s", away)
            return StripeState.AWAY, str(away), []
