"""
``/v1/stripe/webhooks``: where Stripe tells what happened.

It is for Stripe alone, so the API's description leaves it out. What is not signed with our secret
is refused; everything else is written down and answered at once, and looked at by ``genbo work``.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from api.context import Context, context
from api.stripe_options import StripeNotSetUp
from ledger.core.refusal import Refusal
from ledger.services import listening

router = APIRouter(prefix="/stripe", include_in_schema=False)

#: How far from our clock a signature may be; Stripe's own libraries take as much.
TOLERANCE = timedelta(minutes=5)

Given = Annotated[Context, Depends(context)]


class StripeSignatureWrong(Refusal):
    """The body was not signed with our secret."""

    code = "stripe_signature_wrong"


class StripeEventStale(Refusal):
    """The body was signed too long ago, or in the future."""

    code = "stripe_event_stale"


@router.post("/webhooks")
async def take_event(given: Given, request: Request) -> dict[str, bool]:
    """
    Write an event down.

    :raises StripeNotSetUp: no secret is set.
    :raises StripeSignatureWrong: nobody who knows the secret signed it.
    :raises StripeEventStale: it was signed more than five minutes from now.
    """
    if given.stripe is None or not given.stripe.webhook_secrets:
        raise StripeNotSetUp(name="GENBO_STRIPE_WEBHOOK_SECRET")
    body = await request.body()
    signature = request.headers.get("stripe-signature", "")
    is_new = await run_in_threadpool(_keep, given, body, signature)
    return {"received": True, "duplicate": not is_new}


def _keep(given: Context, body: bytes, signature: str) -> bool:
    from api.stripe_gateway import SignatureWrong, read_event

    assert given.stripe is not None
    now = given.clock()
    try:
        event = read_event(body, signature=signature, secrets=given.stripe.webhook_secrets)
    except SignatureWrong:
        raise StripeSignatureWrong from None
    if abs(now - event.signed_at) > TOLERANCE:
        raise StripeEventStale(signed_at=event.signed_at.isoformat(), now=now.isoformat())
    return listening.keep_event(
        given.database,
        book_id=given.book_id,
        reference=event.id,
        type_=event.type,
        is_live=event.is_live,
        body=body.decode(),
        created_at=event.created_at,
        received_at=now,
    )
