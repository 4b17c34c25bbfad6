"""Tables of the book and its parties: registrations, bank accounts, fees, keys."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyDate,
    NewKey,
    OptionalInstant,
    OptionalString,
    SameAsParty,
    String,
    Strings,
    references,
)


class BookRow(SQLModel, table=True):
    """One operator's book: everything else belongs to exactly one."""

    __tablename__ = "book"
    __table_args__ = (UniqueConstraint("reference"),)

    book_id: NewKey = None
    reference: String
    currency: String


class PartyRow(SQLModel, table=True):
    """A company, a person or a committee that licenses, is licensed or operates the book."""

    __tablename__ = "party"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("party_id", "book_id"),
        references("book_id", "book"),
    )

    party_id: NewKey = None
    book_id: BigInt
    owner_id: SameAsParty = None
    reference: String
    role: String
    kind: String
    name_ja: String
    name_en: String
    name_kana: String = ""
    country: String
    has_jp_establishment: bool
    postal_code: String = ""
    address_ja: String = ""
    address_en: String = ""
    language: String
    corporate_number: OptionalString = None
    minimum_payment_minor: BigInt = 0
    treaty_rate_bp: int | None = None
    treaty_form_filed_on: date | None = None
    recorded_at: Instant


class PartyRegistrationRow(SQLModel, table=True):
    """A span in which a party is a registered invoice issuer; spans never overlap."""

    __tablename__ = "party_registration"
    __table_args__ = (
        references("owner_id", "party", "party_id"),
        ExcludeConstraint(("owner_id", "="), (text("daterange(valid_from, valid_to, '[)')"), "&&")),
    )

    party_registration_id: NewKey = None
    owner_id: BigInt
    registration_number: String
    valid_from: date
    valid_to: date | None = None  # The day it lapsed, excluded


class BankAccountRow(SQLModel, table=True):
    """Where a party is paid from a day on."""

    __tablename__ = "bank_account"
    __table_args__ = (
        UniqueConstraint("owner_id", "effective_from"),
        UniqueConstraint("bank_account_id", "owner_id"),
        references("owner_id", "party", "party_id"),
    )

    bank_account_id: NewKey = None
    owner_id: BigInt
    bank_code: String
    branch_code: String
    account_type: String
    number: String
    holder_kana: String  # In Latin letters abroad
    effective_from: date
    bic: OptionalString = None  # Of a bank abroad, which has no Japanese codes
    bank_name: OptionalString = None
    bank_country: OptionalString = None
    recorded_at: OptionalInstant = None  # None where it came with the party
    recorded_by: String = ""
    reason: String = ""


class EntrustmentRow(SQLModel, table=True):
    """The admin fee a rights holder agreed to, from a day on."""

    __tablename__ = "entrustment"
    __table_args__ = (
        UniqueConstraint("owner_id", "effective_from"),
        references("owner_id", "party", "party_id"),
    )

    entrustment_id: NewKey = None
    owner_id: BigInt
    admin_fee_bp: int
    effective_from: date
    reserve_bp: int | None = None
    reserve_months: int | None = None
    overclaim_policy: String = "hold_disputed_part"
    confirm_within_days: int | None = None
    capacity: String = "intermediary"


class WithholdingTermsRow(SQLModel, table=True):
    """Of what a person's income tax is withheld, for payments from a day on."""

    __tablename__ = "withholding_terms"
    __table_args__ = (references("owner_id", "party", "party_id"),)

    owner_id: KeyBigInt
    effective_from: KeyDate
    base: String
    recorded_at: Instant
    recorded_by: String = ""  # Empty where it came with the party
    reason: String = ""


class TreatyReliefRow(SQLModel, table=True):
    """What a tax treaty relieves a payee abroad of, for payments from a day on."""

    __tablename__ = "treaty_relief"
    __table_args__ = (
        references("owner_id", "party", "party_id"),
        Index("treaty_relief_of_owner", "owner_id", "valid_from"),
    )

    treaty_relief_id: NewKey = None
    owner_id: BigInt
    rate_bp: int
    form_filed_on: date
    valid_from: date
    valid_until: date | None = None
    recorded_at: Instant
    recorded_by: String
    reason: String


class ApiKeyRow(SQLModel, table=True):
    """A key a party calls the API with; only its hash is kept."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("key_hash"),
        UniqueConstraint("reference"),
        UniqueConstraint("api_key_id", "owner_id"),
        references("owner_id", "party", "party_id"),
    )

    api_key_id: NewKey = None
    owner_id: BigInt
    label: String
    key_hash: bytes
    scopes: Strings
    recorded_at: Instant
    reference: String  # Made by the database
    mode: String = "live"
    shown: String = ""  # How its text begins
    recorded_by: String = ""


class ApiKeyRotationRow(SQLModel, table=True):
    """That a key takes another's place, and until when both are good."""

    __tablename__ = "api_key_rotation"
    __table_args__ = (
        UniqueConstraint("successor_id"),
        references("api_key_id owner_id", "api_key"),
        references("successor_id owner_id", "api_key", "api_key_id owner_id"),
    )

    api_key_id: KeyBigInt
    owner_id: BigInt
    successor_id: BigInt
    rotated_at: Instant
    valid_until: Instant
    rotated_by: String
    reason: String


class ApiKeyRevocationRow(SQLModel, table=True):
    """The end of a key: when and why."""

    __tablename__ = "api_key_revocation"
    __table_args__ = (references("api_key_id owner_id", "api_key"),)

    api_key_id: KeyBigInt
    owner_id: BigInt
    revoked_at: Instant
    reason: String
    revoked_by: String = ""


class ApiKeyUseRow(SQLModel, table=True):
    """When a key was last used, to the minute; moved by a function only."""

    __tablename__ = "api_key_use"
    __table_args__ = (references("api_key_id owner_id", "api_key"),)

    api_key_id: KeyBigInt
    owner_id: BigInt
    used_at: Instant
