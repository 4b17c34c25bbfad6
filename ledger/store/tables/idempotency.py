"""The table of requests that carry a key, so that they are carried out once."""

from sqlalchemy import Index
from sqlmodel import SQLModel

from ledger.store.tables.columns import (
    Instant,
    KeyBigInt,
    KeyString,
    OptionalInstant,
    OptionalString,
    references,
)


class IdempotencyKeyRow(SQLModel, table=True):
    """A request: claimed, carried out, answered. Moved by functions only."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        Index("idempotency_key_age", "claimed_at"),
        references("owner_id", "party", "party_id"),
    )

    owner_id: KeyBigInt
    key: KeyString
    claim: int
    fingerprint: bytes
    claimed_at: Instant
    carried_out_at: OptionalInstant = None
    answered_at: OptionalInstant = None
    status: int | None = None
    media_type: OptionalString = None
    answer: bytes | None = None
