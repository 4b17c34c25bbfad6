"""
Using: what an AI firm reported in a month, what of it was not accepted, and what it costs.

Closed months cost what their closings charged. An open one is worked out as closing it now would
work it out, and cut to the firm's own lines here, in one place. Amounts are before tax.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ledger.core.fields import check_whole
from ledger.core.period import Month
from ledger.services import BOOK_ID
from ledger.store import charging, firm_use, months, royalties
from ledger.store.database import Database
from ledger.store.firm_use import (
    DayUse,
    MonthCharged,
    NotAccepted,
    NotAcceptedDay,
    OwnBatch,
    SubjectUse,
)
from ledger.store.months import MonthsInBook

#: How far back months are shown, the asked one among them.
MONTHS_BACK = 12

_SUBJECTS_MAX = 500

#: Most rows of what was not accepted, by day, reason and work.
ROWS_MAX = 50_000


#: Most batches of a page, and a number that none has.
BATCHES_MAX = 500
LAST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class BatchPage:
    """Reports and corrections, the latest first, and before which the next page begins."""

    batches: tuple[OwnBatch, ...]
    next_before: int | None


@dataclass(frozen=True, kw_only=True)
class WorkUse:
    """What of a work was reported in a month, and what it costs by currency."""

    subject: str
    title_ja: str
    title_en: str
    accepted_count: int
    held_count: int
    refused_count: int
    amounts_minor: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class MonthCost:
    """What a closed month cost."""

    month: Month
    amounts_minor: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Used:
    """A month of an AI firm, beside the closed months before it."""

    month: Month
    is_closed: bool
    days: tuple[DayUse, ...]  # those with any use, in their order
    not_accepted: tuple[NotAccepted, ...]
    works: tuple[WorkUse, ...]
    amounts_minor: Mapping[str, int]
    trend: tuple[MonthCost, ...]  # the latest first

    @property
    def accepted_count(self) -> int:
        """Uses that are licensed."""
        return sum(day.accepted_count for day in self.days)

    @property
    def held_count(self) -> int:
        """Uses that wait."""
        return sum(day.held_count for day in self.days)

    @property
    def refused_count(self) -> int:
        """Uses that nobody licensed."""
        return sum(day.refused_count for day in self.days)


def read_month(
    database: Database, own: Database, *, book_id: int = BOOK_ID, licensee_id: int, month: Month
) -> Used:
    """
    Return a month of an AI firm.

    ``own`` is the book as the firm may read it, for everything but the working out of an open
    month, which needs the terms and counters of whole licenses.
    """
    first = month
    for _ in range(MONTHS_BACK):
        first = first.previous()
    with own.transaction() as session:
        days = firm_use.list_days(session, month=month.first_day)
        not_accepted = firm_use.list_reasons(session, month=month.first_day)
        used = firm_use.list_subjects(session, month=month.first_day, limit=_SUBJECTS_MAX)
        charged = firm_use.list_charged(session, month=month.first_day, since=first.first_day)
        titles = firm_use.titles(session)
    state, open_lines = _open_month(database, book_id, licensee_id, month)
    of_month = [*open_lines, *(each for each in charged if each.month == month.first_day)]
    return Used(
        month=month,
        is_closed=state.is_closed(month),
        days=tuple(days),
        not_accepted=tuple(not_accepted),
        works=_works(used, of_month, titles),
        amounts_minor=_sums(of_month),
        trend=_trend(charged, month),
    )


def read_days(own: Database, *, month: Month) -> tuple[DayUse, ...]:
    """Return what a firm reported for each day of a month, in their order."""
    with own.transaction() as session:
        return tuple(firm_use.list_days(session, month=month.first_day))


def read_not_accepted(own: Database, *, month: Month) -> tuple[NotAcceptedDay, ...]:
    """Return what of a firm's month is held or was refused, by day, reason and work."""
    with own.transaction() as session:
        return tuple(firm_use.list_reasons_by_day(session, month=month.first_day, limit=ROWS_MAX))


def list_batches(
    own: Database, *, kind: str | None = None, before: int = LAST, limit: int
) -> BatchPage:
    """Return a page of what a firm sent in, the latest first."""
    check_whole(limit, field="limit", least=1, most=BATCHES_MAX)
    with own.transaction() as session:
        found = firm_use.list_batches(session, kind=kind, before=before, limit=limit + 1)
    page = tuple(found[:limit])
    return BatchPage(batches=page, next_before=page[-1].number if len(found) > limit else None)


def titles(own: Database) -> Mapping[str, tuple[str, str]]:
    """Return the Japanese and English title of every work that a firm has under license."""
    with own.transaction() as session:
        found = firm_use.titles(session)
    return {reference: (ja, en) for reference, ja, en in found.values()}


def _open_month(
    database: Database, book_id: int, licensee_id: int, month: Month
) -> tuple[MonthsInBook, list[MonthCharged]]:
    """Return where the months stand, and of an open one what closing it would charge the firm."""
    with database.transaction() as session:
        state = months.read_months(session, book_id=book_id)
        if state.is_closed(month):
            return state, []
        terms = royalties.read_terms(session, book_id=book_id)
        since = charging.first_adjusted(session, book_id=book_id, terms=terms, month=month)
        _, lines = charging.charge(session, book_id=book_id, terms=terms, month=month, since=since)
    return state, [
        MonthCharged(
            month=month.first_day,
            subject_id=line.subject_id,
            currency=line.currency,
            amount_minor=line.amount_minor,
        )
        for line in lines
        if line.licensee_id == licensee_id
    ]


def _works(
    used: Iterable[SubjectUse],
    charged: Iterable[MonthCharged],
    titles: Mapping[int, tuple[str, str, str]],
) -> tuple[WorkUse, ...]:
    """Put use and cost of each work together; a fixed fee is owed without any use."""
    by_work: dict[int, list[MonthCharged]] = defaultdict(list)
    for each in charged:
        by_work[each.subject_id].append(each)
    counts = {each.subject_id: each for each in used}
    works = []
    for subject_id in dict.fromkeys([*counts, *by_work]):
        count = counts.get(subject_id)
        subject, title_ja, title_en = (
            (count.subject, count.title_ja, count.title_en) if count else titles[subject_id]
        )
        works.append(
            WorkUse(
                subject=subject,
                title_ja=title_ja,
                title_en=title_en,
                accepted_count=count.accepted_count if count else 0,
                held_count=count.held_count if count else 0,
                refused_count=count.refused_count if count else 0,
                amounts_minor=_sums(by_work.get(subject_id, ())),
            )
        )
    return tuple(
        sorted(works, key=lambda work: (-sum(work.amounts_minor.values()), -work.accepted_count))
    )


def _trend(charged: Iterable[MonthCharged], asked: Month) -> tuple[MonthCost, ...]:
    """Return closed months up to the one asked for that cost anything, the latest first."""
    by_month: dict[date, list[MonthCharged]] = defaultdict(list)
    for each in charged:
        by_month[each.month].append(each)
    return tuple(
        MonthCost(month=Month.of_day(first), amounts_minor=_sums(by_month[first]))
        for first in sorted(by_month, reverse=True)
        if first <= asked.first_day
    )


def _sums(charged: Iterable[MonthCharged]) -> Mapping[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for each in charged:
        sums[each.currency] += each.amount_minor
    return dict(sums)
