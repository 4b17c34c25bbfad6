"""Tables of issued documents: gapless numbers, frozen values, rendered files, invoices."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyInt,
    KeyString,
    NewKey,
    String,
    references,
)


class DocumentCounterRow(SQLModel, table=True):
    """The last number given in a series. Moved by triggers only."""

    __tablename__ = "document_counter"
    __table_args__ = (references("book_id", "book"),)

    book_id: KeyBigInt
    series: KeyString
    last_number: BigInt


class DocumentRow(SQLModel, table=True):
    """An issued document with its gapless number and its frozen values."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("book_id", "series", "number"),
        UniqueConstraint("book_id", "reference"),
        UniqueConstraint("document_id", "owner_id"),
        references("book_id", "book"),
        references("owner_id book_id", "party", "party_id book_id"),
    )

    document_id: NewKey = None
    book_id: BigInt
    owner_id: BigInt
    kind: String
    series: String
    number: BigInt
    reference: String
    issued_on: date
    snapshot: String  # Canonical JSON: the frozen values, byte for byte
    snapshot_sha256: bytes


class DocumentFileRow(SQLModel, table=True):
    """A document as it was rendered, once, and is served for ever."""

    __tablename__ = "document_file"
    __table_args__ = (references("document_id owner_id", "document"),)

    document_id: KeyBigInt
    format: KeyString
    owner_id: BigInt
    content: bytes
    content_sha256: bytes
    rendered_at: Instant


class InvoiceRow(SQLModel, table=True):
    """What a licensee owes for an accrual month, or pays in advance."""

    __tablename__ = "invoice"
    __table_args__ = (
        Index(
            "invoice_of_month",
            "book_id",
            "licensee_id",
            "accrual_month",
            "currency",
            "capacity",
            unique=True,
            postgresql_where=text("kind = 'royalty'"),
        ),
        UniqueConstraint("document_id", "licensee_id"),
        UniqueConstraint("document_id", "licensee_id", "currency"),
        references("document_id licensee_id", "document", "document_id owner_id"),
    )

    document_id: KeyBigInt
    book_id: BigInt
    licensee_id: BigInt
    accrual_month: date
    issued_on: date
    due_on: date
    currency: String
    subtotal_minor: BigInt
    tax_minor: BigInt
    total_minor: BigInt
    kind: String = "royalty"  # Or "advance", which is no month's
    capacity: String = "intermediary"  # In which the house bills


class InvoiceLineRow(SQLModel, table=True):
    """A royalty line on an invoice, with its part of the tax."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("royalty_line_id"),
        references("document_id licensee_id", "invoice"),
        references("royalty_line_id licensee_id", "royalty_line"),
    )

    document_id: KeyBigInt
    number: KeyInt
    licensee_id: BigInt
    royalty_line_id: BigInt
    amount_minor: BigInt
    tax_minor: BigInt  # Its part of the invoice's tax, by largest remainder
    recouped_minor: BigInt = 0  # What of it is paid from prepayments
