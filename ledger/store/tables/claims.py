"""Tables of claims to shares of what subjects earn, and of what waits while they are disputed."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    Json,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalString,
    String,
    Strings,
    references,
)


class ClaimRow(SQLModel, table=True):
    """That a party claims a share of what a subject earns, by a right, somewhere."""

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("claim_id", "owner_id"),
        references("subject_id", "subject"),
        references("owner_id book_id", "party", "party_id book_id"),
        Index("claim_subject", "subject_id"),
    )

    claim_id: NewKey = None
    book_id: BigInt
    owner_id: BigInt  # Who claims
    subject_id: BigInt
    reference: String
    use_right: String
    territory: String


class ClaimVersionRow(SQLModel, table=True):
    """What a claim says from when it was recorded on."""

    __tablename__ = "claim_version"
    __table_args__ = (references("claim_id owner_id", "claim"),)

    claim_id: KeyBigInt
    version: KeyInt
    owner_id: BigInt
    share_bp: int
    starts_on: date
    ends_on: date | None = None
    state: String
    reason: String
    recorded_at: Instant
    recorded_by: String


class SuspenseRow(SQLModel, table=True):
    """What a settlement kept of a holder's money because it is disputed."""

    __tablename__ = "suspense"
    __table_args__ = (
        UniqueConstraint("settlement_id", "owner_id", "reference"),
        UniqueConstraint("suspense_id", "owner_id"),
        references("subject_id", "subject"),
        references("settlement_id owner_id", "holder_settlement"),
        Index("suspense_holder", "owner_id"),
    )

    suspense_id: NewKey = None
    settlement_id: BigInt
    owner_id: BigInt  # The rights holder by registration
    subject_id: BigInt
    reference: String
    use_right: OptionalString = None
    territories: Strings
    first_day: date
    last_day: date
    amount_minor: BigInt
    tax_minor: BigInt
    suspended_minor: BigInt
    suspended_tax_minor: BigInt
    suspense_bp: int
    parts: Json


class SuspenseReleaseRow(SQLModel, table=True):
    """What a later settlement released of it, and to whom."""

    __tablename__ = "suspense_release"
    __table_args__ = (
        references("settlement_id owner_id", "holder_settlement"),
        references("suspense_id owner_id", "suspense"),
        Index("suspense_release_of", "suspense_id"),
    )

    settlement_id: KeyBigInt
    suspense_id: KeyBigInt
    owner_id: BigInt
    released_minor: BigInt
    released_tax_minor: BigInt
    left_bp: int
    parts: Json
