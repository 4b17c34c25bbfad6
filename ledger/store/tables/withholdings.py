"""The table of what was remitted to the tax office of what had been withheld."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, NewKey, String, references


class WithholdingRemittanceRow(SQLModel, table=True):
    """A remittance for a month of payments and one payment slip; the same money goes once."""

    __tablename__ = "withholding_remittance"
    __table_args__ = (
        UniqueConstraint("book_id", "month", "scope", "remitted_before_minor"),
        references("book_id", "book"),
    )

    withholding_remittance_id: NewKey = None
    book_id: BigInt
    month: date
    scope: String
    remitted_before_minor: BigInt
    currency: String
    amount_minor: BigInt
    remitted_on: date
    reference: String
    recorded_at: Instant
    recorded_by: String
