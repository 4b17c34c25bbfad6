"""Several subjects in one output: floors, the stacking cap, and who bears the cut (DOMAIN E6)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.money import allocate
from ledger.core.royalty import ChargeStep
from ledger.core.stacking import (
    OutputKind,
    StackedOutput,
    StackingGroupContradicts,
    SubjectPart,
    WeightNotDeclared,
    check_groups,
    line_steps,
    stack,
)
from ledger.core.terms import (
    Allocation,
    Basis,
    InvalidRateLine,
    RateLine,
    Stacking,
    Tier,
    TierMode,
)
from tests.core import naive
from tests.core.month import version


def stacking(
    cap: str = "1500", allocation: Allocation = Allocation.WEIGHT, *, group: str = "cast"
) -> Stacking:
    return Stacking(group=group, cap_minor=Decimal(cap), allocation=allocation)


def line(
    rate: str = "90",
    *,
    id: int = 1,
    floor: str = "0",
    cap: Stacking | None = None,
    basis: Basis = Basis.PER_SECOND,
) -> RateLine:
    return RateLine(
        id=id, basis=basis, rate=Decimal(rate), event_floor_minor=Decimal(floor), stacking=cap
    )


def share(*, floor: str = "0", cap: Stacking | None = None) -> RateLine:
    """A tenth of what an output brings in."""
    return line("10", id=1, floor=floor, cap=cap, basis=Basis.PCT_REVENUE)


def output(
    *parts: tuple[RateLine, int | None] | RateLine,
    quantity: str = "8",
    count: int = 1,
    net_revenue: str = "0",
) -> OutputKind:
    named = [part if isinstance(part, tuple) else (part, None) for part in parts]
    return OutputKind(
        parts=tuple(
            SubjectPart(subject_id=index, line=rate_line, weight_bp=weight_bp)
            for index, (rate_line, weight_bp) in enumerate(named, start=1)
        ),
        quantity=Decimal(quantity),
        count=count,
        net_revenue=Decimal(net_revenue),
    )


def amounts(stacked: StackedOutput) -> list[Fraction]:
    return [part.amount for part in stacked.parts]


def rates(*each: str, cap: Stacking | None) -> list[RateLine]:
    return [line(rate, id=index, cap=cap) for index, rate in enumerate(each, start=1)]


EQUAL, DECLARED = Allocation.EQUAL, Allocation.DECLARED


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # DOMAIN E6: eight seconds with three characters at 90 yen each, 1,500 at most.
        (output(*rates("90", "90", "90", cap=stacking())), ["500", "500", "500"]),
        # DOMAIN E6: 720, 480 and 360 yen under 1,200, at scale 6.
        (
            output(*rates("90", "60", "45", cap=stacking("1200"))),
            ["553.846154", "369.230769", "276.923077"],
        ),
        # Equally, whatever each would have earned.
        (output(*rates("90", "60", "45", cap=stacking("1200", EQUAL))), ["400", "400", "400"]),
        # By the influence that the report declares.
        (
            output(*[(each, bp) for each, bp in zip(
                rates("90", "60", "45", cap=stacking("1200", DECLARED)),
                [5000, 3000, 2000], strict=True)]),
            ["600", "360", "240"],
        ),
        # At the cap nothing is cut, and nobody is asked for an influence.
        (output(*rates("90", "90", cap=stacking("1440", DECLARED))), ["720", "720"]),
        # A third of a yen is kept exactly while nothing has to be shared out.
        (output(line("0.33"), quantity="1"), ["0.33"]),
        # Whoever is in no group is outside of the cap.
        (output(line(cap=stacking("100")), line(id=2)), ["100", "720"]),
        # Two groups have two caps.
        (
            output(line(cap=stacking("100")), line(id=2, cap=stacking("200", group="voices"))),
            ["100", "200"],
        ),
        # A floor lifts an event before the cap looks at it, and the cap has the last word.
        (output(line("1", floor="20")), ["20"]),
        (
            output(line("1", floor="20", cap=stacking("30")), line("1", id=2, cap=stacking("30"))),
            ["20", "8"],
        ),
        (
            output(
                line("1", floor="20", cap=stacking("30")),
                line("1", floor="20", id=2, cap=stacking("30")),
            ),
            ["15", "15"],
        ),
        # What is given back of revenue is given back, whatever an event earns at least.
        (output(share(floor="20"), net_revenue="-50"), ["-5"]),
        (output(share(floor="20"), net_revenue="0"), ["20"]),
        # It is no part of what the cap looks at, and is not cut.
        (
            output(
                share(cap=stacking("30")),
                line("4", id=2, cap=stacking("30")),
                line("4", id=3, cap=stacking("30")),
                net_revenue="-50",
            ),
            ["-5", "15", "15"],
        ),
        (
            output(
                share(cap=stacking("30", EQUAL)),
                line("4", id=2, cap=stacking("30", EQUAL)),
                net_revenue="-50",
            ),
            ["-5", "30"],
        ),
        # A cap of nothing leaves nothing.
        (output(*rates("90", "60", cap=stacking("0"))), ["0", "0"]),
    ],
)  # fmt: skip
def test_an_output_is_priced_for_each_subject(kind: OutputKind, expected: list[str]) -> None:
    assert amounts(stack(kind)) == [Fraction(each) for each in expected]


def test_the_split_of_the_published_example_in_whole_yen() -> None:
    assert allocate(1_200, [720, 480, 360]) == [554, 369, 277]


def test_an_amount_of_another_currency_is_whole_at_its_own_scale_six() -> None:
    cap = stacking("100")  # One dollar for three.
    stacked = stack(output(*rates("90", "90", "90", cap=cap)), currency="USD")
    assert amounts(stacked) == [Fraction("33.3334"), Fraction("33.3333"), Fraction("33.3333")]


@pytest.mark.parametrize("weights", [(5000, None), (0, 0)])
def test_an_influence_that_is_not_known_is_not_guessed(weights: tuple[int | None, ...]) -> None:
    lines = rates("90", "90", cap=stacking("100", DECLARED))
    with pytest.raises(WeightNotDeclared):
        stack(output(*zip(lines, weights, strict=True)))


@pytest.mark.parametrize("weight", [None, 0, 10_000])
def test_a_subject_that_is_alone_bears_the_cap_whatever_it_declares(weight: int | None) -> None:
    (line,) = rates("90", cap=stacking("100", DECLARED))
    assert amounts(stack(output((line, weight)))) == [Fraction(100)]


def test_the_steps_of_a_month_say_how_many_outputs_were_lifted_and_cut() -> None:
    capped, lifted = line(cap=stacking("600")), line("1", id=2, floor="20")
    steps = line_steps(
        [
            stack(output(capped, quantity="8", count=10)),  # 720 is cut to 600.
            stack(output(capped, quantity="2", count=99)),  # 180 is not.
            stack(output(lifted, quantity="8", count=3)),  # 8 is lifted to 20.
        ]
    )
    assert steps == {
        (1, 1): (step("stacking_cap", 10, -1_200),),
        (2, 1): (step("event_floor", 3, 36),),
    }


def step(code: str, events: int, exact: int) -> ChargeStep:
    return ChargeStep(code=code, quantity=Decimal(events), rate=None, exact=Fraction(exact))


@pytest.mark.parametrize(
    "other", [stacking("1200"), stacking(allocation=EQUAL)], ids=["cap", "allocation"]
)
def test_a_group_means_the_same_in_every_clause(other: Stacking) -> None:
    first = version(line(cap=stacking()), line(id=2), number=1)
    with pytest.raises(StackingGroupContradicts) as refused:
        check_groups([first, version(line(cap=other), number=2)])
    assert refused.value.values["group"] == "cast"
    check_groups([first, version(line(cap=stacking()), number=2)])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"basis": Basis.FIXED_MONTH, "stacking": stacking()}, "stacking_group"),
        ({"basis": Basis.FIXED_MONTH, "event_floor_minor": Decimal(1)}, "event_floor_minor"),
        ({"event_floor_minor": Decimal(-1)}, "event_floor_minor"),
        (
            {
                "stacking": stacking(),
                "tier_mode": TierMode.MARGINAL,
                "tiers": (Tier(up_to=None, rate=Decimal(1)),),
            },
            "stacking_group",  # What one event costs would depend on which came before it.
        ),
    ],
)
def test_an_event_without_a_price_of_its_own_has_no_floor_and_no_cap(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRateLine) as refused:
        RateLine(**{"basis": Basis.PER_IMAGE, "rate": Decimal(1), **changes})
    assert refused.value.field == field


@pytest.mark.parametrize(("group", "cap"), [("", "1"), ("cast", "-1")])
def test_a_stacking_group_has_a_name_and_a_cap(group: str, cap: str) -> None:
    with pytest.raises(InvalidRateLine):
        stacking(cap, group=group)


PRICES = st.lists(st.integers(0, 10**6), min_size=1, max_size=4)


@given(
    kinds=st.lists(st.tuples(PRICES, st.integers(1, 4)), max_size=5),
    floor=st.integers(0, 10**4),
    cap=st.integers(0, 10**6),
    allocation=st.sampled_from([Allocation.EQUAL, Allocation.WEIGHT]),
)
def test_kinds_with_counts_earn_what_the_events_earn_one_by_one(
    kinds: list[tuple[list[int], int]], floor: int, cap: int, allocation: Allocation
) -> None:
    group = stacking(str(cap), allocation)
    outputs, events = [], []
    for prices, count in kinds:
        lines = [line(str(each), floor=str(floor), cap=group) for each in prices]
        outputs.append(stack(output(*lines, quantity="1", count=count)))
        event = [
            (str(index), Fraction(each), Fraction(_weight(each, floor, allocation)))
            for index, each in enumerate(prices, start=1)
        ]
        events += [event] * count
    expected = naive.earned_by_events(events, floor=Fraction(floor), cap=Fraction(cap))
    earned: dict[str, Fraction] = {}
    for each in outputs:
        for part in each.parts:
            subject = str(part.subject_id)
            earned[subject] = earned.get(subject, Fraction(0)) + part.amount * each.kind.count
    assert earned == expected
    assert _by_lines(outputs) == expected


def _weight(price: int, floor: int, allocation: Allocation) -> int:
    return 1 if allocation is EQUAL else max(price, floor)


def _by_lines(outputs: list[StackedOutput]) -> dict[str, Fraction]:
    """Price the totals of a month first, and add what floors and caps change."""
    totals: dict[str, Fraction] = {}
    for each in outputs:
        for part in each.parts:
            subject = str(part.subject_id)
            totals[subject] = totals.get(subject, Fraction(0)) + part.rated * each.kind.count
    for (_, subject_id), steps in line_steps(outputs).items():
        totals[str(subject_id)] += sum(step.exact for step in steps)
    return totals


@given(prices=PRICES, cap=st.integers(0, 10**6), allocation=st.sampled_from([*Allocation]))
def test_a_cap_is_shared_out_whole_and_never_exceeded(
    prices: list[int], cap: int, allocation: Allocation
) -> None:
    group = stacking(str(cap), allocation)
    stacked = stack(
        output(*[(line(str(each), cap=group), 1 + index) for index, each in enumerate(prices)],
               quantity="1")
    )  # fmt: skip
    assert sum(amounts(stacked)) == min(sum(prices), cap)
