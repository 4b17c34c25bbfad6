"""
What an AI firm reads of its own use: by day, by reason and by work, and what closings charged.

Read under the firm's own role: views and policies show its rows alone, so no query here says
whose they are. Everything comes from what batches keep; no generation is looked at.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.reason import Decision, Reason


@dataclass(frozen=True, kw_only=True)
class DayUse:
    """How much was reported for a day: one for each work that a generation names."""

    day: date
    accepted_count: int
    held_count: int
    refused_count: int


@dataclass(frozen=True, kw_only=True)
class NotAccepted:
    """What of a month is held, or was refused, for one reason."""

    decision: Decision
    reason: Reason
    use_count: int
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True)
class NotAcceptedDay:
    """What of a day is held, or was refused, for one reason and work."""

    day: date
    decision: Decision
    reason: Reason
    subject: str | None
    use_count: int


@dataclass(frozen=True, kw_only=True)
class SubjectUse:
    """How much of a work was reported in a month; nothing is said of works nobody knows."""

    subject_id: int
    subject: str
    title_ja: str
    title_en: str
    accepted_count: int
    held_count: int
    refused_count: int


@dataclass(frozen=True, kw_only=True)
class MonthCharged:
    """What the closing of a month charged the firm, before tax."""

    month: date
    subject_id: int
    currency: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class OwnBatch:
    """A report or a correction, as it was taken in."""

    number: int
    recorded_at: datetime
    kind: str  # "report" or "correction"
    first_month: date
    last_month: date
    counted_month: date | None  # of one for closed months: where it is counted
    generation_count: int
    accepted_count: int
    held_count: int
    refused_count: int


_DAYS = """
    SELECT r.day,
           CAST(coalesce(sum(r.generation_count) FILTER (
               WHERE r.decision NOT IN ('held', 'refused')), 0) AS bigint) AS accepted_count,
           CAST(coalesce(sum(r.generation_count) FILTER (
               WHERE r.decision = 'held'), 0) AS bigint) AS held_count,
           CAST(coalesce(sum(r.generation_count) FILTER (
               WHERE r.decision = 'refused'), 0) AS bigint) AS refused_count
    FROM own_report r WHERE r.accrual_month = :month
    GROUP BY r.day ORDER BY r.day
"""

_REASONS = """
    SELECT r.decision, r.reason, CAST(sum(r.generation_count) AS bigint) AS use_count,
           min(r.day) AS first_day, max(r.day) AS last_day
    FROM own_report r
    WHERE r.accrual_month = :month AND r.decision IN ('held', 'refused')
    GROUP BY r.decision, r.reason HAVING sum(r.generation_count) > 0
    ORDER BY 3 DESC, r.reason
"""

_REASONS_BY_DAY = """
    SELECT r.day, r.decision, r.reason, r.subject,
           CAST(sum(r.generation_count) AS bigint) AS use_count
    FROM own_report r
    WHERE r.accrual_month = :month AND r.decision IN ('held', 'refused')
    GROUP BY r.day, r.decision, r.reason, r.subject HAVING sum(r.generation_count) > 0
    ORDER BY r.day, r.decision, r.reason, r.subject COLLATE "C"
    LIMIT :limit
"""

_SUBJECTS = """
    SELECT r.subject_id, r.subject, r.title_ja, r.title_en,
           CAST(coalesce(sum(r.generation_count) FILTER (
               WHERE r.decision NOT IN ('held', 'refused')), 0) AS bigint) AS accepted_count,
           CAST(coalesce(sum(r.generation_count) FILTER (
               WHERE r.decision = 'held'), 0) AS bigint) AS held_count,
           CAST(coalesce(sum(r.generation_count) FILTER (
               WHERE r.decision = 'refused'), 0) AS bigint) AS refused_count
    FROM own_report r WHERE r.accrual_month = :month AND r.subject_id IS NOT NULL
    GROUP BY r.subject_id, r.subject, r.title_ja, r.title_en
    ORDER BY 5 DESC, r.title_ja COLLATE "C"
    LIMIT :limit
"""

_CHARGED = """
    SELECT closing_month AS month, subject_id, currency,
           CAST(sum(amount_minor) AS bigint) AS amount_minor
    FROM royalty_line
    WHERE licensee_id = reading_party() AND closing_month BETWEEN :since AND :month
    GROUP BY closing_month, subject_id, currency
    ORDER BY closing_month DESC, subject_id, currency
"""

_BATCHES = """
    SELECT batch_number AS number, recorded_at, kind, first_month, last_month, counted_month,
           generation_count, accepted_count, held_count, refused_count
    FROM own_batch
    WHERE batch_number < :before AND (CAST(:kind AS text) IS NULL OR kind = :kind)
    ORDER BY batch_number DESC LIMIT :limit
"""

_TITLES = "SELECT subject_id, reference, title_ja, title_en FROM licensed_subject"


def list_days(session: Session, *, month: date) -> list[DayUse]:
    """Return what was reported for each day of a month that has any."""
    rows = session.execute(text(_DAYS), {"month": month})
    return [DayUse(**row._mapping) for row in rows]


def list_reasons(session: Session, *, month: date) -> list[NotAccepted]:
    """Return why use of a month is held or was refused, the most first."""
    rows = session.execute(text(_REASONS), {"month": month})
    return [
        NotAccepted(
            decision=Decision(row.decision),
            reason=Reason(row.reason),
            use_count=row.use_count,
            first_day=row.first_day,
            last_day=row.last_day,
        )
        for row in rows
    ]


def list_reasons_by_day(session: Session, *, month: date, limit: int) -> list[NotAcceptedDay]:
    """Return the same for each day and work, in the order of days."""
    rows = session.execute(text(_REASONS_BY_DAY), {"month": month, "limit": limit})
    return [
        NotAcceptedDay(
            day=row.day,
            decision=Decision(row.decision),
            reason=Reason(row.reason),
            subject=row.subject,
            use_count=row.use_count,
        )
        for row in rows
    ]


def list_subjects(session: Session, *, month: date, limit: int) -> list[SubjectUse]:
    """Return how much of each work was reported, the most used first."""
    rows = session.execute(text(_SUBJECTS), {"month": month, "limit": limit})
    return [SubjectUse(**row._mapping) for row in rows]


def list_charged(session: Session, *, month: date, since: date) -> list[MonthCharged]:
    """Return what closings charged for each work, the latest month first."""
    rows = session.execute(text(_CHARGED), {"month": month, "since": since})
    return [MonthCharged(**row._mapping) for row in rows]


def list_batches(session: Session, *, kind: str | None, before: int, limit: int) -> list[OwnBatch]:
    """Return what was taken in, the latest first; of one kind where it is asked for."""
    asked = {"kind": kind, "before": before, "limit": limit}
    return [OwnBatch(**row._mapping) for row in session.execute(text(_BATCHES), asked)]


def titles(session: Session) -> dict[int, tuple[str, str, str]]:
    """Return reference, Japanese and English title of every work under license, by key."""
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(text(_TITLES))}
