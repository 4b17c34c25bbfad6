"""``/v1/withholding``: what was withheld, by when it is due, and a year's totals; for the house."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from api.banking import is_open_for_banking
from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.days import Day
from api.security import Caller, require_house
from api.shapes import problems
from invoices.withholding_sheet import annual_csv, percent, register_csv
from ledger.core.tax_tables import WithholdingScope
from ledger.core.withholding import AnnualTotal, Slip, Withheld, WithholdingReason
from ledger.services import remitting
from ledger.store.withholdings import Asked

router = APIRouter(prefix="/withholding", tags=["Withholding"])

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Given = Annotated[Context, Depends(context)]
House = Annotated[Caller, Depends(require_house("read"))]
Year = Annotated[int, Query(ge=1952, le=9998, examples=[2026])]
FirstDay = Annotated[Day | None, Query(alias="from", description="First day of payment")]
LastDay = Annotated[Day | None, Query(alias="to", description="Last day of payment, included")]
OfPayee = Annotated[
    str | None, Query(min_length=1, max_length=200, pattern=_PRINTABLE, description="Whose")
]

_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "description": "The table, in UTF-8 with a byte order mark.",
    }
}


class WithheldBody(BaseModel):
    """One payment from which income tax is withheld, in whole minor units."""

    statement: str
    run: str = Field(description="The payout run")
    payee: str
    name_ja: str
    name_en: str
    kind: str = Field(description="company or individual")
    country: str = Field(examples=["JP"])
    scope: WithholdingScope
    reason: WithholdingReason
    treaty_rate_percent: str | None = Field(examples=["10"])
    treaty_form_filed_on: date | None
    paid_on: date
    currency: str
    amount: str = Field(description="Tax-exclusive", examples=["1480000"])
    consumption_tax: str
    base: str
    rates_percent: list[str] = Field(
        description="One for each bracket", examples=[["10.21", "20.42"]]
    )
    withheld: str = Field(examples=["200116"])


class WithheldList(BaseModel):
    """A page of the register, in the order in which payments were announced."""

    payments: list[WithheldBody]
    next_cursor: str | None


class RemittedBody(BaseModel):
    """What was remitted to the tax office, and who wrote it down."""

    amount: str
    remitted_on: date
    reference: str
    recorded_by: str


class SlipBody(BaseModel):
    """What one payment slip comes to: a month of payments, residents and others apart."""

    month: str = Field(examples=["2026-12"])
    scope: WithholdingScope
    payment_count: int
    currency: str
    amount: str = Field(description="What was paid, tax-exclusive")
    withheld: str
    carried: str = Field(description="Remitted too much before, and set off here")
    open: str = Field(description="What is still to be remitted")
    due_on: date = Field(examples=["2027-01-12"])
    remitted: list[RemittedBody]


class SlipList(BaseModel):
    """Every payment slip, in the order of months."""

    slips: list[SlipBody]


class AnnualBody(BaseModel):
    """What one payee was paid in a calendar year and what was withheld."""

    payee: str
    name_ja: str
    name_en: str
    country: str
    scope: WithholdingScope
    is_reported: bool | None = Field(
        description="Whether the year is above what need not be reported; null when not known"
    )
    payment_count: int
    currency: str
    amount: str
    consumption_tax: str
    withheld: str


class AnnualList(BaseModel):
    """A year's totals, by payee."""

    year: int
    totals: list[AnnualBody]


