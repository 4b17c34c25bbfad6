"""The table of the house's own money: put into the book's bank account, or taken out of it."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, NewKey, String, references


class OwnFundsMoveRow(SQLModel, table=True):
    """The house's money put in or taken out, once for each reference of the bank."""

    __tablename__ = "own_funds_move"
    __table_args__ = (
        UniqueConstraint("book_id", "bank_reference"),
        references("book_id", "book"),
    )

    own_funds_move_id: NewKey = None
    book_id: BigInt
    kind: String
    currency: String
    amount_minor: BigInt
    moved_on: date
    bank_reference: String
    reason: String
    recorded_at: Instant
    recorded_by: String
