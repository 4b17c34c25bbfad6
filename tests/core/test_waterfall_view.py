"""Who is shown what of a committee's waterfall, line by line."""

import pytest

from ledger.core.draft import step_lines
from ledger.core.settlement import Committee, Supplier
from ledger.core.waterfall import Preset, StepKind, Waterfall, fees_first, royalties_first
from ledger.core.waterfall_view import LineSeen, is_member, lines_shown
from tests.core.dividing import divide_one, received, step

FEES = (
    step("window_fee", "window", kind=StepKind.FEE, rate_bp=1_500),
    step("manager_fee", "lead", kind=StepKind.FEE, rate_bp=500),
)
ROYALTIES = (
    step("original", "press", rate_bp=500, passes=(("author", 7_000),)),
    step("screenplay", "writer", rate_bp=175),
    step("music", "composer", amount_minor=88_000),
)
EXPENSES = (
    step("promotion", "agency", kind=StepKind.EXPENSE, rate_bp=100),
    step("printing", "printer", kind=StepKind.EXPENSE, amount_minor=120_000),
)
SUPPLIERS = {
    name: Supplier(tax_rate_bp=0)
    for name in ("window", "lead", "press", "author", "writer", "composer", "agency", "printer")
}


def run(preset: Preset) -> list[LineSeen]:
    order = fees_first if preset is Preset.FEES_FIRST else royalties_first
    waterfall = Waterfall(
        preset=preset,
        steps=order(fees=FEES, royalties=ROYALTIES, expenses=EXPENSES),
        members=(("lead", 60), ("studio", 40)),
    )
    committee = Committee(waterfall=waterfall, deficit_in_minor=-450_000)
    division = divide_one(received(royalty_minor=8_765_432, committee=committee), SUPPLIERS)
    return [
        LineSeen(line.kind, line.category, line.rate_bp, line.payee)
        for line in step_lines(division)
    ]


def shown(lines: list[LineSeen], party: str) -> list[tuple[str, str | None]]:
    return [
        (lines[place].category, lines[place].payee)
        for place in sorted(lines_shown(lines, to=party))
    ]


@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("member", ["lead", "studio"])
def test_a_member_sees_every_line(preset: Preset, member: str) -> None:
    lines = run(preset)
    assert is_member(lines, member)
    assert lines_shown(lines, to=member) == frozenset(range(len(lines)))


@pytest.mark.parametrize(
    ("preset", "party", "categories"),
    [
        ("fees_first", "window", ["window_fee"]),  # Of the receipts, which everybody is told.
        ("fees_first", "author", ["window_fee", "manager_fee", "original", "original"]),
        ("fees_first", "press", ["window_fee", "manager_fee", "original", "original"]),
        ("fees_first", "writer", ["window_fee", "manager_fee", "screenplay"]),
        ("fees_first", "composer", ["music"]),  # A fixed amount follows from nothing.
        (
            "fees_first",
            "agency",
            ["window_fee", "manager_fee", "original", "screenplay", "music", "promotion"],
        ),
        ("royalties_first", "author", ["original", "original"]),  # Of the receipts.
        ("royalties_first", "writer", ["screenplay"]),
        ("royalties_first", "window", ["original", "screenplay", "music", "window_fee"]),
        ("royalties_first", "printer", ["printing"]),
        ("royalties_first", "stranger", []),
    ],
)
def test_who_is_paid_by_a_step_sees_it_and_what_its_base_follows_from(
    preset: str, party: str, categories: list[str]
) -> None:
    lines = run(Preset(preset))
    assert not is_member(lines, party)
    assert [category for category, _ in shown(lines, party)] == categories


def test_the_base_of_a_step_is_what_the_shown_steps_leave() -> None:
    """So that everybody can work the own amount out again from what is shown."""
    for preset in Preset:
        order = fees_first if preset is Preset.FEES_FIRST else royalties_first
        waterfall = Waterfall(
            preset=preset,
            steps=order(fees=FEES, royalties=ROYALTIES, expenses=EXPENSES),
            members=(("lead", 1),),
        )
        division = divide_one(
            received(royalty_minor=1_000_003, committee=Committee(waterfall=waterfall)), SUPPLIERS
        )
        lines = step_lines(division)
        seen = [LineSeen(line.kind, line.category, line.rate_bp, line.payee) for line in lines]
        for party in ("window", "author", "press", "writer", "agency"):
            *before, own = (
                lines[place]
                for place in sorted(lines_shown(seen, to=party))
                if lines[place].kind != "split"
            )
            left = division.net_minor - sum(line.amount_minor for line in before)
            assert own.base_minor == left, (preset, party)
