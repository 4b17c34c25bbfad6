"""``/v1/reports``: what a firm declares its months to be, beside what the book has of them."""

from datetime import date
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool

from api.bodies import described, read_json
from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.event_bodies import described as written_as
from api.month_paths import WITHOUT_NUL, MonthNamed, month_of, whose
from api.month_reports import MonthReportBody, MonthReportList, show
from api.security import Caller, NotALicensee, require
from api.shapes import problems
from ledger.core.completeness import COUNT_MAX, NewDeclaration, NewTotal
from ledger.core.usage import Modality, Unit
from ledger.services import declaring

router = APIRouter(prefix="/reports", tags=["Completeness"])

_CONTROL_TOTALS: dict[str, Any] = {
    "generation_count": 1284,
    "totals": [
        {"modality": "image", "unit": "image", "quantity": "1200"},
        {"modality": "audio", "unit": "character", "quantity": "44959.5"},
    ],
}

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]
Reporter = Annotated[Caller, Depends(require("report"))]

#: A month's worth, exact and so never a number with a point.
_Quantity = (
    Annotated[str, written_as(r"^(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?$")]
    | Annotated[int, Meta(extra_json_schema={"minimum": 0, "exclusiveMaximum": 10**30})]
)
_Count = Annotated[int, Meta(ge=0, le=COUNT_MAX)]


class DeclaredQuantity(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one modality was generated, in one unit."""

    modality: Modality
    unit: Unit
    quantity: _Quantity


class DeclarationSent(Struct, frozen=True, forbid_unknown_fields=True, rename={"is_nil": "nil"}):
    """Control totals of a month, or that there was nothing."""

    is_nil: bool = False
    generation_count: _Count | None = None
    totals: Annotated[tuple[DeclaredQuantity, ...], Meta(max_length=len(Modality) * len(Unit))] = ()


class _Place(NamedTuple):
    """A cursor as it comes back: the month and firm that a page ended with."""

    month: date
    licensee: Annotated[str, Meta(max_length=100, pattern=WITHOUT_NUL)]


_decoder = msgspec.json.Decoder(DeclarationSent)


@router.put(
    "/{month}",
    summary="Declare a month",
    description=(
        "Says what you generated in a month: how many generations, and the quantity of each "
        "modality and unit; or, with nil, that there was nothing. All that you reported counts, "
        "whatever became of it. While the month is open a declaration may be replaced; those "
        "before it stay. The same content again gives the same answer. A month closes by "
        "agreement: a declaration that differs keeps it open."
    ),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extra=described(
        DeclarationSent, {"control totals": _CONTROL_TOTALS, "nil report": {"nil": True}}
    ),
)
async def declare_month(
    request: Request, given: Given, caller: Reporter, named: MonthNamed
) -> MonthReportBody:
    if caller.role != "licensee":
        raise NotALicensee(party=caller.reference)
    month = month_of(named)
    sent = await read_json(request, _decoder)
    report = await run_in_threadpool(
        declaring.declare,
        given.database,
        book_id=given.book_id,
        licensee_id=caller.party_id,
        licensee=caller.reference,
        month=month,
        new=_new(sent),
        declared_at=given.clock(),
    )
    return show(report)


@router.get(
    "/{month}",
    summary="Compare a month with its declaration",
    description=(
        "Every version that was declared, what the book has (accepted, held and refused apart), "
        "and the difference. The house names a firm with licensee."
    ),
    responses=problems(401, 403, 404, 422, 503),
)
def read_month(
    given: Given,
    caller: Reader,
    named: MonthNamed,
    licensee: Annotated[str | None, Query(max_length=100, pattern=WITHOUT_NUL)] = None,
) -> MonthReportBody:
    report = declaring.read_month(
        given.database,
        book_id=given.book_id,
        licensee=whose(caller, licensee),
        month=month_of(named),
    )
    return show(report)


@router.get(
    "",
    summary="List months and their declarations",
    description=(
        "Months that were declared or reported, or in which a license was in force, the latest "
        "first; for the house, of all firms."
    ),
    responses=problems(401, 403, 422, 503),
)
def list_months(
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=100)] = 12,
    cursor: str | None = None,
) -> MonthReportList:
    if caller.role not in ("licensee", "operator"):
        raise NotALicensee(party=caller.reference)
    first: _Place | None = None
    page = declaring.list_months(
        given.database,
        book_id=given.book_id,
        licensee_id=caller.scope_id,
        at=given.clock(),
        after=read_cursor(cursor, kind=_Place, otherwise=first),
        limit=limit,
    )
    return MonthReportList(
        reports=[show(report) for report in page.reports],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )


def _new(sent: DeclarationSent) -> NewDeclaration:
    totals = (
        NewTotal(modality=each.modality, unit=each.unit, quantity=each.quantity)
        for each in sent.totals
    )
    return NewDeclaration(
        is_nil=sent.is_nil, generation_count=sent.generation_count, totals=tuple(totals)
    )
