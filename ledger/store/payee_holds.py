"""Payees whom nothing is paid for a time: who said so when and why, and who ended it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.store.tables.payee_holds import PayeeHoldEndingRow, PayeeHoldRow

_HOLDS = """
    SELECT h.payee_hold_id AS id, p.reference AS payee, p.name_ja, p.name_en, h.held_at, h.held_by,
           h.reason, e.ended_at, e.ended_by, e.reason AS ended_because
    FROM payee_hold h
    JOIN party p ON p.party_id = h.owner_id
    LEFT JOIN payee_hold_ending e USING (payee_hold_id)
    WHERE p.book_id = :book AND (CAST(:payee AS text) IS NULL OR p.reference = :payee)
      AND (NOT :open OR e.payee_hold_id IS NULL)
    ORDER BY h.payee_hold_id
    LIMIT :limit
"""

_HELD_IN_RUN = """
    SELECT p.reference FROM payout o
    JOIN party p ON p.party_id = o.owner_id
    JOIN payee_hold h ON h.owner_id = o.owner_id
    LEFT JOIN payee_hold_ending e USING (payee_hold_id)
    WHERE o.payout_run_id = :run AND e.payee_hold_id IS NULL
    ORDER BY p.reference COLLATE "C" LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class PayeeHold:
    """That a payee was held back, and until when; None while it is."""

    id: int
    payee: str
    name_ja: str
    name_en: str
    held_at: datetime
    held_by: str
    reason: str
    ended_at: datetime | None
    ended_by: str | None
    ended_because: str | None


def list_holds(
    session: Session, *, book_id: int, payee: str | None, is_open: bool, limit: int
) -> Sequence[PayeeHold]:
    """Return holds in the order in which they were written, only those that last if asked."""
    asked = {"book": book_id, "payee": payee, "open": is_open, "limit": limit}
    return [PayeeHold(**row._mapping) for row in session.execute(text(_HOLDS), asked)]


def held_in_run(session: Session, *, run_id: int) -> str | None:
    """Return the first payee of a run that is held back now, None for none."""
    found: str | None = session.scalar(text(_HELD_IN_RUN), {"run": run_id})
    return found


def insert_hold(
    session: Session, *, owner_id: int, held_at: datetime, held_by: str, reason: str
) -> None:
    """Write that a payee is held back."""
    row = {"owner_id": owner_id, "held_at": held_at, "held_by": held_by, "reason": reason}
    session.execute(insert(PayeeHoldRow), [row])


def insert_ending(
    session: Session,
    *,
    hold_id: int,
    owner_id: int,
    ended_at: datetime,
    ended_by: str,
    reason: str,
) -> None:
    """Write that a payee is paid again."""
    row = {
        "payee_hold_id": hold_id,
        "owner_id": owner_id,
        "ended_at": ended_at,
        "ended_by": ended_by,
        "reason": reason,
    }
    session.execute(insert(PayeeHoldEndingRow), [row])
