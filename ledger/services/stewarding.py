"""Stewarding: how much waits for somebody of the house, and what stands in the queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.book_comparison import BookComparison
from ledger.core.fields import check_whole
from ledger.services import BOOK_ID
from ledger.store import book_comparisons, queues, stripe_calls, stripe_events, tasks
from ledger.store.database import Database
from ledger.store.queues import FailedDelivery, FailedLetter, Queue
from ledger.store.stripe_calls import StuckCall
from ledger.store.stripe_events import StoredEvent
from ledger.store.tasks import Tasks

#: Most rows of one list.
LIMIT_MAX = 500

#: How many comparisons are looked back at.
_COMPARISONS = 14


@dataclass(frozen=True, kw_only=True)
class Machinery:
    """What the worker has before it, what it has given up, and what the comparisons found."""

    queues: tuple[Queue, ...]
    deliveries: tuple[FailedDelivery, ...]
    letters: tuple[FailedLetter, ...]
    events: Sequence[StoredEvent]
    calls: Sequence[StuckCall]
    comparisons: Sequence[BookComparison]  # the newest first

    @property
    def last(self) -> BookComparison | None:
        """The last comparison of the whole book."""
        return next(iter(self.comparisons), None)


def count_tasks(database: Database, *, book_id: int = BOOK_ID, today: date) -> Tasks:
    """Return how much of each kind waits on a day."""
    with database.transaction() as session:
        return tasks.count_tasks(session, book_id=book_id, today=today)


def look_at_machinery(database: Database, *, book_id: int = BOOK_ID, limit: int = 50) -> Machinery:
    """
    Return what waits, what failed, and what the last comparisons found.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        return Machinery(
            queues=queues.queues(session, book_id=book_id),
            deliveries=queues.failed_deliveries(session, book_id=book_id, limit=limit),
            letters=queues.failed_letters(session, limit=limit),
            events=stripe_events.list_events(session, book_id=book_id, only_kept=True, limit=limit),
            calls=stripe_calls.stuck_calls(session, book_id=book_id),
            comparisons=book_comparisons.last_comparisons(
                session, book_id=book_id, limit=_COMPARISONS
            ),
        )
