"""Whenever usage is told, a month ends up costing what it would have cost at once."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.adjustment import lines_of_closing
from ledger.core.closing import Cause, RoyaltyLine, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.period import Month
from ledger.core.rerating import Rerating
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
        charged += lines_of_closing(
            month=month, terms=book, totals=known_to(month, totals), charged=charged
        )
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
    new = lines_of_closing(month=following, terms=TERMS, totals=totals, charged=lines)
    assert {line.cause for line in new} <= {Cause.USE}


# Terms that are agreed for closed months.

OLD = RateLine(id=11, basis=Basis.PER_IMAGE, rate=Decimal(12))
NEW = RateLine(id=12, basis=Basis.PER_IMAGE, rate=Decimal(13))
JULY, AUGUST, SEPTEMBER, OCTOBER = (Month(2026, number) for number in (7, 8, 9, 10))
AMENDED = terms(
    version(OLD),
    replace(
        version(NEW, number=2, effective_from=JULY.starts_at),
        counted_month=OCTOBER.first_day,
    ),
)
QUARTER = [
    used(20_000, month=JULY, line=OLD),
    used(25_500, month=AUGUST, line=OLD),
    used(18_250, month=SEPTEMBER, line=OLD),
]


def quarter(*told: UsageTotal) -> list[RoyaltyLine]:
    """Close July to October."""
    charged: list[RoyaltyLine] = []
    for month in (JULY, AUGUST, SEPTEMBER, OCTOBER):
        known = known_to(month, [*QUARTER, *told])
        charged += lines_of_closing(month=month, terms=AMENDED, totals=known, charged=charged)
    return charged


def by_cause(lines: list[RoyaltyLine]) -> Counter[Cause]:
    amounts: Counter[Cause] = Counter()
    for line in lines:
        amounts[line.cause] += line.amount_minor
    return amounts


@pytest.mark.parametrize(
    ("line", "number"),
    [(OLD, 1), (NEW, 2)],  # Reported before the amendment was signed, and after.
)
def test_e5_terms_for_closed_months_charge_the_difference(line: RateLine, number: int) -> None:
    late = replace(
        used(340, month=AUGUST, line=line, version_id=number), counted_month=OCTOBER.first_day
    )
    lines = quarter(late)
    assert by_cause(lines) == {
        Cause.USE: 765_000,
        Cause.RETRO: 63_750,
        Cause.LATE: 4_080,
        Cause.LATE_RETRO: 340,
    }
    assert [
        (f"{line.month:%m}", line.cause, line.quantity, line.amount_minor)
        for line in lines
        if line.closing_month
    ] == [
        ("07", "retro", Decimal(20_000), 20_000),
        ("08", "late", Decimal(340), 4_080),
        ("08", "retro", Decimal(25_500), 25_500),
        ("08", "late_retro", Decimal(340), 340),
        ("09", "retro", Decimal(18_250), 18_250),
    ]


def test_usage_of_a_month_that_is_still_open_goes_by_the_new_terms() -> None:
    """Whichever it was judged under when it was reported."""
    told = (
        used(10, month=OCTOBER, line=OLD),
        used(5, month=OCTOBER, line=NEW, version_id=2),
    )
    (line,) = (line for line in quarter(*told) if line.month == OCTOBER.first_day)
    assert (line.rate_line_id, line.amount_minor) == (NEW.id, 15 * 13)


def test_what_is_told_after_the_amendment_is_late_and_nothing_else() -> None:
    charged = quarter()
    november = OCTOBER.next()
    late = replace(used(10, month=AUGUST, line=NEW, version_id=2), counted_month=november.first_day)
    taken_back = replace(
        used(-500, month=JULY, line=OLD), generation_count=-1, counted_month=november.first_day
    )
    lines = lines_of_closing(
        month=november, terms=AMENDED, totals=[*QUARTER, late, taken_back], charged=charged
    )
    assert [(line.cause, line.quantity, line.amount_minor) for line in lines] == [
        (Cause.LATE, Decimal(-500), -6_500),
        (Cause.LATE, Decimal(10), 130),
    ]


TIERED = replace(MARGINAL, id=21)
DEARER = replace(MARGINAL, id=22, tiers=tuple(replace(tier, rate=tier.rate + 1) for tier in TIERS))


@given(
    st.lists(st.tuples(told(), st.booleans()), max_size=10),
    st.integers(1, 3),  # After the terms they replace.
    st.integers(1, 3),
)
def test_terms_for_closed_months_end_as_if_they_had_been_agreed_in_time(
    told_under: list[tuple[UsageTotal, bool]], start: int, length: int
) -> None:
    """Whenever they are signed, and whichever terms the usage was judged under."""
    counted = MONTHS[min(start + length, 4)]
    amended = terms(
        version(TIERED),
        replace(
            version(DEARER, number=2, effective_from=MONTHS[start].starts_at),
            counted_month=counted.first_day,
        ),
        subjects=(HERO, RIVAL),
    )
    totals = []
    for total, is_known in told_under:
        told_in = total.counted_month or total.month
        is_new = (
            is_known and MONTHS[start].first_day <= total.month and counted.first_day <= told_in
        )
        line = DEARER if is_new else TIERED
        totals.append(replace(total, rate_line_id=line.id, terms_version_id=2 if is_new else 1))
    at_once = Rerating(amended, MONTHS[-1])
    expected: Counter[tuple[date, int]] = Counter()
    for month in MONTHS:
        for charged_line in royalty_lines(
            month=month, terms=at_once.known, totals=at_once.totals(totals)
        ):
            key = (charged_line.month, charged_line.subject_id)
            expected[key] += charged_line.amount_minor
    charged: Counter[tuple[date, int]] = Counter()
    for each in closed(amended, totals):
        charged[each.month, each.subject_id] += each.amount_minor
    assert +charged == +expected
    assert {key: amount for key, amount in charged.items() if amount < 0} == {}
