"""
What a rights holder reads of its works: use that came in, and what closings charged for it.

Read under the holder's own role: the views and policies show its rows alone, so no query here
says whose they are.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.reason import Decision, Reason


@dataclass(frozen=True, kw_only=True)
class WorkUse:
    """How often a work, character or voice was used in a month."""

    subject_id: int
    title_ja: str
    title_en: str
    accepted_count: int
    held_count: int
    refused_count: int


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Use of a work that is held, or was refused, for one reason."""

    decision: Decision
    reason: Reason
    title_ja: str
    title_en: str
    licensee_ja: str
    licensee_en: str
    use_count: int
    since: date


@dataclass(frozen=True, kw_only=True)
class Charged:
    """What a closing charged for a work, before fees and tax."""

    closing_month: date
    subject_id: int
    currency: str
    amount_minor: int


# What came late is in a batch of a later month, so a month's use may be of months before it; a
# year is as far as anything is looked for.
_USE = """
    SELECT u.subject_id, u.title_ja, u.title_en,
           CAST(sum(u.generation_count) FILTER (WHERE u.decision NOT IN ('held', 'refused'))
                AS bigint) AS accepted_count,
           CAST(sum(u.generation_count) FILTER (WHERE u.decision = 'held') AS bigint) AS held_count,
           CAST(sum(u.generation_count) FILTER (WHERE u.decision = 'refused')
                AS bigint) AS refused_count
    FROM own_use u
    WHERE u.counted_month = :month AND u.accrual_month BETWEEN :since AND :month
    GROUP BY u.subject_id, u.title_ja, u.title_en
    ORDER BY 4 DESC NULLS LAST, u.title_ja COLLATE "C"
    LIMIT :limit
"""

_WAITS = """
    SELECT u.decision, u.reason, u.title_ja, u.title_en, u.licensee_ja, u.licensee_en,
           CAST(sum(u.generation_count) AS bigint) AS use_count, min(u.day) AS since
    FROM own_use u
    WHERE u.accrual_month BETWEEN :since AND :month
      AND (u.decision = 'held' AND u.counted_month <= :month
           OR u.decision = 'refused' AND u.counted_month = :month)
    GROUP BY u.decision, u.reason, u.title_ja, u.title_en, u.licensee_ja, u.licensee_en
    HAVING sum(u.generation_count) > 0
    ORDER BY u.decision, 7 DESC, u.title_ja COLLATE "C", u.licensee_ja COLLATE "C"
    LIMIT :limit
"""

_CHARGED = """
    SELECT closing_month, subject_id, currency, CAST(sum(amount_minor) AS bigint) AS amount_minor
    FROM royalty_line
    WHERE closing_month BETWEEN :since AND :month
    GROUP BY closing_month, subject_id, currency
    ORDER BY closing_month DESC, subject_id, currency
"""

_SUBJECTS = "SELECT subject_id, title_ja, title_en FROM own_subject"


def list_use(session: Session, *, month: date, since: date, limit: int) -> list[WorkUse]:
    """Return how often each work was used in a month, the most used first."""
    rows = session.execute(text(_USE), {"month": month, "since": since, "limit": limit})
    return [
        WorkUse(
            subject_id=row.subject_id,
            title_ja=row.title_ja,
            title_en=row.title_en,
            accepted_count=row.accepted_count or 0,
            held_count=row.held_count or 0,
            refused_count=row.refused_count or 0,
        )
        for row in rows
    ]


def list_waiting(session: Session, *, month: date, since: date, limit: int) -> list[Waits]:
    """Return what is held up to a month, and what was refused in it, the most first."""
    rows = session.execute(text(_WAITS), {"month": month, "since": since, "limit": limit})
    return [
        Waits(
            **{
                **row._mapping,
                "decision": Decision(row.decision),
                "reason": Reason(row.reason),
            }
        )
        for row in rows
    ]


def list_charged(session: Session, *, month: date, since: date) -> list[Charged]:
    """Return what closings charged for each work, the latest month first."""
    rows = session.execute(text(_CHARGED), {"month": month, "since": since})
    return [Charged(**row._mapping) for row in rows]


def titles(session: Session) -> dict[int, tuple[str, str]]:
    """Return the Japanese and the English title of every work, by key."""
    return {row[0]: (row[1], row[2]) for row in session.execute(text(_SUBJECTS))}
