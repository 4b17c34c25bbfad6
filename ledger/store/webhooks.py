"""
Endpoints, their secrets and endings; deliveries, what is due of them, and their attempts.

Every reading names the owner. The queue is moved by the database as attempts are written; the
program may only ask for what is due.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, insert

from ledger.core.webhook import Answer, DatedSecret, Failure, Following, Outcome, Secret
from ledger.store.tables.outbox import WebhookEndpointRow, WebhookSecretRow


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a party is told, and of what; ``ended_at`` is None while it lives."""

    id: int
    owner_id: int
    reference: str
    url: str
    events: tuple[str, ...]
    recorded_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class DueDelivery:
    """One attempt that is to be made now, by whoever claimed it."""

    id: int
    number: int
    endpoint_id: int
    owner_id: int
    url: str
    message_id: str
    payload: str
    dated_secrets: tuple[DatedSecret, ...] = field(repr=False)  # newest first


@dataclass(frozen=True, kw_only=True)
class LoggedAttempt:
    """One attempt as the log shows it."""

    number: int
    started_at: datetime
    duration_ms: int
    outcome: Outcome
    status: int | None
    failure: Failure | None
    body: str


@dataclass(frozen=True, kw_only=True)
class LoggedDelivery:
    """A delivery with its attempts; ``due_at`` is None when no more will be made."""

    id: int
    message_id: str
    event: str
    occurred_at: datetime
    is_replay: bool
    due_at: datetime | None
    attempts: tuple[LoggedAttempt, ...]


_ENDPOINTS = """
    SELECT e.webhook_endpoint_id AS id, e.owner_id, e.reference, e.url, e.events, e.recorded_at,
           x.ended_at, x.reason AS end_reason
    FROM webhook_endpoint e LEFT JOIN webhook_ending x USING (webhook_endpoint_id)
    WHERE e.owner_id = :owner
"""
_ENDPOINT = f"{_ENDPOINTS} AND e.reference = :reference"
_PAGE = f"{_ENDPOINTS} AND e.webhook_endpoint_id > :after ORDER BY 1 LIMIT :limit"

_LIVE = """
    SELECT count(*) FROM webhook_endpoint e LEFT JOIN webhook_ending x USING (webhook_endpoint_id)
    WHERE e.owner_id = :owner AND x.webhook_endpoint_id IS NULL
"""

_END = """
    INSERT INTO webhook_ending (webhook_endpoint_id, owner_id, ended_at, reason)
    VALUES (:endpoint, :owner, :at, :reason) ON CONFLICT DO NOTHING
"""

_CLAIM = "SELECT * FROM claim_deliveries(:at, :lease_until, :count_max, :of_each_max)"

_DUE = """
    SELECT d.webhook_delivery_id AS id, d.webhook_endpoint_id AS endpoint_id, d.owner_id, e.url,
           o.message_id, o.payload
    FROM webhook_delivery d
    JOIN webhook_endpoint e USING (webhook_endpoint_id)
    JOIN outbox o USING (outbox_id)
    WHERE d.webhook_delivery_id = ANY (:ids) ORDER BY 1
"""

_SECRETS = """
    SELECT webhook_endpoint_id, secret, previous_until FROM webhook_secret
    WHERE webhook_endpoint_id = ANY (:endpoints) ORDER BY webhook_secret_id DESC
"""

_ATTEMPT = """
    INSERT INTO webhook_attempt
        (webhook_delivery_id, number, webhook_endpoint_id, owner_id, started_at, duration_ms,
         outcome, status, failure, body, next_due_at)
    VALUES (:delivery, :number, :endpoint, :owner, :started_at, :duration_ms,
            :outcome, :status, :failure, :body, :next_due_at)
    ON CONFLICT DO NOTHING
    RETURNING number
"""

