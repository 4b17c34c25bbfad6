"""
Subscribing: a party says where it is told of what, with which secret, and asks to be told again.

An endpoint is made and ended, never edited: another address or other events are another
endpoint. Everything here is the owner's own; another's endpoint is as unknown as none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.core.fields import FieldRefusal, check_instant, check_list, check_whole, check_word
from ledger.core.refusal import Refusal
from ledger.core.webhook import SECRET_BYTES_MAX, SECRET_BYTES_MIN, EventType, Secret
from ledger.store import webhooks
from ledger.store.database import Database, Transaction
from ledger.store.parties import lock_names
from ledger.store.webhooks import Endpoint, LoggedDelivery

#: How many living endpoints a party may have.
ENDPOINTS_MAX = 10

#: For how many hours two secrets may sign side by side.
OVERLAP_HOURS_MAX = 168

#: Most rows of one page.
LIMIT_MAX = 1_000

#: No delivery has a key as large, so before it lie all of them.
KEY_MAX = 2**63 - 1


class WebhooksTooMany(FieldRefusal):
    """The party has as many endpoints as it may."""

    code = "webhooks_too_many"


class WebhookUnknown(Refusal):
    """The party has no such endpoint."""

    code = "webhook_unknown"


class WebhookEnded(Refusal):
    """The endpoint has ended: nothing is sent to it any more."""

    code = "webhook_ended"


class MessageUnknown(FieldRefusal):
    """No message of this id concerns the party."""

    code = "message_unknown"


class MessageWaiting(FieldRefusal):
    """The message still waits to be sent to the endpoint, so there is nothing to send again."""

    code = "message_waiting"


@dataclass(frozen=True, kw_only=True)
class EndpointPage:
    """Some endpoints, and where to go on; None when there are no more."""

    endpoints: tuple[Endpoint, ...]
    next_after: int | None


@dataclass(frozen=True, kw_only=True)
class DeliveryPage:
    """Some deliveries, newest first, and where to go on; None when there are no more."""

    deliveries: tuple[LoggedDelivery, ...]
    next_before: int | None


def create_endpoint(
    database: Database,
    *,
    owner_id: int,
    reference: str,
    url: str,
    events: Sequence[str],
    secret: Secret,
    recorded_at: datetime,
) -> Endpoint:
    """
    Make an endpoint that is told of some kinds of event from now on.

    ``reference`` and ``secret`` are chance from the caller, and so is it that looked whether
    ``url`` leads somewhere public.

    :raises WebhooksTooMany: the party has :data:`ENDPOINTS_MAX` already.
    :raises FieldRefusal: no events, one twice, or one that does not exist.
    """
    _check_secret(secret)
    check_list(events, field="events")
    for event in events:
        check_word(event, of=EventType, field="events")
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        lock_names(session)
        if webhooks.count_live(session, owner_id=owner_id) >= ENDPOINTS_MAX:
            raise WebhooksTooMany(field="url", limit=ENDPOINTS_MAX)
        key = webhooks.insert_endpoint(
            session,
            owner_id=owner_id,
            reference=reference,
            url=url,
            events=events,
            recorded_at=at,
        )
        webhooks.insert_secret(
            session,
            endpoint_id=key,
            owner_id=owner_id,
            secret=secret,
            recorded_at=at,
            previous_until=None,
        )
        made = webhooks.find_endpoint(session, owner_id=owner_id, reference=reference)
    assert made is not None
    return made


def list_endpoints(
    database: Database, *, owner_id: int, after: int = 0, limit: int = 100
) -> EndpointPage:
    """
    Return a page of a party's endpoints in the order in which they were made, ended ones too.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = webhooks.list_endpoints(session, owner_id=owner_id, after=after, limit=limit + 1)
    page = tuple(found[:limit])
    return EndpointPage(endpoints=page, next_after=page[-1].id if len(found) > limit else None)


def find_endpoint(database: Database, *, owner_id: int, reference: str) -> Endpoint:
    """
    Return one of a party's endpoints, also one that has ended.

    :raises WebhookUnknown: the party has no such endpoint.
    """
    with database.transaction() as session:
        return _require(session, owner_id, reference)


