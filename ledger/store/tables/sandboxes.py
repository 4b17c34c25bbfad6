"""Tables that only a sandbox fills: when it was begun, and how its clock was moved."""

from datetime import timedelta
from typing import Annotated

from sqlalchemy import Interval, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger.store.tables.columns import BigInt, Instant, NewKey, String, references


class SandboxStartRow(SQLModel, table=True):
    """A beginning of a firm's sandbox, at which everything in it was made anew."""

    __tablename__ = "sandbox_start"
    __table_args__ = (
        UniqueConstraint("mark"),
        references("owner_id", "party", "party_id"),
    )

    sandbox_start_id: NewKey = None
    owner_id: BigInt
    mark: String  # Made by the database
    started_at: Instant
    started_by: String


class ClockMoveRow(SQLModel, table=True):
    """How far ahead of the real clock a sandbox's is from now on."""

    __tablename__ = "clock_move"
    __table_args__ = (references("owner_id", "party", "party_id"),)

    clock_move_id: NewKey = None
    owner_id: BigInt
    ahead: Annotated[timedelta, Field(sa_type=Interval)]
    moved_at: Instant
    moved_by: String
