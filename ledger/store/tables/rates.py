"""The tables of published exchange rates, and of who goes by which."""

from datetime import date
from decimal import Decimal

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyDate,
    KeyString,
    NewKey,
    OptionalBigInt,
    String,
    references,
)


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


class ExchangeTermsRow(SQLModel, table=True):
    """From a day on, by whose rates a currency is translated: for all, or for one holder."""

    __tablename__ = "exchange_terms"
    __table_args__ = (
        references("book_id", "book"),
        references("holder_id book_id", "party", "party_id book_id"),
        UniqueConstraint(
            "book_id",
            "holder_id",
            "currency",
            "effective_from",
            postgresql_nulls_not_distinct=True,
        ),
    )

    exchange_terms_id: NewKey = None
    book_id: BigInt
    holder_id: OptionalBigInt = None
    currency: String
    effective_from: date
    source: String
    clause_reference: String
    recorded_at: Instant
    recorded_by: String
