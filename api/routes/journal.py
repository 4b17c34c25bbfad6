"""``/v1/journal``: the house reads the trial balance of its book."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from api.context import Context, context
from api.days import Day
from api.security import Caller, require_house
from api.shapes import problems
from invoices.trial_sheet import trial_csv
from ledger.core.journal import AccountCode
from ledger.core.trial_balance import totals
from ledger.services import balancing
from locales.catalogues import message

router = APIRouter(prefix="/journal", tags=["Journal"])

Given = Annotated[Context, Depends(context)]
House = Annotated[Caller, Depends(require_house("read"))]
FirstDay = Annotated[
    Day | None, Query(alias="from", description="The first day; the book's first without it")
]
LastDay = Annotated[Day, Query(alias="to", description="The last day, included")]
ByParty = Annotated[bool, Query(description="A line for each party of an account")]

_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "description": "The table, in UTF-8 with a byte order mark.",
    }
}


class TrialSumsBody(BaseModel):
    """Balances are debits less credits, in whole minor units."""

    currency: str
    opening: str
    debit: str = Field(examples=["3150574"])
    credit: str
    closing: str


class TrialLineBody(TrialSumsBody):
    """One account in one currency."""

    account: AccountCode
    name_ja: str
    name_en: str
    party: str | None = Field(description="null when parties are added up, or there is none")


class TrialBalanceBody(BaseModel):
    """The trial balance of some days: of each currency the balances sum to zero."""

    lines: list[TrialLineBody]
    totals: list[TrialSumsBody]


@router.get(
    "/trial-balance",
    summary="Read the trial balance",
    description="For the house: what each account had, what was posted to it, and what it has.",
    responses=problems(401, 403, 422, 503),
)
def read_trial_balance(
    given: Given,
    caller: House,
    last_day: LastDay,
    first_day: FirstDay = None,
    by_party: ByParty = False,
) -> TrialBalanceBody:
    lines = balancing.trial_balance(
        given.database,
        book_id=given.book_id,
        first_day=first_day,
        last_day=last_day,
        is_by_party=by_party,
    )
    return TrialBalanceBody(
        lines=[
            TrialLineBody(
                account=line.code,
                name_ja=message("ja", f"account.{line.code}"),
                name_en=message("en", f"account.{line.code}"),
                party=line.party,
                currency=line.currency,
                opening=str(line.opening_minor),
                debit=str(line.debit_minor),
                credit=str(line.credit_minor),
                closing=str(line.closing_minor),
            )
            for line in lines
        ],
        totals=[
            TrialSumsBody(
                currency=total.currency,
                opening=str(total.opening_minor),
                debit=str(total.debit_minor),
                credit=str(total.credit_minor),
                closing=str(total.closing_minor),
            )
            for total in totals(lines)
        ],
    )


@router.get(
    "/trial-balance.csv",
    summary="Download the trial balance",
    description="For the house: the same as a table.",
    response_class=Response,
    responses={**_CSV, **problems(401, 403, 422, 503)},
)
def download_trial_balance(
    given: Given,
    caller: House,
    last_day: LastDay,
    first_day: FirstDay = None,
    by_party: ByParty = False,
) -> Response:
    lines = balancing.trial_balance(
        given.database,
        book_id=given.book_id,
        first_day=first_day,
        last_day=last_day,
        is_by_party=by_party,
    )
    disposition = {"Content-Disposition": f'attachment; filename="trial-balance-{last_day}.csv"'}
    return Response(
        b"".join(trial_csv(lines)), media_type="text/csv; charset=utf-8", headers=disposition
    )
