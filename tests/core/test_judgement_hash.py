"""The name under which a judgement is kept: one for one kind of generation and outcome."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ledger.core.acceptance import Decision, Judgement, Reason
from ledger.core.batch import judgement_hash
from ledger.core.usage import Modality, SubjectUse, Unit, UseClass
from tests.core.licensed import KIND, NOW, Case, naming


def hashed(case: Case, judgement: Judgement | None = None) -> bytes:
    return judgement_hash(kind=case.kind, judgement=judgement or case.judged())


@pytest.mark.parametrize(
    "other",
    [
        Case(kind=KIND._replace(license_reference="LIC-2")),
        Case(kind=KIND._replace(use_class=UseClass.TRAINING)),
        Case(kind=KIND._replace(modality=Modality.VIDEO, unit=Unit.SECOND)),
        Case(kind=KIND._replace(unit=Unit.CLIP)),
        Case(kind=KIND._replace(territory="US")),
        Case(kind=KIND._replace(has_quantity=False)),  # Held: another outcome.
        Case(license_=None),
        naming("yoru"),
        naming("kaze", "yoru"),
        Case(kind=KIND._replace(subjects=(SubjectUse("kaze", 10_000),))),
        Case(kind=naming("nowhere").kind),
        Case(kind=naming("nowhere", has_title=True).kind),
        Case(kind=naming("nowhere', None), ('kaze").kind),  # A name that looks like the spelling.
    ],
)
def test_another_kind_or_outcome_is_another_judgement(other: Case) -> None:
    names = [hashed(each) for each in (Case(), naming("yoru", "kaze"), naming("nobody"), other)]
    assert len(set(names)) == len(names)


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


def test_a_japanese_name_is_spelled_in_one_way() -> None:
    assert hashed(naming("風の町")) == hashed(naming("\u98a8\u306e\u753a"))
    assert hashed(naming("風の町")) != hashed(naming("\\u98a8\\u306e\\u753a"))
