"""
In which month a generation is counted: its own while that is open, otherwise the first open one.

Months close in order and without a gap, so the first open month is the one after the last that
was closed. A clock that was set back opens no month of years ago.
"""

from collections.abc import Collection
from datetime import date, datetime

from ledger.core.period import Month

#: An event opens no month further back than this: a clock was set back, nothing was generated.
MONTHS_BACK_MAX = 12


def earliest_to_open(recorded_at: datetime) -> date:
    """Return the first day of the earliest month that an event may open in the book."""
    return Month.of(recorded_at).before(MONTHS_BACK_MAX).first_day


def placed(
    *,
    months: Collection[date],
    in_book: Collection[date],
    last_closed: date | None,
    recorded_at: datetime,
) -> dict[date, date | None]:
    """
    Return the month in which each of some months is counted; None is its own.

    A closed month is counted in the first open one. A month that is left out can take nothing:
    the book does not have it, and it is closed, or lies too far back to be opened.
    """
    earliest = earliest_to_open(recorded_at)
    first_open = None if last_closed is None else Month.of_day(last_closed).next().first_day
    result: dict[date, date | None] = {}
    for month in months:
        is_closed = last_closed is not None and month <= last_closed
        if month in in_book or (month >= earliest and not is_closed):
            result[month] = first_open if is_closed else None
    return result
