"""Tables of accounting months, their closings, and the royalty lines a closing writes."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Json,
    KeyBigInt,
    KeyDate,
    KeyInt,
    NewKey,
    OptionalString,
    String,
    references,
)


class AccountingMonthRow(SQLModel, table=True):
    """A month that has been opened; ``open_month`` writes it."""

    __tablename__ = "accounting_month"
    __table_args__ = (references("book_id", "book"),)

    book_id: KeyBigInt
    month: KeyDate
    opened_at: Instant


class MonthClosingRow(SQLModel, table=True):
    """The closing of a month: who, when, and the hash of what it was computed from."""

    __tablename__ = "month_closing"
    __table_args__ = (references("book_id month", "accounting_month"),)

    book_id: KeyBigInt
    month: KeyDate
    closed_at: Instant
    closed_by: String
    generation_count: BigInt
    input_hash: bytes


class MonthRunRow(SQLModel, table=True):
    """The closing of a month as a whole, as somebody asked for it."""

    __tablename__ = "month_run"
    __table_args__ = (
        UniqueConstraint("month_run_id", "book_id"),
        references("book_id", "book"),
        Index("month_run_month", "book_id", "month"),
    )

    month_run_id: NewKey = None
    book_id: BigInt
    month: date
    through: String
    asked_at: Instant
    asked_by: String
    accept_differences: OptionalString = None
    pay_on: date | None = None


class MonthStepRow(SQLModel, table=True):
    """One thing that happened to such a closing: a step begun, done or refused."""

    __tablename__ = "month_step"
    __table_args__ = (references("month_run_id book_id", "month_run"),)

    month_run_id: KeyBigInt
    number: KeyInt
    book_id: BigInt
    step: String
    state: String
    at: Instant
    told: Json


class RoyaltyLineRow(SQLModel, table=True):
    """What is owed for one subject under one rate line and month, rounded once."""

    __tablename__ = "royalty_line"
    __table_args__ = (
        UniqueConstraint(
            *("closing_month", "accrual_month", "terms_version_id", "rate_line_id"),
            *("subject_id", "cause"),
        ),
        UniqueConstraint("royalty_line_id", "licensee_id"),
        UniqueConstraint("royalty_line_id", "recognition"),
        references("book_id closing_month", "month_closing", "book_id month"),
        references("license_id licensee_id", "license"),
        references("subject_id owner_id", "subject"),
        references("rate_line_id terms_version_id licensee_id", "rate_line"),
        Index("royalty_line_use", "book_id", "accrual_month"),
        Index("royalty_line_owner", "owner_id", "closing_month"),
        Index("royalty_line_licensee", "licensee_id", "closing_month"),
        Index(
            "royalty_line_accrual", "royalty_line_id", postgresql_where="recognition = 'accrual'"
        ),
    )

    royalty_line_id: NewKey = None
    book_id: BigInt
    closing_month: date
    accrual_month: date
    licensee_id: BigInt
    owner_id: BigInt  # The rights holder
    license_id: BigInt
    subject_id: BigInt
    terms_version_id: BigInt
    rate_line_id: BigInt
    currency: String
    generation_count: BigInt
    quantity: Decimal
    counter_before: Decimal
    exact: String  # A whole number or a fraction a/b of minor units
    rounding: String
    amount_minor: BigInt
    steps: Json
    cause: String = "use"  # Or "late", "retro", "late_retro", of a month closed before
    recognition: String = "cash"  # Or "accrual"; the database takes it from the terms
