"""A desk answers from memory, and is exchanged for another when the terms change."""

from datetime import datetime, timedelta

import pytest

from ledger.core.acceptance import Decision, Reason
from ledger.core.clearance import Cleared, Use
from ledger.core.usage import Modality, Unit, UseClass
from ledger.services import clearing, granting
from ledger.services.clearing import Desk
from ledger.store.database import Database
from ledger.store.terms_cache import TermsCache
from tests import builders
from tests.rows import counted_statements
from tests.services.firms import NOW, Firm, firm

USE = Use(UseClass.GENERATION, Modality.IMAGE, Unit.IMAGE, "JP")
WORK = "kaze-no-machi"


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm with a license over one work."""
    builders.license(database)
    return firm(database)


def clear(
    desk: Desk,
    studio: Firm,
    *references: str,
    at: datetime = NOW,
    license_reference: str | None = None,
) -> Cleared:
    if desk.lacks(references):
        met = clearing.meet_subjects(
            studio.database, cache=studio.terms, desk=desk, references=references
        )
        assert met is desk
    return desk.clear(
        licensee_id=studio.id,
        license_reference=license_reference,
        use=USE,
        references=references,
        at=at,
    )


def test_a_desk_stays_while_the_terms_do(database: Database, studio: Firm) -> None:
    cache = TermsCache()
    desk = clearing.open_desk(database, cache=cache, desk=None)
    with counted_statements(database) as statements:
        assert clearing.open_desk(database, cache=cache, desk=desk) is desk
    assert len(statements) == 1


def test_a_change_of_terms_opens_another_desk(database: Database, studio: Firm) -> None:
    cache = TermsCache()
    desk = clearing.open_desk(database, cache=cache, desk=None)
    assert clear(desk, studio, WORK).clearances[0].terms is not None
    granting.add_terms_version(
        database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(effective_from=NOW - timedelta(days=1)),
        recorded_at=NOW - timedelta(days=2),
    )
    later = clearing.open_desk(database, cache=cache, desk=desk)
    assert later is not desk
    (clearance,) = clear(later, studio, WORK).clearances
    assert clearance.terms is not None
    assert clearance.terms.version == 2


def test_a_full_desk_is_exchanged(
    database: Database, studio: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = TermsCache()
    desk = clearing.open_desk(database, cache=cache, desk=None)
    monkeypatch.setattr(clearing, "REMEMBERED_MAX", 2)
    clear(desk, studio, WORK)
    assert not desk.is_full
    clear(desk, studio, "nobody")
    assert desk.is_full
    assert clearing.open_desk(database, cache=cache, desk=desk) is not desk


def test_a_subject_is_met_once_whether_it_is_there_or_not(database: Database, studio: Firm) -> None:
    desk = clearing.open_desk(database, cache=TermsCache(), desk=None)
    assert desk.lacks([WORK, "nobody"]) == {WORK, "nobody"}
    with counted_statements(database) as statements:
        clear(desk, studio, WORK, "nobody")
        clear(desk, studio, "nobody", WORK)
    assert len(statements) == 1
    assert desk.credit_line(WORK) == "©星野書店/風の町製作委員会"
    assert desk.credit_line("nobody") is None


def test_a_subject_that_nobody_ever_offered_is_known_all_the_same(
    database: Database, studio: Firm
) -> None:
    builders.work(database, "silent", offered_at=None)
    desk = clearing.open_desk(database, cache=TermsCache(), desk=None)
    cleared = clear(desk, studio, "silent", "nobody")
    assert [each.reasons for each in cleared.clearances] == [
        (Reason.SUBJECT_NOT_OFFERED,),
        (Reason.SUBJECT_UNKNOWN,),
    ]


def test_an_answer_is_remembered_for_as_long_as_it_holds(database: Database, studio: Firm) -> None:
    builders.offer(
        database, [WORK], state="suspended", effective_at=NOW + timedelta(hours=1), reason="asked"
    )
    desk = clearing.open_desk(database, cache=TermsCache(), desk=None)
    first = clear(desk, studio, WORK)
    assert clear(desk, studio, WORK, at=NOW + timedelta(minutes=59)) is first
    assert first.decision is Decision.ACCEPTED
    later = clear(desk, studio, WORK, at=NOW + timedelta(hours=1))
    assert later.clearances[0].reasons == (Reason.SUBJECT_SUSPENDED,)
    assert clear(desk, studio, WORK) is first


def test_each_firm_is_asked_for_its_own_licenses(database: Database, studio: Firm) -> None:
    other = firm(database, "studio-b")
    builders.license(
        database,
        "LIC-B",
        licensee="studio-b",
        grants=(builders.new_grant(use_classes=("training",)),),
    )
    desk = clearing.open_desk(database, cache=TermsCache(), desk=None)
    assert clear(desk, studio, WORK).decision is Decision.ACCEPTED
    (clearance,) = clear(desk, other, WORK).clearances
    assert (clearance.license_reference, clearance.reasons) == (
        "LIC-B",
        (Reason.USE_CLASS_NOT_GRANTED,),
    )
    (named,) = clear(desk, other, WORK, license_reference="LIC-2026-001").clearances
    assert named.reasons == (Reason.LICENSE_UNKNOWN,)
