"""
The outbox: facts that concern a party, written in the transaction that makes them.

Each is queued at once for every endpoint of the party that asked for its kind. When the
transaction is undone, nobody is told.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.webhook import Event, payload

_ENQUEUE = """
    WITH told AS (
        INSERT INTO outbox (book_id, owner_id, event, payload, occurred_at)
        SELECT :book, owner_id, event, payload, :at
        FROM unnest(CAST(:owners AS bigint[]), CAST(:events AS text[]), CAST(:payloads AS text[]))
            WITH ORDINALITY AS new (owner_id, event, payload, place)
        ORDER BY place
        RETURNING outbox_id, owner_id, event
    )
    INSERT INTO webhook_delivery (owner_id, webhook_endpoint_id, outbox_id, recorded_at, is_replay)
    SELECT told.owner_id, e.webhook_endpoint_id, told.outbox_id, :at, false
    FROM told
    JOIN webhook_endpoint e ON e.owner_id = told.owner_id AND told.event = ANY (e.events)
    LEFT JOIN webhook_ending x USING (webhook_endpoint_id)
    WHERE x.webhook_endpoint_id IS NULL
    ORDER BY told.outbox_id, e.webhook_endpoint_id
"""


def enqueue(
    session: Session, *, book_id: int, events: Sequence[Event], occurred_at: datetime
) -> None:
    """Write facts, and queue each for the endpoints that asked for it."""
    if events:
        parameters = {
            "book": book_id,
            "owners": [event.owner_id for event in events],
            "events": [event.type for event in events],
            "payloads": [payload(event, occurred_at=occurred_at) for event in events],
            "at": occurred_at,
        }
        session.execute(text(_ENQUEUE), parameters)
