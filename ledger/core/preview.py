"""
What generations would cost if they were reported now, computed as a closing computes it.

The price of one generation is exact, at the place where its tier counter would stand when those
before it had been counted. What the whole adds to a month is the difference that it makes to the
month's royalty lines, each rounded once as ever: a line that stands at 0.4 yen and is given 0.7
more grows by one yen. Fixed fees and what a month owes anyway are therefore in no difference; a
top-up to a share of the licensee's revenue is a matter of the whole month and is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import NamedTuple

from ledger.core.acceptance import UsageLine
from ledger.core.batch import Judged
from ledger.core.closing import RoyaltyLine, royalty_lines
from ledger.core.counter import (
    ClosingTerms,
    Place,
    UsageTotal,
    YearBegins,
    first_month_to_read,
    rate_card,
    years_beginning,
)
from ledger.core.event_total import EventTotal, limits_events, stacked
from ledger.core.money import add_exactly, take_bp
from ledger.core.period import Month
from ledger.core.preview_counter import (
    Counters,
    Half,
    added_totals,
    charged_quantity,
    half_of,
    is_priced,
)
from ledger.core.preview_events import limited_event, steps_on
from ledger.core.royalty import rated
from ledger.core.stacking import StackedOutput
from ledger.core.terms import Basis, License

#: Quantities and rates have at most 30 digits on each side of the point.
_EXACT = Context(prec=400, traps=[Inexact])


class Part(NamedTuple):
    """One subject's part in a generation: what prices it, and its exact price."""

    place: Place
    counter_before: Decimal | None  # None where no tier looks at it
    exact: Fraction  # minor units

    @property
    def price(self) -> Decimal:
        """The price as a decimal; rates and quantities are decimals, so nothing is lost."""
        return exact_decimal(self.exact)


@dataclass(frozen=True, kw_only=True)
class Growth:
    """By how much one royalty line of a month would grow."""

    month: date
    place: Place
    subject_id: int
    owner_id: int  # the rights holder
    generation_count: int
    quantity: Decimal  # in the unit of the basis; net revenue for a percentage
    exact: Fraction
    amount_minor: int  # after rounding, less the amount of the line as it stands

    @property
    def currency(self) -> str:
        """The currency of the terms."""
        return self.place.version.currency


