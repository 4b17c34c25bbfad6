"""The table of transfers to AI firms: what they were owed again."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, NewKey, String, references


class RefundTransferRow(SQLModel, table=True):
    """Money that the house gave back to an AI firm, once for each reference of the bank."""

    __tablename__ = "refund_transfer"
    __table_args__ = (
        UniqueConstraint("licensee_id", "bank_reference"),
        references("licensee_id book_id", "party", "party_id book_id"),
        Index("refund_transfer_book", "book_id", "refund_transfer_id"),
    )

    refund_transfer_id: NewKey = None
    licensee_id: BigInt
    book_id: BigInt
    currency: String
    amount_minor: BigInt
    transferred_on: date
    bank_reference: String
    recorded_at: Instant
    recorded_by: String
    channel: String = "bank"
