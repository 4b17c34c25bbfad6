"""
``/v1/offers``: what holders let anybody take up, and how AI firms take it up.

A holder makes an offer, and says later what becomes of it; each word is a version. A firm reads
what is on offer, in words and figures, and accepts a version, which gives it a license.
"""

import secrets
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request
from msgspec import Meta

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.idempotency import once
from api.offer_answers import (
    AcceptanceBody,
    ConflictBody,
    ConflictListBody,
    OfferListBody,
    WholeOfferBody,
)
from api.offer_bodies import acceptance_body, offer_body, whole_offer_body
from api.offer_shapes import (
    ChangeBody,
    LaterOfferVersionBody,
    NewAcceptanceBody,
    NewOfferBody,
)
from api.problems import asked_language
from api.security import Caller, require
from api.sent_values import REFERENCE
from api.shapes import problems
from ledger.core.offer import OfferState
from ledger.services import accepting, browsing, offering
from ledger.services.offering import Speaker

router = APIRouter(tags=["Offers"])

#: How many random bytes the name of an accepted license is made of.
NAME_BYTES = 12

#: No offer has a key as large.
_KEY_MAX = 2**63 - 1

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]
_manager = require("manage")
Manager = Annotated[Caller, Depends(_manager)]
Once = Annotated[Context, Depends(once(_manager))]
Named = Annotated[str, Path(description="The offer's reference", pattern=REFERENCE)]


class _Place(NamedTuple):
    """A cursor as it comes back, within what the book can be asked for."""

    key: Annotated[int, Meta(ge=0, le=_KEY_MAX)]


