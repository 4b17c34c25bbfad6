"""The table of published exchange rates."""

from decimal import Decimal

from sqlmodel import SQLModel

from ledger.store.tables.columns import Instant, KeyBigInt, KeyDate, KeyString, references


class FxRateRow(SQLModel, table=True):
    """What one unit of a currency was in another on a day, as a source published it."""

    __tablename__ = "fx_rate"
    __table_args__ = (references("book_id", "book"),)

    book_id: KeyBigInt
    source: KeyString
    on_day: KeyDate
    currency: KeyString
    into_currency: KeyString
    rate: Decimal
    recorded_at: Instant
