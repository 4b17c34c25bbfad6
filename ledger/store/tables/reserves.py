"""Tables of reserves: what is held against refunds, what is claimed, and what it was used for."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    NewKey,
    OptionalBigInt,
    String,
    references,
)


class ReserveRow(SQLModel, table=True):
    """What a settlement held back of one holder's money, and in which month it is released."""

    __tablename__ = "reserve"
    __table_args__ = (
        references("settlement_id owner_id", "holder_settlement"),
        Index("reserve_holder", "owner_id"),
    )

    settlement_id: KeyBigInt
    owner_id: KeyBigInt  # The rights holder
    release_month: date
    amount_minor: BigInt
    tax_minor: BigInt


class ReserveClaimRow(SQLModel, table=True):
    """What an AI firm gets back: a refund or a chargeback."""

    __tablename__ = "reserve_claim"
    __table_args__ = (
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("reserve_claim_id", "owner_id"),
        references("book_id", "book"),
        references("owner_id book_id", "party", "party_id book_id"),
        references("licensee_id book_id", "party", "party_id book_id"),
        references("document_id licensee_id", "invoice"),
        Index("reserve_claim_invoice", "document_id"),
    )

    reserve_claim_id: NewKey = None
    book_id: BigInt
    owner_id: BigInt  # The rights holder whose money goes back
    licensee_id: BigInt
    reference: String
    kind: String
    document_id: OptionalBigInt = None
    amount_minor: BigInt
    tax_minor: BigInt
    claimed_on: date
    reason: String
    recorded_at: Instant
    recorded_by: String


class SettledReserveClaimRow(SQLModel, table=True):
    """The settlement that paid a claim back, from the reserve and what came in."""

    __tablename__ = "settled_reserve_claim"
    __table_args__ = (
        references("reserve_claim_id owner_id", "reserve_claim"),
        references("settlement_id owner_id", "holder_settlement"),
    )

    reserve_claim_id: KeyBigInt
    settlement_id: BigInt
    owner_id: BigInt


class ReserveUseRow(SQLModel, table=True):
    """What was taken out of a reserve: for a claim, for a reversed receipt, or released."""

    __tablename__ = "reserve_use"
    __table_args__ = (
        references("settlement_id owner_id", "holder_settlement"),
        references("held_in owner_id", "reserve", "settlement_id owner_id"),
        references("reserve_claim_id owner_id", "reserve_claim"),
        Index("reserve_use_of", "held_in", "owner_id"),
        Index(
            "reserve_released_once",
            "held_in",
            "owner_id",
            unique=True,
            postgresql_where=text("kind = 'reserve_released'"),
        ),
    )

    settlement_id: KeyBigInt
    owner_id: KeyBigInt
    position: KeyInt
    held_in: BigInt  # The settlement that held it
    kind: String
    amount_minor: BigInt
    tax_minor: BigInt
    reserve_claim_id: OptionalBigInt = None
