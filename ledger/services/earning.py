"""
Earning: what a rights holder's works bring in, month by month, and what waits or was refused.

Closed months are what their closings charged. An open one is worked out as closing it now would
work it out, and cut to the holder's own lines here, in one place. Amounts are before the house's
fee, a committee's waterfall and tax: what is paid in the end is on the statement.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.core.period import Month
from ledger.services import BOOK_ID
from ledger.store import charging, months, own_use
from ledger.store.database import Database
from ledger.store.months import MonthsInBook
from ledger.store.own_use import Charged, Waits, WorkUse

#: How far back months are shown, the asked one among them.
MONTHS_BACK = 12

_LISTED_MAX = 500


@dataclass(frozen=True, kw_only=True)
class WorkEarned:
    """What a work was used and brings in, in whole minor units by currency."""

    title_ja: str
    title_en: str
    accepted_count: int
    held_count: int
    refused_count: int
    amounts_minor: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class MonthEarned:
    """What all works of a holder bring in, in a month that is closed."""

    month: Month
    amounts_minor: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Earned:
    """A month of a rights holder, beside the months before it."""

    month: Month
    is_closed: bool
    amounts_minor: Mapping[str, int]
    works: tuple[WorkEarned, ...]
    waiting: tuple[Waits, ...]
    trend: tuple[MonthEarned, ...]  # closed months, the latest first

    @property
    def accepted_count(self) -> int:
        """Parts of generations that earn."""
        return sum(work.accepted_count for work in self.works)

    @property
    def held_count(self) -> int:
        """Parts that wait, however long they do."""
        return sum(each.use_count for each in self.waiting if each.decision == "held")

    @property
    def refused_count(self) -> int:
        """Parts that nobody licensed."""
        return sum(each.use_count for each in self.waiting if each.decision == "refused")


def read_month(
    database: Database, own: Database, *, book_id: int = BOOK_ID, owner_id: int, month: Month
) -> Earned:
    """
    Return a month of a rights holder.

    ``own`` is the book as the holder may read it, for everything but the working out of an open
    month, which needs the terms and counters of whole licenses.
    """
    first = month
    for _ in range(MONTHS_BACK):
        first = first.previous()
    since = first.first_day
    with own.transaction() as session:
        used = own_use.list_use(session, month=month.first_day, since=since, limit=_LISTED_MAX)
        waiting = own_use.list_waiting(
            session, month=month.first_day, since=since, limit=_LISTED_MAX
        )
        charged = own_use.list_charged(session, month=month.first_day, since=since)
        titles = own_use.titles(session)
    state, open_lines = _open_month(database, book_id, owner_id, month)
    of_month = [*open_lines, *(each for each in charged if each.closing_month == month.first_day)]
    return Earned(
        month=month,
        is_closed=state.is_closed(month),
        amounts_minor=_sums(of_month),
        works=_works(used, of_month, titles),
        waiting=tuple(waiting),
        trend=_trend(charged, state, month),
    )


def _open_month(
    database: Database, book_id: int, owner_id: int, month: Month
) -> tuple[MonthsInBook, list[Charged]]:
    """Return where the months stand, and of an open one what closing it would charge."""
    with database.transaction() as session:
        state = months.read_months(session, book_id=book_id)
        if state.is_closed(month):
            return state, []
        lines = charging.charge_open(session, book_id=book_id, month=month, owner_id=owner_id)
    return state, [
        Charged(
            closing_month=month.first_day,
            subject_id=line.subject_id,
            currency=line.currency,
            amount_minor=line.amount_minor,
        )
        for line, _ in lines
    ]


def _works(
    used: Iterable[WorkUse], charged: Iterable[Charged], titles: Mapping[int, tuple[str, str]]
) -> tuple[WorkEarned, ...]:
    """Put use and money of each work together; a fixed fee is earned without any use."""
    by_work: dict[int, list[Charged]] = defaultdict(list)
    for each in charged:
        by_work[each.subject_id].append(each)
    counts = {each.subject_id: each for each in used}
    works = []
    for subject_id in dict.fromkeys([*counts, *by_work]):
        count = counts.get(subject_id)
        title_ja, title_en = titles[subject_id]
        works.append(
            WorkEarned(
                title_ja=title_ja,
                title_en=title_en,
                accepted_count=count.accepted_count if count else 0,
                held_count=count.held_count if count else 0,
                refused_count=count.refused_count if count else 0,
                amounts_minor=_sums(by_work.get(subject_id, ())),
            )
        )
    return tuple(sorted(works, key=lambda work: -sum(work.amounts_minor.values())))


def _trend(
    charged: Iterable[Charged], state: MonthsInBook, asked: Month
) -> tuple[MonthEarned, ...]:
    """Return closed months up to the one asked for, back to the first that brought anything in."""
    by_month: dict[Month, list[Charged]] = defaultdict(list)
    for each in charged:
        by_month[Month.of_day(each.closing_month)].append(each)
    if not by_month or state.last_closed is None:
        return ()
    month, trend = min(asked, Month.of_day(state.last_closed)), []
    while month >= min(by_month):
        trend.append(MonthEarned(month=month, amounts_minor=_sums(by_month.get(month, ()))))
        month = month.previous()
    return tuple(trend)


def _sums(charged: Iterable[Charged]) -> Mapping[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for each in charged:
        sums[each.currency] += each.amount_minor
    return dict(sums)
