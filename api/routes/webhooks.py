"""``/v1/webhooks``: where a party is told of events, with which secret, and what was sent."""

import secrets
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Response
from msgspec import Meta
from pydantic import BaseModel, Field

from api.addresses import Guard
from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.idempotency import once
from api.security import Caller, require
from api.settings import read_settings
from api.shapes import problems
from ledger.core.refusal import Refusal
from ledger.core.webhook import EventType, Secret, secret_text
from ledger.services import subscribing
from ledger.services.subscribing import KEY_MAX, OVERLAP_HOURS_MAX
from ledger.store.webhooks import Endpoint, LoggedDelivery

router = APIRouter(prefix="/webhooks", tags=["Webhooks"])

#: How many random bytes sign; Standard Webhooks asks for 24 to 64.
_SECRET_BYTES = 32

_URL_EXAMPLE = "https://hooks.example.com/genbo"
_EVENTS_EXAMPLE = [EventType.INVOICE_ISSUED.value, EventType.TERMS_CHANGED.value]

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]
_manager = require("manage")
Manager = Annotated[Caller, Depends(_manager)]
Once = Annotated[Context, Depends(once(_manager))]
OnceWithSecret = Annotated[Context, Depends(once(_manager, hides=["secret"]))]


class _Place(NamedTuple):
    """A cursor as it comes back, within what the book can be asked for."""

    key: Annotated[int, Meta(ge=0, le=KEY_MAX)]


class ReplayUnclear(Refusal):
    """A replay names neither a message nor an instant, or both."""

    code = "replay_unclear"


def guard() -> Guard:
    """Return who decides where may be sent; a dependency of the routes."""
    return Guard(allows_loopback=read_settings().webhook_allow_loopback)


class NewWebhook(BaseModel):
    """Where to send, and what."""

    url: str = Field(description="https, on the public internet.", examples=[_URL_EXAMPLE])
    events: list[EventType] = Field(
        min_length=1, max_length=len(EventType), examples=[_EVENTS_EXAMPLE]
    )


class WebhookBody(BaseModel):
    """An endpoint. Its secret is never shown again."""

    id: str
    url: str
    events: list[str]
    created_at: datetime
    ended_at: datetime | None
    end_reason: str | None = Field(description="asked, or gone when the receiver answered 410")


class NewWebhookBody(WebhookBody):
    """An endpoint just made, with the secret that verifies what it receives, shown once."""

    secret: str | None = Field(
        description="whsec_ and base64: keep it, it is not shown again, and null in a replay"
    )


class WebhookList(BaseModel):
    """A page of endpoints, in the order in which they were made."""

    webhooks: list[WebhookBody]
    next_cursor: str | None


