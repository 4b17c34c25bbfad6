"""The table of what was found when the whole book was compared."""

from sqlalchemy import Index
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, Json, NewKey, String, references


class BookComparisonRow(SQLModel, table=True):
    """That the book was checked in itself, against the bank and against Stripe."""

    __tablename__ = "book_comparison"
    __table_args__ = (
        references("book_id", "book"),
        Index("book_comparison_last", "book_id", "book_comparison_id"),
    )

    book_comparison_id: NewKey = None
    book_id: BigInt
    compared_at: Instant
    compared_by: String
    with_generations: bool
    broken: Json
    bank_agreed_count: BigInt
    bank_differences: Json
    stripe: String
    stripe_reason: String
    stripe_differences: Json
