"""Tables of revenue that firms state for a month, and of how closings compared it."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Json,
    KeyBigInt,
    KeyDate,
    KeyInt,
    OptionalBigInt,
    OptionalString,
    String,
    references,
)


class RevenueReportRow(SQLModel, table=True):
    """A version of what an AI firm says that it took in under a grant in a month."""

    __tablename__ = "revenue_report"
    __table_args__ = (
        references("license_grant_id licensee_id", "license_grant"),
        references("licensee_id book_id", "party", "party_id book_id"),
        Index("revenue_report_counted", "book_id", "counted_month"),
    )

    licensee_id: KeyBigInt
    license_grant_id: KeyBigInt
    month: KeyDate
    version: KeyInt
    book_id: BigInt
    counted_month: date  # The first closing that knows it
    amount: Decimal
    currency: String
    reported_at: Instant
    reported_by: String


class RevenueComparisonRow(SQLModel, table=True):
    """How a closing compared the units of a grant's month with its share of revenue."""

    __tablename__ = "revenue_comparison"
    __table_args__ = (
        references("book_id closing_month", "month_closing", "book_id month"),
        references("license_grant_id licensee_id", "license_grant"),
        references("terms_version_id licensee_id", "terms_version"),
        references(
            "licensee_id license_grant_id accrual_month revenue_version",
            "revenue_report",
            "licensee_id license_grant_id month version",
        ),
        Index("revenue_comparison_of", "license_grant_id", "accrual_month"),
    )

    book_id: KeyBigInt
    closing_month: KeyDate
    license_grant_id: KeyBigInt
    accrual_month: KeyDate
    licensee_id: BigInt
    terms_version_id: BigInt
    percent: Decimal
    base: String
    currency: String  # Of the terms
    rounding: String
    per_unit_minor: BigInt
    revenue_version: int | None = None
    revenue: Decimal | None = None
    revenue_currency: String
    fx_source: OptionalString = None
    fx_rule: OptionalString = None
    fx_asked_on: date | None = None
    fx_rate: OptionalString = None  # A whole number or a fraction a/b
    fx_used: Json  # The published rates it follows from
    share_exact: OptionalString = None  # A whole number or a fraction a/b of minor units
    top_up_minor: OptionalBigInt = None
    hold: OptionalString = None  # Why the top-up is not known
