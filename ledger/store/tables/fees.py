"""The table of the house's invoices for its fee."""

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, KeyBigInt, String, references


class FeeInvoiceRow(SQLModel, table=True):
    """The figures of an invoice for a fee, which are those of its settlement."""

    __tablename__ = "fee_invoice"
    __table_args__ = (
        UniqueConstraint("settlement_id", "owner_id"),
        references("document_id owner_id", "document"),
        references("settlement_id owner_id", "holder_settlement"),
    )

    document_id: KeyBigInt
    settlement_id: BigInt
    owner_id: BigInt  # The rights holder
    currency: String
    subtotal_minor: BigInt
    tax_minor: BigInt
    total_minor: BigInt
