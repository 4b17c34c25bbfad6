"""
Listening: what Stripe tells is written down first, and looked at afterwards.

An event is kept byte for byte under its id, once. What became of each look at it is a row; one
that cannot be dealt with is kept with its reason until a person asks for another look.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.processor import delay_after
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import stripe_events
from ledger.store.database import Database, Transaction
from ledger.store.stripe_events import StoredEvent

#: How many events are looked at together.
COUNT_MAX = 20

#: After how many looks an event that waits is kept for a person.
LOOKS_MAX = 12

#: Most rows of a list.
LIMIT_MAX = 1_000


class StripeEventUnknown(Refusal):
    """Stripe never told of an event of this id."""

    code = "stripe_event_unknown"
    field = "event"


def keep_event(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    reference: str,
    type_: str,
    is_live: bool,
    body: str,
    created_at: datetime,
    received_at: datetime,
) -> bool:
    """Write an event down; False when it is there already."""
    with database.transaction() as session:
        return stripe_events.insert_event(
            session,
            book_id=book_id,
            reference=reference,
            type_=type_,
            is_live=is_live,
            body=body,
            created_at=created_at,
            received_at=check_instant(received_at, field="received_at"),
        )


def due_events(
    database: Database, *, book_id: int = BOOK_ID, at: datetime
) -> Sequence[StoredEvent]:
    """Return some events that are to be looked at now."""
    with database.transaction() as session:
        return stripe_events.due_events(session, book_id=book_id, at=at, limit=COUNT_MAX)


def record_look(
    database: Database, *, event: StoredEvent, outcome: str, reason: str, by: str, at: datetime
) -> str:
    """
    Write what became of a look at an event; return it.

    ``outcome`` is "done", "nothing", "waits" or "kept"; what waited too often is kept.
    """
    if outcome == "waits" and event.looks + 1 >= LOOKS_MAX:
        outcome = "kept"
    next_at = at + delay_after(event.looks + 1) if outcome == "waits" else None
    with database.transaction() as session:
        stripe_events.insert_handling(
            session,
            event=event,
            handled_at=at,
            outcome=outcome,
            reason=reason,
            recorded_by=by,
            next_at=next_at,
        )
    return outcome


def replay_event(
    database: Database, *, book_id: int = BOOK_ID, reference: str, by: str, at: datetime
) -> None:
    """
    Let an event be looked at again, whatever became of it.

    :raises StripeEventUnknown: it never came.
    """
    check_text(by, field="by")
    with database.transaction() as session:
        event = stripe_events.find_event(session, book_id=book_id, reference=reference)
        if event is None:
            raise StripeEventUnknown(value=reference)
        _again(session, event, by, at)


def replay_since(
    database: Database, *, book_id: int = BOOK_ID, since: datetime, by: str, at: datetime
) -> int:
    """Let every event that came since an instant be looked at again; return how many."""
    check_text(by, field="by")
    with database.transaction() as session:
        found = stripe_events.events_since(session, book_id=book_id, since=since)
        for event in found:
            _again(session, event, by, at)
    return len(found)


def list_events(
    database: Database, *, book_id: int = BOOK_ID, only_kept: bool = False, limit: int = 100
) -> Sequence[StoredEvent]:
    """
    Return events and what became of them, the newest first.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        return stripe_events.list_events(session, book_id=book_id, only_kept=only_kept, limit=limit)


def _again(session: Transaction, event: StoredEvent, by: str, at: datetime) -> None:
    stripe_events.insert_handling(
        session, event=event, handled_at=at, outcome="again", reason="", recorded_by=by
    )
