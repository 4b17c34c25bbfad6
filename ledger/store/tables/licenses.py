"""Tables of licenses: grants, the versions of their terms, rate lines and tiers."""

from datetime import date
from decimal import Decimal

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalBigInt,
    OptionalInstant,
    OptionalString,
    String,
    Strings,
    references,
)


class LicenseRow(SQLModel, table=True):
    """An agreement with an AI firm."""

    __tablename__ = "license"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("license_id", "licensee_id"),
        references("book_id", "book"),
        references("licensee_id book_id", "party", "party_id book_id"),
    )

    license_id: NewKey = None
    book_id: BigInt
    licensee_id: BigInt
    reference: String
    starts_at: Instant
    ends_at: OptionalInstant = None
    signed_on: date
    recorded_at: Instant
    wind_down_days: int = 0


class LicenseGrantRow(SQLModel, table=True):
    """One permission within a license."""

    __tablename__ = "license_grant"
    __table_args__ = (
        UniqueConstraint("license_id", "position"),
        UniqueConstraint("license_grant_id", "licensee_id"),
        references("license_id licensee_id", "license"),
    )

    license_grant_id: NewKey = None
    license_id: BigInt
    licensee_id: BigInt
    position: int
    modalities: Strings
    use_classes: Strings
    territories: Strings
    starts_at: Instant
    ends_at: OptionalInstant = None
    wind_down_days: int | None = None
    claim_multiple: Decimal | None = None
    quota_units: Decimal | None = None
    quota_period: OptionalString = None
    quota_on_exceed: OptionalString = None
    quota_unit: OptionalString = None
    quota_overage_rate: Decimal | None = None
    ai_label: String = ""
    prohibited_content: Strings


class GrantSubjectRow(SQLModel, table=True):
    """A subject that a grant covers."""

    __tablename__ = "grant_subject"
    __table_args__ = (
        UniqueConstraint("license_grant_id", "position"),
        references("subject_id", "subject"),
        references("license_grant_id licensee_id", "license_grant"),
    )

    license_grant_id: KeyBigInt
    subject_id: KeyBigInt
    licensee_id: BigInt
    position: int


class TermsVersionRow(SQLModel, table=True):
    """The price of a grant from an instant on; never edited."""

    __tablename__ = "terms_version"
    __table_args__ = (
        UniqueConstraint("license_grant_id", "version"),
        UniqueConstraint("license_grant_id", "effective_from"),
        UniqueConstraint("terms_version_id", "licensee_id"),
        references("license_grant_id licensee_id", "license_grant"),
    )

    terms_version_id: NewKey = None
    license_grant_id: BigInt
    licensee_id: BigInt
    version: int
    effective_from: Instant
    clause_reference: String
    currency: String
    rounding: String
    recognition: String
    recorded_at: Instant
    counted_month: date | None = None  # Of terms for closed months: where they are first used
    revenue_percent: Decimal | None = None  # Of revenue, which a month at least comes to
    revenue_base: OptionalString = None
    revenue_currency: OptionalString = None
    fx_source: OptionalString = None
    fx_rule: OptionalString = None


class RateLineRow(SQLModel, table=True):
    """One line of a rate card."""

    __tablename__ = "rate_line"
    __table_args__ = (
        UniqueConstraint("terms_version_id", "position"),
        UniqueConstraint("rate_line_id", "licensee_id"),
        UniqueConstraint("rate_line_id", "terms_version_id", "licensee_id"),
        references("terms_version_id licensee_id", "terms_version"),
    )

    rate_line_id: NewKey = None
    terms_version_id: BigInt
    licensee_id: BigInt
    position: int
    basis: String
    rate: Decimal
    modality: OptionalString = None
    use_class: OptionalString = None
    tier_mode: String
    counter_scope: String
    minimum_minor: BigInt = 0
    cap_minor: OptionalBigInt = None
    event_floor_minor: Decimal = Decimal(0)
    stacking_group: OptionalString = None
    stacking_cap_minor: Decimal | None = None
    stacking_allocation: OptionalString = None


class RateTierRow(SQLModel, table=True):
    """One tier of a rate line; without a bound it is the open end."""

    __tablename__ = "rate_tier"
    __table_args__ = (references("rate_line_id licensee_id", "rate_line"),)

    rate_line_id: KeyBigInt
    position: KeyInt
    licensee_id: BigInt
    up_to: Decimal | None = None
    rate: Decimal


class TermsClockRow(SQLModel, table=True):
    """Counts the changes that a judgement may depend on. Moved by triggers only."""

    __tablename__ = "terms_clock"
    __table_args__ = (references("book_id", "book"),)

    book_id: KeyBigInt
    version: BigInt = 0
