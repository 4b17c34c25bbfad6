"""An AI firm accepts the version that stands, and its license keeps what that version said."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.offer import OfferState
from ledger.services import BOOK_ID, accepting, offering
from ledger.services.accepting import Accepted
from ledger.store.database import Database
from ledger.store.licenses import load_snapshot
from ledger.store.terms_cache import TermsCache
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts, rows
from tests.services import offers
from tests.services.offers import AT, HOUSE, change, make, new_version


@pytest.fixture
def catalogue(database: Database) -> Database:
    """A franchise of two works, a work beside them, and a firm."""
    offers.catalogue(database)
    builders.licensee(database)
    return database


def accept(database: Database, **changes: Any) -> Accepted:
    asked: dict[str, Any] = {
        "offer": "offer-1",
        "version": 1,
        "licensee": "studio-a",
        "license": "LIC-2026-001",
        "accepted_by": "legal",
        "accepted_at": AT,
        **changes,
    }
    return accepting.accept_offer(database, **asked)


def test_a_license_is_an_accepted_offer(catalogue: Database) -> None:
    ends_at = AT + timedelta(days=365)
    make(
        catalogue,
        subject="kaze",
        wind_down_days=14,
        territories=("JP", "TW"),
        ends_at=ends_at,
        ai_label="AI生成",
        prohibited_content=("暴力", "政治"),
    )
    accepted = accept(catalogue)
    assert accepted.subjects == ("kaze", "hero")
    with catalogue.transaction() as session:
        (license_,) = load_snapshot(session, book_id=BOOK_ID).licenses.values()
    (grant,) = license_.grants
    assert (license_.starts_at, license_.ends_at) == (AT, ends_at)
    assert license_.wind_down_days == 14
    assert grant.territories == {"JP", "TW"}
    assert (grant.ai_label, grant.prohibited_content) == ("AI生成", ("暴力", "政治"))
    (version,) = grant.versions
    offered = offers.find(catalogue, "offer-1").offer.versions[0].terms
    assert [(each.basis, each.rate) for each in version.rate_lines] == [
        (each.basis, each.rate) for each in offered.rate_lines
    ]
    assert version.clause_reference == offered.clause_reference
    named = (
        "SELECT l.reference, f.reference, v.version, a.accepted_by FROM offer_acceptance a "
        "JOIN license l USING (license_id) JOIN offer_version v USING (offer_version_id) "
        "JOIN offer f USING (offer_id)"
    )
    assert rows(catalogue, named) == [("LIC-2026-001", "offer-1", 1, "legal")]
    assert offers.judged(catalogue, TermsCache(), "hero", AT).reasons == ()


def test_a_license_keeps_what_was_accepted(catalogue: Database) -> None:
    make(catalogue, subject="kaze")
    accept(catalogue)
    dearer = builders.new_terms(
        effective_from=AT, rate_lines=(builders.new_rate_line(rate=Decimal(99)),)
    )
    offering.add_version(
        catalogue,
        reference="offer-1",
        version=new_version(terms=dearer),
        speaker=HOUSE,
        recorded_at=AT,
    )
    with refusal("offer_version_not_in_force", "version") as refused:
        accept(catalogue, license="LIC-2", version=1)
    assert refused[0].values["in_force"] == "2"
    accept(catalogue, license="LIC-2", version=2)
    with catalogue.transaction() as session:
        licenses = load_snapshot(session, book_id=BOOK_ID).licenses
    rates = {name: each.grants[0].versions[0].rate_lines[0].rate for name, each in licenses.items()}
    assert rates == {"LIC-2026-001": Decimal(12), "LIC-2": Decimal(99)}


def test_what_other_offers_decide_about_is_left_out_and_told(catalogue: Database) -> None:
    make(catalogue, subject=None)
    make(catalogue, "hero-alone", subject="hero")
    make(catalogue, "no-sea", subject="umi")
    change(catalogue, "no-sea", OfferState.WITHDRAWN)
    builders.offer(catalogue, ["yama"], state="suspended", effective_at=AT, reason="a dispute")
    accepted = accept(catalogue)
    assert accepted.subjects == ("saga", "kaze")
    assert {each.subject: each.refusal.code for each in accepted.left_out} == {
        "hero": "other_offer_decides",
        "umi": "nothing_is_offered",
        "yama": "offer_is_suspended",
    }


def test_a_firm_takes_what_it_names(catalogue: Database) -> None:
    make(catalogue, subject=None)
    assert accept(catalogue, subjects=["yama", "kaze"]).subjects == ("yama", "kaze")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"offer": "nothing"}, "offer_unknown", None),
        ({"version": 2}, "offer_version_not_in_force", "version"),
        ({"accepted_at": builders.STARTS_AT - timedelta(1)}, "offer_version_not_in_force",
         "version"),
        ({"licensee": "hoshino"}, "party_not_a_licensee", "licensee"),
        ({"licensee": "nobody"}, "party_unknown", "licensee"),
        ({"license": "a b"}, "reference_malformed", "reference"),
        ({"subjects": ["kaze", "kaze"]}, "value_listed_twice", "subjects"),
        ({"subjects": ["nothing"]}, "subject_unknown", "subjects"),
        ({"subjects": ["boat"]}, "nothing_is_offered", "subject"),  # Another's.
        ({"subjects": ["kaze", "hero"]}, "other_offer_decides", "subjects"),
        ({"offer": "no-sea", "version": 2}, "nothing_is_offered", "subject"),
        ({"offer": "paused", "version": 2}, "offer_is_suspended", "subject"),
        ({"offer": "one-price"}, "offers_conflict", "subject"),
        ({"accepted_by": ""}, "text_missing", "accepted_by"),
    ],
)  # fmt: skip
def test_what_does_not_stand_cannot_be_accepted(
    catalogue: Database, changes: dict[str, Any], code: str, field: str | None
) -> None:
    make(catalogue, subject="saga")
    make(catalogue, "hero-alone", subject="hero")
    make(catalogue, "no-sea", subject="umi")
    change(catalogue, "no-sea", OfferState.WITHDRAWN)
    make(catalogue, "paused", subject="umi", ends_at=None)
    change(catalogue, "paused", OfferState.SUSPENDED)
    make(catalogue, "one-price", subject="yama")
    make(catalogue, "other-price", subject="yama", wind_down_days=1)
    before = row_counts(catalogue)
    with refusal(code, field):
        accept(catalogue, **changes)
    assert row_counts(catalogue) == before


def test_two_offers_that_say_the_same_are_no_conflict(catalogue: Database) -> None:
    make(catalogue, subject="yama")
    make(catalogue, "again", subject="yama")
    assert accept(catalogue, offer="again").subjects == ("yama",)


def test_no_license_is_larger_than_it_may_be(
    catalogue: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(catalogue, subject=None)
    monkeypatch.setattr(accepting, "SUBJECTS_MAX", 4)
    with refusal("subjects_too_many", "subjects"):
        accept(catalogue)
    assert accept(catalogue, subjects=["kaze"]).subjects == ("kaze",)


def test_whoever_accepted_is_told_of_other_terms(catalogue: Database) -> None:
    make(catalogue, subject="kaze")
    accept(catalogue)
    accept(catalogue, license="LIC-2")
    version = new_version(effective_from=AT)
    offering.add_version(
        catalogue, reference="offer-1", version=version, speaker=HOUSE, recorded_at=AT
    )
    asked = "SELECT event, payload::jsonb -> 'data' FROM outbox"
    assert rows(catalogue, asked) == [
        (
            "terms.changed",
            {"offer": "offer-1", "version": 2, "effective_from": "2026-05-10T03:00:00Z"},
        )
    ]
