"""Tables of revised statements, corrected parties, and money that a revision moves."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalString,
    String,
    references,
)


class PartyCorrectionRow(SQLModel, table=True):
    """What is printed of a party from now on; the last one counts."""

    __tablename__ = "party_correction"
    __table_args__ = (
        references("owner_id", "party", "party_id"),
        Index("party_correction_owner", "owner_id", "party_correction_id"),
    )

    party_correction_id: NewKey = None
    owner_id: BigInt
    name_ja: String
    name_en: String
    name_kana: String
    postal_code: String
    address_ja: String
    address_en: String
    registration_number: OptionalString = None
    recorded_at: Instant
    recorded_by: String
    reason: String


class PartyWordingRow(SQLModel, table=True):
    """How a party's documents are worded from now on; the last row holds."""

    __tablename__ = "party_wording"
    __table_args__ = (
        Index("party_wording_owner", "owner_id", "party_wording_id"),
        references("owner_id", "party", "party_id"),
    )

    party_wording_id: NewKey = None
    owner_id: BigInt
    language: OptionalString = None
    in_eras: bool | None = None
    authoritative: OptionalString = None
    recorded_at: Instant
    recorded_by: String
    reason: String


class StatementRevisionRow(SQLModel, table=True):
    """A statement that takes the place of another, why and by whom."""

    __tablename__ = "statement_revision"
    __table_args__ = (
        UniqueConstraint("revises"),
        references("document_id owner_id", "document"),
        references("revises owner_id", "document", "document_id owner_id"),
    )

    document_id: KeyBigInt
    owner_id: BigInt  # The payee
    revises: BigInt
    reason: String
    revised_by: String
    revised_at: Instant


class EarningCorrectionRow(SQLModel, table=True):
    """What a revision adds to a payee's earnings, or takes away; the next settlement has it."""

    __tablename__ = "earning_correction"
    __table_args__ = (
        references("document_id", "document"),
        references("owner_id", "party", "party_id"),
        references("settlement_id holder_id", "holder_settlement", "settlement_id owner_id"),
        references("after_settlement_id", "settlement", "settlement_id"),
        Index("earning_correction_payee", "owner_id"),
    )

    document_id: KeyBigInt
    position: KeyInt
    owner_id: BigInt  # The payee
    settlement_id: BigInt
    holder_id: BigInt
    kind: String
    category: String
    amount_minor: BigInt
    tax_minor: BigInt
    after_settlement_id: BigInt
