"""Tables of receipts on paper, and of return invoices."""

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, KeyBigInt, references


class PaymentReceiptRow(SQLModel, table=True):
    """A receipt on paper: what it says that a payment of an invoice came to."""

    __tablename__ = "payment_receipt"
    __table_args__ = (
        UniqueConstraint("receipt_id"),
        references("document_id licensee_id", "document", "document_id owner_id"),
        references("receipt_id licensee_id", "receipt"),
    )

    document_id: KeyBigInt
    licensee_id: BigInt
    receipt_id: BigInt
    subtotal_minor: BigInt
    tax_minor: BigInt
    total_minor: BigInt


class CreditNoteRow(SQLModel, table=True):
    """A return invoice: what it says that a transfer to a firm came to."""

    __tablename__ = "credit_note"
    __table_args__ = (
        UniqueConstraint("refund_transfer_id"),
        references("document_id licensee_id", "document", "document_id owner_id"),
        references("refund_transfer_id", "refund_transfer"),
    )

    document_id: KeyBigInt
    licensee_id: BigInt
    refund_transfer_id: BigInt
    subtotal_minor: BigInt
    tax_minor: BigInt
    total_minor: BigInt
