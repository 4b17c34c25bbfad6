"""The name under which a judgement is kept: one for one kind of generation and outcome."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from ledger.core.acceptance import Decision, Judgement, Reason
from ledger.core.batch import judgement_hash
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass
from tests.core.licensed import KIND, NOW, Case, naming


def hashed(case: Case, judgement: Judgement | None = None) -> bytes:
    return judgement_hash(kind=case.kind, judgement=judgement or case.judged())


KINDS: list[dict[str, Any]] = [
    {"license_reference": "LIC-2"},
    {"use_class": UseClass.TRAINING},
    {"modality": Modality.VIDEO},
    {"unit": Unit.CLIP},
    {"territory": "US"},
    {"language": "ja"},
    {"language": "en"},
    {"subjects": (SubjectUse("yoru"),)},
    {"subjects": (SubjectUse("kaze", 10_000),)},
    {"subjects": (SubjectUse("kaze"), SubjectUse("yoru"))},
    {"subjects": (SubjectUse("kaze', None), ('yoru"),)},  # Looks like the spelling of two.
]


def test_another_kind_is_another_judgement_even_with_the_same_outcome() -> None:
    outcome = Case().judged()
    kinds = [Case(), *(Case(kind=KIND._replace(**changes)) for changes in KINDS)]
    assert len({hashed(case, outcome) for case in kinds}) == len(kinds)


@pytest.mark.parametrize(
    "other",
    [
        Case(license_=None),
        Case(kind=KIND._replace(has_quantity=False)),  # Held, of the same kind in all it names.
        Case(kind=KIND._replace(modality=Modality.AUDIO, currency="USD", has_revenue=True)),
    ],
)
def test_another_outcome_is_another_judgement(other: Case) -> None:
    assert hashed(other) != hashed(other, Case().judged())


def test_a_held_title_is_told_from_an_unknown_name() -> None:
    assert hashed(naming("nowhere", has_title=True)) != hashed(naming("nowhere"))


@pytest.mark.parametrize(
    "change",
    [
        {"subject_id": 9},
        {"terms_version_id": 9},
        {"rate_line_id": 9},
        {"decision": Decision.HELD},
        {"reasons": (Reason.RATE_MISSING,)},
    ],
)
def test_any_change_of_a_line_is_another_judgement(change: dict[str, Any]) -> None:
    judgement = Case().judged()
    other = replace(judgement, lines=(replace(judgement.lines[0], **change),))
    assert hashed(Case(), other) != hashed(Case(), judgement)


def test_a_judgement_keeps_its_name_when_only_its_interval_moves() -> None:
    judgement = Case().judged()
    later = replace(judgement, valid_from=NOW, valid_until=NOW + timedelta(days=1))
    assert hashed(Case(), later) == hashed(Case(), judgement)


def test_the_spelling_is_plain_ascii_which_no_version_of_unicode_changes() -> None:
    spelled = (
        "('LIC-1', [('\\u98a8', None)], ['generation', 'image', 'image', 'JP'],"
        " [(None, None, None, 'refused', ['subject_unknown'])])"
    )
    assert hashed(naming("風")) == sha256(spelled.encode()).digest()
    assert hashed(naming("風")) != hashed(naming("\\u98a8"))
