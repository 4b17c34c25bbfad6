"""
Late interest (遅延損害金): what a firm owes for each day on which an invoice was open too long.

The rate is a term: percent a year, of 365 days in every year (年365日の日割計算). It runs from the
day after the due day to the day of receipt, included (民法412条1項, 140条: the first day is not
counted), on what is open on each day, tax included, so that a part payment counts from the day
after it. Interest bears no interest. What comes to less than the smallest unit is dropped once,
at the end, and not day by day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from ledger.core.money import Rounding, round_to_minor

#: A year has as many days in every contract, leap years included.
DAYS_OF_YEAR = 365

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Received:
    """What was received of an invoice on a day."""

    on: date
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class InterestStep:
    """Days on which the same was open, both included, and what they come to, exactly."""

    first: date
    last: date
    open_minor: int
    exact: Fraction

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True)
class LateInterest:
    """What is owed for being late, by steps."""

    percent: Decimal
    steps: tuple[InterestStep, ...]

    @property
    def exact(self) -> Fraction:
        """What the steps come to together, before anything is dropped."""
        return sum((step.exact for step in self.steps), Fraction(0))

    @property
    def amount_minor(self) -> int:
        """What is owed, in whole units: truncated once."""
        return round_to_minor(self.exact, Rounding.TRUNCATE)


def late_interest(
    *,
    total_minor: int,
    due_on: date,
    percent: Decimal,
    received: Iterable[Received],
    through: date,
) -> LateInterest:
    """
    Return the interest of an invoice for the days after its due day, up to a day and with it.

    >>> late_interest(
    ...     total_minor=1_000_000,
    ...     due_on=date(2026, 11, 29),
    ...     percent=Decimal("14.6"),
    ...     received=[],
    ...     through=date(2026, 12, 29),
    ... ).amount_minor
    12000
    """
    paid = sorted(received, key=lambda each: each.on)
    steps: list[InterestStep] = []
    begins, left = due_on + _DAY, total_minor
    for each in paid:
        last = min(each.on, through)
        if last >= begins and left > 0:
            steps.append(_step(begins, last, left, percent))
        begins = max(begins, each.on + _DAY)
        left -= each.amount_minor
    if begins <= through and left > 0:
        steps.append(_step(begins, through, left, percent))
    return LateInterest(percent=percent, steps=tuple(steps))


def _step(first: date, last: date, open_minor: int, percent: Decimal) -> InterestStep:
    days = (last - first).days + 1
    rate = Fraction(percent) / 100 / DAYS_OF_YEAR
    return InterestStep(
        first=first, last=last, open_minor=open_minor, exact=open_minor * rate * days
    )
