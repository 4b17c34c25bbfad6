"""The table of invoices that were issued again, because something on them was named wrongly."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, KeyBigInt, String, references


class InvoiceReissueRow(SQLModel, table=True):
    """An invoice in the place of another, why and by whom; its figures are the first one's."""

    __tablename__ = "invoice_reissue"
    __table_args__ = (
        UniqueConstraint("corrects"),
        references("document_id licensee_id", "document", "document_id owner_id"),
        references("invoice_id licensee_id", "invoice", "document_id licensee_id"),
        references("corrects licensee_id", "document", "document_id owner_id"),
        Index("invoice_reissue_invoice", "invoice_id"),
    )

    document_id: KeyBigInt
    licensee_id: BigInt
    invoice_id: BigInt  # The first one
    corrects: BigInt  # The one in whose place it stands
    reason: String
    corrected_by: String
    corrected_at: Instant
