"""``/v1/months``: the house looks at a month, has it closed, and sees how far that has come."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from api.context import Context, context
from api.month_answers import MonthPreviewBody, MonthStateBody, show_preview, show_state
from api.month_paths import month_of
from api.month_runs import Desk, House
from api.problems import asked_language
from api.security import Caller, require_house
from api.shapes import problems
from ledger.core.month_run import MonthOrder, Step
from ledger.services import conducting

router = APIRouter(prefix="/months", tags=["Months"])

_MONTH = "^[0-9]{4}-(0[1-9]|1[0-2])$"
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Given = Annotated[Context, Depends(context)]
Named = Annotated[str, Path(alias="month", pattern=_MONTH, examples=["2026-10"])]


_reading = require_house("read")
_managing = require_house("manage")


class MonthOrderBody(BaseModel, extra="forbid"):
    """How a month is to be closed."""

    through: Step = Field(default=Step.SETTLE, description="The step to stop after")
    accept_differences: str | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        pattern=_PRINTABLE,
        description="Why the month is closed over declarations that differ",
        examples=["Two test images, agreed by telephone"],
    )


@router.get(
    "/{month}",
    summary="See how far a month has come",
    description=(
        "For the house: what was closed, invoiced and settled, by whom and when, and each step of "
        "the closing that was asked for last."
    ),
    responses=problems(401, 403, 404, 422, 503),
)
def read_state(
    given: Given, caller: Annotated[Caller, Depends(_reading)], named: Named
) -> MonthStateBody:
    return show_state(
        conducting.month_state(given.database, book_id=given.book_id, month=month_of(named))
    )


@router.get(
    "/{month}/preview",
    summary="Preview a month",
    description=(
        "For the house: what closing the month would charge, in total and for each firm, holder "
        "and line, beside the month before; what is held and refused, who has not declared, and "
        "what stands in the way. Nothing is written. With recount the generations are counted "
        "again, which takes as long as an audit."
    ),
    responses=problems(401, 403, 404, 422, 503),
)
def preview_month(
    request: Request,
    given: Given,
    caller: Annotated[Caller, Depends(_reading)],
    named: Named,
    recount: Annotated[bool, Query(description="Count the generations again")] = False,
) -> MonthPreviewBody:
    found = _desk(given).preview(month_of(named), is_recounting=recount)
    return show_preview(found, language=asked_language(request))


@router.post(
    "/{month}/close",
    status_code=202,
    summary="Have a month closed",
    description=(
        "For the house: asks for the month to be audited, closed, invoiced and settled, up to the "
        "statements. What stands in the way is refused at once. A worker carries it out; see how "
        "far it has come at /v1/months/{month}. Asked again, the closing that is under way goes "
        "on, and what is done is not done twice."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def close_month(
    given: Given,
    caller: Annotated[Caller, Depends(_managing)],
    named: Named,
    wanted: MonthOrderBody | None = None,
) -> MonthStateBody:
    wanted = wanted or MonthOrderBody()
    month = month_of(named)
    _desk(given).ask(
        MonthOrder(
            month=month,
            through=wanted.through,
            asked_by=caller.key,
            accept_differences=wanted.accept_differences,
        )
    )
    return show_state(conducting.month_state(given.database, book_id=given.book_id, month=month))


def _desk(given: Context) -> Desk:
    return Desk(
        database=given.database,
        clock=given.clock,
        book_id=given.book_id,
        house=House(requires_declarations=given.requires_declarations),
    )
