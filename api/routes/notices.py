"""
``/v1/notices``: what payees were told of payments, and what they say to it.

A payee confirms a notice or disputes it; each step is kept with how it came. The document itself
is among ``/v1/documents``.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.event_bodies import PRINTABLE
from api.idempotency import once
from api.security import Caller, require
from api.sent_values import REFERENCE
from api.shapes import problems
from ledger.services import confirming
from ledger.store.notices import NoticeInBook, StepInBook

router = APIRouter(tags=["Documents"])

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]
_manager = require("manage")
Manager = Annotated[Caller, Depends(_manager)]
Once = Annotated[Context, Depends(once(_manager))]
Named = Annotated[
    str, Path(description="The notice's number", pattern=REFERENCE, examples=["NTC-2026-000042"])
]
State = Literal["sent", "confirmed", "disputed", "corrected"]


class NoticeBody(BaseModel):
    """A notice of a payment, and where it stands."""

    reference: str = Field(examples=["NTC-2026-000042"])
    payee: str
    form: Literal["purchase_statement", "payment_notice", "abroad"]
    revision: int = Field(description="1, or more of a notice that was corrected")
    issued_on: str
    currency: str
    payout: str = Field(description="What was paid, in minor units", examples=["250326"])
    confirm_within_days: int | None = Field(
        description="After so many days without a word it counts as confirmed; null if not agreed"
    )
    state: State
    mode: Literal["system", "reply", "clause"] | None = Field(
        description="How the confirmation or dispute came: here, by a reply, or by silence"
    )


class NoticeList(BaseModel):
    """A page of notices, oldest first."""

    notices: list[NoticeBody]
    next_cursor: str | None


class StepBody(BaseModel):
    """One step of a notice."""

    version: int
    state: State
    mode: Literal["system", "reply", "clause"] | None
    clause: str = Field(description="The agreed words, where silence confirmed it")
    reason: str
    recorded_at: datetime
    recorded_by: str


class NoticeSteps(BaseModel):
    """The steps of a notice, in their order."""

    steps: list[StepBody]


class NewStepBody(BaseModel):
    """What a payee says to a notice."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["confirmed", "disputed"]
    reason: str = Field(
        default="",
        max_length=2_000,
        pattern=PRINTABLE,
        description="What is wrong; asked for with a dispute",
    )


@router.get(
    "/notices",
    summary="List notices of payments",
    description="In the order in which they were issued, each with where it stands.",
    responses=problems(401, 403, 422, 503),
)
def list_notices(
    given: Given,
    caller: Reader,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> NoticeList:
    page = confirming.list_notices(
        given.database,
        book_id=given.book_id,
        payee_id=caller.scope_id,
        state=state,
        after=read_cursor(cursor, kind=int, otherwise=0),
        limit=limit,
    )
    return NoticeList(
        notices=[_notice_body(each) for each in page.notices],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )


@router.get(
    "/notices/{reference}",
    summary="Read the steps of a notice",
    description="Sent, confirmed, disputed, or corrected by another that took its place.",
    responses=problems(401, 403, 404, 422, 503),
)
def read_notice(given: Given, caller: Reader, reference: Named) -> NoticeSteps:
    steps = confirming.history(
        given.database, book_id=given.book_id, notice=reference, payee_id=caller.scope_id
    )
    return NoticeSteps(steps=[_step_body(each) for each in steps])


@router.post(
    "/notices/{reference}/steps",
    status_code=201,
    summary="Confirm or dispute a notice",
    description=(
        "Say that a notice is right, or what is wrong with it. A confirmed one may still be "
        "disputed; one that was corrected is answered no more."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def answer_notice(given: Once, caller: Manager, reference: Named, new: NewStepBody) -> NoticeBody:
    said = confirming.answer(
        given.database,
        book_id=given.book_id,
        notice=reference,
        state=new.state,
        reason=new.reason,
        payee_id=caller.scope_id,
        recorded_by=caller.reference,
        recorded_at=given.clock(),
    )
    return _notice_body(said)


def _notice_body(notice: NoticeInBook) -> NoticeBody:
    return NoticeBody.model_validate(
        {
            "reference": notice.number,
            "payee": notice.payee,
            "form": notice.form,
            "revision": notice.revision,
            "issued_on": notice.issued_on.isoformat(),
            "currency": notice.currency,
            "payout": str(notice.payout_minor),
            "confirm_within_days": notice.confirm_within_days,
            "state": str(notice.state),
            "mode": None if notice.mode is None else str(notice.mode),
        }
    )


def _step_body(step: StepInBook) -> StepBody:
    mode = None if step.mode is None else str(step.mode)
    return StepBody.model_validate({**vars(step), "state": str(step.state), "mode": mode})
