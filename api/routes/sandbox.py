"""``/v1/sandbox``: what only a test key can do: move the clock, close a month, begin anew."""

import re
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from api.month_paths import month_of
from api.sandboxes import Sandbox, Sandboxes, sandbox_of, sandboxes_of
from api.security import Caller, authenticate
from api.shapes import problems
from ledger.core.refusal import Refusal
from ledger.services import closing, rehearsing

router = APIRouter(prefix="/sandbox", tags=["Sandbox"])

#: The months that the book can cut.
_MONTH = r"^(19(5[3-9]|[6-9][0-9])|2[0-9]{3})-(0[1-9]|1[0-2])$"

_INSTANT = "2026-12-01T09:00:00+09:00"

#: An instant as RFC 3339 writes it, and nothing else that a date could be made of.
_RFC_3339 = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
_DATE_TIME = {"format": "date-time"}

#: A duration of ISO 8601 in days, hours, minutes and seconds; months differ in their length.
_TIME = r"T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?"
_DURATION = re.compile(rf"P(?:([0-9]{{1,4}})D)?(?:{_TIME})?")
_ISO_8601 = (
    r"^P([0-9]{1,4}D(T([0-9]{1,5}H|[0-9]{1,6}M|[0-9]{1,8}S))?"
    r"|T([0-9]{1,5}H([0-9]{1,6}M)?([0-9]{1,8}S)?|[0-9]{1,6}M([0-9]{1,8}S)?|[0-9]{1,8}S))$"
)

AnyCaller = Annotated[Caller, Depends(authenticate)]


def _sandbox(_: AnyCaller, found: Annotated[Sandbox, Depends(sandbox_of)]) -> Sandbox:
    """Return the sandbox, once the key is known to be good."""
    return found


Own = Annotated[Sandbox, Depends(_sandbox)]


class ClockUnclear(Refusal):
    """The clock is to go to an instant and on by a duration, or neither."""

    code = "clock_unclear"


class InstantUnknown(Refusal):
    """No calendar has the day."""

    code = "instant_unknown"
    field = "instant"


class ClockBody(BaseModel):
    """What the sandbox takes for the present instant."""

    now: datetime
    ahead_seconds: int = Field(description="How far it is ahead of the real clock", examples=[0])
    started_at: datetime = Field(description="When the sandbox was begun, by the real clock")


class NewClockBody(BaseModel):
    """Where the clock is to go: to an instant, or on by a duration. It goes forward only."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"advance": "P31D"}, {"instant": _INSTANT}]}
    )

    instant: Annotated[str, Field(pattern=_RFC_3339, json_schema_extra=_DATE_TIME)] | None = None
    advance: Annotated[str, Field(pattern=_ISO_8601, description="ISO 8601")] | None = None


class ClosedMonthBody(BaseModel):
    """What closing a month came to. Amounts are whole minor units by currency, as text."""

    month: str = Field(examples=["2026-11"])
    closed_at: datetime
    generation_count: int
    totals_minor: dict[str, str] = Field(examples=[{"JPY": "1200"}])


@router.get(
    "/clock",
    summary="Read the sandbox's clock",
    description="With a test key. The clock goes on by itself, as fast as the real one.",
    responses=problems(401, 403, 422, 503),
)
def read_clock(own: Own) -> ClockBody:
    return _clock(own)


@router.put(
    "/clock",
    summary="Move the sandbox's clock",
    description=(
        "With a test key. To an instant or on by a duration, forward only, and up to ten years. "
        "To go back, reset the sandbox. Every request that comes after this answer sees it."
    ),
    responses=problems(401, 403, 409, 422, 503),
)
def move_clock(own: Own, caller: AnyCaller, new: NewClockBody) -> ClockBody:
    if (new.instant is None) == (new.advance is None):
        raise ClockUnclear
    given = own.context
    real_now = given.keyring.clock()
    now = rehearsing.move_clock(
        given.database,
        party_id=own.owner_id,
        instant=None if new.instant is None else _instant(new.instant),
        advance=timedelta(0) if new.advance is None else _duration(new.advance),
        real_now=real_now,
        moved_by=caller.key,
    )
    own.clock.ahead = now - real_now
    return _clock(own)


@router.post(
    "/reset",
    summary="Begin the sandbox anew",
    description=(
        "With a test key. Throws away everything that was done in the sandbox, copies what your "
        "licenses name by now, and sets the clock to the real one. Keys stay as they are."
    ),
    responses=problems(401, 403, 422, 503),
)
def reset(
    own: Own, caller: AnyCaller, sandboxes: Annotated[Sandboxes, Depends(sandboxes_of)]
) -> ClockBody:
    return _clock(sandboxes.reset(own, by=caller.key))


@router.post(
    "/months/{month}/close",
    summary="Close a month of the sandbox",
    description=(
        "With a test key. Closes a month that is over by the sandbox's clock, as the house does "
        "every month, so that what comes late can be tried. Months close in their order."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def close_month(
    own: Own,
    caller: AnyCaller,
    month: Annotated[str, Path(pattern=_MONTH, examples=["2026-11"])],
) -> ClosedMonthBody:
    closed = closing.close_month(
        own.context.database,
        month=month_of(month),
        closed_by=caller.key,
        closed_at=own.clock(),
    )
    return ClosedMonthBody(
        month=month,
        closed_at=closed.closed_at,
        generation_count=closed.generation_count,
        totals_minor={name: str(minor) for name, minor in sorted(closed.totals_minor.items())},
    )


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InstantUnknown(value=text) from None


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    assert found is not None, "the shape has been checked"
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _clock(own: Sandbox) -> ClockBody:
    return ClockBody(
        now=own.clock(),
        ahead_seconds=int(own.clock.ahead.total_seconds()),
        started_at=own.started_at,
    )