class NewRotation(BaseModel):
    """For how long the secret in use goes on signing beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=OVERLAP_HOURS_MAX)


class RotationBody(BaseModel):
    """The new secret, shown once, and until when the last one signs beside it."""

    secret: str | None = Field(description="Null in a replay")
    previous_until: datetime


class AttemptBody(BaseModel):
    """One attempt: what was answered, or why there was no answer."""

    number: int
    started_at: datetime
    duration_ms: int
    outcome: str = Field(description="delivered, retrying, gave_up or gone")
    status: int | None
    failure: str | None = Field(
        description="host_unknown, address_refused, connection_failed or timed_out"
    )
    answer: str = Field(description="The first KiB of what was answered.")


class DeliveryBody(BaseModel):
    """A message on its way to an endpoint, or delivered."""

    message: str = Field(description="The same as in the header webhook-id.")
    event: str
    occurred_at: datetime
    is_replay: bool
    next_attempt_at: datetime | None
    attempts: list[AttemptBody]


class DeliveryList(BaseModel):
    """A page of deliveries, newest first."""

    deliveries: list[DeliveryBody]
    next_cursor: str | None


class NewReplay(BaseModel):
    """One message, or everything since an instant."""

    message: str | None = Field(default=None, max_length=100, pattern=r"^[\x21-\x7e]*$")
    since: datetime | None = None


class ReplayBody(BaseModel):
    """How many messages are sent again."""

    count: int


@router.post(
    "",
    status_code=201,
    summary="Make a webhook endpoint",
    description=(
        "Tells this address of events from now on, signed by Standard Webhooks. The secret is in "
        "this answer and nowhere else. Another address or other events are another endpoint."
    ),
    responses=problems(401, 403, 422, 503),
)
def create_webhook(
    given: OnceWithSecret,
    caller: Manager,
    checking: Annotated[Guard, Depends(guard)],
    new: NewWebhook,
) -> NewWebhookBody:
    checking.target(new.url)
    secret = Secret(secrets.token_bytes(_SECRET_BYTES))
    made = subscribing.create_endpoint(
        given.database,
        owner_id=caller.party_id,
        reference=f"whk_{secrets.token_hex(12)}",
        url=new.url,
        events=new.events,
        secret=secret,
        recorded_at=given.clock(),
    )
    return NewWebhookBody(secret=secret_text(secret), **_shown(made).model_dump())


@router.get(
    "",
    summary="List your webhook endpoints",
    description="In the order in which they were made; those that have ended are among them.",
    responses=problems(401, 403, 422, 503),
)
def list_webhooks(
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> WebhookList:
    page = subscribing.list_endpoints(
        given.database,
        owner_id=caller.party_id,
        after=read_cursor(cursor, kind=_Place, otherwise=_Place(0)).key,
        limit=limit,
    )
    return WebhookList(
        webhooks=[_shown(endpoint) for endpoint in page.endpoints],
        next_cursor=None if page.next_after is None else write_cursor(_Place(page.next_after)),
    )


@router.delete(
    "/{reference}",
    status_code=204,
    response_class=Response,
    summary="End a webhook endpoint",
    description="Nothing more is sent to it, and what waits is dropped. Its log stays.",
    responses=problems(401, 403, 404, 422, 503),
)
def end_webhook(given: Given, caller: Manager, reference: str) -> None:
    subscribing.end_endpoint(
        given.database, owner_id=caller.party_id, reference=reference, ended_at=given.clock()
    )


@router.post(
    "/{reference}/secrets",
    status_code=201,
    summary="Rotate a webhook's secret",
    description=(
        "Signs with a new secret from now on, and with the last one beside it while they overlap. "
        "Never more than two sign. An overlap of 0 ends a secret that leaked at once."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def rotate_secret(
    given: OnceWithSecret, caller: Manager, reference: str, new: NewRotation
) -> RotationBody:
    secret = Secret(secrets.token_bytes(_SECRET_BYTES))
    until = subscribing.rotate_secret(
        given.database,
        owner_id=caller.party_id,
        reference=reference,
        secret=secret,
        overlap_hours=new.overlap_hours,
        recorded_at=given.clock(),
    )
    return RotationBody(secret=secret_text(secret), previous_until=until)


@router.get(
    "/{reference}/deliveries",
    summary="Read a webhook's delivery log",
    description="Newest first, with every attempt and the beginning of what was answered.",
    responses=problems(401, 403, 404, 422, 503),
)
def list_deliveries(
    given: Given,
    caller: Reader,
    reference: str,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> DeliveryList:
    page = subscribing.list_deliveries(
        given.database,
        owner_id=caller.party_id,
        reference=reference,
        before=read_cursor(cursor, kind=_Place, otherwise=_Place(KEY_MAX)).key,
        limit=limit,
    )
    return DeliveryList(
        deliveries=[_logged(delivery) for delivery in page.deliveries],
        next_cursor=None if page.next_before is None else write_cursor(_Place(page.next_before)),
    )


@router.post(
    "/{reference}/replays",
    status_code=202,
    summary="Send messages again",
    description=(
        "One message by its id, or everything since an instant that the endpoint asked for, also "
        "from before it was made. Each keeps its webhook-id. What still waits is left out."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def replay(given: Once, caller: Manager, reference: str, new: NewReplay) -> ReplayBody:
    if new.message is not None and new.since is None:
        count = subscribing.replay_message(
            given.database,
            owner_id=caller.party_id,
            reference=reference,
            message_id=new.message,
            recorded_at=given.clock(),
        )
    elif new.since is not None and new.message is None:
        count = subscribing.replay_since(
            given.database,
            owner_id=caller.party_id,
            reference=reference,
            since=new.since,
            recorded_at=given.clock(),
        )
    else:
        raise ReplayUnclear
    return ReplayBody(count=count)


def _shown(endpoint: Endpoint) -> WebhookBody:
    return WebhookBody(
        id=endpoint.reference,
        url=endpoint.url,
        events=list(endpoint.events),
        created_at=endpoint.recorded_at,
        ended_at=endpoint.ended_at,
        end_reason=endpoint.end_reason,
    )


def _logged(delivery: LoggedDelivery) -> DeliveryBody:
    return DeliveryBody(
        message=delivery.message_id,
        event=delivery.event,
        occurred_at=delivery.occurred_at,
        is_replay=delivery.is_replay,
        next_attempt_at=delivery.due_at,
        attempts=[
            AttemptBody(
                number=attempt.number,
                started_at=attempt.started_at,
                duration_ms=attempt.duration_ms,
                outcome=attempt.outcome,
                status=attempt.status,
                failure=attempt.failure,
                answer=attempt.body,
            )
            for attempt in delivery.attempts
        ],
    )
