"""A committee's waterfall in both customary orders, deficits, and what always adds up."""

from dataclasses import replace
from timeit import repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.waterfall import (
    ORDERS,
    RECEIPTS,
    OpeningDoesNotAgree,
    Part,
    Preset,
    Step,
    StepKind,
    Waterfall,
    WaterfallResult,
    after,
    run,
)


def step(name: str, payee: str, kind: StepKind = StepKind.ROYALTY, **terms: Any) -> Step:
    return Step(name=name, category=name, kind=kind, payee=payee, **terms)


WINDOW_FEE = step("window_fee", "publisher", StepKind.FEE, rate_bp=1500)
MANAGER_FEE = step("manager_fee", "lead", StepKind.FEE, rate_bp=500)
ORIGINAL = step("original", "publisher", rate_bp=500, passes=(("author", 7000),))
SCREENPLAY = step("screenplay", "screenwriter", rate_bp=175)
DIRECTOR = step("director", "director", rate_bp=100)
MUSIC = step("music", "music society", amount_minor=88_000)
PROMOTION = step("promotion", "advertiser", StepKind.EXPENSE, amount_minor=120_000)
MEMBERS = (("lead", 30), ("publisher", 25), ("broadcaster", 20), ("studio", 15), ("streamer", 10))


def committee(preset: Preset) -> Waterfall:
    steps = ORDERS[preset](
        fees=[WINDOW_FEE, MANAGER_FEE],
        royalties=[ORIGINAL, SCREENPLAY, DIRECTOR, MUSIC],
        expenses=[PROMOTION],
    )
    return Waterfall(preset=preset, steps=steps, members=MEMBERS)


def pool_only(members: tuple[tuple[str, int], ...] = MEMBERS) -> Waterfall:
    return Waterfall(preset=Preset.FEES_FIRST, steps=(), members=members)


def amounts(result: WaterfallResult) -> dict[str, int]:
    return {row.step.name: row.amount_minor for row in result.steps}


def total(parts: tuple[Part, ...]) -> int:
    return sum(part.amount_minor for part in parts)


def by_payee(parts: tuple[Part, ...]) -> dict[str, int]:
    return {part.payee: part.amount_minor for part in parts}


# The two orders, on the same receipts: E3 and E4 of the domain.


@pytest.mark.parametrize(
    ("preset", "expected", "pool", "distributions"),
    [
        (
            Preset.FEES_FIRST,
            {
                "window_fee": 1_314_814,  # 15 % of 8,765,432
                "manager_fee": 372_530,  # 5 % of the rest
                "original": 353_904,  # 5 % of the committee's income of 7,078,088
                "screenplay": 123_866,
                "director": 70_780,
                "music": 88_000,
                "promotion": 120_000,
            },
            6_321_538,
            [1_761_461, 1_467_884, 1_174_308, 880_731, 587_154],
        ),
        (
            Preset.ROYALTIES_FIRST,
            {
                "original": 438_271,  # 5 % of 8,765,432: the author's order is worth 84,367
                "screenplay": 153_395,
                "director": 87_654,
                "music": 88_000,
                "window_fee": 1_199_716,  # 15 % of the 7,998,112 that royalties leave
                "manager_fee": 339_919,
                "promotion": 120_000,
            },
            6_338_477,
            [1_766_543, 1_472_119, 1_177_695, 883_272, 588_848],
        ),
    ],
)
def test_each_order_holds_to_the_yen(
    preset: Preset, expected: dict[str, int], pool: int, distributions: list[int]
) -> None:
    result = run(committee(preset), receipts_minor=8_765_432, deficit_in_minor=-450_000)
    assert list(amounts(result).items()) == list(expected.items())
    assert result.pool_minor == pool
    assert result.distributable_minor == result.distributed_minor == pool - 450_000
    assert [part.amount_minor for part in result.distributions] == distributions
    assert result.deficit_out_minor == 0


