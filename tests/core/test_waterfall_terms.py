"""Terms of a waterfall that cannot be carried out are refused, naming the place."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.core.refusal import Refusal
from ledger.core.waterfall import (
    BaseIsNotEarlier,
    ListedTwice,
    PayeeIsMissing,
    Preset,
    RateOrAmountIsNeeded,
    Step,
    StepKind,
    ValueOutOfRange,
    Waterfall,
    after,
)


def step(name: str, payee: str, **terms: Any) -> Step:
    return Step(name=name, category=name, kind=StepKind.FEE, payee=payee, **terms)


def committee(
    *, steps: tuple[Step, ...] = (), members: tuple[tuple[str, int], ...] = (("lead", 1),)
) -> Waterfall:
    return Waterfall(preset=Preset.FEES_FIRST, steps=steps, members=members)


FEE = step("fee", "lead", rate_bp=500)


@pytest.mark.parametrize(
    ("build", "refusal", "field", "values"),
    [
        (
            lambda: step("fee", "lead"),
            *(RateOrAmountIsNeeded, "rate_bp", {"place": "step:fee"}),
        ),
        (
            lambda: step("fee", "lead", rate_bp=0, amount_minor=0),
            *(RateOrAmountIsNeeded, "rate_bp", {"place": "step:fee"}),
        ),
        (
            lambda: step("fee", "lead", rate_bp=10_001),
            *(ValueOutOfRange, "rate_bp", {"place": "step:fee", "value": "10001"}),
        ),
        (
            lambda: step("fee", "lead", rate_bp=-1),
            *(ValueOutOfRange, "rate_bp", {"place": "step:fee", "value": "-1"}),
        ),
        (
            lambda: step("fee", "lead", rate_bp=1, cap_minor=-1),
            *(ValueOutOfRange, "cap_minor", {"place": "step:fee", "value": "-1"}),
        ),
        (
            lambda: step("fee", "lead", rate_bp=1, passes=(("a", 6000), ("b", 4001))),
            *(ValueOutOfRange, "passes", {"place": "step:fee", "value": "10001"}),
        ),
        (
            # The sum is in range, but one part would take from the other.
            lambda: step("fee", "lead", rate_bp=1, passes=(("a", 6000), ("b", -1))),
            *(ValueOutOfRange, "passes", {"place": "step:fee", "value": "-1"}),
        ),
        (lambda: step("fee", "", rate_bp=1), PayeeIsMissing, "payee", {"place": "step:fee"}),
        (
            lambda: step("fee", "lead", rate_bp=1, passes=(("", 1),)),
            *(PayeeIsMissing, "payee", {"place": "step:fee"}),
        ),
        (
            lambda: committee(
                steps=(step("manager_fee", "lead", rate_bp=1, base=after("window_fee")),)
            ),
            BaseIsNotEarlier,
            "base",
            {"place": "step:manager_fee", "base": "after:window_fee", "known": "receipts"},
        ),
        (
            lambda: committee(steps=(FEE, FEE)),
            *(ListedTwice, None, {"place": "step:fee"}),
        ),
        (lambda: committee(members=()), PayeeIsMissing, "payee", {"place": "members"}),
        (lambda: committee(members=(("", 1),)), PayeeIsMissing, "payee", {"place": "members"}),
        (
            lambda: committee(members=(("lead", 1), ("studio", 0))),
            *(ValueOutOfRange, "share", {"place": "member:studio", "value": "0"}),
        ),
        (
            lambda: committee(members=(("lead", 1), ("lead", 2))),
            *(ListedTwice, None, {"place": "member:lead"}),
        ),
    ],
)
def test_terms_that_cannot_be_carried_out_are_refused(
    build: Callable[[], object],
    refusal: type[Refusal],
    field: str | None,
    values: dict[str, str],
) -> None:
    with pytest.raises(refusal) as refused:
        build()
    assert refused.value.field == field
    assert refused.value.values == values
