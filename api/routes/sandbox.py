"""``/v1/sandbox``: what only a test key can do: move the clock, close a month, begin anew."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from api.sandboxes import Sandbox, Sandboxes, sandbox_of, sandboxes_of
from api.security import Caller, authenticate
from api.shapes import problems
from ledger.core.period import Month
from ledger.services import closing, rehearsing
from ledger.services.rehearsing import AHEAD_MAX

router = APIRouter(prefix="/sandbox", tags=["Sandbox"])

#: The months that the book can cut.
_MONTH = r"^(19(5[3-9]|[6-9][0-9])|2[0-9]{3})-(0[1-9]|1[0-2])$"

_INSTANT = "2026-12-01T09:00:00+09:00"

AnyCaller = Annotated[Caller, Depends(authenticate)]


def _sandbox(_: AnyCaller, found: Annotated[Sandbox, Depends(sandbox_of)]) -> Sandbox:
    """Return the sandbox, once the key is known to be good."""
    return found


Own = Annotated[Sandbox, Depends(_sandbox)]


class ClockBody(BaseModel):
    """What the sandbox takes for the present instant."""

    now: datetime
    ahead_seconds: int = Field(description="How far it is ahead of the real clock", examples=[0])
    started_at: datetime = Field(description="When the sandbox was begun, by the real clock")


class NewClockBody(BaseModel):
    """Where the clock is to go: to an instant, or on by a duration. It goes forward only."""

    instant: AwareDatetime | None = Field(default=None, examples=[_INSTANT])
    advance: timedelta | None = Field(
        default=None, ge=timedelta(0), le=AHEAD_MAX, description="ISO 8601", examples=["P31D"]
    )

    @model_validator(mode="after")
    def _says_one_of_them(self) -> "NewClockBody":
        if (self.instant is None) == (self.advance is None):
            raise ValueError("instant or advance, one of them")
        return self


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
    given = own.context
    real_now = given.keyring.clock()
    now = rehearsing.move_clock(
        given.database,
        party_id=own.owner_id,
        instant=new.instant,
        advance=new.advance or timedelta(0),
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
        month=Month.parse(month),
        closed_by=caller.key,
        closed_at=own.clock(),
    )
    return ClosedMonthBody(
        month=month,
        closed_at=closed.closed_at,
        generation_count=closed.generation_count,
        totals_minor={name: str(minor) for name, minor in sorted(closed.totals_minor.items())},
    )


def _clock(own: Sandbox) -> ClockBody:
    return ClockBody(
        now=own.clock(),
        ahead_seconds=int(own.clock.ahead.total_seconds()),
        started_at=own.started_at,
    )
