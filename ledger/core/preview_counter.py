"""
Where tier counters would stand as generations that are not in the book are counted.

Every generation is counted after those before it, on top of what the book has of its month and
of the months before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.core.acceptance import Decision, UsageLine
from ledger.core.batch import Judged
from ledger.core.counter import Place, UsageTotal, YearBegins, portions_of
from ledger.core.money import add_exactly
from ledger.core.period import Month
from ledger.core.terms import Basis

_UNPRICED = frozenset({Decision.HELD, Decision.REFUSED})

_NOTHING = Decimal(0)


class Half(NamedTuple):
    """One line of one subject in a month, before or after a contract year begins in it."""

    month: date
    terms_version_id: int
    rate_line_id: int
    subject_id: int
    is_new_year: bool


def is_priced(line: UsageLine) -> bool:
    """Tell whether a subject's part in a generation is charged for."""
    return line.rate_line_id is not None and line.decision not in _UNPRICED


def half_of(each: Judged, line: UsageLine, years: Sequence[YearBegins]) -> Half:
    """Return where a part that is priced is counted."""
    assert line.terms_version_id is not None
    assert line.rate_line_id is not None
    assert line.subject_id is not None
    is_new_year = any(
        year.terms_version_id == line.terms_version_id
        and year.month == each.accrual_month
        and each.day >= year.day
        for year in years
    )
    return Half(
        each.accrual_month, line.terms_version_id, line.rate_line_id, line.subject_id, is_new_year
    )


def charged_quantity(each: Judged, place: Place) -> Decimal:
    """Return what a line multiplies: the quantity, or the revenue for a percentage."""
    reported = each.reported
    charged = reported.net_revenue if place.line.basis is Basis.PCT_REVENUE else reported.quantity
    assert charged is not None, "what is not known is held, not priced"
    return charged


def added_totals(fresh: Iterable[Judged], years: Sequence[YearBegins]) -> dict[Half, UsageTotal]:
    """Add up what generations would add to the totals of their months."""
    grouped: dict[Half, list[Judged]] = defaultdict(list)
    for each in fresh:
        for line in each.judgement.lines:
            if is_priced(line):
                grouped[half_of(each, line, years)].append(each)
    return {half: _total(half, group) for half, group in grouped.items()}


class Counters:
    """Tier counters that move on with each generation."""

    def __init__(
        self,
        *,
        places: Mapping[int, Place],
        book: Sequence[UsageTotal],
        added: Mapping[Half, UsageTotal],
    ) -> None:
        self._stand: dict[Half, Decimal] = {}
        totals = [*book, *added.values()]
        for month in {half.month for half in added}:
            found = portions_of(Month.of_day(month), places=places, totals=totals)
            present = _halves(month, totals)
            for half in added:
                if half.month == month:
                    key = (half.rate_line_id, half.subject_id)
                    portion = found[key][present[key].index(half.is_new_year)]
                    own = added[half]
                    is_revenue = places[half.rate_line_id].line.basis is Basis.PCT_REVENUE
                    not_yet = own.net_revenue if is_revenue else own.quantity
                    self._stand[half] = portion.counter_before + portion.quantity - not_yet

    def move(self, half: Half, quantity: Decimal) -> Decimal:
        """Return where a counter stands, and count a quantity."""
        before = self._stand[half]
        self._stand[half] = add_exactly((before, quantity))
        return before


def _total(half: Half, group: Sequence[Judged]) -> UsageTotal:
    return UsageTotal(
        month=half.month,
        decision=str(Decision.ACCEPTED),
        reason=None,
        terms_version_id=half.terms_version_id,
        rate_line_id=half.rate_line_id,
        subject_id=half.subject_id,
        is_new_year=half.is_new_year,
        generation_count=len(group),
        quantity=add_exactly(each.reported.quantity or _NOTHING for each in group),
        net_revenue=add_exactly(each.reported.net_revenue or _NOTHING for each in group),
    )


def _halves(month: date, totals: Iterable[UsageTotal]) -> Mapping[tuple[int, int], list[bool]]:
    """Return which halves of a month each line has, in the order of its portions."""
    found: dict[tuple[int, int], set[bool]] = defaultdict(set)
    for total in totals:
        if total.month == month and total.decision not in _UNPRICED:
            assert total.rate_line_id is not None
            assert total.subject_id is not None
            found[total.rate_line_id, total.subject_id].add(total.is_new_year)
    return {key: sorted(halves) for key, halves in found.items()}