@pytest.mark.parametrize(
    ("preset", "after_step", "left"),
    [
        (Preset.FEES_FIRST, "manager_fee", 7_078_088),  # The committee's income.
        (Preset.ROYALTIES_FIRST, "music", 7_998_112),  # What the fees are taken of.
    ],
)
def test_each_row_says_its_base_and_what_it_leaves(
    preset: Preset, after_step: str, left: int
) -> None:
    result = run(committee(preset), receipts_minor=8_765_432)
    rows = {row.step.name: row for row in result.steps}
    assert rows[after_step].left_minor == left
    based_on_it = [row.base_minor for row in result.steps if row.step.base == after(after_step)]
    assert based_on_it
    assert set(based_on_it) == {left}


def test_a_member_that_is_also_a_supplier_receives_both() -> None:
    result = run(committee(Preset.FEES_FIRST), receipts_minor=8_765_432, deficit_in_minor=-450_000)
    suppliers, members = by_payee(result.suppliers), by_payee(result.distributions)
    assert suppliers["publisher"] == 1_314_814 + 106_172  # Window fee, and its part of E4.
    assert members["publisher"] + 1_314_814 == 2_782_698
    assert members["lead"] + suppliers["lead"] == 2_133_991


def test_the_payee_passes_on_truncated_parts_and_keeps_the_remainder() -> None:
    result = run(committee(Preset.FEES_FIRST), receipts_minor=8_765_432)
    original = next(row for row in result.steps if row.step.name == "original")
    assert original.parts == (
        Part(payee="publisher", amount_minor=106_172),
        Part(payee="author", amount_minor=247_732),
    )


@pytest.mark.parametrize(
    ("passes", "parts"),
    [
        ((("author", 10_000),), [0, 101]),  # All of it.
        ((("author", 3333), ("artist", 3333)), [35, 33, 33]),  # Both fractions stay with the payee.
        ((), [101]),
    ],
)
def test_passed_parts_sum_to_the_step(
    passes: tuple[tuple[str, int], ...], parts: list[int]
) -> None:
    only = step("original", "publisher", amount_minor=101, passes=passes)
    result = run(replace(pool_only(), steps=(only,)), receipts_minor=1_000)
    assert [part.amount_minor for part in result.steps[0].parts] == parts


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # E9, on 100,001: who is first takes of everything, the other of the rest.
        (("window", 2000), ("lead", 1000), [20_000, 8_000]),
        (("lead", 1000), ("window", 2000), [10_000, 18_000]),
    ],
)
def test_the_order_of_fees_decides_their_bases(
    first: tuple[str, int], second: tuple[str, int], expected: list[int]
) -> None:
    fees = [step(name, name, StepKind.FEE, rate_bp=rate) for name, rate in (first, second)]
    steps = ORDERS[Preset.FEES_FIRST](fees=fees, royalties=[], expenses=[])
    result = run(replace(pool_only(), steps=steps), receipts_minor=100_001)
    assert list(amounts(result).values()) == expected


@pytest.mark.parametrize(
    ("preset", "left_out", "bases"),
    [
        (Preset.FEES_FIRST, "fees", [RECEIPTS, "after:original"]),
        (Preset.FEES_FIRST, "royalties", [RECEIPTS, "after:window_fee"]),
        (Preset.FEES_FIRST, "expenses", [RECEIPTS, "after:window_fee"]),
        (Preset.ROYALTIES_FIRST, "fees", [RECEIPTS, "after:original"]),
        (Preset.ROYALTIES_FIRST, "royalties", [RECEIPTS, "after:window_fee"]),
        (Preset.ROYALTIES_FIRST, "expenses", [RECEIPTS, "after:original"]),
    ],
)
def test_an_order_stands_without_one_kind_of_step(
    preset: Preset, left_out: str, bases: list[str]
) -> None:
    groups = {"fees": [WINDOW_FEE], "royalties": [ORIGINAL], "expenses": [PROMOTION]}
    steps = ORDERS[preset](**{**groups, left_out: []})
    assert [step.base for step in steps] == bases
    Waterfall(preset=preset, steps=steps, members=MEMBERS)


