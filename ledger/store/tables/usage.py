"""Tables of reported usage. Every key begins with the licensee, to distribute by it."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    BigInt,
    Instant,
    KeyBigInt,
    KeyDate,
    KeyInt,
    NewKey,
    OptionalBigInt,
    OptionalString,
    String,
    Strings,
    references,
)


class LicenseeLogRow(SQLModel, table=True):
    """Where a licensee's chain of batches stands. Moved by triggers only."""

    __tablename__ = "licensee_log"
    __table_args__ = (references("licensee_id", "party", "party_id"),)

    licensee_id: KeyBigInt
    batch_number: BigInt
    head: bytes
    awaited: int = 0  # Generations of the last batch


class BatchRow(SQLModel, table=True):
    """One reported batch: its place in the chain, its counts and its Merkle root."""

    __tablename__ = "batch"
    __table_args__ = (
        references("licensee_id", "party", "party_id"),
        Index(
            "batch_counted_later",
            "counted_month",
            postgresql_where=text("counted_month IS NOT NULL"),
        ),
    )

    licensee_id: KeyBigInt
    batch_number: KeyBigInt
    recorded_at: Instant
    first_month: date
    last_month: date
    generation_count: int
    accepted_count: int
    held_count: int
    refused_count: int
    root: bytes
    previous_head: bytes
    head: bytes
    kind: String = "report"  # Or "correction"
    counted_month: date | None = None  # Of a batch for closed months: where it is counted


class JudgementRow(SQLModel, table=True):
    """What becomes of one kind of generation; rows name it instead of repeating it."""

    __tablename__ = "judgement"
    __table_args__ = (
        UniqueConstraint("judgement_hash", "licensee_id"),
        references("licensee_id", "party", "party_id"),
        references("license_id licensee_id", "license"),
    )

    judgement_id: NewKey = None
    licensee_id: KeyBigInt
    judgement_hash: bytes
    license_reference: String
    license_id: OptionalBigInt = None
    use_class: String
    modality: String
    unit: String
    territory: String
    decision: String
    reasons: Strings
    language: OptionalString = None


class JudgementLineRow(SQLModel, table=True):
    """One subject's part in a judgement."""

    __tablename__ = "judgement_line"
    __table_args__ = (
        references("subject_id", "subject"),
        references("licensee_id judgement_id", "judgement"),
        references("rate_line_id terms_version_id licensee_id", "rate_line"),
    )

    licensee_id: KeyBigInt
    judgement_id: KeyBigInt
    position: KeyInt
    subject_reference: String
    subject_id: OptionalBigInt = None
    weight_bp: int | None = None
    terms_version_id: OptionalBigInt = None
    rate_line_id: OptionalBigInt = None
    decision: String
    reasons: Strings


class GenerationRow(SQLModel, table=True):
    """One reported generation, kept as it came. Partitioned by accrual month."""

    __tablename__ = "generation"
    __table_args__ = (
        UniqueConstraint("licensee_id", "source", "event_id", "accrual_month"),
        {"postgresql_partition_by": "RANGE (accrual_month)"},
    )

    licensee_id: KeyBigInt
    accrual_month: KeyDate
    batch_number: KeyBigInt
    position: KeyInt
    judgement_id: BigInt
    occurred_at: Instant
    quantity: Decimal | None = None
    net_revenue: Decimal | None = None
    source: String
    event_id: String
    currency: OptionalString = None
    model: OptionalString = None
    title: OptionalString = None
    output_sha256: bytes | None = None
    content_hash: bytes
    c2pa: OptionalString = None


class BatchTotalRow(SQLModel, table=True):
    """A batch's total for one day, rate line, subject and territory."""

    __tablename__ = "batch_total"
    # What it names is checked by a trigger, once for all totals of a batch.
    __table_args__ = (Index("batch_total_month", "accrual_month", "licensee_id"),)

    licensee_id: KeyBigInt
    batch_number: KeyBigInt
    position: KeyInt
    accrual_month: date
    day: date
    decision: String
    reason: OptionalString = None
    terms_version_id: OptionalBigInt = None
    rate_line_id: OptionalBigInt = None
    subject_id: OptionalBigInt = None
    territory: String
    generation_count: BigInt
    quantity: Decimal
    net_revenue: Decimal


class BatchEventTotalRow(SQLModel, table=True):
    """How often a batch has events alike, where each of them is priced by itself."""

    __tablename__ = "batch_event_total"
    __table_args__ = (
        references("licensee_id batch_number", "batch"),
        references("licensee_id judgement_id", "judgement"),
        Index("batch_event_total_month", "accrual_month", "licensee_id"),
    )

    licensee_id: KeyBigInt
    batch_number: KeyBigInt
    position: KeyInt
    accrual_month: date
    judgement_id: BigInt
    quantity: Decimal
    net_revenue: Decimal
    generation_count: BigInt