_LOG = """
    SELECT d.webhook_delivery_id AS id, o.message_id, o.event, o.occurred_at, d.is_replay,
           q.due_at
    FROM webhook_delivery d
    JOIN outbox o USING (outbox_id)
    LEFT JOIN webhook_ending x USING (webhook_endpoint_id)
    LEFT JOIN webhook_queue q
        ON q.webhook_delivery_id = d.webhook_delivery_id AND x.webhook_endpoint_id IS NULL
    WHERE d.webhook_endpoint_id = :endpoint AND d.owner_id = :owner
      AND d.webhook_delivery_id < :before
    ORDER BY 1 DESC LIMIT :limit
"""

_ATTEMPTS = """
    SELECT webhook_delivery_id, number, started_at, duration_ms, outcome, status, failure, body
    FROM webhook_attempt WHERE webhook_delivery_id = ANY (:ids) ORDER BY 1, number
"""

# What still waits for the endpoint is not queued beside itself.
_REPLAY = """
    INSERT INTO webhook_delivery (owner_id, webhook_endpoint_id, outbox_id, recorded_at, is_replay)
    SELECT e.owner_id, e.webhook_endpoint_id, o.outbox_id, :at, true
    FROM webhook_endpoint e JOIN outbox o USING (owner_id)
    WHERE e.webhook_endpoint_id = :endpoint
      AND NOT EXISTS (
          SELECT FROM webhook_queue q JOIN webhook_delivery d USING (webhook_delivery_id)
          WHERE q.webhook_endpoint_id = e.webhook_endpoint_id AND d.outbox_id = o.outbox_id)
"""
_REPLAY_ONE = f"{_REPLAY} AND o.message_id = :message RETURNING webhook_delivery_id"
_REPLAY_SINCE = f"""
    {_REPLAY} AND o.event = ANY (e.events) AND o.occurred_at >= :since
    ORDER BY o.outbox_id RETURNING webhook_delivery_id
"""

_HAS_MESSAGE = """
    SELECT EXISTS (SELECT FROM outbox WHERE owner_id = :owner AND message_id = :message)
"""


def insert_endpoint(
    session: Session,
    *,
    owner_id: int,
    reference: str,
    url: str,
    events: Sequence[str],
    recorded_at: datetime,
) -> int:
    """Write an endpoint; return its key."""
    row = {
        "owner_id": owner_id,
        "reference": reference,
        "url": url,
        "events": list(events),
        "recorded_at": recorded_at,
    }
    statement = insert(WebhookEndpointRow).returning(col(WebhookEndpointRow.webhook_endpoint_id))
    key: int = session.execute(statement, row).scalar_one()
    return key


def insert_secret(
    session: Session,
    *,
    endpoint_id: int,
    owner_id: int,
    secret: Secret,
    recorded_at: datetime,
    previous_until: datetime | None,
) -> None:
    """Write the secret that signs from now on."""
    row = {
        "webhook_endpoint_id": endpoint_id,
        "owner_id": owner_id,
        "secret": secret,
        "recorded_at": recorded_at,
        "previous_until": previous_until,
    }
    session.execute(insert(WebhookSecretRow), row)


def find_endpoint(session: Session, *, owner_id: int, reference: str) -> Endpoint | None:
    """Return one of a party's endpoints."""
    parameters = {"owner": owner_id, "reference": reference}
    row = session.execute(text(_ENDPOINT), parameters).one_or_none()
    return None if row is None else _endpoint(row._mapping)


def list_endpoints(session: Session, *, owner_id: int, after: int, limit: int) -> list[Endpoint]:
    """Return a party's endpoints in the order in which they were made."""
    parameters = {"owner": owner_id, "after": after, "limit": limit}
    return [_endpoint(row._mapping) for row in session.execute(text(_PAGE), parameters)]


def count_live(session: Session, *, owner_id: int) -> int:
    """Return how many of a party's endpoints have not ended."""
    count: int = session.execute(text(_LIVE), {"owner": owner_id}).scalar_one()
    return count


def end_endpoint(
    session: Session, *, endpoint_id: int, owner_id: int, ended_at: datetime, reason: str
) -> None:
    """End an endpoint; the first end stays."""
    parameters = {"endpoint": endpoint_id, "owner": owner_id, "at": ended_at, "reason": reason}
    session.execute(text(_END), parameters)


