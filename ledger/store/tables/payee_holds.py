"""Tables of payees whom nothing is paid for a time."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger.store.tables.columns import BigInt, Instant, KeyBigInt, NewKey, String, references


class PayeeHoldRow(SQLModel, table=True):
    """That a payee is not paid from now on, and why."""

    __tablename__ = "payee_hold"
    __table_args__ = (
        UniqueConstraint("payee_hold_id", "owner_id"),
        references("owner_id", "party", "party_id"),
        Index("payee_hold_owner", "owner_id"),
    )

    payee_hold_id: NewKey = None
    owner_id: BigInt
    held_at: Instant
    held_by: String
    reason: String


class PayeeHoldEndingRow(SQLModel, table=True):
    """That a payee is paid again, and why."""

    __tablename__ = "payee_hold_ending"
    __table_args__ = (references("payee_hold_id owner_id", "payee_hold"),)

    payee_hold_id: KeyBigInt
    owner_id: BigInt
    ended_at: Instant
    ended_by: String
    reason: String
