"""
A replay: past usage under other terms, and who would have had how much more or less.

The changes are made to values that were read, never to the book, and the same functions that
close and settle work both sides out: the terms as they are and the terms as changed. Each month
is taken as paid when it was charged, from committees without a past; amounts are tax-exclusive.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ledger.core.closing import RoyaltyLine, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.event_total import EventTotal, steps_of_events
from ledger.core.period import Month
from ledger.core.reckoning import EntrustmentMissing, WaterfallMissing
from ledger.core.settlement import Committee, Division, Received, Supplier, divide
from ledger.core.waterfall import Waterfall

#: What the figures are added up by, in the order in which they are shown.
GROUPS = ("licensee", "subject", "holder", "payee", "house")


class Place(NamedTuple):
    """Whose figure it is, and in which currency."""

    group: str
    reference: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A figure as it is and as it would be, in minor units."""

    place: Place
    before_minor: int
    after_minor: int

    @property
    def difference_minor(self) -> int:
        """How much more, or below zero how much less."""
        return self.after_minor - self.before_minor


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A rights holder as a month's settlement sees it."""

    reference: str
    is_committee: bool
    admin_fee_bp: int | None  # None without an entrustment in force


@dataclass(frozen=True, kw_only=True)
class ReplayMonth:
    """A month of use, and what its settlement looks at."""

    month: Month
    holders: Mapping[int, Holder]
    waterfalls: Mapping[str, Waterfall]  # by committee


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One side: the terms, the usage under them, and how what it earns is divided."""

    months: Sequence[ReplayMonth]
    terms: ClosingTerms
    totals: Sequence[UsageTotal]
    events: Sequence[EventTotal]  # those that are priced one by one
    licensees: Mapping[int, str]
    subjects: Mapping[int, str]
    currency: str  # of the book: what is charged in another is not divided


def work_out(replay: Replay) -> Mapping[Place, int]:
    """
    Return what each licensee, subject, holder, payee and the house comes to over the months.

    :raises EntrustmentMissing: a rights holder's fee is not known.
    :raises WaterfallMissing: a committee's contract is not known.
    """
    sums: Counter[Place] = Counter()
    past: dict[str, Division] = {}
    for month in replay.months:
        lines = royalty_lines(
            month=month.month,
            terms=replay.terms,
            totals=replay.totals,
            event_steps=steps_of_events(
                month=month.month, terms=replay.terms, events=replay.events
            ),
        )
        for place, amount in _charged(replay, month, lines):
            sums[place] += amount
        for division in _divided(replay, month, lines, past):
            past[division.received.holder] = division
            for reference, amount in _received_by(division):
                sums[Place(*reference, replay.currency)] += amount
    return sums


def compare(before: Mapping[Place, int], after: Mapping[Place, int]) -> tuple[Difference, ...]:
    """Return both sides of every figure, by group and reference; nothing on both is left out."""
    places = sorted({*before, *after}, key=lambda place: (GROUPS.index(place.group), place))
    return tuple(
        Difference(place=place, before_minor=before.get(place, 0), after_minor=after.get(place, 0))
        for place in places
        if before.get(place) or after.get(place)
    )


def _charged(
    replay: Replay, month: ReplayMonth, lines: Iterable[RoyaltyLine]
) -> Iterator[tuple[Place, int]]:
    for line in lines:
        for group, reference in (
            ("licensee", replay.licensees[line.licensee_id]),
            ("subject", replay.subjects[line.subject_id]),
            ("holder", month.holders[line.owner_id].reference),
        ):
            yield Place(group, reference, line.currency), line.amount_minor


def _divided(
    replay: Replay,
    month: ReplayMonth,
    lines: Iterable[RoyaltyLine],
    past: Mapping[str, Division],
) -> tuple[Division, ...]:
    earned: Counter[int] = Counter()
    for line in lines:
        if line.currency == replay.currency:
            earned[line.owner_id] += line.amount_minor
    received = [
        _received(month, month.holders[owner_id], amount, past)
        for owner_id, amount in earned.items()
    ]
    payees = {
        payee
        for waterfall in month.waterfalls.values()
        for step in waterfall.steps
        for payee in (step.payee, *(passed for passed, _ in step.passes))
    }
    return divide(received, suppliers={payee: Supplier() for payee in payees})


def _received(
    month: ReplayMonth, holder: Holder, amount_minor: int, past: Mapping[str, Division]
) -> Received:
    if holder.admin_fee_bp is None:
        raise EntrustmentMissing(holder=holder.reference, day=month.month.next().last_day)
    return Received(
        holder=holder.reference,
        royalty_minor=amount_minor,
        tax_minor=0,
        admin_fee_bp=holder.admin_fee_bp,
        admin_fee_tax_bp=0,
        committee=_committee(month, holder, past) if holder.is_committee else None,
    )


def _committee(month: ReplayMonth, holder: Holder, past: Mapping[str, Division]) -> Committee:
    waterfall = month.waterfalls.get(holder.reference)
    if waterfall is None:
        raise WaterfallMissing(committee=holder.reference, month=month.month.next())
    before = past.get(holder.reference)
    return Committee(
        waterfall=waterfall,
        deficit_in_minor=before.deficit_out_minor if before else 0,
        distributed_before_minor=before.distributed_after_minor if before else 0,
    )


def _received_by(division: Division) -> Iterator[tuple[tuple[str, str], int]]:
    yield ("house", "admin_fee"), division.admin_fee_minor
    for earning in division.earnings:
        yield ("payee", earning.payee), earning.amount_minor
