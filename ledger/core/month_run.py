"""
The closing of a month as a whole: what was asked for, and how far it has come.

Each step is one use case that finds what it has done already. So a closing that stopped anywhere
is carried on by doing every step again that is not known to be done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ledger.core.period import Month


class Step(StrEnum):
    """What is done to a month, in this order."""

    AUDIT = "audit"
    CLOSE = "close"
    BILL = "bill"
    SETTLE = "settle"  # which states what everybody earned


class StepState(StrEnum):
    """How a step stands."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"  # for a reason that a person can do something about
    FAILED = "failed"  # for one that only we can


#: Told as names and texts, so that any step can say what it came to.
Told = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One thing that happened to a closing."""

    step: Step
    state: StepState
    at: datetime
    told: Told = ()


@dataclass(frozen=True, kw_only=True)
class MonthOrder:
    """What somebody asks for: a month, closed through one of its steps."""

    month: Month
    through: Step
    asked_by: str
    accept_differences: str | None = None  # the reason to close over declarations that differ
    pay_on: date | None = None  # the usual day when it is None


@dataclass(frozen=True, kw_only=True)
class MonthRun:
    """A closing that was asked for, and everything that happened to it so far."""

    id: int
    order: MonthOrder
    asked_at: datetime
    progress: tuple[Progress, ...] = ()

    @property
    def last(self) -> Progress | None:
        """The last thing that happened; None when nothing has."""
        return self.progress[-1] if self.progress else None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will happen to it by itself."""
        if self.last is None:
            return False
        if self.last.state is StepState.DONE:
            return self.last.step is self.order.through
        return self.last.state is not StepState.BEGUN

    @property
    def left(self) -> tuple[Step, ...]:
        """The steps that are not known to be done, in order."""
        done = {each.step for each in self.progress if each.state is StepState.DONE}
        return tuple(step for step in steps_through(self.order.through) if step not in done)


def steps_through(last: Step) -> Iterator[Step]:
    """
    Yield the steps up to one, in order.

    >>> [str(step) for step in steps_through(Step.BILL)]
    ['audit', 'close', 'bill']
    """
    for step in Step:
        yield step
        if step is last:
            return


@dataclass(frozen=True, kw_only=True)
class Amount:
    """An amount and its currency."""

    currency: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class MonthState:
    """How far a month has come, from what is in the book; None of what is not done."""

    month: Month
    closed_at: datetime | None
    closed_by: str | None
    generation_count: int
    line_count: int
    royalties: tuple[Amount, ...]
    invoice_count: int
    invoiced: tuple[Amount, ...]  # tax-inclusive
    settled_at: datetime | None
    settled_by: str | None
    statement_count: int
    payout_run: str | None
    payout_minor: int
    run: MonthRun | None  # the last that was asked for
