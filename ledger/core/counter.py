"""
Tier counters: a month's usage cut into portions, each with where its counter stood before.

A counter belongs to one subject at one place on a grant's rate card. It runs on when a new
version takes over, and starts again with its scope: the month, the contract year (on the
license's own anniversary, even in the middle of a month), or never.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.core.period import Month, contract_year_start, tokyo_day
from ledger.core.quota_terms import OnExceed
from ledger.core.terms import Basis, CounterScope, Grant, License, RateLine, TermsVersion

_NOTHING = Decimal(0)
#: The decisions whose usage is charged.
_CHARGED = frozenset({"accepted", "wind_down"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTotal:
    """A month's usage of one subject under one rate line, or what is held or refused of it."""

    month: date
    decision: str  # "accepted", "wind_down", "held" or "refused"; the first two are charged
    reason: str | None
    terms_version_id: int | None
    rate_line_id: int | None
    subject_id: int | None
    is_new_year: bool  # on or after the day of this month on which a contract year begins
    generation_count: int
    quantity: Decimal
    net_revenue: Decimal  # in major units of the currency of the terms
    counted_month: date | None = None  # the closing that takes it in, when its own is over


@dataclass(frozen=True, kw_only=True)
class ClosingTerms:
    """Every license, and of each subject whose it is and where a grant lists it."""

    licenses: tuple[License, ...]
    owners: Mapping[int, int]  # subject → rights holder
    listed: Mapping[int, tuple[int, ...]]  # grant → subjects in the order of the contract

    def versions(self) -> Iterator[tuple[License, Grant, TermsVersion]]:
        """Yield every terms version with the grant and license it belongs to."""
        for license_ in self.licenses:
            for grant in license_.grants:
                for version in grant.versions:
                    yield license_, grant, version


class Place(NamedTuple):
    """A rate line at its place on the rate card of its version."""

    license_: License
    grant: Grant
    version: TermsVersion
    position: int
    line: RateLine


class Portion(NamedTuple):
    """A part of a month's quantity, and where its counter stood before it."""

    generation_count: int
    quantity: Decimal
    counter_before: Decimal


class YearBegins(NamedTuple):
    """The day in the middle of a month on which a contract year of a terms version begins."""

    terms_version_id: int
    month: date
    day: date


def first_month_to_read(terms: ClosingTerms, month: Month) -> date:
    """Return the earliest month whose totals a tier counter of a closing still depends on."""
    months = [month.first_day]
    for license_, grant, version in terms.versions():
        if grant.quota is not None and grant.quota.on_exceed is OnExceed.OVERAGE:
            since = grant.quota.period_start(
                on=month.first_day, anniversary=tokyo_day(license_.starts_at)
            )
            months.append((since or tokyo_day(license_.starts_at)).replace(day=1))
        for line in version.rate_lines:
            if line.counter_scope is CounterScope.LIFE:
                months.append(tokyo_day(license_.starts_at).replace(day=1))
            elif line.counter_scope is CounterScope.CONTRACT_YEAR:
                months.append(_year_start(license_, month.first_day).replace(day=1))
    return min(months)


def years_beginning(terms: ClosingTerms, *, first: date, last: date) -> list[YearBegins]:
    """
    Name the days in the middle of some months on which contract years begin.

    The totals of such a month are needed in two parts, before and from that day.
    """
    begins = []
    for license_, _, version in terms.versions():
        anniversary = tokyo_day(license_.starts_at)
        for year in range(first.year, last.year + 1):
            day = contract_year_start(anniversary=anniversary, on=date(year, 12, 31))
            if day.day != 1 and first <= day.replace(day=1) <= last:
                begins.append(YearBegins(version.id, day.replace(day=1), day))
    return begins


def rate_card(terms: ClosingTerms) -> Iterator[Place]:
    """Yield every rate line, by licensee and license, in the order of the terms."""
    by_license = sorted(terms.licenses, key=lambda each: (each.licensee_id, each.id))
    for license_, grant, version in replace(terms, licenses=tuple(by_license)).versions():
        for position, line in enumerate(version.rate_lines):
            yield Place(license_, grant, version, position, line)


def portions_of(
    month: Month, *, places: Mapping[int, Place], totals: Iterable[UsageTotal]
) -> dict[tuple[int, int], list[Portion]]:
    """
    Run every counter through the months, and cut this month's usage where they stood.

    ``places`` are by rate line; the portions are by rate line and subject, in order of time.
    """
    counters: dict[tuple[int, int, int], _Counter] = defaultdict(_Counter)
    portions: dict[tuple[int, int], list[Portion]] = defaultdict(list)
    for total, place, subject_id in _in_time(places, totals):
        quantity = _charged_quantity(place.line, total)
        since = _scopes_begin(place.license_, total)
        counter = counters[place.grant.id, place.position, subject_id]
        scope = place.line.counter_scope
        before = counter.stands_at(scope, since[scope])
        counter.move(quantity, since)
        if total.month == month.first_day:
            portion = Portion(total.generation_count, quantity, before)
            portions[place.line.id, subject_id].append(portion)
    return portions


def _in_time(
    places: Mapping[int, Place], totals: Iterable[UsageTotal]
) -> list[tuple[UsageTotal, Place, int]]:
    """Add up what is accepted by rate line and subject, and order it as counters pass it."""
    added: dict[tuple[date, bool, int, int], UsageTotal] = {}
    for total in totals:
        if total.decision in _CHARGED:
            assert total.rate_line_id is not None
            assert total.subject_id is not None
            key = (total.month, total.is_new_year, total.rate_line_id, total.subject_id)
            added[key] = _plus(added.get(key), total)
    ordered = [(total, places[key[2]], key[3]) for key, total in added.items()]
    return sorted(
        ordered,
        key=lambda each: (each[0].month, each[0].is_new_year, each[1].version.effective_from),
    )


def _plus(one: UsageTotal | None, other: UsageTotal) -> UsageTotal:
    if one is None:
        return other
    return replace(
        one,
        generation_count=one.generation_count + other.generation_count,
        quantity=one.quantity + other.quantity,
        net_revenue=one.net_revenue + other.net_revenue,
    )


def _scopes_begin(license_: License, total: UsageTotal) -> dict[CounterScope, date | None]:
    """Return the first day of each scope a total is counted in; a life has none."""
    last_day = Month.of_day(total.month).last_day
    return {
        CounterScope.PERIOD: total.month,
        CounterScope.CONTRACT_YEAR: _year_start(
            license_, last_day if total.is_new_year else total.month
        ),
        CounterScope.LIFE: None,
    }


def _year_start(license_: License, on: date) -> date:
    return contract_year_start(anniversary=tokyo_day(license_.starts_at), on=on)


def _charged_quantity(line: RateLine, total: UsageTotal) -> Decimal:
    return total.net_revenue if line.basis is Basis.PCT_REVENUE else total.quantity


class _Counter:
    """One tier counter: how far it has run in its month, its contract year and its life."""

    def __init__(self) -> None:
        self._in: dict[CounterScope, tuple[date | None, Decimal]] = {}

    def move(self, quantity: Decimal, since: Mapping[CounterScope, date | None]) -> None:
        """Count a quantity in each scope, which begins anew when its first day is another."""
        for scope, start in since.items():
            self._in[scope] = (start, self.stands_at(scope, start) + quantity)

    def stands_at(self, scope: CounterScope, start: date | None) -> Decimal:
        """Return what was counted since the first day of a scope."""
        began, counted = self._in.get(scope, (start, _NOTHING))
        return counted if began == start else _NOTHING
