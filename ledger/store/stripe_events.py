"""
The inbox: what Stripe told, byte for byte, and what became of it each time it was looked at.

What is due follows from the last look: none, one that waits until an instant, or a person asking
for another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from ledger.store.tables.stripe import StripeEventRow, StripeHandlingRow


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """An event, and the last look at it."""

    id: int
    reference: str
    type: str
    is_live: bool
    body: str
    created_at: datetime
    received_at: datetime
    looks: int
    outcome: str | None
    reason: str | None
    handled_at: datetime | None


_EVENTS = """
    SELECT e.stripe_event_id AS id, e.reference, e.type, e.is_live, e.body, e.created_at,
           e.received_at, coalesce(h.number, 0) AS looks, h.outcome, h.reason, h.handled_at
    FROM stripe_event e
    LEFT JOIN LATERAL (SELECT * FROM stripe_handling h
                       WHERE h.stripe_event_id = e.stripe_event_id
                       ORDER BY number DESC LIMIT 1) h ON true
    WHERE e.book_id = :book
"""

_DUE = (
    _EVENTS
    + """
      AND (h.outcome IS NULL OR h.outcome = 'again' OR (h.outcome = 'waits' AND h.next_at <= :at))
    ORDER BY e.stripe_event_id LIMIT :limit
"""
)

_LIST = (
    _EVENTS
    + """
      AND (NOT :kept OR h.outcome IN ('kept', 'waits'))
    ORDER BY e.stripe_event_id DESC LIMIT :limit
"""
)

_NAMED = _EVENTS + " AND e.reference = :reference"
_SINCE = _EVENTS + " AND e.received_at >= :since ORDER BY e.stripe_event_id"


def insert_event(
    session: Session,
    *,
    book_id: int,
    reference: str,
    type_: str,
    is_live: bool,
    body: str,
    created_at: datetime,
    received_at: datetime,
) -> bool:
    """Write an event; False when Stripe told of it before."""
    row = {
        "book_id": book_id,
        "reference": reference,
        "type": type_,
        "is_live": is_live,
        "body": body,
        "created_at": created_at,
        "received_at": received_at,
    }
    new = insert(StripeEventRow).values([row]).on_conflict_do_nothing()
    return session.execute(new.returning(text("stripe_event_id"))).first() is not None


def due_events(
    session: Session, *, book_id: int, at: datetime, limit: int
) -> Sequence[StoredEvent]:
    """Return events that are to be looked at, in the order in which they came."""
    return _found(session, _DUE, book=book_id, at=at, limit=limit)


def list_events(
    session: Session, *, book_id: int, only_kept: bool, limit: int
) -> Sequence[StoredEvent]:
    """Return events, the newest first; only those that wait or are kept where that is asked."""
    return _found(session, _LIST, book=book_id, kept=only_kept, limit=limit)


def find_event(session: Session, *, book_id: int, reference: str) -> StoredEvent | None:
    """Return an event by Stripe's id, None when it never came."""
    found = _found(session, _NAMED, book=book_id, reference=reference)
    return found[0] if found else None


def events_since(session: Session, *, book_id: int, since: datetime) -> Sequence[StoredEvent]:
    """Return every event that came since an instant, in the order in which they came."""
    return _found(session, _SINCE, book=book_id, since=since)


def insert_handling(
    session: Session,
    *,
    event: StoredEvent,
    handled_at: datetime,
    outcome: str,
    reason: str,
    recorded_by: str,
    next_at: datetime | None = None,
) -> None:
    """Write what became of an event; when another worker was faster, its word stays."""
    row = {
        "stripe_event_id": event.id,
        "number": event.looks + 1,
        "handled_at": handled_at,
        "outcome": outcome,
        "reason": reason,
        "recorded_by": recorded_by,
        "next_at": next_at,
    }
    session.execute(insert(StripeHandlingRow).values([row]).on_conflict_do_nothing())


def _found(session: Session, sql: str, **asked: object) -> list[StoredEvent]:
    return [StoredEvent(**row._mapping) for row in session.execute(text(sql), asked)]
