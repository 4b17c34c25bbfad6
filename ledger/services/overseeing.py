"""Overseeing: every month with how it stands, the latest first; and every organisation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.core.party import Role
from ledger.core.period import Month, tokyo_day
from ledger.services import BOOK_ID
from ledger.store import month_runs, months, parties
from ledger.store.database import Database
from ledger.store.months import MonthClosing

#: More months than anybody scrolls through.
_LISTED_MAX = 120


class Standing(StrEnum):
    """How a month stands."""

    RUNNING = "running"  # it is not over
    OPEN = "open"  # it is over, and it is its turn
    WAITING = "waiting"  # it is over, and an earlier one comes first
    UNDER_WAY = "under_way"  # its closing was asked for and has not come to its end
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class MonthShown:
    """A month, and its closing if it has one."""

    month: Month
    standing: Standing
    closing: MonthClosing | None


def list_months(
    database: Database, *, book_id: int = BOOK_ID, at: datetime
) -> tuple[MonthShown, ...]:
    """
    Return the months from the first that anything was written into up to the present one.

    Of a book into which nothing was written, that is the present one alone.
    """
    with database.transaction() as session:
        state = months.read_months(session, book_id=book_id)
        closings = months.list_closings(session, book_id=book_id)
        runs = month_runs.find_unfinished(session, book_id=book_id)
    now = Month.of_day(tokyo_day(at))
    closed = {Month.of_day(closing.month): closing for closing in closings}
    under_way = {run.order.month for run in runs}

    def standing(month: Month) -> Standing:
        if month in under_way:
            return Standing.UNDER_WAY
        if month in closed:
            return Standing.CLOSED
        if month.ends_at > at:
            return Standing.RUNNING
        return Standing.OPEN if state.open_before(month) is None else Standing.WAITING

    opened = () if state.first_opened is None else (Month.of_day(state.first_opened),)
    listed = _between(first=min([*closed, *opened, now]), last=max([*closed, now]))
    return tuple(
        MonthShown(month=month, standing=standing(month), closing=closed.get(month))
        for month in listed
    )


def organisations(database: Database, *, book_id: int = BOOK_ID) -> tuple[tuple[str, Role], ...]:
    """Return every party that people can act for, by reference, with what it is in the book."""
    with database.transaction() as session:
        found = parties.list_references(session, book_id=book_id)
    return tuple((reference, Role(role)) for reference, role in found)


def names(database: Database, *, book_id: int = BOOK_ID, language: str) -> dict[str, str]:
    """Return every party's name in a language, by reference; in the other where it has none."""
    with database.transaction() as session:
        found = parties.list_names(session, book_id=book_id)
    return {
        reference: (ja or en) if language == "ja" else (en or ja) for reference, ja, en in found
    }


def _between(*, first: Month, last: Month) -> Iterator[Month]:
    """Yield months backwards, no more than anybody reads."""
    month = last
    for _ in range(_LISTED_MAX):
        yield month
        if month == first:
            return
        month = month.previous()
