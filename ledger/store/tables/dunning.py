"""Tables of what is agreed about paying late, of reminders, and of what holds them back."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Integers,
    KeyBigInt,
    KeyInt,
    KeyString,
    NewKey,
    OptionalBigInt,
    String,
    references,
)


class DunningTermsRow(SQLModel, table=True):
    """When a firm is reminded, what being late costs it, and when a license is suspended."""

    __tablename__ = "dunning_terms"
    __table_args__ = (
        UniqueConstraint(
            *("licensee_id", "license_id", "effective_from"), postgresql_nulls_not_distinct=True
        ),
        references("licensee_id book_id", "party", "party_id book_id"),
        references("license_id licensee_id", "license"),
    )

    dunning_terms_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    license_id: OptionalBigInt = None  # None: of every license without terms of its own
    effective_from: date
    days: Integers
    exempt_reason: String
    interest_percent: Decimal | None = None
    suspend_after_days: int | None = None
    contact_email: String
    recorded_at: Instant
    recorded_by: String


class DunningHoldRow(SQLModel, table=True):
    """That nobody is reminded of an invoice, or of all of a firm's, and why."""

    __tablename__ = "dunning_hold"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("dunning_hold_id", "licensee_id"),
        references("licensee_id book_id", "party", "party_id book_id"),
        references("document_id licensee_id", "invoice"),
        Index("dunning_hold_of_firm", "licensee_id"),
    )

    dunning_hold_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    reference: String  # Made by the database
    document_id: OptionalBigInt = None  # None: all the firm's invoices
    kind: String
    reason: String
    held_at: Instant
    held_by: String


class DunningReleaseRow(SQLModel, table=True):
    """That a hold is over."""

    __tablename__ = "dunning_release"
    __table_args__ = (references("dunning_hold_id licensee_id", "dunning_hold"),)

    dunning_hold_id: KeyBigInt
    licensee_id: BigInt
    reason: String
    released_at: Instant
    released_by: String


class DunningLetterRow(SQLModel, table=True):
    """A letter to a firm about invoices; its values are frozen."""

    __tablename__ = "dunning_letter"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("dunning_letter_id", "licensee_id"),
        references("licensee_id book_id", "party", "party_id book_id"),
        Index("dunning_letter_of_firm", "licensee_id"),
    )

    dunning_letter_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    reference: String  # Made by the database
    tone: String
    written_on: date
    snapshot: String
    recorded_at: Instant
    recorded_by: String


class ReminderRow(SQLModel, table=True):
    """Of which invoice a letter reminds, at which day of its schedule, and what was open."""

    __tablename__ = "reminder"
    __table_args__ = (
        references("document_id licensee_id", "invoice"),
        references("dunning_letter_id licensee_id", "dunning_letter"),
        Index("reminder_of_letter", "dunning_letter_id"),
        Index(
            "reminder_warned",
            "document_id",
            unique=True,
            postgresql_where=text("tone = 'warning'"),
        ),
    )

    document_id: KeyBigInt
    tone: KeyString
    days: KeyInt
    licensee_id: BigInt
    dunning_letter_id: BigInt
    open_minor: BigInt


class LicenseSuspensionRow(SQLModel, table=True):
    """That nothing is permitted under a license from an instant on: an invoice is not paid."""

    __tablename__ = "license_suspension"
    __table_args__ = (
        UniqueConstraint("reference"),
        UniqueConstraint("license_id", "document_id"),
        UniqueConstraint("license_suspension_id", "licensee_id"),
        references("license_id licensee_id", "license"),
        references("document_id licensee_id", "invoice"),
        Index("license_suspension_of_firm", "licensee_id"),
    )

    license_suspension_id: NewKey = None
    licensee_id: BigInt
    license_id: BigInt
    document_id: BigInt
    reference: String  # Made by the database
    after_days: int
    open_minor: BigInt
    suspended_at: Instant
    suspended_by: String


class LicenseLiftingRow(SQLModel, table=True):
    """That a suspension is over, since when and why."""

    __tablename__ = "license_lifting"
    __table_args__ = (references("license_suspension_id licensee_id", "license_suspension"),)

    license_suspension_id: KeyBigInt
    licensee_id: BigInt
    reason: String
    lifted_at: Instant
    lifted_by: String
