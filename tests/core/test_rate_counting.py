"""How a session is counted: in one way for each use, and only where there are sessions."""

from decimal import Decimal
from itertools import permutations

import pytest

from ledger.core.rate_agreement import CountingWrong, check_counting
from ledger.core.terms import COUNTING_MODELS, UNIT_OF_BASIS, Basis, RateLine
from ledger.core.usage import Modality, Unit, UseClass

TEXT, IMAGE = Modality.TEXT, Modality.IMAGE
RETRIEVAL, GENERATION = UseClass.RETRIEVAL, UseClass.GENERATION

Selected = tuple[Basis, Modality | None, UseClass | None]


def lines(*selected: Selected) -> list[RateLine]:
    return [
        RateLine(basis=basis, rate=Decimal(4), modality=modality, use_class=use_class)
        for basis, modality, use_class in selected
    ]


@pytest.mark.parametrize(
    "selected",
    [
        [(Basis.PER_TURN, None, None)],
        [(Basis.PER_TURN, IMAGE, RETRIEVAL)],  # What is retrieved may be a picture.
        [(Basis.PER_TURN, None, None), (Basis.PER_TURN, TEXT, None)],  # At another price.
        [(Basis.PER_TURN, TEXT, GENERATION), (Basis.PER_CITATION, TEXT, RETRIEVAL)],
        [(Basis.PER_IMAGE, IMAGE, None), (Basis.PER_TURN, TEXT, None)],
    ],
)
def test_every_use_has_one_way_of_counting(selected: list[Selected]) -> None:
    for ordered in permutations(lines(*selected)):
        check_counting(ordered, path="rate_lines")


@pytest.mark.parametrize(
    ("selected", "place"),
    [
        ([(Basis.PER_TURN, IMAGE, None)], 0),  # Pictures have no turns.
        ([(Basis.PER_CITATION, Modality.AUDIO, GENERATION)], 0),
        ([(Basis.PER_TURN, None, None), (Basis.PER_CITATION, None, None)], 1),
        ([(Basis.PER_TURN, None, None), (Basis.PER_CITATION, TEXT, RETRIEVAL)], 1),
        # Retrieved text is both.
        ([(Basis.PER_GROUNDING, TEXT, None), (Basis.PER_TURN, None, RETRIEVAL)], 1),
    ],
)
def test_a_contradiction_is_refused_at_its_line(selected: list[Selected], place: int) -> None:
    with pytest.raises(CountingWrong) as refused:
        check_counting(lines(*selected), path="rate_lines")
    assert refused.value.field == f"rate_lines.{place}.basis"


def test_each_way_of_counting_has_a_unit_that_counts_one_by_one() -> None:
    assert {UNIT_OF_BASIS[basis] for basis in COUNTING_MODELS} == {
        (Unit.GROUNDING, 1),
        (Unit.TURN, 1),
        (Unit.CITATION, 1),
    }
