"""
A month before it closes: what closing it would charge, against the month before, and what stands
in the way.

Everything here is comparison. A line is the same line as last month's when firm, license,
subject, basis and kind of use are: new terms do not make it another.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

from ledger.core.closing import Cause
from ledger.core.completeness import MonthReport
from ledger.core.month_findings import Finding, Lacking, ShareStanding, Standing, find_all
from ledger.core.period import Month
from ledger.core.reason import Decision, Reason

_TENTHS = 1_000  # of a percent

#: The causes of what a month's own closing charges for it.
_OWN = frozenset({Cause.USE, Cause.REVENUE_SHARE})

Key = TypeVar("Key", bound=tuple[str, ...])


class Place(NamedTuple):
    """What a line is charged for, whatever the month and the terms."""

    licensee: str
    holder: str
    license: str
    subject: str
    basis: str
    modality: str  # "" where the terms take any
    use_class: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class PreviewLine:
    """A royalty line that is written, or would be, with what it is about in words."""

    place: Place
    title_ja: str
    title_en: str
    clause: str
    accrual_month: date
    cause: Cause
    generation_count: int
    quantity: Decimal
    amount_minor: int  # tax-exclusive
    closing_month: date | None = None  # of an adjustment: the later month that makes it

    @property
    def is_adjustment(self) -> bool:
        """Tell whether it says something new about a month that is closed."""
        return self.closing_month is not None or self.cause not in _OWN


class Change(StrEnum):
    """How an amount stands to that of the month before."""

    NEW = "new"
    VANISHED = "vanished"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """An amount beside that of the month before; None where there was, or is, no line at all."""

    before_minor: int | None
    now_minor: int | None

    @property
    def difference_minor(self) -> int:
        """What there is now less what there was."""
        return (self.now_minor or 0) - (self.before_minor or 0)

    @property
    def change(self) -> Change:
        """Say what became of it."""
        if self.before_minor is None:
            return Change.NEW
        if self.now_minor is None:
            return Change.VANISHED
        return Change.CHANGED if self.difference_minor else Change.SAME

    @property
    def percent(self) -> Decimal | None:
        """
        Return the difference in percent of what there was, to one decimal, cut; none of nothing.

        >>> Compared(before_minor=300, now_minor=400).percent
        Decimal('33.3')
        """
        if not self.before_minor:
            return None
        tenths = abs(self.difference_minor) * _TENTHS // abs(self.before_minor)
        signed = tenths if self.difference_minor >= 0 else -tenths
        return Decimal(signed).scaleb(-1)


@dataclass(frozen=True, kw_only=True)
class ComparedTotal:
    """What somebody's lines come to in a currency; the reference is "" for everybody's."""

    reference: str
    currency: str
    amount: Compared


@dataclass(frozen=True, kw_only=True)
class ComparedLine:
    """The use of one place on the terms, in both months."""

    place: Place
    title_ja: str
    title_en: str
    amount: Compared

    @property
    def currency(self) -> str:
        """The currency of both amounts."""
        return self.place.currency


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Use that is held, or was refused, for one reason; what is held may be from earlier months."""

    decision: Decision  # held or refused
    reason: Reason
    licensee: str
    subject: str | None  # None where nobody knows whose it is
    use_count: int  # parts of generations: one with three subjects is three
    since: date  # the first day of such use


@dataclass(frozen=True, kw_only=True)
class MonthPreview:
    """What closing a month comes to, as of what is in the book; or came to, once it is closed."""

    standing: Standing
    lines: tuple[PreviewLine, ...]
    totals: tuple[ComparedTotal, ...]
    licensees: tuple[ComparedTotal, ...]
    holders: tuple[ComparedTotal, ...]
    compared: tuple[ComparedLine, ...]  # lines of the month's own use
    waiting: tuple[Waiting, ...]
    unsettled: tuple[MonthReport, ...]  # firms whose month is not agreed on
    findings: tuple[Finding, ...]

    @property
    def month(self) -> Month:
        """The month that is looked at."""
        return self.standing.month

    @property
    def adjustments(self) -> tuple[PreviewLine, ...]:
        """The lines that say something new about closed months."""
        return tuple(line for line in self.lines if line.is_adjustment)

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """What stops a step."""
        return tuple(each for each in self.findings if each.is_blocker)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What stops none."""
        return tuple(each for each in self.findings if not each.is_blocker)


def month_preview(
    *,
    standing: Standing,
    lacking: Lacking,
    before: Sequence[PreviewLine],
    now: Sequence[PreviewLine],
    waiting: Sequence[Waiting],
    unsettled: Sequence[MonthReport],
    shares: Sequence[ShareStanding] = (),
) -> MonthPreview:
    """Set a month's lines beside those of the month before, and say what stands in the way."""
    licensees = _totals(before, now, lambda place: place.licensee)
    return MonthPreview(
        standing=standing,
        lines=tuple(now),
        totals=_totals(before, now, lambda place: ""),
        licensees=licensees,
        holders=_totals(before, now, lambda place: place.holder),
        compared=_compared(before, now),
        waiting=tuple(waiting),
        unsettled=tuple(unsettled),
        findings=find_all(
            standing,
            lacking,
            unsettled=unsettled,
            shares=shares,
            unknown_count=sum(each.use_count for each in waiting if each.subject is None),
            carried=[
                each.reference
                for each in licensees
                if each.amount.now_minor is not None and each.amount.now_minor <= 0
            ],
        ),
    )


def _totals(
    before: Iterable[PreviewLine], now: Iterable[PreviewLine], whose: Callable[[Place], str]
) -> tuple[ComparedTotal, ...]:
    """Add lines up by somebody and currency, adjustments among them."""

    def place_of(line: PreviewLine) -> tuple[str, str]:
        return (whose(line.place), line.place.currency)

    return tuple(
        ComparedTotal(reference=reference, currency=currency, amount=amount)
        for (reference, currency), amount in _beside(before, now, place_of)
    )


def _compared(
    before: Iterable[PreviewLine], now: Iterable[PreviewLine]
) -> tuple[ComparedLine, ...]:
    used_before = [line for line in before if not line.is_adjustment]
    used_now = [line for line in now if not line.is_adjustment]
    titles = {line.place: (line.title_ja, line.title_en) for line in (*used_before, *used_now)}
    return tuple(
        ComparedLine(
            place=place, title_ja=titles[place][0], title_en=titles[place][1], amount=amount
        )
        for place, amount in _beside(used_before, used_now, lambda line: line.place)
    )


def _beside(
    before: Iterable[PreviewLine],
    now: Iterable[PreviewLine],
    key: Callable[[PreviewLine], Key],
) -> list[tuple[Key, Compared]]:
    was, is_ = _sums(before, key), _sums(now, key)
    return [
        (each, Compared(before_minor=was.get(each), now_minor=is_.get(each)))
        for each in sorted(was.keys() | is_.keys())
    ]


def _sums(lines: Iterable[PreviewLine], key: Callable[[PreviewLine], Key]) -> Mapping[Key, int]:
    sums: dict[Key, int] = defaultdict(int)
    for line in lines:
        sums[key(line)] += line.amount_minor
    return sums
