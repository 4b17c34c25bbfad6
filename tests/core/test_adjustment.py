"""Whenever usage is told, a month ends up costing what it would have cost at once."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.adjustment import adjustments, first_adjusted
from ledger.core.closing import RoyaltyLine, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.period import Month
from ledger.core.terms import Basis, CounterScope, RateLine, Tier, TierMode
from tests.core.month import HERO, RIVAL, terms, used, version

MONTHS = [Month(2026, number) for number in range(4, 9)]

PLAIN = RateLine(id=1, basis=Basis.PER_1K_CHARS, rate=Decimal("35.5"))
TIERS = (
    Tier(up_to=Decimal(100), rate=Decimal("12.3")),
    Tier(up_to=Decimal(300), rate=Decimal(10)),
    Tier(up_to=None, rate=Decimal(7)),
)
MARGINAL = RateLine(
    id=2,
    basis=Basis.PER_IMAGE,
    rate=Decimal(12),
    tier_mode=TierMode.MARGINAL,
    tiers=TIERS,
    counter_scope=CounterScope.CONTRACT_YEAR,
)
WHOLE = RateLine(
    id=3,
    basis=Basis.PER_SECOND,
    rate=Decimal(12),
    tier_mode=TierMode.WHOLE_VOLUME,
    tiers=TIERS,
    counter_scope=CounterScope.LIFE,
)
LEAST = RateLine(id=4, basis=Basis.PER_CLIP, rate=Decimal(1), minimum_minor=50)
FEE = RateLine(id=5, basis=Basis.FIXED_MONTH, rate=Decimal(1_000))
LINES = (PLAIN, MARGINAL, WHOLE, LEAST, FEE)
TERMS = terms(version(*LINES), subjects=(HERO, RIVAL))


@st.composite
def told(draw: st.DrawFn) -> UsageTotal:
    """Usage of one month, told while that is open or any time after; some takes away."""
    month, counted = sorted(draw(st.tuples(st.integers(0, 4), st.integers(0, 4))))
    total = used(
        draw(st.integers(0, 250)),
        month=MONTHS[month],
        line=draw(st.sampled_from(LINES[:4])),
        subject=draw(st.sampled_from([HERO, RIVAL])),
    )
    if counted == month:
        return total
    return replace(total, counted_month=MONTHS[counted].first_day)


def known_to(month: Month, totals: list[UsageTotal]) -> list[UsageTotal]:
    return [each for each in totals if (each.counted_month or each.month) <= month.first_day]


def closed(book: ClosingTerms, totals: list[UsageTotal]) -> list[RoyaltyLine]:
    """Close every month in order, each with its adjustments."""
    charged: list[RoyaltyLine] = []
    for month in MONTHS:
        known = known_to(month, totals)

        def charge(each: Month, known: list[UsageTotal] = known) -> tuple[RoyaltyLine, ...]:
            return royalty_lines(month=each, terms=book, totals=known)

        lines = charge(month)
        if (since := first_adjusted(month, known)) is not None:
            lines += adjustments(month=month, since=since, charge=charge, charged=charged)
        charged += lines
    return charged


def sums(lines: list[RoyaltyLine]) -> Counter[tuple[date, int, int]]:
    """Add up what was charged, by month of use, rate line and subject."""
    amounts: Counter[tuple[date, int, int]] = Counter()
    for line in lines:
        amounts[line.month, line.rate_line_id, line.subject_id] += line.amount_minor
    return Counter({key: amount for key, amount in amounts.items() if amount})


@given(st.lists(told(), max_size=15))
def test_usage_told_late_costs_what_it_would_have_cost_in_time(totals: list[UsageTotal]) -> None:
    in_time = [replace(each, counted_month=None) for each in totals]
    assert sums(closed(TERMS, totals)) == sums(closed(TERMS, in_time))


@given(st.lists(told(), min_size=1, max_size=10), st.data())
def test_what_is_taken_out_again_costs_nothing(
    totals: list[UsageTotal], data: st.DataObject
) -> None:
    """A correction after the closing gives back all that its usage came to, tiers and all."""
    wrong = data.draw(st.sampled_from(totals))
    last = MONTHS[-1]
    given_back = replace(
        wrong,
        generation_count=-wrong.generation_count,
        quantity=-wrong.quantity,
        counted_month=None if wrong.month == last.first_day else last.first_day,
    )
    rest = list(totals)
    rest.remove(wrong)
    assert sums(closed(TERMS, [*totals, given_back])) == sums(closed(TERMS, rest))


@given(st.lists(told(), max_size=10))
def test_nothing_is_adjusted_twice(totals: list[UsageTotal]) -> None:
    """A closing that nothing was told to leaves every earlier month as it is."""
    lines = closed(TERMS, totals)
    following = MONTHS[-1].next()

    def charge(each: Month) -> tuple[RoyaltyLine, ...]:
        return royalty_lines(month=each, terms=TERMS, totals=totals)

    first = MONTHS[0].first_day
    assert adjustments(month=following, since=first, charge=charge, charged=lines) == ()
