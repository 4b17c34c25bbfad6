"""Drafts of corrections: written once, read by their licensee, ended by a row of their own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.store.tables.corrections import CorrectionDraftEndingRow, CorrectionDraftRow

_FIND = """
    SELECT d.reference, d.recorded_at, d.recorded_by, d.asked, d.shown, e.outcome, e.ended_at
    FROM correction_draft d
    LEFT JOIN correction_draft_ending e
      ON e.licensee_id = d.licensee_id AND e.reference = d.reference
    WHERE d.licensee_id = :licensee AND d.reference = :reference
"""


@dataclass(frozen=True, kw_only=True)
class StoredDraft:
    """A draft as it was written, and what became of it."""

    reference: str
    recorded_at: datetime
    recorded_by: str
    asked: str
    shown: str
    outcome: str | None = None  # None while it is open
    ended_at: datetime | None = None


def insert_draft(session: Session, *, licensee_id: int, draft: StoredDraft) -> None:
    """Write a draft that is open."""
    row = {
        "licensee_id": licensee_id,
        "reference": draft.reference,
        "recorded_at": draft.recorded_at,
        "recorded_by": draft.recorded_by,
        "asked": draft.asked,
        "shown": draft.shown,
    }
    session.execute(insert(CorrectionDraftRow), [row])


def find_draft(session: Session, *, licensee_id: int, reference: str) -> StoredDraft | None:
    """Return one of a licensee's drafts; another's is as unknown as one that is not there."""
    parameters = {"licensee": licensee_id, "reference": reference}
    row = session.execute(text(_FIND), parameters).one_or_none()
    return None if row is None else StoredDraft(**row._mapping)


def end_draft(
    session: Session,
    *,
    licensee_id: int,
    reference: str,
    outcome: str,
    ended_at: datetime,
    ended_by: str,
) -> None:
    """Write what became of a draft."""
    row = {
        "licensee_id": licensee_id,
        "reference": reference,
        "outcome": outcome,
        "ended_at": ended_at,
        "ended_by": ended_by,
    }
    session.execute(insert(CorrectionDraftEndingRow), [row])