def claim_due(
    session: Session, *, at: datetime, lease_until: datetime, count_max: int, of_each_max: int
) -> list[DueDelivery]:
    """Take attempts that are due, for nobody else until the lease ends."""
    parameters = {
        "at": at,
        "lease_until": lease_until,
        "count_max": count_max,
        "of_each_max": of_each_max,
    }
    claimed = session.execute(text(_CLAIM), parameters)
    numbers = {row.claimed_id: row.claimed_number for row in claimed}
    if not numbers:
        return []
    found = session.execute(text(_DUE), {"ids": list(numbers)}).all()
    dated = _secrets(session, {row.endpoint_id for row in found})
    return [
        DueDelivery(number=numbers[row.id], dated_secrets=dated[row.endpoint_id], **row._mapping)
        for row in found
    ]


def insert_attempt(
    session: Session, *, delivery: DueDelivery, answer: Answer, following: Following
) -> bool:
    """Write what an attempt came to; return False when somebody wrote it before."""
    parameters = {
        "delivery": delivery.id,
        "number": delivery.number,
        "endpoint": delivery.endpoint_id,
        "owner": delivery.owner_id,
        "started_at": answer.started_at,
        "duration_ms": answer.duration_ms,
        "outcome": following.outcome,
        "status": answer.status,
        "failure": answer.failure,
        "body": answer.body,
        "next_due_at": following.next_due_at,
    }
    return session.execute(text(_ATTEMPT), parameters).first() is not None


def list_deliveries(
    session: Session, *, owner_id: int, endpoint_id: int, before: int, limit: int
) -> list[LoggedDelivery]:
    """Return an endpoint's deliveries with their attempts, newest first."""
    parameters = {"owner": owner_id, "endpoint": endpoint_id, "before": before, "limit": limit}
    rows = session.execute(text(_LOG), parameters).all()
    attempts = _attempts(session, [row.id for row in rows])
    return [LoggedDelivery(attempts=tuple(attempts[row.id]), **row._mapping) for row in rows]


def replay_since(session: Session, *, endpoint_id: int, since: datetime, at: datetime) -> int:
    """Queue once more every fact since an instant that the endpoint asked for; return how many."""
    parameters = {"endpoint": endpoint_id, "since": since, "at": at}
    return len(session.execute(text(_REPLAY_SINCE), parameters).all())


def replay_message(session: Session, *, endpoint_id: int, message_id: str, at: datetime) -> bool:
    """Queue a fact of the endpoint's owner once more; return False when it still waits."""
    parameters = {"endpoint": endpoint_id, "message": message_id, "at": at}
    return session.execute(text(_REPLAY_ONE), parameters).first() is not None


def has_message(session: Session, *, owner_id: int, message_id: str) -> bool:
    """Tell whether a fact of this id concerns a party."""
    parameters = {"owner": owner_id, "message": message_id}
    return bool(session.execute(text(_HAS_MESSAGE), parameters).scalar_one())


def _endpoint(row: Mapping[Any, Any]) -> Endpoint:
    return Endpoint(**{**row, "events": tuple(row["events"])})


def _secrets(session: Session, endpoints: Collection[int]) -> dict[int, tuple[DatedSecret, ...]]:
    found: dict[int, list[DatedSecret]] = {key: [] for key in endpoints}
    for key, secret, previous_until in session.execute(
        text(_SECRETS), {"endpoints": list(endpoints)}
    ):
        found[key].append(DatedSecret(secret=Secret(secret), previous_until=previous_until))
    return {key: tuple(dated) for key, dated in found.items()}


def _attempts(session: Session, ids: Sequence[int]) -> dict[int, list[LoggedAttempt]]:
    found: dict[int, list[LoggedAttempt]] = {key: [] for key in ids}
    for row in session.execute(text(_ATTEMPTS), {"ids": list(ids)}):
        found[row.webhook_delivery_id].append(
            LoggedAttempt(
                number=row.number,
                started_at=row.started_at,
                duration_ms=row.duration_ms,
                outcome=Outcome(row.outcome),
                status=row.status,
                failure=row.failure and Failure(row.failure),
                body=row.body,
            )
        )
    return found
