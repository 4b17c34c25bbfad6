"""Tables of declared months: what a firm says, what the book counts, what was accepted."""

from decimal import Decimal

from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyDate,
    KeyInt,
    KeyString,
    String,
    references,
)


class BatchTallyRow(SQLModel, table=True):
    """What a batch adds to a month, each generation once; a trigger writes it."""

    __tablename__ = "batch_tally"
    __table_args__ = (references("licensee_id batch_number", "batch"),)

    licensee_id: KeyBigInt
    accrual_month: KeyDate
    batch_number: KeyBigInt
    modality: KeyString
    unit: KeyString
    decision: KeyString
    generation_count: BigInt
    quantity: Decimal


class MonthDeclarationRow(SQLModel, table=True):
    """A version of what an AI firm declares a month to have been."""

    __tablename__ = "month_declaration"
    __table_args__ = (references("licensee_id book_id", "party", "party_id book_id"),)

    licensee_id: KeyBigInt
    month: KeyDate
    version: KeyInt
    book_id: BigInt
    is_nil: bool
    generation_count: BigInt
    declared_at: Instant


class DeclaredTotalRow(SQLModel, table=True):
    """The quantity of one modality and unit in a declaration."""

    __tablename__ = "declared_total"
    __table_args__ = (references("licensee_id month version", "month_declaration"),)

    licensee_id: KeyBigInt
    month: KeyDate
    version: KeyInt
    modality: KeyString
    unit: KeyString
    quantity: Decimal


class AcceptedDifferenceRow(SQLModel, table=True):
    """That a month was closed over a declaration that says something else: who, and why."""

    __tablename__ = "accepted_difference"
    __table_args__ = (
        references("licensee_id month version", "month_declaration"),
        references("book_id month", "month_closing"),
    )

    licensee_id: KeyBigInt
    month: KeyDate
    version: int
    book_id: BigInt
    accepted_at: Instant
    accepted_by: String
    reason: String
