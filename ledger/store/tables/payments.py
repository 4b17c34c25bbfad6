"""Tables of money that came in: payments, what of them pays which invoice, and what is over."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyDate,
    KeyInt,
    KeyString,
    NewKey,
    OptionalBigInt,
    String,
    references,
)


class PaymentRow(SQLModel, table=True):
    """Money of an AI firm that came in, once for each reference of its channel."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("book_id", "channel", "external_reference"),
        UniqueConstraint("payment_id", "licensee_id", "currency"),
        references("licensee_id book_id", "party", "party_id book_id"),
        Index("payment_of_licensee", "licensee_id", "currency"),
    )

    payment_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    channel: String
    external_reference: String
    received_on: date
    currency: String
    amount_minor: BigInt
    recorded_at: Instant
    recorded_by: String


class ReceiptRow(SQLModel, table=True):
    """What pays an invoice, or a part of it: a payment, or without one what a firm has over."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("receipt_id", "licensee_id"),
        references("document_id licensee_id currency", "invoice"),
        references("payment_id licensee_id currency", "payment"),
        Index("receipt_of_invoice", "document_id"),
        Index("receipt_of_payment", "payment_id"),
    )

    receipt_id: NewKey = None
    document_id: BigInt
    licensee_id: BigInt
    received_on: date
    currency: String
    amount_minor: BigInt
    recorded_at: Instant
    recorded_by: String
    payment_id: OptionalBigInt = None
    bank_fee_minor: BigInt = 0  # Of the amount; kept by a bank, and borne by the house


class ReceiptPartRow(SQLModel, table=True):
    """What a receipt pays of one line of its invoice; the number is the line's."""

    __tablename__ = "receipt_part"
    __table_args__ = (
        references("receipt_id licensee_id", "receipt"),
        references("royalty_line_id licensee_id", "royalty_line"),
        references("prepayment_id licensee_id", "prepayment"),
        Index("receipt_part_line", "royalty_line_id"),
        Index("receipt_part_prepayment", "prepayment_id"),
    )

    receipt_id: KeyBigInt
    number: KeyInt
    licensee_id: BigInt
    royalty_line_id: OptionalBigInt = None
    prepayment_id: OptionalBigInt = None
    amount_minor: BigInt
    tax_minor: BigInt


class TransferFeeTermsRow(SQLModel, table=True):
    """From a day on, who bears what banks keep of a firm's payments, and up to how much."""

    __tablename__ = "transfer_fee_terms"
    __table_args__ = (references("licensee_id book_id", "party", "party_id book_id"),)

    licensee_id: KeyBigInt
    currency: KeyString
    effective_from: KeyDate
    book_id: BigInt
    bearer: String
    up_to_minor: BigInt
    recorded_at: Instant
    recorded_by: String


class CreditReturnRow(SQLModel, table=True):
    """What a firm paid too much, and is owed again."""

    __tablename__ = "credit_return"
    __table_args__ = (
        references("licensee_id book_id", "party", "party_id book_id"),
        Index("credit_return_of_licensee", "licensee_id", "currency"),
    )

    credit_return_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    currency: String
    amount_minor: BigInt
    recorded_at: Instant
    recorded_by: String
