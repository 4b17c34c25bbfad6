"""``/v1/entrustments``: what rights holders agreed with the house, from which day on."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.security import Caller, require
from api.shapes import problems
from invoices.withholding_sheet import percent
from ledger.core.capacity import Capacity
from ledger.core.claim import OverclaimPolicy
from ledger.services import entrusting
from ledger.store.entrustments import EntrustmentInBook

router = APIRouter(tags=["Documents"])

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]


class EntrustmentBody(BaseModel):
    """Terms of one rights holder, which hold until later ones of it take over."""

    holder: str = Field(examples=["hoshino"])
    name_ja: str
    name_en: str
    effective_from: date
    admin_fee_percent: str = Field(examples=["8"])
    capacity: Capacity = Field(
        description="Whose supply invoices are: the holder's under the house's name and number "
        "(intermediary), under the holder's own (agent), or the house's own (principal)"
    )
    reserve_percent: str | None
    reserve_months: int | None
    overclaim_policy: OverclaimPolicy
    confirm_within_days: int | None


class EntrustmentList(BaseModel):
    """A page of terms, in the order in which they were entered."""

    entrustments: list[EntrustmentBody]
    next_cursor: str | None


@router.get(
    "/entrustments",
    summary="List what rights holders agreed with the house",
    description="A rights holder finds its own terms; the house finds everybody's.",
    responses=problems(401, 403, 422, 503),
)
def list_entrustments(
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> EntrustmentList:
    page = entrusting.list_entrustments(
        given.database,
        book_id=given.book_id,
        holder_id=caller.scope_id,
        after=read_cursor(cursor, kind=int, otherwise=0),
        limit=limit,
    )
    return EntrustmentList(
        entrustments=[_body(each) for each in page.entrustments],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )


def _body(terms: EntrustmentInBook) -> EntrustmentBody:
    reserve = terms.reserve_bp
    return EntrustmentBody(
        holder=terms.holder,
        name_ja=terms.name_ja,
        name_en=terms.name_en,
        effective_from=terms.effective_from,
        admin_fee_percent=str(percent(terms.admin_fee_bp)),
        capacity=Capacity(terms.capacity),
        reserve_percent=None if reserve is None else str(percent(reserve)),
        reserve_months=terms.reserve_months,
        overclaim_policy=OverclaimPolicy(terms.overclaim_policy),
        confirm_within_days=terms.confirm_within_days,
    )
