"""Holders offer, suspend and withdraw; every subject follows the narrowest offer at its instant."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger.core.acceptance import Decision, OptInState, Reason
from ledger.core.offer import OfferState
from ledger.core.period import Month
from ledger.services import BOOK_ID, offering
from ledger.services.offering import Speaker
from ledger.store.database import Database
from ledger.store.licenses import find_subjects
from ledger.store.terms_cache import TermsCache
from tests import builders
from tests.builders import STARTS_AT
from tests.refusals import refusal
from tests.rows import row_counts, rows
from tests.services import offers
from tests.services.offers import AT, HOUSE, change, make, new_version, speaker

OFFERED, NOT_OFFERED, SUSPENDED = (
    OptInState.OFFERED,
    OptInState.NOT_OFFERED,
    OptInState.SUSPENDED,
)


@pytest.fixture
def catalogue(database: Database) -> Database:
    """A franchise of two works, a hero in one of them, and a work beside them."""
    offers.catalogue(database)
    return database


def states(database: Database, at: datetime = AT) -> dict[str, OptInState]:
    """Return how each subject of the catalogue is offered at an instant."""
    with database.transaction() as session:
        found = find_subjects(session, book_id=BOOK_ID, references=offers.SUBJECTS).subjects
    return {reference: each.state_at(at) for reference, each in found.items()}


def test_nothing_is_offered_by_default(catalogue: Database) -> None:
    assert set(states(catalogue).values()) == {NOT_OFFERED}


@pytest.mark.parametrize(
    ("subject", "covered"),
    [
        ("hero", {"hero"}),
        ("kaze", {"kaze", "hero"}),
        ("saga", {"saga", "kaze", "hero", "umi"}),  # Not the boat in it, which another holds.
        (None, {"saga", "kaze", "hero", "umi", "yama"}),
    ],
)
def test_an_offer_is_for_a_character_a_work_a_franchise_or_everything(
    catalogue: Database, subject: str | None, covered: set[str]
) -> None:
    make(catalogue, subject=subject)
    assert {name for name, state in states(catalogue).items() if state is OFFERED} == covered
    assert set(states(catalogue, STARTS_AT - timedelta(1)).values()) == {NOT_OFFERED}


def test_the_narrower_offer_decides(catalogue: Database) -> None:
    make(catalogue, "everything", subject=None)
    make(catalogue, "the-work", subject="kaze")
    change(catalogue, "the-work", OfferState.WITHDRAWN)
    found = states(catalogue)
    assert (found["kaze"], found["hero"]) == (NOT_OFFERED, NOT_OFFERED)
    assert (found["umi"], found["yama"]) == (OFFERED, OFFERED)


def test_what_is_decided_about_a_subject_counts_beside_its_offers(catalogue: Database) -> None:
    make(catalogue, subject="saga")
    builders.offer(catalogue, ["kaze"], state="suspended", effective_at=AT, reason="a dispute")
    assert states(catalogue)["kaze"] is SUSPENDED
    assert states(catalogue)["umi"] is OFFERED


def test_a_report_follows_an_offer_from_the_next_event_on(catalogue: Database) -> None:
    """One process changes the offer; another has the terms in memory, and asks the clock."""
    builders.license(catalogue, grants=(builders.new_grant(subjects=("hero",)),))
    elsewhere = TermsCache()

    def reasons(at: datetime) -> tuple[Reason, ...]:
        return offers.judged(catalogue, elsewhere, "hero", at).reasons

    assert reasons(AT) == (Reason.SUBJECT_NOT_OFFERED,)
    make(catalogue, subject="saga")
    assert reasons(AT) == ()
    change(catalogue, "offer-1", OfferState.SUSPENDED)
    assert reasons(AT) == (Reason.SUBJECT_SUSPENDED,)
    assert reasons(AT - timedelta(microseconds=1)) == ()
    change(catalogue, "offer-1", OfferState.OFFERED, effective_at=AT + timedelta(hours=1))
    assert reasons(AT + timedelta(hours=1)) == ()


def test_what_is_planned_does_not_undo_what_is_withdrawn_before(catalogue: Database) -> None:
    make(catalogue, subject="kaze")
    planned = new_version(effective_from=AT + timedelta(days=30))
    offering.add_version(
        catalogue, reference="offer-1", version=planned, speaker=HOUSE, recorded_at=AT
    )
    change(catalogue, "offer-1", OfferState.WITHDRAWN)
    assert states(catalogue, AT + timedelta(days=31))["kaze"] is NOT_OFFERED


def test_what_is_resumed_is_what_was_suspended(catalogue: Database) -> None:
    make(catalogue, subject="kaze")
    change(catalogue, "offer-1", OfferState.SUSPENDED)
    assert change(catalogue, "offer-1", OfferState.OFFERED, effective_at=AT + timedelta(1)) == 3
    found = offers.find(catalogue, "offer-1")
    assert [each.version.state for each in found.versions] == ["offered", "suspended", "offered"]
    assert len({each.version.terms for each in found.versions}) == 1
    assert [each.reason for each in found.versions] == ["", "because", "because"]
    assert {each.recorded_by for each in found.versions} == {"rights desk"}


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ([], OfferState.OFFERED),  # It stands.
        ([OfferState.SUSPENDED], OfferState.SUSPENDED),
        ([OfferState.WITHDRAWN], OfferState.SUSPENDED),
        ([OfferState.WITHDRAWN], OfferState.WITHDRAWN),
        ([OfferState.WITHDRAWN], OfferState.OFFERED),  # It is offered anew, at other terms or not.
    ],
)
def test_an_offer_is_brought_only_into_another_state(
    catalogue: Database, before: list[OfferState], asked: OfferState
) -> None:
    make(catalogue, subject="kaze")
    for state in before:
        change(catalogue, "offer-1", state)
    with refusal("offer_state_wrong", None):
        change(catalogue, "offer-1", asked, effective_at=AT + timedelta(1))
    version = new_version(effective_from=AT + timedelta(2))
    offering.add_version(
        catalogue, reference="offer-1", version=version, speaker=HOUSE, recorded_at=AT
    )
    assert states(catalogue, AT + timedelta(2))["kaze"] is OFFERED


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"reference": "a b"}, "reference_malformed", "reference"),
        ({"reference": "taken"}, "reference_taken", "reference"),
        ({"holder": "nobody"}, "party_unknown", "holder"),
        ({"holder": "studio-a"}, "party_not_a_rights_holder", "holder"),
        ({"subject": "nothing"}, "subject_unknown", "subject"),
        ({"subject": "boat"}, "offer_of_another", "subject"),
        ({"holder": "umino", "subject": None}, "offer_of_another", "holder"),
        ({"modalities": ()}, "list_empty", "modalities"),
        ({"use_classes": ("dreaming",)}, "word_not_known", "use_classes"),
        ({"territories": ("WORLD", "JP")}, "world_stands_alone", "territories"),
        ({"wind_down_days": 3_661}, "number_out_of_range", "wind_down_days"),
        ({"ends_at": AT}, "ends_before_it_starts", "ends_at"),
        ({"terms": builders.new_terms(effective_from=AT, rate_lines=())}, "list_empty",
         "terms.rate_lines"),
        ({"terms": builders.new_terms(effective_from=AT - timedelta(1))}, "effective_in_the_past",
         "terms.effective_from"),
    ],
)  # fmt: skip
def test_an_offer_that_contradicts_itself_is_refused(
    catalogue: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    builders.licensee(catalogue)
    make(catalogue, "taken", subject="yama")
    before = row_counts(catalogue)
    sound = {"terms": builders.new_terms(effective_from=AT), "subject": "kaze"}
    with refusal(code, field):
        offering.make_offer(
            catalogue,
            offer=offers.new_offer(**{**sound, **changes}),
            speaker=speaker(catalogue),
            recorded_at=AT,
        )
    assert row_counts(catalogue) == before


def test_a_holder_changes_nothing_of_anothers(catalogue: Database) -> None:
    make(catalogue, subject="kaze")
    stranger = speaker(catalogue, "umino")
    with refusal("offer_unknown", None):
        change(catalogue, "offer-1", OfferState.SUSPENDED, by=stranger)
    with refusal("offer_unknown", None):
        offering.add_version(
            catalogue, reference="offer-1", version=new_version(), speaker=stranger, recorded_at=AT
        )


def test_a_holders_word_counts_from_when_it_is_said(catalogue: Database) -> None:
    make(catalogue, subject="kaze")
    holder = speaker(catalogue)
    with refusal("effective_in_the_past", "effective_at"):
        change(catalogue, "offer-1", OfferState.WITHDRAWN, by=holder,
               effective_at=AT - timedelta(seconds=1))  # fmt: skip
    with refusal("text_missing", "reason"):
        change(catalogue, "offer-1", OfferState.WITHDRAWN, by=holder, reason=" ")
    change(catalogue, "offer-1", OfferState.WITHDRAWN, by=holder)
    assert states(catalogue)["kaze"] is NOT_OFFERED


def test_no_offer_reaches_into_a_closed_month(catalogue: Database) -> None:
    make(catalogue, subject="kaze")
    builders.close_through(catalogue, Month(2026, 4))
    with refusal("effective_in_closed_month", "effective_at"):
        change(catalogue, "offer-1", OfferState.WITHDRAWN, effective_at=STARTS_AT)


def told(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    asked = (
        "SELECT p.reference, o.event, o.payload FROM outbox o "
        "JOIN party p ON p.party_id = o.owner_id ORDER BY outbox_id"
    )
    return [(who, event, json.loads(body)["data"]) for who, event, body in rows(database, asked)]


def test_whoever_has_a_license_is_told_that_its_subjects_are_withdrawn(
    catalogue: Database,
) -> None:
    make(catalogue, subject="saga")
    make(catalogue, "hero-alone", subject="hero")
    both = builders.new_grant(subjects=("hero", "kaze", "umi"))
    builders.license(catalogue, grants=(both,), wind_down_days=30)
    only_the_hero = builders.new_grant(subjects=("hero",))
    builders.license(catalogue, "LIC-B", licensee="studio-b", grants=(only_the_hero,))
    change(catalogue, "offer-1", OfferState.WITHDRAWN)
    assert told(catalogue) == [
        (
            "studio-a",
            "consent.withdrawn",
            {
                "license": "LIC-2026-001",
                "offer": "offer-1",
                "state": "withdrawn",
                "effective_at": "2026-05-10T03:00:00Z",
                "earns_until": "2026-06-09T03:00:00Z",
                "subject_count": 2,  # The hero has an offer of its own.
            },
        )
    ]


def test_use_winds_down_after_a_withdrawal_as_the_license_says(catalogue: Database) -> None:
    make(catalogue, subject="saga")
    grant = builders.new_grant(subjects=("kaze",))
    builders.license(catalogue, grants=(grant,), wind_down_days=30)
    change(catalogue, "offer-1", OfferState.WITHDRAWN)
    after = {timedelta(): Decision.WIND_DOWN, timedelta(days=30): Decision.REFUSED}
    for later, expected in after.items():
        assert offers.judged(catalogue, TermsCache(), "kaze", AT + later).decision is expected


def test_an_offer_is_made_by_somebody(catalogue: Database) -> None:
    with refusal("text_missing", "recorded_by"):
        make(catalogue, subject="kaze", by=Speaker(name=" "))
