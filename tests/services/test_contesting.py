"""Claims are entered, change by versions that say who and why, and are refused by their field."""

from datetime import date
from typing import Any

import pytest

from ledger.core.new_claim import NewClaim
from ledger.services import contesting
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows

SAID: dict[str, Any] = {"recorded_by": "keiri", "recorded_at": builders.RECORDED_AT}


@pytest.fixture
def world(database: Database) -> Database:
    """X with C, Y, a committee and a firm."""
    builders.parties(database, builders.new_company("X"), builders.new_company("Y"))
    builders.committee(database)
    builders.licensee(database)
    builders.work(database, "C", owner="X")
    return database


def new(**changes: Any) -> NewClaim:
    values: dict[str, Any] = {
        "reference": "CLM-1",
        "subject": "C",
        "party": "Y",
        "share_bp": 6_000,
        "starts_on": date(2026, 4, 1),
    }
    return NewClaim(**values | changes)


def enter(database: Database, *claims: NewClaim) -> tuple[contesting.ClaimShown, ...]:
    return contesting.enter_claims(database, claims=claims, **SAID)


def test_an_overclaim_is_taken_and_told(world: Database) -> None:
    shown = enter(world, new(), new(reference="CLM-2", party="X"))
    assert [each.overclaimed_bp for each in shown] == [2_000, 2_000]
    page = contesting.list_claims(world, subject="C", party_id=None, limit=1)
    assert [each.claim.reference for each in page.claims] == ["CLM-1"]
    rest = contesting.list_claims(world, party_id=None, after=page.next_after or 0)
    assert [each.claim.reference for each in rest.claims] == ["CLM-2"]
    assert contesting.list_claims(world, subject="D", party_id=None).claims == ()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"share_bp": 0}, "number_out_of_range", "share_bp"),
        ({"share_bp": 10_001}, "number_out_of_range", "share_bp"),
        ({"ends_on": date(2026, 4, 1)}, "claim_ends_before_it_starts", "ends_on"),
        ({"right": "smell"}, "right_not_known", "right"),
        ({"territory": "Japan"}, "territory_malformed", "territory"),
        ({"state": "won"}, "word_not_known", "state"),
        ({"subject": "D"}, "subject_unknown", "subject"),
        ({"party": "nobody"}, "party_unknown", "party"),
        ({"party": "studio-a"}, "party_not_a_holder", "party"),
        ({"party": "kaze-committee"}, "claimant_cannot_be_paid", "party"),
        ({"reference": "a b"}, "reference_malformed", "reference"),
    ],
)
def test_a_claim_that_contradicts_itself_is_refused_by_its_clause(
    world: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    with refusal(code, field):
        enter(world, new(reference="CLM-0", party="X"), new(**changes))
    assert contesting.list_claims(world, party_id=None).claims == ()


def test_every_change_is_a_version_with_who_and_why(world: Database) -> None:
    enter(world, new())
    contesting.dispute(world, reference="CLM-1", reason="Letter of 1 May", **SAID)
    shown = contesting.agree(
        world, reference="CLM-1", share_bp=2_500, reason="Settlement of 9 June", **SAID
    )
    assert (shown.claim.version, shown.claim.share_bp, shown.claim.state) == (3, 2_500, "agreed")
    told = "SELECT version, state, share_bp, reason FROM claim_version ORDER BY version"
    assert rows(world, told) == [
        (1, "asserted", 6_000, ""),
        (2, "disputed", 6_000, "Letter of 1 May"),
        (3, "agreed", 2_500, "Settlement of 9 June"),
    ]


def test_what_is_withdrawn_does_not_change_any_more(world: Database) -> None:
    enter(world, new())
    contesting.withdraw(world, reference="CLM-1", reason="A mistake", **SAID)
    for change in (contesting.agree, contesting.dispute, contesting.withdraw):
        with refusal("claim_is_withdrawn", "reference"):
            change(world, reference="CLM-1", reason="After all", **SAID)
    with refusal("claim_unknown", "reference"):
        contesting.dispute(world, reference="CLM-9", reason="?", **SAID)
    with refusal("text_missing", "reason"):
        contesting.dispute(world, reference="CLM-1", reason=" ", **SAID)


def test_no_more_than_the_whole_is_agreed(world: Database) -> None:
    enter(world, new(), new(reference="CLM-2", party="X", state="agreed"))
    with refusal("agreed_beyond_whole", "share_bp"):
        contesting.agree(world, reference="CLM-1", reason="Both are right", **SAID)
    contesting.agree(world, reference="CLM-1", share_bp=4_000, reason="The rest", **SAID)
    with refusal("agreed_beyond_whole", "share_bp"):
        enter(world, new(reference="CLM-3", share_bp=1, state="agreed"))


def test_a_reference_is_taken_once(world: Database) -> None:
    enter(world, new())
    with refusal("reference_taken", "reference"):
        enter(world, new())