@pytest.mark.parametrize(
    ("receipts", "amount"),
    [
        (1_000, 100),
        (50_000, 3_000),  # 5,000, capped
        (-50_000, -3_000),  # The cap holds for a reversal too.
    ],
)
def test_a_cap_limits_a_step_in_both_directions(receipts: int, amount: int) -> None:
    capped = step("fee", "lead", StepKind.FEE, rate_bp=1000, cap_minor=3_000)
    result = run(replace(pool_only(), steps=(capped,)), receipts_minor=receipts)
    assert amounts(result) == {"fee": amount}
    assert result.pool_minor == receipts - amount


def test_costs_above_the_receipts_take_fees_back_so_that_months_add_up() -> None:
    # 15 % of -38,000 now and of 1,000,000 next month is 15 % of 962,000 over both.
    steps = ORDERS[Preset.ROYALTIES_FIRST](fees=[WINDOW_FEE], royalties=[MUSIC], expenses=[])
    poor = run(replace(pool_only(), steps=steps), receipts_minor=50_000)
    rich = run(replace(pool_only(), steps=steps), receipts_minor=1_088_000)
    assert amounts(poor)["window_fee"] == -5_700
    assert amounts(poor)["window_fee"] + amounts(rich)["window_fee"] == 144_300


# Deficits.


def test_members_have_had_the_sum_of_the_pools_or_nothing() -> None:
    pools = [-100, 30, 50, 80, -40, -100]
    deficit, before, paid, deficits = 0, 0, [], []
    for pool in pools:
        result = run(
            pool_only(),
            receipts_minor=pool,
            deficit_in_minor=deficit,
            distributed_before_minor=before,
        )
        deficit, before = result.deficit_out_minor, before + result.distributed_minor
        paid.append(total(result.distributions))
        deficits.append(deficit)
    assert paid == [0, 0, 0, 60, -40, -20]  # A negative month is a claw-back.
    assert deficits == [-100, -70, -20, 0, 0, -80]


@pytest.mark.parametrize(
    ("deficit", "before"),
    [
        (1, 0),  # A deficit is zero or less.
        (0, -1),  # Nobody can have received less than nothing.
        (-1, 1),  # While there is a deficit, all was clawed back.
    ],
)
def test_an_opening_that_cannot_be_is_refused(deficit: int, before: int) -> None:
    with pytest.raises(OpeningDoesNotAgree) as refusal:
        run(
            pool_only(),
            receipts_minor=100,
            deficit_in_minor=deficit,
            distributed_before_minor=before,
        )
    assert refusal.value.deficit_in_minor == deficit
    assert refusal.value.distributed_before_minor == before


# What holds for a customary order.


@settings(max_examples=10)
@given(receipts=st.integers(0, 10**9), more=st.integers(0, 10**4))
def test_more_receipts_pay_no_supplier_less_when_fees_are_first(receipts: int, more: int) -> None:
    # Not so for the pool: several truncated royalties can grow by one on the same yen.
    lower = run(committee(Preset.FEES_FIRST), receipts_minor=receipts)
    higher = run(committee(Preset.FEES_FIRST), receipts_minor=receipts + more)
    for low, high in zip(lower.steps, higher.steps, strict=True):
        assert low.amount_minor <= high.amount_minor


def test_a_committee_of_thirteen_is_run_in_well_under_a_millisecond() -> None:
    waterfall = Waterfall(
        preset=Preset.FEES_FIRST,
        steps=committee(Preset.FEES_FIRST).steps,
        members=tuple((f"member {index}", 700 + index) for index in range(13)),
    )
    seconds = min(repeat(lambda: run(waterfall, receipts_minor=8_765_432), number=1, repeat=30))
    assert seconds < 0.001
