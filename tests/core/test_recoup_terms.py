"""Advances and guarantees that contradict themselves are refused when they are written."""

from datetime import date
from typing import Any

import pytest

from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Checkpoint,
    CheckpointsDoNotRise,
    Crossing,
    GuaranteeUnknown,
    GuaranteeWithoutCheckpoint,
    MinimumGuarantee,
    RecoupedFrom,
    RecoupGroup,
    RecoupingContradicts,
    RecoupListedTwice,
    RecoupValueOutOfRange,
)
from ledger.core.refusal import Refusal

JUNE, DECEMBER = date(2026, 6, 30), date(2026, 12, 31)


def advance(*sources: str, share_bp: int = 10_000, **values: Any) -> Advance:
    agreed: dict[str, Any] = {
        "reference": "advance",
        "kind": AdvanceKind.GUARANTEED,
        "amount_minor": 100,
        "paid_on": date(2026, 4, 1),
        "recouped_from": tuple(RecoupedFrom(source=each, share_bp=share_bp) for each in sources),
    }
    return Advance(**agreed | values)


def guarantee(*checkpoints: tuple[date, int], sources: tuple[str, ...] = ("A",)) -> Any:
    return MinimumGuarantee(
        reference="mg",
        sources=sources,
        starts_on=date(2026, 4, 1),
        checkpoints=tuple(Checkpoint(due_on=on, target_minor=least) for on, least in checkpoints),
    )


def group(crossing: Crossing = Crossing.SINGLE, **values: Any) -> RecoupGroup:
    return RecoupGroup(reference="group", crossing=crossing, **{"sources": ("A", "B"), **values})


@pytest.mark.parametrize(
    ("crossing", "sources", "share_bp", "is_sound"),
    [
        (Crossing.SINGLE, ("A",), 10_000, True),
        (Crossing.SINGLE, ("A", "B"), 10_000, False),  # That would be crossing them.
        (Crossing.SINGLE, ("A",), 5_000, False),  # A share is a special term.
        (Crossing.SINGLE, (), 10_000, False),  # Nothing would ever recoup it.
        (Crossing.CROSS, ("A", "B"), 10_000, True),
        (Crossing.CROSS, ("B", "A"), 10_000, True),
        (Crossing.CROSS, ("A",), 10_000, False),
        (Crossing.SPECIAL, ("A",), 5_000, True),
        (Crossing.SPECIAL, ("A", "B"), 10_000, True),
        (Crossing.SPECIAL, ("A", "A"), 5_000, False),  # Twice a half is the whole.
        (Crossing.SPECIAL, ("C",), 10_000, False),  # Not in the group.
    ],
)
def test_an_advance_recoups_from_whom_its_group_lets_it(
    crossing: Crossing, sources: tuple[str, ...], share_bp: int, is_sound: bool
) -> None:
    lent = advance(*sources, share_bp=share_bp)
    if is_sound:
        assert group(crossing, advances=(lent,)).advances == (lent,)
        return
    with pytest.raises(RecoupingContradicts):
        group(crossing, advances=(lent,))


@pytest.mark.parametrize(
    ("build", "refusal", "values"),
    [
        (lambda: advance("A", amount_minor=0), RecoupValueOutOfRange, {"value": "0"}),
        (lambda: advance("A", share_bp=0), RecoupValueOutOfRange, {"value": "0"}),
        (lambda: advance("A", share_bp=10_001), RecoupValueOutOfRange, {"value": "10001"}),
        (lambda: guarantee(), GuaranteeWithoutCheckpoint, {"guarantee": "mg"}),
        (lambda: guarantee((JUNE, 0)), RecoupValueOutOfRange, {"item": "mg"}),
        (
            lambda: guarantee((JUNE, 100), (JUNE, 200)),
            CheckpointsDoNotRise,
            {"due_on": "2026-06-30"},
        ),
        (
            lambda: guarantee((JUNE, 100), (DECEMBER, 100)),
            CheckpointsDoNotRise,
            {"due_on": "2026-12-31"},
        ),
        (
            lambda: guarantee((date(2026, 3, 31), 100)),
            CheckpointsDoNotRise,
            {"due_on": "2026-03-31"},  # Before the guarantee begins.
        ),
        (
            lambda: group(advances=(advance("A", counts_toward="mg"),)),
            GuaranteeUnknown,
            {"guarantee": "mg"},
        ),
        (lambda: group(advances=(advance("A"), advance("B"))), RecoupListedTwice, {}),
        (lambda: group(sources=("A", "A")), RecoupListedTwice, {"names": "A, A"}),
        (lambda: group(sources=()), RecoupListedTwice, {}),
        (
            lambda: group(guarantees=(guarantee((JUNE, 1), sources=("A", "B")),)),
            RecoupingContradicts,
            {"item": "mg", "crossing": "single"},
        ),
    ],
)
def test_terms_that_contradict_themselves_are_refused(
    build: Any, refusal: type[Refusal], values: dict[str, str]
) -> None:
    with pytest.raises(refusal) as refused:
        build()
    assert refused.value.values.items() >= values.items()