def rotate_secret(
    database: Database,
    *,
    owner_id: int,
    reference: str,
    secret: Secret,
    overlap_hours: int,
    recorded_at: datetime,
) -> datetime:
    """
    Sign with another secret from now on; return until when the last one signs beside it.

    Never more than two sign: rotating again meanwhile ends the oldest at once. No overlap at
    all is for a secret that leaked.

    :raises WebhookUnknown: the party has no such endpoint.
    :raises WebhookEnded: nothing is signed for it any more.
    :raises NumberOutOfRange: the overlap is not 0 to :data:`OVERLAP_HOURS_MAX` hours.
    """
    _check_secret(secret)
    check_whole(overlap_hours, field="overlap_hours", most=OVERLAP_HOURS_MAX)
    at = check_instant(recorded_at, field="recorded_at")
    until = at + timedelta(hours=overlap_hours)
    with database.transaction() as session:
        endpoint = _require_live(session, owner_id, reference)
        webhooks.insert_secret(
            session,
            endpoint_id=endpoint.id,
            owner_id=owner_id,
            secret=secret,
            recorded_at=at,
            previous_until=until,
        )
    return until


def end_endpoint(database: Database, *, owner_id: int, reference: str, ended_at: datetime) -> None:
    """
    End an endpoint at once, with whatever waits for it. Ending it again changes nothing.

    :raises WebhookUnknown: the party has no such endpoint.
    """
    at = check_instant(ended_at, field="ended_at")
    with database.transaction() as session:
        endpoint = _require(session, owner_id, reference)
        webhooks.end_endpoint(
            session, endpoint_id=endpoint.id, owner_id=owner_id, ended_at=at, reason="asked"
        )


def list_deliveries(
    database: Database,
    *,
    owner_id: int,
    reference: str,
    before: int = KEY_MAX,
    limit: int = 100,
) -> DeliveryPage:
    """
    Return a page of an endpoint's deliveries with every attempt, newest first.

    :raises WebhookUnknown: the party has no such endpoint.
    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        endpoint = _require(session, owner_id, reference)
        found = webhooks.list_deliveries(
            session, owner_id=owner_id, endpoint_id=endpoint.id, before=before, limit=limit + 1
        )
    page = tuple(found[:limit])
    return DeliveryPage(deliveries=page, next_before=page[-1].id if len(found) > limit else None)


def replay_message(
    database: Database, *, owner_id: int, reference: str, message_id: str, recorded_at: datetime
) -> int:
    """
    Send a message to an endpoint once more, under the same id; return 1.

    :raises WebhookUnknown: the party has no such endpoint.
    :raises WebhookEnded: nothing is sent to it any more.
    :raises MessageUnknown: no such message concerns the party.
    :raises MessageWaiting: it still waits to be sent.
    """
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        endpoint = _require_live(session, owner_id, reference)
        if "\0" in message_id or not webhooks.has_message(
            session, owner_id=owner_id, message_id=message_id
        ):
            raise MessageUnknown(field="message", value=message_id[:100])
        if not webhooks.replay_message(
            session, endpoint_id=endpoint.id, message_id=message_id, at=at
        ):
            raise MessageWaiting(field="message", value=message_id)
    return 1


def replay_since(
    database: Database, *, owner_id: int, reference: str, since: datetime, recorded_at: datetime
) -> int:
    """
    Send every message since an instant once more; return how many those are.

    Messages from before the endpoint was made are among them, and those that still wait are not.

    :raises WebhookUnknown: the party has no such endpoint.
    :raises WebhookEnded: nothing is sent to it any more.
    """
    at = check_instant(recorded_at, field="recorded_at")
    start = check_instant(since, field="since")
    with database.transaction() as session:
        endpoint = _require_live(session, owner_id, reference)
        return webhooks.replay_since(session, endpoint_id=endpoint.id, since=start, at=at)


def _check_secret(secret: Secret) -> None:
    assert SECRET_BYTES_MIN <= len(secret) <= SECRET_BYTES_MAX, "its length is the caller's bug"


def _require(session: Transaction, owner_id: int, reference: str) -> Endpoint:
    if "\0" in reference:  # No text of the book holds it, and none can be looked for with it.
        raise WebhookUnknown(reference=reference)
    endpoint = webhooks.find_endpoint(session, owner_id=owner_id, reference=reference)
    if endpoint is None:
        raise WebhookUnknown(reference=reference)
    return endpoint


def _require_live(session: Transaction, owner_id: int, reference: str) -> Endpoint:
    endpoint = _require(session, owner_id, reference)
    if endpoint.ended_at is not None:
        raise WebhookEnded(reference=reference, ended_at=endpoint.ended_at.isoformat())
    return endpoint