@router.get(
    "/payments",
    summary="List what was withheld",
    description="For the house: each payment that left the bank and bears withholding.",
    responses=problems(401, 403, 422, 503),
)
def list_payments(
    given: Given,
    caller: House,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    payee: OfPayee = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> WithheldList:
    page = remitting.read_register(
        given.database,
        book_id=given.book_id,
        asked=Asked(
            first_day=first_day,
            last_day=last_day,
            payee=payee,
            after=read_cursor(cursor, kind=int, otherwise=0),
        ),
        limit=limit,
    )
    return WithheldList(
        payments=[_payment(row) for row in page.rows],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )


@router.get(
    "/payments.csv",
    summary="Download the withholding register",
    description="For the house: the same as a table, with the day each row is due.",
    response_class=Response,
    responses={**_CSV, **problems(401, 403, 422, 503)},
)
def download_payments(
    given: Given,
    caller: House,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    payee: OfPayee = None,
) -> Response:
    asked = Asked(first_day=first_day, last_day=last_day, payee=payee)
    rows = remitting.all_rows(given.database, book_id=given.book_id, asked=asked)
    content = b"".join(register_csv(rows, slips=_slips(given)))
    return _file(content, "withholding.csv")


@router.get(
    "/slips",
    summary="List the payment slips",
    description=(
        "For the house: month by month what was withheld, the last day to remit it, and what was "
        "remitted. Residents and payees abroad have slips of their own."
    ),
    responses=problems(401, 403, 422, 503),
)
def list_slips(given: Given, caller: House) -> SlipList:
    return SlipList(slips=[_slip(slip) for slip in _slips(given)])


@router.get(
    "/totals",
    summary="Read a year's totals by payee",
    description="For the house: what the yearly payment records are made of, by day of payment.",
    responses=problems(401, 403, 422, 503),
)
def read_year(given: Given, caller: House, year: Year) -> AnnualList:
    totals = remitting.year_totals(given.database, book_id=given.book_id, year=year)
    return AnnualList(year=year, totals=[_annual(total) for total in totals])


@router.get(
    "/totals.csv",
    summary="Download a year's totals by payee",
    description="For the house: the same as a table.",
    response_class=Response,
    responses={**_CSV, **problems(401, 403, 422, 503)},
)
def download_year(given: Given, caller: House, year: Year) -> Response:
    totals = remitting.year_totals(given.database, book_id=given.book_id, year=year)
    return _file(b"".join(annual_csv(totals)), f"withholding-{year}.csv")


def _slips(given: Context) -> tuple[Slip, ...]:
    return remitting.read_slips(
        given.database, book_id=given.book_id, is_banking_day=is_open_for_banking
    )


def _file(content: bytes, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=disposition)


def _payment(row: Withheld) -> WithheldBody:
    treaty_bp = row.profile.treaty_rate_bp
    return WithheldBody(
        statement=row.statement,
        run=row.run,
        payee=row.payee,
        name_ja=row.name_ja,
        name_en=row.name_en,
        kind=row.profile.kind,
        country=row.profile.residence,
        scope=row.scope,
        reason=row.reason,
        treaty_rate_percent=None if treaty_bp is None else f"{percent(treaty_bp):f}",
        treaty_form_filed_on=row.profile.treaty_form_filed_on,
        paid_on=row.paid_on,
        currency=row.currency,
        amount=str(row.amount_minor),
        consumption_tax=str(row.consumption_tax_minor),
        base=str(row.base_minor),
        rates_percent=[f"{percent(rate):f}" for rate in row.rates_bp],
        withheld=str(row.withheld_minor),
    )


def _slip(slip: Slip) -> SlipBody:
    total = slip.total
    return SlipBody(
        month=str(total.month),
        scope=total.scope,
        payment_count=total.payment_count,
        currency=total.currency,
        amount=str(total.amount_minor),
        withheld=str(total.withheld_minor),
        carried=str(slip.carried_minor),
        open=str(slip.open_minor),
        due_on=slip.due_on,
        remitted=[
            RemittedBody(
                amount=str(each.amount_minor),
                remitted_on=each.remitted_on,
                reference=each.reference,
                recorded_by=each.recorded_by,
            )
            for each in slip.remitted
        ],
    )


def _annual(total: AnnualTotal) -> AnnualBody:
    return AnnualBody(
        payee=total.payee,
        name_ja=total.name_ja,
        name_en=total.name_en,
        country=total.country,
        scope=total.scope,
        is_reported=total.is_reported,
        payment_count=total.payment_count,
        currency=total.currency,
        amount=str(total.amount_minor),
        consumption_tax=str(total.consumption_tax_minor),
        withheld=str(total.withheld_minor),
    )