@dataclass(frozen=True, kw_only=True)
class Priced:
    """The parts of each generation in order, None where one is not priced; and the growth."""

    parts: tuple[tuple[Part | None, ...], ...]
    growths: tuple[Growth, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a rights holder and the house would get of a growth, before any tax."""

    owner_id: int
    currency: str
    amount_minor: int
    admin_fee_bp: int
    admin_fee_minor: int

    @property
    def holder_minor(self) -> int:
        """What is left for the rights holder, who may be a committee that divides it."""
        return self.amount_minor - self.admin_fee_minor


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What has to be read to price generations: the terms touched, and the months of totals."""

    terms: ClosingTerms
    whole: ClosingTerms  # every license of the firm: what else was in an event
    years: tuple[YearBegins, ...]
    first: date
    last: date


def needed(
    *, fresh: Sequence[Judged], licenses: Iterable[License], owners: Mapping[int, int]
) -> Needed | None:
    """
    Return what pricing needs of the terms and totals; None when nothing is priced.

    ``owners`` has the rights holder of every subject that is priced; see :func:`priced_subjects`.
    """
    subjects: dict[int, set[int]] = defaultdict(set)
    months = set()
    for each in fresh:
        for line in filter(is_priced, each.judgement.lines):
            half = half_of(each, line, ())
            subjects[half.terms_version_id].add(half.subject_id)
            months.add(half.month)
    if not months:
        return None
    every = tuple(licenses)
    terms = _touched(every, subjects, owners)
    first = first_month_to_read(terms, Month.of_day(min(months)))
    years = years_beginning(terms, first=first, last=max(months))
    whole = ClosingTerms(licenses=every, owners=owners, listed={})
    return Needed(terms=terms, whole=whole, years=tuple(years), first=first, last=max(months))


def priced_subjects(fresh: Iterable[Judged]) -> set[int]:
    """Return the subjects that generations would be charged for."""
    return {
        line.subject_id
        for each in fresh
        for line in each.judgement.lines
        if is_priced(line) and line.subject_id is not None
    }


def price_all(
    *,
    fresh: Sequence[Judged],
    needed: Needed,
    totals: Iterable[UsageTotal],
    events: Iterable[EventTotal] = (),
) -> Priced:
    """
    Price generations one after another, on top of what the book has counted.

    ``totals`` and ``events`` are those of the months that are needed.
    """
    terms = needed.terms
    places = {place.line.id: place for place in rate_card(terms)}
    book = [total for total in totals if _is_touched(total, terms, places)]
    added = added_totals(fresh, needed.years)
    counters = Counters(places=places, book=book, added=added)
    parts = []
    limited: list[EventTotal] = []
    for each in fresh:
        own = [_rate(each, line, needed.years, places, counters) for line in each.judgement.lines]
        event = limited_event(each, [part.place.line if part else None for part in own])
        if event is not None:
            limited.append(event)
            own = _with_limits(own, stacked(event, places=places))
        parts.append(tuple(own))
    before = tuple(events)
    growths = [
        growth
        for month in sorted({half.month for half in added})
        for growth in _growths(Month.of_day(month), needed, book, added, (before, limited))
    ]
    return Priced(parts=tuple(parts), growths=tuple(growths))


def shares(growths: Iterable[Growth], *, admin_fee_bp: Mapping[int, int]) -> tuple[Share, ...]:
    """
    Divide what lines would grow by between each rights holder and the house.

    The fee is taken of a holder's sum, truncated, as a settlement takes it of what it received.
    """
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for growth in growths:
        sums[growth.owner_id, growth.currency] += growth.amount_minor
    return tuple(
        Share(
            owner_id=owner_id,
            currency=currency,
            amount_minor=amount_minor,
            admin_fee_bp=admin_fee_bp[owner_id],
            admin_fee_minor=take_bp(amount_minor, admin_fee_bp[owner_id]),
        )
        for (owner_id, currency), amount_minor in sorted(sums.items())
    )


def exact_decimal(exact: Fraction) -> Decimal:
    """
    Write a fraction that is a decimal as one.

    >>> exact_decimal(Fraction(891, 10))
    Decimal('89.1')
    """
    return _EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _touched(
    licenses: Iterable[License], subjects: Mapping[int, set[int]], owners: Mapping[int, int]
) -> ClosingTerms:
    """Return the grants that are charged under, with the subjects that are charged for alone."""
    listed: dict[int, set[int]] = defaultdict(set)
    kept = []
    for license_ in licenses:
        for grant in license_.grants:
            for version in grant.versions:
                listed[grant.id] |= subjects.get(version.id, set())
        grants = tuple(grant for grant in license_.grants if listed[grant.id])
        if grants:
            kept.append(replace(license_, grants=grants))
    return ClosingTerms(
        licenses=tuple(kept),
        owners=owners,
        listed={grant_id: tuple(sorted(named)) for grant_id, named in listed.items() if named},
    )


def _is_touched(total: UsageTotal, terms: ClosingTerms, places: Mapping[int, Place]) -> bool:
    place = places.get(total.rate_line_id or 0)
    return place is not None and total.subject_id in terms.listed[place.grant.id]


def _rate(
    each: Judged,
    line: UsageLine,
    years: Sequence[YearBegins],
    places: Mapping[int, Place],
    counters: Counters,
) -> Part | None:
    if not is_priced(line):
        return None
    half = half_of(each, line, years)
    place = places[half.rate_line_id]
    if not place.line.is_counted:  # A fixed fee adds nothing for one more generation.
        return Part(place, None, Fraction(0))
    quantity = charged_quantity(each, place)
    before = counters.move(half, quantity)
    steps = rated(
        line=place.line,
        quantity=quantity,
        counter_before=before,
        currency=place.version.currency,
    )
    exact = sum((step.exact for step in steps), Fraction(0))
    return Part(place, before if place.line.tiers else None, exact)


def _with_limits(parts: Sequence[Part | None], stacked: StackedOutput) -> list[Part | None]:
    changes = iter(stacked.parts)
    limited: list[Part | None] = []
    for part in parts:
        if part is None or not limits_events(part.place.line):
            limited.append(part)
        else:
            change = next(changes)
            limited.append(part._replace(exact=part.exact + change.amount - change.rated))
    return limited


def _growths(
    month: Month,
    needed: Needed,
    book: Sequence[UsageTotal],
    added: Mapping[Half, UsageTotal],
    events: tuple[Sequence[EventTotal], Sequence[EventTotal]],
) -> Iterator[Growth]:
    """
    Yield by how much each line that is touched would grow, in the order of the terms.

    ``events`` are those of the book, and those that are added.
    """
    terms, (before, limited) = needed.terms, events
    stands = royalty_lines(
        month=month,
        terms=terms,
        totals=book,
        event_steps=steps_on(terms, month=month, whole=needed.whole, events=before),
    )
    grown = royalty_lines(
        month=month,
        terms=terms,
        totals=[*book, *added.values()],
        event_steps=steps_on(terms, month=month, whole=needed.whole, events=[*before, *limited]),
    )
    stood = {_key(line): line for line in stands}
    places = {place.line.id: place for place in rate_card(terms)}
    touched: dict[tuple[int, int], list[UsageTotal]] = defaultdict(list)
    for half, total in added.items():
        if half.month == month.first_day:
            touched[half.rate_line_id, half.subject_id].append(total)
    for line in grown:
        if _key(line) in touched:
            yield _growth(
                line, stood.get(_key(line)), places[line.rate_line_id], touched[_key(line)]
            )


def _key(line: RoyaltyLine) -> tuple[int, int]:
    return (line.rate_line_id, line.subject_id)


def _growth(
    line: RoyaltyLine, stands: RoyaltyLine | None, place: Place, own: Sequence[UsageTotal]
) -> Growth:
    is_revenue = place.line.basis is Basis.PCT_REVENUE
    return Growth(
        month=line.month,
        place=place,
        subject_id=line.subject_id,
        owner_id=line.owner_id,
        generation_count=sum(total.generation_count for total in own),
        quantity=add_exactly(total.net_revenue if is_revenue else total.quantity for total in own),
        exact=line.charge.exact - (stands.charge.exact if stands else 0),
        amount_minor=line.amount_minor - (stands.amount_minor if stands else 0),
    )
