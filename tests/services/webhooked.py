"""Webhooks as tests use them: an endpoint, a fact to tell, and what the book has of both."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from ledger.core.webhook import Answer, Event, EventType, Failure, Secret
from ledger.services import BOOK_ID, subscribing
from ledger.store import outbox
from ledger.store.database import Database
from ledger.store.parties import find_parties
from ledger.store.webhooks import DueDelivery, Endpoint, LoggedDelivery
from tests import builders

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
EVERYTHING = tuple(EventType)
SECRET = Secret(b"0123456789abcdef0123456789abcdef")


def party_id(database: Database, reference: str = "studio-a") -> int:
    """Return a party's key, writing an AI firm of that name when it is not there."""
    for _ in range(2):
        with database.transaction() as session:
            found = find_parties(session, book_id=BOOK_ID, references=[reference])
        if found:
            return found[reference].id
        builders.licensee(database, reference)
    raise AssertionError(reference)


def endpoint(
    database: Database, reference: str = "whk_1", owner: str = "studio-a", **changes: Any
) -> Endpoint:
    """Make an endpoint that is told of everything."""
    asked: dict[str, Any] = {
        "url": "https://hooks.example.com/genbo",
        "events": EVERYTHING,
        "secret": SECRET,
        "recorded_at": NOW,
    }
    owner_id = party_id(database, owner)
    return subscribing.create_endpoint(
        database, owner_id=owner_id, reference=reference, **(asked | changes)
    )


def tell(
    database: Database,
    *invoices: str,
    owner: str = "studio-a",
    type_: EventType = EventType.INVOICE_PAID,
    at: datetime = NOW,
) -> None:
    """Write facts to the outbox."""
    owner_id = party_id(database, owner)
    events = [Event(owner_id=owner_id, type=type_, data={"invoice": each}) for each in invoices]
    with database.transaction() as session:
        outbox.enqueue(session, book_id=BOOK_ID, events=events, occurred_at=at)


def answered(
    status: int | None = 200, *, at: datetime = NOW, duration_ms: int = 0, body: str = ""
) -> Answer:
    """Return what a receiver said; None is no answer."""
    failure = Failure.CONNECTION_FAILED if status is None else None
    return Answer(started_at=at, duration_ms=duration_ms, status=status, failure=failure, body=body)


def log(
    database: Database, reference: str = "whk_1", owner: str = "studio-a"
) -> tuple[LoggedDelivery, ...]:
    """Return an endpoint's delivery log, newest first."""
    return subscribing.list_deliveries(
        database, owner_id=party_id(database, owner), reference=reference
    ).deliveries


def queue(database: Database) -> list[tuple[int, timedelta]]:
    """Return which attempt is due how long after now, for each delivery that waits."""
    asked = "SELECT number, due_at FROM webhook_queue ORDER BY webhook_delivery_id"
    with database.transaction() as session:
        return [(row.number, row.due_at - NOW) for row in session.execute(text(asked))]


def due(url: str) -> DueDelivery:
    """Return an attempt as if it had been claimed."""
    return DueDelivery(
        id=1,
        number=1,
        endpoint_id=1,
        owner_id=1,
        url=url,
        message_id="msg_1",
        payload="{}",
        dated_secrets=(),
    )
