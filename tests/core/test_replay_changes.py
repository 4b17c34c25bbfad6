"""What a replay may change, and that a change without an effect is never taken for an answer."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.core.counter import ClosingTerms
from ledger.core.money import Rounding
from ledger.core.replay import Place, compare
from ledger.core.replay_changes import (
    ChangedCommittee,
    ChangedFee,
    ChangedRate,
    ChangedStep,
    ChangedTier,
    Changes,
    changed_fees,
    changed_terms,
    changed_waterfalls,
    check_changes,
)
from ledger.core.terms import Basis, RateLine, Tier, TierMode
from ledger.core.waterfall import Preset, Step, StepKind, Waterfall, fees_first, run
from tests.core.month import terms, version
from tests.refusals import refusal

IMAGES = RateLine(id=1, basis=Basis.PER_IMAGE, rate=Decimal(12))
VOICE = RateLine(id=2, basis=Basis.PER_1K_CHARS, rate=Decimal(35))
TIERED = RateLine(
    id=3,
    basis=Basis.PER_IMAGE,
    rate=Decimal(12),
    tier_mode=TierMode.MARGINAL,
    tiers=(Tier(up_to=Decimal(10), rate=Decimal(12)), Tier(up_to=None, rate=Decimal(10))),
)


def book(*lines: RateLine) -> ClosingTerms:
    return terms(version(*lines))


def lines_of(changed: ClosingTerms) -> list[RateLine]:
    return [line for _, _, each in changed.versions() for line in each.rate_lines]


def reference(of: ClosingTerms) -> str:
    return of.licenses[0].reference


def test_only_the_lines_that_are_meant_change() -> None:
    before = book(IMAGES, VOICE)
    change = ChangedRate(license=reference(before), line=2, rate="40", cap_minor=900)
    images, voice = lines_of(changed_terms(before, [change]))
    assert images == IMAGES
    assert (voice.rate, voice.cap_minor) == (Decimal(40), 900)


def test_tiers_come_and_go_with_their_mode() -> None:
    before = book(IMAGES)
    tiers = (ChangedTier(rate=12, up_to=10), ChangedTier(rate="9.5"))
    change = ChangedRate(license=reference(before), tier_mode="whole_volume", tiers=tiers)
    changed = changed_terms(before, [change])
    (line,) = lines_of(changed)
    assert line.tiers == (
        Tier(up_to=Decimal(10), rate=Decimal(12)),
        Tier(up_to=None, rate=Decimal("9.5")),
    )
    back = ChangedRate(license=reference(before), tier_mode="none")
    assert changed_terms(changed, [back]) == before


def test_the_rounding_of_a_version_changes_with_any_of_its_lines() -> None:
    before = book(IMAGES)
    change = ChangedRate(license=reference(before), rounding="half_up")
    ((_, _, changed),) = changed_terms(before, [change]).versions()
    assert changed.rounding is Rounding.HALF_UP


@pytest.mark.parametrize(
    ("line", "change", "code", "field"),
    [
        (IMAGES, {"license": "LIC-X", "rate": 1}, "replay_license_unknown", "license"),
        (IMAGES, {"clause": "nowhere", "rate": 1}, "replay_line_unknown", "license"),
        (IMAGES, {"line": 2, "rate": 1}, "replay_line_unknown", "license"),
        (IMAGES, {"modality": "video", "rate": 1}, "replay_line_unknown", "license"),
        (IMAGES, {"rate": 12}, "replay_changes_nothing", None),  # It is 12 already.
        (IMAGES, {}, "replay_changes_nothing", None),
        (IMAGES, {"tier_mode": "steps"}, "replay_value_wrong", None),
        (IMAGES, {"tier_mode": "marginal"}, "replay_value_wrong", None),  # Without tiers.
        (IMAGES, {"rate": "twelve"}, "replay_value_wrong", None),
        (IMAGES, {"rate": -1}, "replay_value_wrong", None),
        (IMAGES, {"rounding": "up"}, "replay_value_wrong", None),
        (TIERED, {"rate": 1}, "replay_value_wrong", None),  # Its tiers say the price.
    ],
)
def test_a_change_that_cannot_be_is_refused(
    line: RateLine, change: dict[str, Any], code: str, field: str | None
) -> None:
    before = book(line)
    with refusal(code, field):
        changed_terms(before, [ChangedRate(**{"license": reference(before), **change})])


def test_to_change_nothing_at_all_is_refused() -> None:
    with refusal("replay_changes_nothing", None):
        check_changes(Changes())


DRAMA = Waterfall(
    preset=Preset.FEES_FIRST,
    steps=fees_first(
        fees=[
            Step(name="w", kind=StepKind.FEE, category="window_fee", payee="window", rate_bp=1_500)
        ],
        royalties=[
            Step(name="o", kind=StepKind.ROYALTY, category="original", payee="press", rate_bp=500)
        ],
        expenses=[],
    ),
    members=(("lead", 60), ("studio", 40)),
)


def changed(change: ChangedCommittee) -> Waterfall:
    (month,) = changed_waterfalls([{"drama": DRAMA}], [change])
    return month["drama"]


def test_another_order_moves_the_bases() -> None:
    other = changed(ChangedCommittee(committee="drama", preset="royalties_first"))
    amounts = {
        step.step.category: step.amount_minor for step in run(other, receipts_minor=10_000).steps
    }
    assert amounts == {"original": 500, "window_fee": 1_425}  # 15 % of 9,500.
    assert [step.name for step in other.steps] == ["o", "w"]


def test_a_step_and_the_shares_change() -> None:
    other = changed(
        ChangedCommittee(
            committee="drama",
            steps=(ChangedStep(category="original", amount_minor=88),),
            members=(("studio", 1),),
        )
    )
    assert run(other, receipts_minor=10_000).distributions[0].amount_minor == 10_000 - 1_500 - 88


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (ChangedCommittee(committee="opera"), "replay_committee_unknown", "committee"),
        (ChangedCommittee(committee="drama"), "replay_changes_nothing", None),
        (
            ChangedCommittee(committee="drama", preset="fees_first"),
            "replay_changes_nothing",
            None,
        ),
        (ChangedCommittee(committee="drama", preset="odd"), "replay_value_wrong", None),
        (
            ChangedCommittee(committee="drama", steps=(ChangedStep(category="music", rate_bp=1),)),
            "replay_step_unknown",
            "category",
        ),
        (
            ChangedCommittee(
                committee="drama",
                steps=(ChangedStep(category="original", payee="author", rate_bp=1),),
            ),
            "replay_step_unknown",
            "category",
        ),
        (
            ChangedCommittee(committee="drama", members=(("lead", 0),)),
            "waterfall_value_out_of_range",
            "share",
        ),
    ],
)
def test_a_committee_that_cannot_be_is_refused(
    change: ChangedCommittee, code: str, field: str | None
) -> None:
    with refusal(code, field):
        changed(change)


def test_fees_change_for_holders_that_are_there() -> None:
    charged: list[tuple[str, int | None]] = [("drama", 800), ("hoshino", 800), ("hoshino", 700)]
    fees = changed_fees(charged, [ChangedFee(holder="hoshino", admin_fee_bp=800)])
    assert fees == {"hoshino": 800}  # It was 700 in a part of the months.
    for change, code, field in (
        (ChangedFee(holder="nobody", admin_fee_bp=1), "replay_holder_unknown", "holder"),
        (ChangedFee(holder="drama", admin_fee_bp=10_001), "replay_value_wrong", None),
        (ChangedFee(holder="drama", admin_fee_bp=800), "replay_changes_nothing", None),
    ):
        with refusal(code, field):
            changed_fees(charged, [change])


def test_both_sides_are_compared_and_nothing_on_both_is_left_out() -> None:
    here, there, gone = (Place("payee", name, "JPY") for name in ("a", "b", "c"))
    house = Place("house", "admin_fee", "JPY")
    found = compare({house: 5, there: 3, gone: 0}, {here: 2, there: 1, house: 5})
    assert [(each.place.reference, each.difference_minor) for each in found] == [
        *(("a", 2), ("b", -2), ("admin_fee", 0)),
    ]
