"""
The daily job that holds the book against Stripe: what it told and nobody heard is fetched first.

A webhook may be lost for good. Stripe keeps its events for thirty days, so once a day those that
never came are taken in as if they had.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.clock import Clock
from api.stripe_events import EVENTS
from ledger.core.processor import Processor, ProcessorAway, ProcessorRefused
from ledger.core.reconciliation import Difference
from ledger.services import BOOK_ID, listening, reconciling
from ledger.store.database import Database

EVERY = timedelta(days=1)

#: How far back it looks each day, in events and in movements.
BACK = timedelta(days=3)

_log = logging.getLogger("genbo.stripe")


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    """Whoever holds a book against Stripe."""

    database: Database
    processor: Processor
    clock: Clock
    book_id: int = BOOK_ID

    def fetch_lost(self, *, since: datetime) -> int:
        """Take in events that never came; return how many those were."""
        count = 0
        for told in self.processor.events(types=EVENTS, since=since):
            count += listening.keep_event(
                self.database,
                book_id=self.book_id,
                reference=told.reference,
                type_=told.type,
                is_live=told.is_live,
                body=json.dumps(told.body, indent=2, ensure_ascii=False),
                created_at=told.created_at,
                received_at=self.clock(),
            )
        return count

    def look(self, *, since: datetime | None = None) -> list[Difference]:
        """Return where the book and Stripe differ; nothing is written."""
        return reconciling.find_differences(
            self.database,
            book_id=self.book_id,
            movements=self.processor.movements(since=since),
            balances=self.processor.balances(),
            since=since,
        )

    def record(self, differences: Sequence[Difference], *, by: str) -> None:
        """Write down what differed."""
        for each in differences:
            _log.warning("stripe and the book differ: %s", each)
        reconciling.record_reconciliation(
            self.database,
            book_id=self.book_id,
            differences=differences,
            is_live=self.processor.is_live,
            by=by,
            at=self.clock(),
        )

    def is_due(self) -> bool:
        """Tell whether the last time is a day ago."""
        last = reconciling.last_reconciliation(
            self.database, book_id=self.book_id, is_live=self.processor.is_live
        )
        return last is None or self.clock() - last.reconciled_at >= EVERY

    def fetch_if_due(self) -> bool:
        """Fetch what was lost, once a day; tell whether it is time to look."""
        if not self.is_due():
            return False
        try:
            self.fetch_lost(since=self.clock() - BACK)
        except (ProcessorAway, ProcessorRefused) as away:
            _log.warning("stripe's events could not be fetched: %s", away)
            return False
        return True

    def carry_on(self) -> int:
        """Hold the last days of the book against Stripe, and write it down."""
        try:
            differences = self.look(since=self.clock() - BACK)
        except (ProcessorAway, ProcessorRefused) as away:
            _log.warning("stripe could not be reconciled: %s", away)
            return 0
        self.record(differences, by="stripe")
        return 1
