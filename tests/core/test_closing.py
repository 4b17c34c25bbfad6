"""A month's totals become royalty lines: counters, fixed fees, minimums, one rounding."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.closing import RoyaltyLine, input_hash, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal, first_month_to_read, years_beginning
from ledger.core.money import Rounding
from ledger.core.period import TOKYO, Month
from ledger.core.terms import (
    WORLD,
    Basis,
    CounterScope,
    Grant,
    License,
    RateLine,
    TermsVersion,
    Tier,
    TierMode,
)
from ledger.core.usage import Modality, UseClass

APRIL, OCTOBER, NOVEMBER = Month(2026, 4), Month(2026, 10), Month(2026, 11)
HERO, RIVAL, MASCOT = 11, 12, 13
HOLDER = 90
IMAGE_TIERS = (
    Tier(up_to=Decimal(100_000), rate=Decimal(12)),
    Tier(up_to=Decimal(500_000), rate=Decimal(10)),
    Tier(up_to=None, rate=Decimal(8)),
)
IMAGES = RateLine(
    id=1,
    basis=Basis.PER_IMAGE,
    rate=Decimal(12),
    tier_mode=TierMode.MARGINAL,
    tiers=IMAGE_TIERS,
    counter_scope=CounterScope.CONTRACT_YEAR,
)
VIDEO = RateLine(id=2, basis=Basis.PER_SECOND, rate=Decimal(90))
VOICE = RateLine(id=3, basis=Basis.PER_1K_CHARS, rate=Decimal(35))
FLAT_FEE = RateLine(id=9, basis=Basis.FIXED_MONTH, rate=Decimal(100))


def at(year: int, month: int, day: int) -> datetime:
    """Return midnight of a day in Japan."""
    return datetime(year, month, day, tzinfo=TOKYO).astimezone(UTC)


def version(
    *lines: RateLine,
    number: int = 1,
    effective_from: datetime | None = None,
    rounding: Rounding = Rounding.TRUNCATE,
) -> TermsVersion:
    return TermsVersion(
        id=number,
        version=number,
        effective_from=effective_from or at(2026, 4, 1),
        clause_reference="Article 5",
        rate_lines=lines,
        rounding=rounding,
    )


def terms(
    *versions: TermsVersion,
    subjects: tuple[int, ...] = (HERO,),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    grant_starts_at: datetime | None = None,
    grant_ends_at: datetime | None = None,
) -> ClosingTerms:
    grant = Grant(
        id=5,
        subject_ids=frozenset(subjects),
        modalities=frozenset(Modality),
        use_classes=frozenset(UseClass),
        territories=frozenset({WORLD}),
        starts_at=grant_starts_at or at(2026, 4, 1),
        ends_at=grant_ends_at,
        versions=versions,
    )
    license_ = License(
        id=6,
        reference="lic_1",
        licensee_id=7,
        starts_at=starts_at or at(2026, 4, 1),
        ends_at=ends_at,
        grants=(grant,),
    )
    return ClosingTerms(
        licenses=(license_,),
        owners=dict.fromkeys(subjects, HOLDER),
        listed={grant.id: subjects},
    )


def used(
    quantity: str | int,
    *,
    month: Month = NOVEMBER,
    line: RateLine = IMAGES,
    version_id: int = 1,
    subject: int = HERO,
    is_new_year: bool = False,
    decision: str = "accepted",
    revenue: str | int = 0,
) -> UsageTotal:
    return UsageTotal(
        month=month.first_day,
        decision=decision,
        reason=None if decision == "accepted" else "rate_missing",
        terms_version_id=version_id,
        rate_line_id=line.id,
        subject_id=subject,
        is_new_year=is_new_year,
        generation_count=1,
        quantity=Decimal(quantity),
        net_revenue=Decimal(revenue),
    )


def amounts(lines: tuple[RoyaltyLine, ...]) -> list[int]:
    return [line.amount_minor for line in lines]


def november(book: ClosingTerms, *totals: UsageTotal) -> tuple[RoyaltyLine, ...]:
    return royalty_lines(month=NOVEMBER, terms=book, totals=totals)


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


@settings(max_examples=30)
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


def test_a_minimum_holds_even_where_tiers_would_give_back() -> None:
    whole = replace(IMAGES, tier_mode=TierMode.WHOLE_VOLUME, minimum_minor=500)
    (line,) = november(terms(version(whole)), used(99_999, month=OCTOBER), used(2))
    assert line.amount_minor == 500


@pytest.mark.parametrize(
    ("book", "is_owed"),
    [
        (terms(version(FLAT_FEE)), True),
        (terms(version(FLAT_FEE), grant_starts_at=at(2026, 11, 30)), True),  # On one day.
        (terms(version(FLAT_FEE), grant_starts_at=at(2026, 12, 1)), False),
        (terms(version(FLAT_FEE), grant_ends_at=at(2026, 11, 1)), False),  # Its end is excluded.
        (terms(version(FLAT_FEE), grant_ends_at=at(2026, 11, 2)), True),
        (terms(version(FLAT_FEE), ends_at=at(2026, 11, 1)), False),  # The whole license ended.
        (terms(version(FLAT_FEE, effective_from=at(2026, 11, 20))), True),  # Priced from the 20th.
        (terms(version(FLAT_FEE, effective_from=at(2026, 12, 1))), False),
    ],
)
def test_a_fixed_fee_is_owed_whole_for_a_month_in_force_on_any_day(
    book: ClosingTerms, is_owed: bool
) -> None:
    assert amounts(november(book)) == ([100] if is_owed else [])


def test_a_fixed_fee_is_that_of_the_version_in_force_when_the_month_begins() -> None:
    dearer = replace(FLAT_FEE, id=29, rate=Decimal(150))
    change = version(dearer, number=2, effective_from=at(2026, 11, 2))
    assert amounts(november(terms(version(FLAT_FEE), change))) == [100]
    in_time = replace(change, effective_from=at(2026, 11, 1))
    assert amounts(november(terms(version(FLAT_FEE), in_time))) == [150]
    starts_later = terms(version(FLAT_FEE), change, grant_starts_at=at(2026, 11, 20))
    assert amounts(november(starts_later)) == [150]


def test_a_fixed_fee_is_shared_over_subjects_in_the_order_of_the_contract() -> None:
    lines = november(terms(version(FLAT_FEE), subjects=(MASCOT, HERO, RIVAL)))
    assert [(line.subject_id, line.amount_minor) for line in lines] == [
        (MASCOT, 34),  # The spare yen goes to the first listed.
        (HERO, 33),
        (RIVAL, 33),
    ]


def test_usage_under_a_fixed_fee_is_counted_and_costs_nothing_more() -> None:
    dearer = replace(FLAT_FEE, id=29, rate=Decimal(150))
    change = version(dearer, number=2, effective_from=at(2026, 11, 16))
    old, new = november(
        terms(version(FLAT_FEE), change),
        used(40, line=FLAT_FEE),
        used(60, line=dearer, version_id=2),
    )
    assert [old.amount_minor, old.quantity] == [100, 40]
    assert [new.amount_minor, new.quantity] == [0, 60]


def test_a_fee_of_less_than_its_subjects_makes_no_line_of_nothing() -> None:
    cheap = replace(FLAT_FEE, rate=Decimal(1))
    lines = november(terms(version(cheap), subjects=(HERO, RIVAL)))
    assert [(line.subject_id, line.amount_minor) for line in lines] == [(HERO, 1)]


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
