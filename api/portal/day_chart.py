"""
A month by days as columns: what was accepted, held and refused, each day on top of one another.

Heights are whole numbers of 0 to 1,000, the highest day being 1,000. The page draws them; the
same days stand beside them as a table and as a file.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.period import Month
from ledger.store.firm_use import DayUse

#: The height of the highest column, and of the least that can still be seen.
HEIGHT = 1000
_SEEN = 12

#: How wide a day's place is, and how much of it is left free.
WIDTH, GAP = 20, 4


@dataclass(frozen=True, kw_only=True)
class Column:
    """One day: where its column stands, and how high each part is."""

    day: date
    x: int
    accepted: int
    held: int
    refused: int
    use: DayUse


@dataclass(frozen=True, kw_only=True)
class DayChart:
    """A whole month, days without use among them."""

    columns: tuple[Column, ...]
    width: int
    most: int  # uses of the highest day

    @property
    def first_day(self) -> date:
        """The first of the month."""
        return self.columns[0].day

    @property
    def last_day(self) -> date:
        """The last of the month."""
        return self.columns[-1].day


def chart_of(days: Sequence[DayUse], *, month: Month) -> DayChart | None:
    """Return the columns of a month; None where nothing was reported."""
    by_day = {each.day: each for each in days}
    most = max((_total(each) for each in days), default=0)
    if most <= 0:
        return None
    first = month.first_day
    count = calendar.monthrange(first.year, first.month)[1]
    return DayChart(
        columns=tuple(
            _column(by_day.get(first.replace(day=number)), first.replace(day=number), most)
            for number in range(1, count + 1)
        ),
        width=count * WIDTH,
        most=most,
    )


def _column(use: DayUse | None, day: date, most: int) -> Column:
    found = use or DayUse(day=day, accepted_count=0, held_count=0, refused_count=0)
    return Column(
        day=day,
        x=(day.day - 1) * WIDTH,
        accepted=_height(found.accepted_count, most),
        held=_height(found.held_count, most),
        refused=_height(found.refused_count, most),
        use=found,
    )


def _height(count: int, most: int) -> int:
    return max(count * HEIGHT // most, _SEEN) if count > 0 else 0


def _total(use: DayUse) -> int:
    return use.accepted_count + use.held_count + use.refused_count
