"""Whenever revenue and use are told, a month ends up topped up as if all had been told at once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.closing import Cause, RoyaltyLine
from ledger.core.money import Rounding
from ledger.core.period import Month
from ledger.core.revenue_terms import RevenueBase, RevenueTerms
from ledger.core.royalty import Charge
from ledger.core.terms import Basis, RateLine
from ledger.core.top_up import (
    Comparison,
    GrantMonth,
    ReportedRevenue,
    add_up,
    share_revenue,
)
from tests.core import naive
from tests.core.month import HERO, RIVAL, terms, version

MONTHS = [Month(2026, number) for number in range(4, 8)]
SUBJECTS = (HERO, RIVAL)
SHARE = RevenueTerms(percent=Decimal(18), base=RevenueBase.NET_REVENUE, currency="JPY")
LINE = RateLine(id=1, basis=Basis.PER_SECOND, rate=Decimal(1))
TERMS = terms(replace(version(LINE), revenue_share=SHARE), subjects=SUBJECTS)
GRANT = 5


def units(month: Month, closing: Month, subject: int, amount: int) -> RoyaltyLine:
    """What a closing charges by units for a month: of its own, or told late."""
    is_late = closing != month
    return RoyaltyLine(
        month=month.first_day,
        licensee_id=7,
        owner_id=90,
        license_id=6,
        subject_id=subject,
        terms_version_id=1,
        rate_line_id=LINE.id,
        currency="JPY",
        generation_count=amount,
        quantity=Decimal(amount),
        counter_before=Decimal(0),
        charge=Charge(
            exact=Fraction(amount), amount_minor=amount, rounding=Rounding.TRUNCATE, steps=()
        ),
        closing_month=closing.first_day if is_late else None,
        cause=Cause.LATE if is_late else Cause.USE,
    )


#: A month of use, the closing that hears of it, and what it hears.
_Told = tuple[int, int, int]


def told(values: st.SearchStrategy[int]) -> st.SearchStrategy[list[_Told]]:
    one = st.tuples(st.integers(0, 3), st.integers(0, 3), values)
    return st.lists(one.map(lambda each: (min(each[:2]), max(each[:2]), each[2])), max_size=8)


@given(
    hero=told(st.integers(-50, 300)),
    rival=told(st.integers(-50, 300)),
    stated=told(st.integers(0, 3_000)),
)
def test_a_month_comes_to_the_greater_of_both_however_it_was_told(
    hero: list[_Told], rival: list[_Told], stated: list[_Told]
) -> None:
    reported = versions(stated)
    charged: list[RoyaltyLine] = []
    compared: list[Comparison] = []
    for number, closing in enumerate(MONTHS):
        own = [
            units(MONTHS[month], closing, subject, amount)
            for subject, told_of in ((HERO, hero), (RIVAL, rival))
            for month, when, amount in told_of
            if when == number
        ]
        shared = share_revenue(
            month=closing,
            since=MONTHS[0],
            terms=TERMS,
            charged=add_up(TERMS, own, onto=add_up(TERMS, charged)),
            reported=[each for each in reported if each.counted_month <= closing.first_day],
            before=compared,
            find_exchange=lambda *_: None,
        )
        charged += [*own, *shared.lines]
        compared += shared.comparisons
    for number, month in enumerate(MONTHS):
        check(number, month, hero, rival, reported, charged)


def versions(stated: list[_Told]) -> list[ReportedRevenue]:
    """Number what was stated, in the order in which closings hear of it."""
    found: list[ReportedRevenue] = []
    for month, when, amount in sorted(stated, key=lambda each: each[1]):
        of = GrantMonth(GRANT, MONTHS[month].first_day)
        found.append(
            ReportedRevenue(
                of=of,
                version=1 + sum(each.of == of for each in found),
                counted_month=MONTHS[when].first_day,
                amount=Decimal(amount),
                currency="JPY",
            )
        )
    return found


def check(
    number: int,
    month: Month,
    hero: list[_Told],
    rival: list[_Told],
    reported: list[ReportedRevenue],
    charged: list[RoyaltyLine],
) -> None:
    earned = [
        sum(amount for used, _, amount in told_of if used == number) for told_of in (hero, rival)
    ]
    top_ups = [
        sum(
            line.amount_minor
            for line in charged
            if line.cause is Cause.REVENUE_SHARE
            and (line.month, line.subject_id) == (month.first_day, subject)
        )
        for subject in SUBJECTS
    ]
    last = [each for each in reported if each.of.month == month.first_day][-1:]
    if not last:
        assert top_ups == [0, 0]  # Held: nothing is charged, whatever else is told.
        return
    share = int(last[0].amount * 18 / 100)
    assert sum(earned) + sum(top_ups) == max(sum(earned), share)
    weights = [Fraction(max(0, each)) for each in earned]
    if not any(weights):
        weights = [Fraction(1), Fraction(1)]  # Use is counted as the units are here.
    assert top_ups == naive.hand_out(max(0, share - sum(earned)), weights)


def test_a_month_that_says_nothing_new_is_not_compared_again() -> None:
    first, second = MONTHS[0], MONTHS[1]
    reported = versions([(0, 0, 1_000), (1, 1, 1_000)])
    at_first = share_revenue(
        month=first,
        since=first,
        terms=TERMS,
        charged={},
        reported=reported[:1],
        before=(),
        find_exchange=lambda *_: None,
    )
    later = share_revenue(
        month=second,
        since=first,
        terms=TERMS,
        charged=add_up(TERMS, at_first.lines),
        reported=reported,
        before=at_first.comparisons,
        find_exchange=lambda *_: None,
    )
    assert [each.of.month for each in later.comparisons] == [date(2026, 5, 1)]
    assert {line.month for line in later.lines} == {date(2026, 5, 1)}
