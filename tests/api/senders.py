"""Workers and senders that may reach this machine, by a clock that a test moves."""

from datetime import UTC, datetime, tzinfo
from typing import Any, Self

from api.addresses import Guard
from api.jobs import Worker
from api.webhooks import Sender
from ledger.store.database import Database
from tests.api.receivers import Receiver
from tests.services.webhooked import endpoint, tell

STARTED_AT = datetime(2026, 8, 20, 3, 0, tzinfo=UTC)


class ClockOfVerifier(datetime):
    """The clock that the specification's verifier looks at, standing where these tests begin."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """Return the beginning."""
        return cls.fromtimestamp(STARTED_AT.timestamp(), tz)


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = STARTED_AT

    def __call__(self) -> datetime:
        """Return where it stands."""
        return self.now


def a_sender(clock: MovableClock, **changes: Any) -> Sender:
    """Return a sender that may reach this machine."""
    return Sender(guard=Guard(allows_loopback=True), clock=clock, **changes)


def a_worker(database: Database, clock: MovableClock, **changes: Any) -> Worker:
    """Return a worker on a book."""
    return Worker(database=database, sender=a_sender(clock, **changes), clock=clock)


def subscribe(database: Database, hooks: Receiver, reference: str = "whk_1") -> None:
    """Make an endpoint that is told of everything."""
    endpoint(database, reference, url=hooks.url, recorded_at=STARTED_AT)


def invoice(database: Database, *numbers: str) -> None:
    """Write facts to the outbox."""
    tell(database, *numbers, at=STARTED_AT)
