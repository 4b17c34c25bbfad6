"""Use that waits is told to whoever it waits for: the AI firm, and the holders concerned."""

import json
from typing import Any

import pytest

from ledger.core.usage import SubjectUse
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.services.firms import Firm, firm
from tests.services.usage import generation


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may use the works of two holders."""
    builders.work(database)
    builders.work(database, "tsuki-no-uta", owner="tsuki")
    both = builders.new_grant(subjects=("kaze-no-machi", "tsuki-no-uta"))
    builders.license(database, grants=(both,))
    return firm(database)


def told(studio: Firm) -> list[tuple[str, dict[str, Any]]]:
    asked = (
        "SELECT p.reference, o.payload FROM outbox o JOIN party p ON p.party_id = o.owner_id"
        " WHERE o.event = 'hold.opened' ORDER BY o.outbox_id"
    )
    return [
        (reference, json.loads(payload)["data"])
        for reference, payload in rows(studio.database, asked)
    ]


def test_a_batch_without_holds_tells_nobody(studio: Firm) -> None:
    studio.report(generation(1), generation(1, subjects=["nobody"]))
    assert told(studio) == []


def test_the_firm_and_each_holder_hear_once_what_waits(studio: Firm) -> None:
    studio.report(
        generation(1),
        generation(None),
        generation(None, subjects=["kaze-no-machi", "tsuki-no-uta"]),
        generation(None, subjects=["unmatched"], title="風の町？"),
    )
    at = {"licensee": "studio-a", "batch": 1}
    unknown = ["quantity_unknown"]
    assert told(studio) == [
        ("studio-a", at | {"use_count": 3, "reasons": ["subject_unmatched", *unknown]}),
        ("hoshino", at | {"use_count": 2, "reasons": unknown}),
        ("tsuki", at | {"use_count": 1, "reasons": unknown}),
    ]


def test_what_is_sent_again_opens_no_other_hold(studio: Firm) -> None:
    held = generation(None)
    studio.report(held)
    studio.report(held)
    assert len(told(studio)) == 2
    studio.report(held, generation(None))
    assert [each["batch"] for _, each in told(studio)] == [1, 1, 2, 2]
    assert told(studio)[-1][1]["use_count"] == 1


def test_a_report_that_is_refused_whole_tells_nobody(studio: Firm) -> None:
    """A subject that may not be used waits for nobody, though its quantity is unknown."""
    studio.report(generation(None, subjects=["nobody"]))
    assert told(studio) == []


def test_a_holder_is_counted_each_of_its_subjects(studio: Firm) -> None:
    builders.work(studio.database, "yoru")
    grant = builders.new_grant(subjects=("kaze-no-machi", "yoru"))
    builders.license(studio.database, "LIC-2", grants=(grant,))
    uses = (SubjectUse("kaze-no-machi"), SubjectUse("yoru"))
    held = generation(None, license_reference="LIC-2")._replace(subjects=uses)
    studio.report(held)
    assert [(who, each["use_count"]) for who, each in told(studio)] == [
        ("studio-a", 1),
        ("hoshino", 2),
    ]
