"""A month's revenue as it is answered: what was stated, and what closings made of it."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.rate_bodies import revenue_share_body
from api.shapes import RevenueShareBody
from ledger.core.period import Month
from ledger.core.revenue_report import GrantRevenue, RevenueMonth, RevenueVersion
from ledger.core.revenue_share import TopUpHold
from ledger.core.top_up import Comparison
from ledger.core.usage import canonical_decimal


class RevenueVersionBody(BaseModel):
    """One version of what was stated; the last one counts."""

    version: int
    amount: str = Field(description="In major units, exact", examples=["214336.57"])
    currency: str
    reported_at: datetime
    reported_by: str = Field(description="You, or who of the house entered it on your behalf")
    counted_month: str = Field(
        description="The first closing that knows it: later than its month when that was closed"
    )


class ComparisonBody(BaseModel):
    """What a closing compared. Amounts are tax-exclusive, in minor units of the terms' currency."""

    closing_month: str
    currency: str
    per_unit_minor: int = Field(description="What the units of the month come to")
    revenue_version: int | None
    revenue: str | None
    rate: str | None = Field(description="A whole number or a fraction; of one unit of revenue")
    rate_days: list[date] = Field(description="The days whose published rates it follows from")
    rate_asked_on: date | None = Field(description="The day that the terms mean")
    is_rate_carried: bool | None = Field(
        description="True when that day has no rate, and the last before it is used"
    )
    share: str | None = Field(description="Exact: a whole number or a fraction of minor units")
    greater: Literal["units", "share"] | None = Field(description="null while it is not known")
    top_up_minor: int | None = Field(
        description="All of it so far, whichever closing charged it; null while it is held"
    )
    hold: TopUpHold | None = Field(description="Why the top-up is held")


class GrantRevenueBody(BaseModel):
    """One grant: its share of revenue, what was stated, and how closings compared it."""

    license: str
    grant: int = Field(description="Its place in the license, from 0")
    terms: RevenueShareBody | None
    state: Literal["unstated", "stated", "held", "compared"]
    versions: list[RevenueVersionBody] = Field(description="The first one first")
    comparisons: list[ComparisonBody] = Field(description="The first closing's first")


class RevenueMonthBody(BaseModel):
    """A firm's month: every grant whose terms have a share of revenue in it."""

    licensee: str
    month: str = Field(examples=["2026-10"])
    is_closed: bool
    counted_month: str = Field(description="The closing that counts what is stated now")
    revenues: list[GrantRevenueBody]


def show(month: RevenueMonth) -> RevenueMonthBody:
    """Return a month as it is answered."""
    return RevenueMonthBody(
        licensee=month.licensee,
        month=str(month.month),
        is_closed=month.is_closed,
        counted_month=str(month.counted_month),
        revenues=[_grant(each) for each in month.grants],
    )


def _grant(each: GrantRevenue) -> GrantRevenueBody:
    return GrantRevenueBody(
        license=each.license,
        grant=each.grant,
        terms=revenue_share_body(each.share),
        state=_state(each),
        versions=[_version(version) for version in each.versions],
        comparisons=[_comparison(compared) for compared in each.comparisons],
    )


def _state(each: GrantRevenue) -> Literal["unstated", "stated", "held", "compared"]:
    if each.comparisons:
        return "compared" if each.comparisons[-1].hold is None else "held"
    return "stated" if each.versions else "unstated"


def _version(version: RevenueVersion) -> RevenueVersionBody:
    return RevenueVersionBody(
        version=version.version,
        amount=canonical_decimal(version.amount),
        currency=version.currency,
        reported_at=version.reported_at,
        reported_by=version.reported_by,
        counted_month=str(Month.of_day(version.counted_month)),
    )


def _comparison(compared: Comparison) -> ComparisonBody:
    exchange, is_greater = compared.exchange, compared.is_share_greater
    return ComparisonBody(
        closing_month=str(Month.of_day(compared.closing_month)),
        currency=compared.currency,
        per_unit_minor=compared.per_unit_minor,
        revenue_version=compared.revenue_version,
        revenue=None if compared.revenue is None else canonical_decimal(compared.revenue),
        rate=None if exchange is None else str(exchange.rate),
        rate_days=[] if exchange is None else sorted({each.on for each in exchange.used}),
        rate_asked_on=None if exchange is None else exchange.asked_on,
        is_rate_carried=None if exchange is None else exchange.is_carried,
        share=None if compared.share is None else str(compared.share),
        greater=None if is_greater is None else "share" if is_greater else "units",
        top_up_minor=compared.top_up_minor,
        hold=compared.hold,
    )