@router.get(
    "/offers",
    summary="List what is offered",
    description=(
        "To an AI firm: everything that is on offer now, with its terms in words and figures. To a "
        "rights holder: its own offers in every state; the house sees everybody's. In the order "
        "in which they were made."
    ),
    responses=problems(401, 403, 422, 503),
)
def list_offers(
    request: Request,
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> OfferListBody:
    now = given.clock()
    page = browsing.list_offers(
        given.database,
        owner_id=_seen(caller),
        at=now,
        only_standing=_is_firm(caller),
        after=read_cursor(cursor, kind=_Place, otherwise=_Place(0)).key,
        limit=limit,
    )
    return OfferListBody(
        offers=[
            offer_body(each, now, asked_language(request), is_own=not _is_firm(caller))
            for each in page.offers
        ],
        next_cursor=None if page.next_after is None else write_cursor(_Place(page.next_after)),
    )


@router.get(
    "/offer-conflicts",
    summary="List where offers conflict",
    description=(
        "Offers of equal breadth that say different things about the same, with both sides. Nobody "
        "can accept either until you withdraw one, or make a narrower offer. In the order of "
        "their first offers."
    ),
    responses=problems(401, 403, 422, 503),
)
def list_conflicts(
    request: Request,
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> ConflictListBody:
    now = given.clock()
    page = browsing.list_conflicts(
        given.database,
        owner_id=caller.scope_id,
        at=now,
        after=read_cursor(cursor, kind=_Place, otherwise=_Place(0)).key,
        limit=limit,
    )
    language = asked_language(request)
    return ConflictListBody(
        conflicts=[
            ConflictBody(
                sides=[offer_body(side, now, language, is_own=True) for side in each.sides]
            )
            for each in page.conflicts
        ],
        next_cursor=None if page.next_after is None else write_cursor(_Place(page.next_after)),
    )


@router.get(
    "/offers/{reference}",
    summary="Read an offer",
    description="With all its versions, the first one first, and which of them is in force.",
    responses=problems(401, 403, 404, 422, 503),
)
def read_offer(request: Request, given: Given, caller: Reader, reference: Named) -> WholeOfferBody:
    return _whole(request, given, caller, reference)


@router.post(
    "/offers",
    status_code=201,
    summary="Make an offer",
    description=(
        "For one character, voice, work or franchise, or for everything you have. A narrower offer "
        "decides before a wider one. Nothing is offered that you do not offer."
    ),
    responses=problems(401, 403, 409, 422, 503),
)
def make_offer(request: Request, given: Once, caller: Manager, new: NewOfferBody) -> WholeOfferBody:
    now = given.clock()
    offering.make_offer(
        given.database,
        offer=new.offer(holder=new.holder or caller.reference, now=now),
        speaker=_speaker(caller),
        recorded_at=now,
    )
    return _whole(request, given, caller, new.reference)


@router.post(
    "/offers/{reference}/versions",
    status_code=201,
    summary="Offer other terms",
    description=(
        "From now on, or from an instant that you name. Licenses that were accepted keep what they "
        "accepted; whoever has one is told by webhook."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def add_version(
    request: Request, given: Once, caller: Manager, reference: Named, new: LaterOfferVersionBody
) -> WholeOfferBody:
    now = given.clock()
    offering.add_version(
        given.database,
        reference=reference,
        version=new.version(now=now),
        reason=new.reason,
        speaker=_speaker(caller),
        recorded_at=now,
    )
    return _whole(request, given, caller, reference)


@router.post(
    "/offers/{reference}/suspend",
    status_code=201,
    summary="Suspend an offer",
    description=(
        "Nobody accepts it any more, and use under licenses that name its subjects is refused once "
        "their wind-down is over; clearance and reports follow within a second. Firms are told "
        "by webhook. Resume it at any time."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def suspend_offer(
    request: Request, given: Once, caller: Manager, reference: Named, new: ChangeBody
) -> WholeOfferBody:
    return _change(request, given, caller, reference, new, OfferState.SUSPENDED)


@router.post(
    "/offers/{reference}/withdraw",
    status_code=201,
    summary="Withdraw an offer",
    description=(
        "As suspending, and for good: what is to be offered again is offered with a new version. "
        "Wider offers do not take its place."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def withdraw_offer(
    request: Request, given: Once, caller: Manager, reference: Named, new: ChangeBody
) -> WholeOfferBody:
    return _change(request, given, caller, reference, new, OfferState.WITHDRAWN)


@router.post(
    "/offers/{reference}/resume",
    status_code=201,
    summary="Resume an offer",
    description="What was suspended stands again, at the terms that it had.",
    responses=problems(401, 403, 404, 409, 422, 503),
)
def resume_offer(
    request: Request, given: Once, caller: Manager, reference: Named, new: ChangeBody
) -> WholeOfferBody:
    return _change(request, given, caller, reference, new, OfferState.OFFERED)


@router.post(
    "/offers/{reference}/acceptances",
    status_code=201,
    summary="Accept an offer",
    description=(
        "Gives you a license from now on, whose terms are those of the version that you name. It "
        "has to be the one in force: what you accept is what you have read. Subjects that another "
        "offer decides about are left out, and told."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def accept_offer(
    request: Request, given: Once, caller: Manager, reference: Named, new: NewAcceptanceBody
) -> AcceptanceBody:
    accepted = accepting.accept_offer(
        given.database,
        offer=reference,
        version=new.version,
        licensee=caller.reference,
        license=f"lic_{secrets.token_hex(NAME_BYTES)}",
        subjects=new.subjects or (),
        accepted_by=caller.key,
        accepted_at=given.clock(),
    )
    return acceptance_body(accepted, asked_language(request))


def _change(
    request: Request,
    given: Context,
    caller: Caller,
    reference: str,
    new: ChangeBody,
    state: OfferState,
) -> WholeOfferBody:
    offering.change_state(
        given.database,
        reference=reference,
        state=state,
        reason=new.reason,
        effective_at=new.effective_at,
        speaker=_speaker(caller),
        recorded_at=given.clock(),
    )
    return _whole(request, given, caller, reference)


def _whole(request: Request, given: Context, caller: Caller, reference: str) -> WholeOfferBody:
    now: datetime = given.clock()
    shown = browsing.read_offer(
        given.database,
        owner_id=_seen(caller),
        reference=reference,
        at=now,
        only_begun=_is_firm(caller),
    )
    return whole_offer_body(shown, now, asked_language(request), is_own=not _is_firm(caller))


def _speaker(caller: Caller) -> Speaker:
    return Speaker(name=caller.key, owner_id=caller.scope_id)


def _is_firm(caller: Caller) -> bool:
    return caller.role == "licensee"


def _seen(caller: Caller) -> int | None:
    """Return whose offers a caller sees: a holder its own, a firm and the house everybody's."""
    return None if _is_firm(caller) else caller.scope_id
