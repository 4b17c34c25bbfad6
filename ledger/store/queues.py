"""What the worker has before it, and what it has given up: webhooks and letters of everybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True, kw_only=True)
class Queue:
    """How much waits in a queue, and since when the first of it is due; None when nothing is."""

    name: str
    waiting: int
    tried: int  # of these, what failed before
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class FailedDelivery:
    """A webhook that was given up, or waits to be tried again."""

    owner_id: int
    party_ja: str
    party_en: str
    party: str
    endpoint: str
    url: str
    message_id: str
    event: str
    occurred_at: datetime
    tries: int
    outcome: str  # "retrying" or "gave_up"
    status: int | None
    failure: str | None
    tried_at: datetime
    due_at: datetime | None
    is_ended: bool  # Its endpoint is no more; it cannot be sent again.


@dataclass(frozen=True, kw_only=True)
class FailedLetter:
    """A letter that no server took."""

    email: str
    tried_at: datetime
    failure: str


_QUEUES = """
    SELECT 'webhooks' AS name, count(*) AS waiting, count(*) FILTER (WHERE number > 1) AS tried,
           min(due_at) AS due_at
    FROM webhook_queue q JOIN party p ON p.party_id = q.owner_id WHERE p.book_id = :book
    UNION ALL
    SELECT 'letters', count(*), count(*) FILTER (WHERE number > 1), min(due_at) FROM mail_queue
    ORDER BY name DESC
"""

_DELIVERIES = """
    SELECT d.owner_id, p.name_ja AS party_ja, p.name_en AS party_en, p.reference AS party,
           e.reference AS endpoint, e.url, o.message_id, o.event, o.occurred_at,
           a.number AS tries, a.outcome, a.status, a.failure, a.started_at AS tried_at,
           a.next_due_at AS due_at, x.webhook_endpoint_id IS NOT NULL AS is_ended
    FROM webhook_delivery d
    JOIN LATERAL (SELECT * FROM webhook_attempt t
                  WHERE t.webhook_delivery_id = d.webhook_delivery_id
                  ORDER BY t.number DESC LIMIT 1) a ON true
    JOIN webhook_endpoint e ON e.webhook_endpoint_id = d.webhook_endpoint_id
    LEFT JOIN webhook_ending x ON x.webhook_endpoint_id = d.webhook_endpoint_id
    JOIN outbox o ON o.outbox_id = d.outbox_id
    JOIN party p ON p.party_id = d.owner_id
    WHERE p.book_id = :book AND a.outcome IN ('retrying', 'gave_up')
      AND NOT EXISTS (SELECT FROM webhook_delivery later
                      WHERE later.webhook_endpoint_id = d.webhook_endpoint_id
                        AND later.outbox_id = d.outbox_id
                        AND later.webhook_delivery_id > d.webhook_delivery_id)
    ORDER BY a.outcome, a.started_at DESC
    LIMIT :limit
"""

_LETTERS = """
    SELECT coalesce(p.email, m.email) AS email, a.tried_at, a.failure
    FROM mail_attempt a JOIN mail m ON m.mail_id = a.mail_id
    LEFT JOIN person p ON p.person_id = m.person_id
    WHERE a.outcome = 'gave_up'
    ORDER BY a.tried_at DESC
    LIMIT :limit
"""


def queues(session: Session, *, book_id: int) -> tuple[Queue, ...]:
    """Return how much waits in each queue."""
    rows = session.execute(text(_QUEUES), {"book": book_id})
    return tuple(Queue(**row._mapping) for row in rows)


def failed_deliveries(session: Session, *, book_id: int, limit: int) -> tuple[FailedDelivery, ...]:
    """Return webhooks that did not arrive: given up first, the last tried first."""
    rows = session.execute(text(_DELIVERIES), {"book": book_id, "limit": limit})
    return tuple(FailedDelivery(**row._mapping) for row in rows)


def failed_letters(session: Session, *, limit: int) -> tuple[FailedLetter, ...]:
    """Return letters that were given up, the last first."""
    rows = session.execute(text(_LETTERS), {"limit": limit})
    return tuple(FailedLetter(**row._mapping) for row in rows)
