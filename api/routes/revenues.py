"""``/v1/reports/{month}/revenue``: what a firm took in, where its terms have a share of that."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool

from api.bodies import described, read_json
from api.context import Context, context
from api.event_bodies import Text
from api.event_bodies import described as written_as
from api.month_paths import WITHOUT_NUL, MonthNamed, month_of, whose
from api.revenue_answers import RevenueMonthBody, show
from api.security import Caller, NotALicensee, require
from api.shapes import problems
from ledger.core.money import CURRENCY_EXPONENTS
from ledger.core.revenue_report import GRANT_MAX, NewRevenue
from ledger.services import stating

router = APIRouter(prefix="/reports", tags=["Completeness"])

_STATED: dict[str, Any] = {
    "revenues": [{"license": "LIC-2026-001", "amount": "214336.57", "currency": "USD"}]
}

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]
Reporter = Annotated[Caller, Depends(require("report"))]

#: A month's worth, exact and so never a number with a point.
_Amount = (
    Annotated[str, written_as(r"^(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?$")]
    | Annotated[int, Meta(extra_json_schema={"minimum": 0, "exclusiveMaximum": 10**30})]
)


_CURRENCIES = Meta(extra_json_schema={"enum": sorted(CURRENCY_EXPONENTS)})

#: The most grants that one statement names; so many fit into a body.
GRANTS_MAX = 100


class RevenueSent(Struct, frozen=True, forbid_unknown_fields=True):
    """What was taken in under one grant of a license, in major units."""

    license: Text
    amount: _Amount
    currency: Annotated[str, Meta(max_length=3), _CURRENCIES]
    grant: Annotated[int, Meta(ge=0, le=GRANT_MAX)] = 0


class RevenuesSent(Struct, frozen=True, forbid_unknown_fields=True):
    """What was taken in, grant by grant."""

    revenues: Annotated[tuple[RevenueSent, ...], Meta(min_length=1, max_length=GRANTS_MAX)]


_decoder = msgspec.json.Decoder(RevenuesSent)


@router.put(
    "/{month}/revenue",
    summary="State a month's revenue",
    description=(
        "Says what you took in under a grant in a month, where its terms have a share of that. "
        "It is one amount for the month, in the currency that the terms name; the net_revenue of "
        "single generations is another thing. The same content again changes nothing, another "
        "amount is a new version, and grants that you do not name keep theirs. A version that "
        "comes after the month was closed is counted by the next closing, as an adjustment."
    ),
    responses=problems(400, 401, 403, 404, 413, 415, 422, 503),
    openapi_extra=described(RevenuesSent, {"net revenue in dollars": _STATED}),
)
async def state_revenue(
    request: Request, given: Given, caller: Reporter, named: MonthNamed
) -> RevenueMonthBody:
    if caller.role != "licensee":
        raise NotALicensee(party=caller.reference)
    month = month_of(named)
    sent = await read_json(request, _decoder)
    stands = await run_in_threadpool(
        stating.state_revenue,
        given.database,
        book_id=given.book_id,
        licensee=caller.reference,
        month=month,
        new=tuple(
            NewRevenue(
                license=each.license,
                grant=each.grant,
                amount=each.amount,
                currency=each.currency,
            )
            for each in sent.revenues
        ),
        stated_by=caller.reference,
        stated_at=given.clock(),
    )
    return show(stands)


@router.get(
    "/{month}/revenue",
    summary="Compare a month's units with its share of revenue",
    description=(
        "Every grant whose terms have a share of revenue in the month: the versions that were "
        "stated, and what closings compared, with rate, day and source. A top-up whose revenue or "
        "rate is not known is held, with the reason. The house names a firm with licensee."
    ),
    responses=problems(401, 403, 404, 422, 503),
)
def read_revenue(
    given: Given,
    caller: Reader,
    named: MonthNamed,
    licensee: Annotated[str | None, Query(max_length=100, pattern=WITHOUT_NUL)] = None,
) -> RevenueMonthBody:
    stands = stating.read_month(
        given.database,
        book_id=given.book_id,
        licensee=whose(caller, licensee),
        month=month_of(named),
    )
    return show(stands)
