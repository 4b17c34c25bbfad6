"""Advances, guarantees and crossing: what is set off, payable and billed (DOMAIN E2)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Amount,
    Checkpoint,
    Crossing,
    MinimumGuarantee,
    RecoupedFrom,
    RecoupGroup,
)
from ledger.core.recoupment import (
    Earned,
    Recoupment,
    RecoupState,
    SourceUnknown,
    recoup,
    repayable_minor,
)
from ledger.core.snapshot import from_json, to_json
from tests.core import naive

QUARTERS = (date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31), date(2027, 3, 31))
SIGNED_ON, YEAR_END = date(2026, 4, 1), QUARTERS[-1]
A = (1_200_000, 1_900_500, 3_305_250, 2_020_125)
B = (450_000, 330_000, 300_000, 100_000)


def advance(
    amount_minor: int,
    *sources: str,
    reference: str = "advance",
    kind: AdvanceKind = AdvanceKind.GUARANTEED,
    share_bp: int = 10_000,
    paid_on: date = SIGNED_ON,
    counts_toward: str | None = None,
) -> Advance:
    return Advance(
        reference=reference,
        kind=kind,
        amount_minor=amount_minor,
        paid_on=paid_on,
        recouped_from=tuple(RecoupedFrom(source=each, share_bp=share_bp) for each in sources),
        counts_toward=counts_toward,
    )


def guarantee(
    *checkpoints: tuple[date, int], sources: tuple[str, ...] = ("A",), reference: str = "mg"
) -> MinimumGuarantee:
    return MinimumGuarantee(
        reference=reference,
        sources=sources,
        starts_on=SIGNED_ON,
        checkpoints=tuple(Checkpoint(due_on=on, target_minor=least) for on, least in checkpoints),
    )


def group(
    *advances: Advance,
    crossing: Crossing = Crossing.SINGLE,
    sources: tuple[str, ...] = ("A",),
    guarantees: tuple[MinimumGuarantee, ...] = (),
) -> RecoupGroup:
    return RecoupGroup(
        reference="group",
        crossing=crossing,
        sources=sources,
        advances=advances,
        guarantees=guarantees,
    )


def periods(
    terms: RecoupGroup, *earned: dict[str, int], days: tuple[date, ...] = QUARTERS
) -> list[Recoupment]:
    state, results = RecoupState(), []
    for through, of_source in zip(days, earned, strict=False):
        lines = [Earned(source=source, royalty_minor=each) for source, each in of_source.items()]
        results.append(recoup(terms, opening=state, earned=lines, through=through))
        # What is stored between two periods is all that the next one needs.
        state = from_json(RecoupState, to_json(results[-1].closing))
    return results


def of_source(result: Recoupment, source: str) -> tuple[int, int]:
    (row,) = (each for each in result.sources if each.source == source)
    return row.recouped_minor, row.payable_minor


def test_e2_crossed_to_the_yen() -> None:
    terms = group(
        advance(4_000_000, "A", "B", counts_toward="mg"),
        crossing=Crossing.CROSS,
        sources=("A", "B"),
        guarantees=(guarantee((YEAR_END, 12_000_000), sources=("A", "B")),),
    )
    results = periods(terms, *({"A": a, "B": b} for a, b in zip(A, B, strict=True)))
    rows = [
        (each.advances[0].recouped_minor, each.advances[0].balance_out_minor, each.payable_minor)
        for each in results
    ]
    assert rows == [
        (1_650_000, 2_350_000, 0),
        (2_230_500, 119_500, 0),
        (119_500, 0, 3_485_750),
        (0, 0, 2_120_125),
    ]
    cash = 4_000_000 + sum(each.payable_minor for each in results)
    assert (cash, results[-1].shortfall_minor) == (9_605_875, 2_394_125)
    assert [each.shortfall_minor for each in results[:-1]] == [0, 0, 0]
    assert cash + results[-1].shortfall_minor == 12_000_000


def test_e2_not_crossed_to_the_yen() -> None:
    terms = group(
        advance(2_500_000, "A", reference="of A", counts_toward="mg A"),
        advance(1_500_000, "B", reference="of B", counts_toward="mg B"),
        sources=("A", "B"),
        guarantees=(
            guarantee((YEAR_END, 8_000_000), reference="mg A"),
            guarantee((YEAR_END, 4_000_000), sources=("B",), reference="mg B"),
        ),
    )
    results = periods(terms, *({"A": a, "B": b} for a, b in zip(A, B, strict=True)))
    assert [of_source(each, "A")[1] for each in results] == [0, 600_500, 3_305_250, 2_020_125]
    assert [of_source(each, "B")[1] for each in results] == [0, 0, 0, 0]
    last = results[-1]
    assert [each.balance_out_minor for each in last.advances] == [0, 320_000]
    assert [each.shortfall_minor for each in last.shortfalls] == [0, 2_500_000]
    assert [each.credited_minor for each in last.shortfalls] == [8_425_875, 1_500_000]
    assert 8_425_875 + 1_500_000 + last.shortfall_minor == 12_425_875


def test_an_advance_that_all_recoup_takes_from_each_in_proportion() -> None:
    terms = group(advance(100, "A", "B"), crossing=Crossing.CROSS, sources=("A", "B"))
    (result,) = periods(terms, {"A": 300, "B": 100})
    assert of_source(result, "A") == (75, 225)
    assert of_source(result, "B") == (25, 75)


def test_a_special_advance_takes_only_its_share_of_the_sources_it_names() -> None:
    half_of_b = advance(1_000, "B", share_bp=5_000)
    terms = group(half_of_b, crossing=Crossing.SPECIAL, sources=("A", "B"))
    (result,) = periods(terms, {"A": 300, "B": 101})
    assert of_source(result, "A") == (0, 300)
    assert of_source(result, "B") == (50, 51)  # A half, truncated.


def test_the_advance_that_was_paid_first_is_recouped_first() -> None:
    later = advance(50, "A", reference="later", paid_on=date(2026, 7, 1))
    first = advance(100, "A", reference="first")
    one, other = periods(group(later, first), {"A": 30}, {"A": 100})
    assert [each.reference for each in one.advances] == ["first"]  # The later is not paid yet.
    assert [(each.reference, each.recouped_minor) for each in other.advances] == [
        ("first", 70),
        ("later", 30),
    ]
    assert other.closing.balances == (Amount(of="later", minor=20), Amount(of="first", minor=0))


def test_what_a_source_owes_from_before_comes_first_and_recoups_nothing() -> None:
    terms = group(advance(50, "A"))
    first, second = periods(terms, {"A": -30}, {"A": 100})
    assert (first.sources[0].carried_out_minor, first.advances[0].recouped_minor) == (-30, 0)
    assert of_source(second, "A") == (50, 20)


def test_an_adjustment_counts_like_royalty() -> None:
    earned = Earned(source="A", royalty_minor=100, adjustment_minor=-40)
    result = recoup(
        group(advance(50, "A")), opening=RecoupState(), earned=[earned], through=QUARTERS[0]
    )
    assert of_source(result, "A") == (50, 10)


def test_only_what_is_repayable_has_to_be_given_back() -> None:
    terms = group(
        advance(100, "A", reference="kept"),
        advance(100, "A", reference="lent", kind=AdvanceKind.REPAYABLE),
    )
    (result,) = periods(terms, {"A": 130})
    assert repayable_minor(terms, result.closing) == 70


def test_a_repayable_advance_counts_toward_a_guarantee_as_far_as_it_is_recouped() -> None:
    lent = advance(100, "A", kind=AdvanceKind.REPAYABLE, counts_toward="mg")
    terms = group(lent, guarantees=(guarantee((QUARTERS[0], 200)),))
    (result,) = periods(terms, {"A": 30})
    assert result.shortfall_minor == 170


def test_a_shortfall_that_was_billed_is_recouped_until_the_last_checkpoint() -> None:
    targets = guarantee((QUARTERS[0], 100), (QUARTERS[2], 300))
    results = periods(group(guarantees=(targets,)), *({"A": each} for each in (40, 90, 30, 500)))
    assert [each.shortfall_minor for each in results] == [60, 0, 140, 0]
    assert [each.payable_minor for each in results] == [40, 30, 30, 500]
    assert results[-1].closing.guarantees[0].unrecouped_minor == 0


def test_a_shortfall_is_divided_by_what_its_sources_earned() -> None:
    shared = guarantee((QUARTERS[1], 1_000), sources=("A", "B"))
    terms = group(crossing=Crossing.CROSS, sources=("A", "B"), guarantees=(shared,))
    (_, result) = periods(terms, {"A": 100, "B": 0}, {"A": 200, "B": 100})
    (shortfall,) = result.shortfalls
    assert shortfall.parts == (Amount(of="A", minor=450), Amount(of="B", minor=150))
    (nothing,) = periods(terms, {}, days=(QUARTERS[1],))
    assert nothing.shortfalls[0].parts == (Amount(of="A", minor=500), Amount(of="B", minor=500))


def test_a_guarantee_that_has_not_begun_or_is_over_is_not_measured() -> None:
    terms = group(guarantees=(guarantee((QUARTERS[0], 100)),))
    before, due, after = periods(
        terms, {"A": 900}, {"A": 10}, {"A": 10}, days=(date(2026, 3, 31), *QUARTERS)
    )
    assert [before.shortfall_minor, due.shortfall_minor, after.shortfalls] == [0, 90, ()]


def test_the_figures_of_a_period_add_up() -> None:
    (result,) = periods(group(advance(50, "A")), {"A": 80})
    told = {each.code: each.amount for each in result.figures}
    assert told["royalty"] + told["recouped"] == told["payable"] == 30
    assert told["advance_in"] + told["recouped"] == told["advance_out"] == 0


@pytest.mark.parametrize("sources", [["A", "A"], ["B"]])
def test_earnings_of_a_source_that_is_not_there_are_not_lost_quietly(sources: list[str]) -> None:
    earned = [Earned(source=each, royalty_minor=1) for each in sources]
    with pytest.raises(SourceUnknown):
        recoup(group(), opening=RecoupState(), earned=earned, through=QUARTERS[0])


EARNINGS = st.lists(st.integers(-60, 90), min_size=1, max_size=6)
MONTHS = tuple(date(2026, month, 28) for month in range(4, 13))


@given(earned=EARNINGS, lent=st.integers(1, 200))
def test_one_source_is_set_off_as_if_paid_yen_by_yen(earned: list[int], lent: int) -> None:
    results = periods(group(advance(lent, "A")), *({"A": each} for each in earned), days=MONTHS)
    assert [of_source(each, "A") for each in results] == naive.set_off(earned, lent)


@given(
    earned=st.lists(st.tuples(*[st.integers(-500, 900)] * 3), min_size=1, max_size=6),
    lent=st.tuples(st.integers(1, 900), st.integers(1, 900)),
    crossing=st.sampled_from(Crossing),
    share_bp=st.integers(1, 10_000),
)
def test_what_comes_in_goes_out_and_no_advance_falls_below_nothing(
    earned: list[tuple[int, int, int]],
    lent: tuple[int, int],
    crossing: Crossing,
    share_bp: int,
) -> None:
    sources = ("A", "B", "C")
    named = {Crossing.SINGLE: ("A",), Crossing.CROSS: sources, Crossing.SPECIAL: ("B", "C")}
    terms = group(
        *(
            advance(
                each,
                *named[crossing],
                reference=f"advance {index}",
                share_bp=share_bp if crossing is Crossing.SPECIAL else 10_000,
            )
            for index, each in enumerate(lent)
        ),
        crossing=crossing,
        sources=sources,
    )
    results = periods(
        terms, *(dict(zip(sources, each, strict=True)) for each in earned), days=MONTHS
    )
    recouped = sum(each.recouped_minor for result in results for each in result.sources)
    left = sum(each.minor for each in results[-1].closing.balances)
    carried = sum(each.minor for each in results[-1].closing.carried)
    assert recouped + left == sum(lent)
    assert left >= 0 >= carried
    payable = sum(each.payable_minor for each in results)
    assert payable + recouped + carried == sum(sum(each) for each in earned)


@given(
    earned=st.lists(st.integers(0, 90), min_size=6, max_size=6),
    lent=st.integers(1, 300),
    targets=st.lists(st.integers(1, 600), min_size=1, max_size=3, unique=True),
)
def test_a_licensee_pays_what_is_earned_or_what_it_must_pay_at_least(
    earned: list[int], lent: int, targets: list[int]
) -> None:
    rising = sorted(targets)
    checkpoints = [(MONTHS[2 * index + 1], target) for index, target in enumerate(rising)]
    last = 2 * len(rising)
    results = periods(
        group(advance(lent, "A", counts_toward="mg"), guarantees=(guarantee(*checkpoints),)),
        *({"A": each} for each in earned[:last]),
        days=MONTHS,
    )
    paid = lent
    for index, result in enumerate(results):
        paid += result.payable_minor + result.shortfall_minor
        reached = [0, *rising[: (index + 1) // 2]]
        assert paid == naive.paid_under_guarantee(sum(earned[: index + 1]), lent, reached)
