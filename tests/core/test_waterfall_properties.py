"""What holds for any waterfall: nothing is lost, deficits carry, a reversal mirrors."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.waterfall import RECEIPTS, Part, Preset, Step, StepKind, Waterfall, after, run
from tests.core import naive

AMOUNTS = st.integers(-(10**10), 10**10)
BASIS_POINTS = st.integers(0, 10_000)
PASSES = st.sampled_from([(), (("author", 7000),), (("author", 3333), ("artist", 6667))])


@st.composite
def waterfalls(draw: st.DrawFn) -> Waterfall:
    steps: list[Step] = []
    for number in range(draw(st.integers(0, 5))):
        is_rate = draw(st.booleans())
        steps.append(
            Step(
                name=f"s{number}",
                kind=draw(st.sampled_from(StepKind)),
                category="any",
                payee=draw(st.sampled_from(["lead", "publisher", "music society"])),
                base=draw(st.sampled_from([RECEIPTS, *(after(each.name) for each in steps)])),
                rate_bp=draw(BASIS_POINTS) if is_rate else None,
                amount_minor=None if is_rate else draw(AMOUNTS),
                passes=draw(PASSES),
                cap_minor=draw(st.none() | st.integers(0, 10**8)),
            )
        )
    shares = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
    members = tuple((f"member {index}", share) for index, share in enumerate(shares))
    return Waterfall(preset=Preset.FEES_FIRST, steps=tuple(steps), members=members)


OPENINGS = st.tuples(st.integers(-(10**9), 0), st.just(0)) | st.tuples(
    st.just(0), st.integers(0, 10**9)
)


@settings(max_examples=10)
@given(waterfall=waterfalls(), receipts=AMOUNTS, opening=OPENINGS)
def test_what_goes_out_and_the_change_in_deficit_is_what_came_in(
    waterfall: Waterfall, receipts: int, opening: tuple[int, int]
) -> None:
    deficit, before = opening
    result = run(
        waterfall,
        receipts_minor=receipts,
        deficit_in_minor=deficit,
        distributed_before_minor=before,
    )
    change = result.deficit_out_minor - deficit
    assert total(result.suppliers) + total(result.distributions) + change == receipts
    assert total(result.suppliers) == sum(total(row.parts) for row in result.steps)
    assert all(total(row.parts) == row.amount_minor for row in result.steps)
    for row, next_row in pairwise(result.steps):
        assert row.left_minor - next_row.amount_minor == next_row.left_minor


@given(waterfall=waterfalls(), receipts=AMOUNTS, opening=OPENINGS)
def test_every_step_is_what_it_is_when_taken_by_hand(
    waterfall: Waterfall, receipts: int, opening: tuple[int, int]
) -> None:
    deficit, before = opening
    result = run(
        waterfall,
        receipts_minor=receipts,
        deficit_in_minor=deficit,
        distributed_before_minor=before,
    )
    found = (
        [row.amount_minor for row in result.steps],
        [part.amount_minor for part in result.distributions],
        result.deficit_out_minor,
    )
    assert found == naive.waterfall(
        receipts,
        [
            (step.name, step.base, step.rate_bp, step.amount_minor, step.cap_minor)
            for step in waterfall.steps
        ],
        [share for _, share in waterfall.members],
        deficit=deficit,
        before=before,
    )


@settings(max_examples=10)
@given(waterfall=waterfalls(), receipts=AMOUNTS, opening=OPENINGS)
def test_cumulative_distributions_are_the_pools_or_nothing(
    waterfall: Waterfall, receipts: int, opening: tuple[int, int]
) -> None:
    deficit, before = opening
    result = run(
        waterfall,
        receipts_minor=receipts,
        deficit_in_minor=deficit,
        distributed_before_minor=before,
    )
    cumulative = before + deficit + result.pool_minor
    assert before + result.distributed_minor == max(0, cumulative)
    assert result.deficit_out_minor == min(0, cumulative)


def reversal(waterfall: Waterfall) -> Waterfall:
    steps = (
        each if each.amount_minor is None else replace(each, amount_minor=-each.amount_minor)
        for each in waterfall.steps
    )
    return replace(waterfall, steps=tuple(steps))


@settings(max_examples=10)
@given(waterfall=waterfalls(), receipts=AMOUNTS, opening=OPENINGS)
def test_a_reversed_month_mirrors_each_step_and_restores_the_opening(
    waterfall: Waterfall, receipts: int, opening: tuple[int, int]
) -> None:
    deficit, before = opening
    month = run(
        waterfall,
        receipts_minor=receipts,
        deficit_in_minor=deficit,
        distributed_before_minor=before,
    )
    mirror = run(
        reversal(waterfall),
        receipts_minor=-receipts,
        deficit_in_minor=month.deficit_out_minor,
        distributed_before_minor=before + month.distributed_minor,
    )
    assert mirror.deficit_out_minor == deficit
    for parts, mirrored in (
        (month.suppliers, mirror.suppliers),
        (month.distributions, mirror.distributions),
    ):
        assert by_payee(mirrored) == {part.payee: -part.amount_minor for part in parts}


def total(parts: tuple[Part, ...]) -> int:
    return sum(part.amount_minor for part in parts)


def by_payee(parts: tuple[Part, ...]) -> dict[str, int]:
    return {part.payee: part.amount_minor for part in parts}
