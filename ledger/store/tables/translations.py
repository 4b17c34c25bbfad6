"""Tables of what was translated into yen, and of the house's position in other currencies."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    NewKey,
    OptionalBigInt,
    String,
    references,
)


class TranslationRow(SQLModel, table=True):
    """What of a line was translated into yen, and by which rate."""

    __tablename__ = "translation"
    __table_args__ = (
        references("settlement_id owner_id", "holder_settlement"),
        references("receipt_id", "receipt"),
        references("royalty_line_id", "royalty_line"),
        references("prepayment_use_id", "prepayment_use"),
        UniqueConstraint(
            "receipt_id",
            "royalty_line_id",
            "prepayment_use_id",
            postgresql_nulls_not_distinct=True,
        ),
        Index("translation_line", "royalty_line_id"),
        Index("translation_use", "prepayment_use_id"),
        Index("translation_settlement", "settlement_id", "owner_id"),
    )

    translation_id: NewKey = None
    settlement_id: BigInt
    owner_id: BigInt  # The rights holder
    receipt_id: OptionalBigInt = None
    royalty_line_id: OptionalBigInt = None
    prepayment_use_id: OptionalBigInt = None
    is_own: bool
    currency: String
    amount_minor: BigInt
    tax_minor: BigInt
    amount_yen: BigInt
    tax_yen: BigInt
    source: String
    asked_on: date
    rate_on: date
    rate: String  # A whole number or a fraction a/b


class PositionMoveRow(SQLModel, table=True):
    """What came into the house's position in a currency or left it, and the gain."""

    __tablename__ = "position_move"
    __table_args__ = (
        references("book_id", "book"),
        UniqueConstraint("book_id", "currency", "kind", "source"),
    )

    position_move_id: NewKey = None
    book_id: BigInt
    currency: String
    kind: String
    source: String
    foreign_minor: BigInt
    yen: BigInt  # Paid; below zero received
    gain_yen: BigInt
    recorded_at: Instant


class BankExchangeRow(SQLModel, table=True):
    """What the house's bank exchanged into yen, under the bank's own reference."""

    __tablename__ = "bank_exchange"
    __table_args__ = (
        references("book_id", "book"),
        UniqueConstraint("book_id", "bank_reference"),
    )

    bank_exchange_id: NewKey = None
    book_id: BigInt
    currency: String
    sold_minor: BigInt
    yen: BigInt
    exchanged_on: date
    bank_reference: String
    recorded_at: Instant
    recorded_by: String
