"""Tables of corrections of what was reported, and of their drafts. Keys begin with the licensee."""

from datetime import date
from decimal import Decimal

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    Instant,
    KeyBigInt,
    KeyInt,
    KeyString,
    OptionalBigInt,
    OptionalInstant,
    OptionalString,
    String,
    references,
)


class CorrectionRow(SQLModel, table=True):
    """What counts of one recorded generation from now on; the highest revision stands."""

    __tablename__ = "correction"
    __table_args__ = (
        UniqueConstraint("licensee_id", "source", "event_id", "accrual_month", "revision"),
        references("licensee_id batch_number", "batch"),
        references("licensee_id judgement_id", "judgement"),
    )

    licensee_id: KeyBigInt
    batch_number: KeyBigInt
    position: KeyInt
    accrual_month: date
    source: String
    event_id: String
    revision: int
    kind: String
    reason: String
    note: String
    recorded_by: String
    judgement_id: OptionalBigInt = None
    occurred_at: OptionalInstant = None
    quantity: Decimal | None = None
    net_revenue: Decimal | None = None
    currency: OptionalString = None
    model: OptionalString = None
    title: OptionalString = None
    output_sha256: bytes | None = None
    content_hash: bytes
    c2pa: OptionalString = None


class CorrectionDraftRow(SQLModel, table=True):
    """Corrections that were put together and looked at, and are not made yet."""

    __tablename__ = "correction_draft"
    __table_args__ = (references("licensee_id", "party", "party_id"),)

    licensee_id: KeyBigInt
    reference: KeyString
    recorded_at: Instant
    recorded_by: String
    asked: String
    shown: String


class CorrectionDraftEndingRow(SQLModel, table=True):
    """What became of a draft: its corrections were made, or it was discarded."""

    __tablename__ = "correction_draft_ending"
    __table_args__ = (references("licensee_id reference", "correction_draft"),)

    licensee_id: KeyBigInt
    reference: KeyString
    ended_at: Instant
    ended_by: String
    outcome: String
