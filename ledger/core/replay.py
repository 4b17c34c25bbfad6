"""
A replay: past usage under other terms, and who would have had how much more or less.

The changes are made to values that were read, never to the book, and the same functions that
close and settle work both sides out: the terms as they are and the terms as changed. Each month
is taken as paid when it was charged, from committees without a past; amounts are tax-exclusive.
Advances and guarantees are rolled forward from the beginning of their license.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.core.closing import RoyaltyLine, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.event_total import EventTotal, steps_of_events
from ledger.core.period import Month
from ledger.core.reckoning import EntrustmentMissing, WaterfallMissing
from ledger.core.recoup_versions import VersionedGroup
from ledger.core.replay_recoupment import RolledMonth, first_rolled, grouped_versions, roll
from ledger.core.replay_revenue import StatedRevenues, topped_up
from ledger.core.settlement import Committee, Division, Received, Supplier, divide
from ledger.core.waterfall import Waterfall

#: The recoup groups of licenses, by reference.
Groups = Mapping[str, Sequence[VersionedGroup]]

#: What the figures are added up by, in the order in which they are shown.
GROUPS = ("licensee", "paid", "subject", "holder", "payee", "house")


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
    groups: Groups
    paying: frozenset[int]  # licensees whose payments are shown beside royalty
    stated: StatedRevenues = field(default_factory=StatedRevenues)


@dataclass(frozen=True, kw_only=True)
class WorkedOut:
    """What one side comes to, and its recoup groups month by month."""

    sums: Mapping[Place, int]
    rolled: tuple[RolledMonth, ...]


def work_out(replay: Replay) -> WorkedOut:
    """
    Return what each licensee, subject, holder, payee and the house comes to over the months.

    What a licensee with advances or guarantees pays in all is shown beside what it is charged.

    :raises EntrustmentMissing: a rights holder's fee is not known.
    :raises WaterfallMissing: a committee's contract is not known.
    """
    sums: Counter[Place] = Counter()
    past: dict[str, Division] = {}
    lines = _lines(replay)
    rolled = roll(replay.terms, replay.groups, lines)
    for month in replay.months:
        grouped = grouped_versions(replay.terms, replay.groups, month=month.month)
        of_month = [each for each in rolled if each.month == month.month]
        alone = [each for each in lines[month.month] if each.terms_version_id not in grouped]
        for place, amount in _charged(replay, lines[month.month]):
            sums[place] += amount
        for place, amount in _paid(replay, alone, of_month):
            sums[place] += amount
        received = _received_for(alone, of_month)
        for (owner_id, currency), amount in received.items():
            sums[Place("holder", month.holders[owner_id].reference, currency)] += amount
        for division in _divided(replay, month, received, past):
            past[division.received.holder] = division
            for reference, amount in _received_by(division):
                sums[Place(*reference, replay.currency)] += amount
    first = replay.months[0].month
    return WorkedOut(sums=sums, rolled=tuple(each for each in rolled if each.month >= first))


def first_month(months: Sequence[Month], terms: ClosingTerms, groups: Groups) -> Month:
    """Return the month from which a replay has to be worked out, for what came before it."""
    return min(months[0], first_rolled(terms, groups) or months[0])


def compare(before: Mapping[Place, int], after: Mapping[Place, int]) -> tuple[Difference, ...]:
    """Return both sides of every figure, by group and reference; nothing on both is left out."""
    places = sorted({*before, *after}, key=lambda place: (GROUPS.index(place.group), place))
    return tuple(
        Difference(place=place, before_minor=before.get(place, 0), after_minor=after.get(place, 0))
        for place in places
        if before.get(place) or after.get(place)
    )


def _lines(replay: Replay) -> dict[Month, tuple[RoyaltyLine, ...]]:
    """Work the royalty lines of every month out, and of those in which groups began."""
    months = [month.month for month in replay.months]
    month = first_month(months, replay.terms, replay.groups)
    lines = {}
    while month <= months[-1]:
        units = royalty_lines(
            month=month,
            terms=replay.terms,
            totals=replay.totals,
            event_steps=steps_of_events(month=month, terms=replay.terms, events=replay.events),
        )
        lines[month] = topped_up(month, replay.terms, units, replay.stated)
        month = month.next()
    return lines


def _charged(replay: Replay, lines: Iterable[RoyaltyLine]) -> Iterator[tuple[Place, int]]:
    for line in lines:
        licensee, subject = replay.licensees[line.licensee_id], replay.subjects[line.subject_id]
        yield Place("licensee", licensee, line.currency), line.amount_minor
        yield Place("subject", subject, line.currency), line.amount_minor


def _paid(
    replay: Replay, alone: Iterable[RoyaltyLine], rolled: Iterable[RolledMonth]
) -> Iterator[tuple[Place, int]]:
    """Yield what licensees with advances or guarantees pay, with or without a group."""
    for line in alone:
        if line.licensee_id in replay.paying:
            licensee = replay.licensees[line.licensee_id]
            yield Place("paid", licensee, line.currency), line.amount_minor
    for each in rolled:
        yield Place("paid", replay.licensees[each.licensee_id], each.currency), each.paid_minor


def _received_for(
    alone: Iterable[RoyaltyLine], rolled: Iterable[RolledMonth]
) -> Mapping[tuple[int, str], int]:
    """Add up what comes in for each rights holder, by currency."""
    received: Counter[tuple[int, str]] = Counter()
    for line in alone:
        received[line.owner_id, line.currency] += line.amount_minor
    for each in rolled:
        for owner_id, amount in each.received.items():
            received[owner_id, each.currency] += amount
    return received


def _divided(
    replay: Replay,
    month: ReplayMonth,
    received: Mapping[tuple[int, str], int],
    past: Mapping[str, Division],
) -> tuple[Division, ...]:
    own = [
        _received(month, month.holders[owner_id], amount, past)
        for (owner_id, currency), amount in received.items()
        if currency == replay.currency
    ]
    payees = {
        payee
        for waterfall in month.waterfalls.values()
        for step in waterfall.steps
        for payee in (step.payee, *(passed for passed, _ in step.passes))
    }
    return divide(own, suppliers={payee: Supplier() for payee in payees})


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
