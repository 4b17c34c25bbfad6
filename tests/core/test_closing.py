"""A month's totals become royalty lines: counters, minimums, one rounding."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.closing import input_hash, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal, first_month_to_read, years_beginning
from ledger.core.event_total import EventPart, EventTotal, steps_of_events
from ledger.core.period import Month
from ledger.core.terms import (
    Allocation,
    Basis,
    CounterScope,
    RateLine,
    Stacking,
    Tier,
    TierMode,
)
from tests.core.month import (
    APRIL,
    HERO,
    IMAGE_TIERS,
    IMAGES,
    NOVEMBER,
    OCTOBER,
    RIVAL,
    VIDEO,
    VOICE,
    amounts,
    at,
    november,
    terms,
    used,
    version,
)


def test_the_month_of_e1_is_charged_to_the_yen() -> None:
    lines = november(
        terms(version(IMAGES, VIDEO, VOICE)),
        used(92_340, month=OCTOBER),
        used(37_415),
        used(26_997, line=VIDEO),
        used(1_284_560, line=VOICE),
    )
    assert amounts(lines) == [389_470, 2_429_730, 44_959]
    assert lines[0].counter_before == 92_340
    assert lines[2].charge.exact == Fraction("44959.6")


@settings(max_examples=10)
@given(st.lists(st.decimals(0, 50_000, places=3), min_size=1, max_size=6))
def test_how_usage_was_batched_makes_no_difference(quantities: list[Decimal]) -> None:
    book = terms(version(IMAGES, VOICE))
    apart = [used(str(quantity)) for quantity in quantities]
    together = replace(used(str(sum(quantities, Decimal(0)))), generation_count=len(quantities))
    before = used(92_340, month=OCTOBER)
    assert november(book, before, *apart) == november(book, before, together)
    assert november(book, before, *reversed(apart)) == november(book, before, together)


def test_calls_of_a_few_characters_are_not_rounded_one_by_one() -> None:
    calls = [used(characters, line=VOICE) for characters in (417, 958, 1203)]
    (line,) = november(terms(version(VOICE)), *calls)
    assert line.amount_minor == 90  # DOMAIN E1: each rounded by itself gives 89.
    assert line.charge.residual == Fraction("0.23")
    assert line.generation_count == 3


@pytest.mark.parametrize(
    ("scope", "counter_before"),
    [
        (CounterScope.PERIOD, 0),  # Each month begins at nothing.
        (CounterScope.CONTRACT_YEAR, 30),  # April 2026 lies in the year before.
        (CounterScope.LIFE, 1030),
    ],
)
def test_a_counter_runs_as_long_as_its_scope(scope: CounterScope, counter_before: int) -> None:
    line = replace(IMAGES, counter_scope=scope)
    (charged,) = royalty_lines(
        month=Month(2027, 5),
        terms=terms(version(line)),
        totals=[
            used(1000, month=APRIL),
            used(30, month=Month(2027, 4)),
            used(5, month=Month(2027, 5)),
            used(7, month=Month(2027, 6)),  # What comes later counts for nothing.
        ],
    )
    assert [charged.counter_before, charged.quantity] == [counter_before, 5]


def test_a_counter_is_of_one_subject_and_one_place_on_the_rate_card() -> None:
    lines = november(
        terms(version(VIDEO, IMAGES), subjects=(HERO, RIVAL)),
        used(99_000, month=OCTOBER, subject=RIVAL),
        used(99_000, month=OCTOBER, line=VIDEO),
        used(2_000),
    )
    assert [line.counter_before for line in lines] == [0]


def test_a_new_version_takes_the_counter_over() -> None:
    dearer = replace(
        IMAGES, id=21, tiers=(Tier(up_to=Decimal(100), rate=Decimal(20)), IMAGE_TIERS[2])
    )
    book = terms(version(IMAGES), version(dearer, number=2, effective_from=at(2026, 11, 16)))
    old, new = november(
        book,
        used(60, month=OCTOBER),
        used(30, line=dearer, version_id=2),  # Its totals may come first.
        used(30),
    )
    assert [old.counter_before, old.amount_minor] == [60, 30 * 12]
    assert [new.counter_before, new.amount_minor] == [90, 10 * 20 + 20 * 8]


def test_within_a_month_a_counter_of_the_month_runs_on_too() -> None:
    monthly = replace(IMAGES, counter_scope=CounterScope.PERIOD)
    again = replace(monthly, id=21)
    book = terms(version(monthly), version(again, number=2, effective_from=at(2026, 11, 16)))
    _, new = november(book, used(99_000), used(2_000, line=again, version_id=2))
    assert new.amount_minor == 1_000 * 12 + 1_000 * 10


def test_a_contract_year_begins_on_its_own_day_even_in_the_middle_of_a_month() -> None:
    book = terms(version(IMAGES), starts_at=at(2025, 11, 16))
    begins = years_beginning(book, first=date(2025, 11, 1), last=date(2026, 12, 1))
    assert [(begin.month, begin.day) for begin in begins] == [
        (date(2025, 11, 1), date(2025, 11, 16)),
        (date(2026, 11, 1), date(2026, 11, 16)),
    ]
    totals = (
        used(7, month=Month(2025, 11), is_new_year=True),
        used(99_990, month=OCTOBER),
        used(10),  # Before the 16th: the old year reaches 100,007.
        used(20, is_new_year=True),  # From the 16th on the new year begins at nothing.
    )
    (line,) = november(book, *totals)
    assert line.counter_before == 99_997
    assert line.quantity == 30
    assert line.amount_minor == 3 * 12 + 7 * 10 + 20 * 12
    (december,) = royalty_lines(
        month=Month(2026, 12), terms=book, totals=[*totals, used(1, month=Month(2026, 12))]
    )
    assert december.counter_before == 20


@pytest.mark.parametrize(
    ("scope", "first"),
    [
        (CounterScope.PERIOD, date(2027, 5, 1)),
        (CounterScope.CONTRACT_YEAR, date(2027, 4, 1)),
        (CounterScope.LIFE, date(2026, 4, 1)),
    ],
)
def test_only_months_that_a_counter_needs_are_read(scope: CounterScope, first: date) -> None:
    book = terms(version(replace(IMAGES, counter_scope=scope)))
    assert first_month_to_read(book, Month(2027, 5)) == first


def test_a_contract_that_begins_on_the_first_needs_no_month_in_two_parts() -> None:
    book = terms(version(IMAGES))
    assert years_beginning(book, first=date(2026, 4, 1), last=date(2028, 4, 1)) == []


def test_whole_volume_gives_back_when_a_cheaper_tier_is_reached() -> None:
    whole = replace(IMAGES, tier_mode=TierMode.WHOLE_VOLUME)
    (line,) = november(terms(version(whole)), used(99_999, month=OCTOBER), used(2))
    assert line.amount_minor == 100_001 * 10 - 99_999 * 12 == -199_978


def test_percent_of_revenue_is_of_what_was_earned_not_of_how_much_was_made() -> None:
    share = RateLine(id=4, basis=Basis.PCT_REVENUE, rate=Decimal(18))
    (line,) = november(terms(version(share)), used(400, line=share, revenue="1234567"))
    assert [line.quantity, line.amount_minor] == [1_234_567, 222_222]


@pytest.mark.parametrize(
    ("quantities", "amount"),
    [
        ([3], 500),  # 270 is lifted.
        ([2, 3], 500),  # Once for the line, not once for each part of it.
        ([6], 540),
        ([0], 0),  # Nothing was used.
    ],
)
def test_a_line_with_usage_earns_its_minimum(quantities: list[int], amount: int) -> None:
    least = replace(VIDEO, minimum_minor=500)
    book = terms(version(least), starts_at=at(2025, 11, 16))
    totals = [
        used(quantity, line=least, is_new_year=index > 0)
        for index, quantity in enumerate(quantities)
    ]
    (line,) = november(book, *totals)
    assert line.amount_minor == amount
    assert sum(step.exact for step in line.charge.steps) == line.charge.exact


def test_use_in_a_wind_down_earns_like_any_other() -> None:
    (line,) = november(terms(version(VIDEO)), used(9, line=VIDEO, decision="wind_down"))
    assert line.amount_minor == 810


def test_a_line_earns_no_more_than_its_cap() -> None:
    most = replace(VIDEO, cap_minor=500)
    (line,) = november(terms(version(most)), used(9, line=most), used(9, line=most))
    assert [step.code for step in line.charge.steps][-1] == "cap"
    assert line.quantity == 18
    assert line.amount_minor == 500


def test_what_single_events_are_lifted_and_cut_by_is_on_the_line_before_its_cap() -> None:
    most = replace(VIDEO, cap_minor=500)
    cast = Stacking(group="cast", cap_minor=Decimal(255), allocation=Allocation.EQUAL)
    most = replace(most, stacking=cast)
    book = terms(version(most))
    event = EventTotal(
        month=NOVEMBER.first_day,
        counted_month=None,
        parts=(EventPart(HERO, most.id, None),),
        quantity=Decimal("4.5"),
        net_revenue=Decimal(0),
        generation_count=2,
    )
    events = [event, replace(event, month=OCTOBER.first_day)]
    (line,) = royalty_lines(
        month=NOVEMBER,
        terms=book,
        totals=[used(9, line=most)],
        event_steps=steps_of_events(month=NOVEMBER, terms=book, events=events),
    )
    assert [step.exact for step in line.charge.steps] == [810, -300, -10]


def test_a_minimum_takes_nothing_away_of_what_tiers_give_back() -> None:
    whole = replace(IMAGES, tier_mode=TierMode.WHOLE_VOLUME, minimum_minor=500)
    (line,) = november(terms(version(whole)), used(99_999, month=OCTOBER), used(2))
    assert line.amount_minor == 100_001 * 10 - 99_999 * 12


def test_what_is_held_is_not_charged_and_is_still_an_input() -> None:
    book, held = terms(version(VIDEO)), used(5, line=VIDEO, decision="held")
    counted = used(2, line=VIDEO)
    assert november(book, counted, held) == november(book, counted)
    assert _hash(book, counted, held) != _hash(book, counted)


def test_the_hash_of_the_inputs_does_not_depend_on_their_order() -> None:
    book = terms(version(IMAGES, VIDEO))
    one, other, before = used(1), used(2, line=VIDEO), used(9, month=OCTOBER)
    assert _hash(book, one, other, before) == _hash(book, before, other, one)
    assert _hash(book, one, other, before) != _hash(book, one, other)  # The counter differs.


def test_the_hash_of_the_inputs_covers_the_terms() -> None:
    dearer = replace(VIDEO, rate=Decimal(91))
    usage = used(1, line=VIDEO)
    assert _hash(terms(version(VIDEO)), usage) != _hash(terms(version(dearer)), usage)


def test_terms_that_charge_nothing_this_month_do_not_change_its_hash() -> None:
    later = version(replace(VIDEO, id=22), number=2, effective_from=at(2026, 12, 1))
    usage = used(1, line=VIDEO)
    assert _hash(terms(version(VIDEO)), usage) == _hash(terms(version(VIDEO), later), usage)


def _hash(book: ClosingTerms, *totals: UsageTotal) -> str:
    lines = november(book, *totals)
    return input_hash(month=NOVEMBER, terms=book, totals=totals, lines=lines).hex()
