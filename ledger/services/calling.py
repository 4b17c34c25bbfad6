"""
Calling: whoever speaks to Stripe takes what is due, and tells the book what came of it.

Speaking lies between the two, outside of any transaction. Whoever dies there leaves a try without
an outcome; it is made again, with the same key, so that nothing is done twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ledger.core.processor import LEASE, delay_after
from ledger.services import BOOK_ID
from ledger.store import stripe_calls
from ledger.store.database import Database
from ledger.store.stripe_calls import Call, StuckCall

#: How many calls one worker takes at a time.
COUNT_MAX = 5


def take_due(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    is_live: bool,
    at: datetime,
    limit: int = COUNT_MAX,
) -> Sequence[Call]:
    """Take calls that are due; nobody else is given them until the lease is over."""
    with database.transaction() as session:
        return stripe_calls.take_due(
            session, book_id=book_id, is_live=is_live, at=at, lease=at - LEASE, limit=limit
        )


def record_done(
    database: Database, *, call: Call, answer: Mapping[str, Any], ended_at: datetime
) -> None:
    """Write that Stripe did it, and what it answered."""
    with database.transaction() as session:
        stripe_calls.insert_outcome(
            session, call=call, ended_at=ended_at, outcome="done", answer=answer
        )


def record_later(database: Database, *, call: Call, reason: str, ended_at: datetime) -> datetime:
    """Write that Stripe is to be asked again; return when."""
    next_at = ended_at + delay_after(call.number)
    with database.transaction() as session:
        stripe_calls.insert_outcome(
            session, call=call, ended_at=ended_at, outcome="later", reason=reason, next_at=next_at
        )
    return next_at


def record_refused(database: Database, *, call: Call, reason: str, ended_at: datetime) -> None:
    """Write that Stripe will not do it, and why."""
    with database.transaction() as session:
        stripe_calls.insert_outcome(
            session, call=call, ended_at=ended_at, outcome="refused", reason=reason
        )


def record_customer(
    database: Database, *, licensee_id: int, is_live: bool, stripe_id: str, recorded_at: datetime
) -> str:
    """Write under which id Stripe knows a firm, and return the one that counts."""
    with database.transaction() as session:
        return stripe_calls.keep_customer(
            session,
            licensee_id=licensee_id,
            is_live=is_live,
            stripe_id=stripe_id,
            recorded_at=recorded_at,
        )


def list_stuck(database: Database, *, book_id: int = BOOK_ID) -> Sequence[StuckCall]:
    """Return what has not come off: refused, to be tried again, or under way."""
    with database.transaction() as session:
        return stripe_calls.stuck_calls(session, book_id=book_id)
