"""Each batch is judged under the terms of its moment, and each event under those of its time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.core.acceptance import Reason
from ledger.core.period import Month
from ledger.core.receipt import Result, Status
from ledger.core.usage import Modality, ReportedGeneration
from ledger.services import granting
from ledger.store import licenses
from ledger.store.database import Database
from tests import builders
from tests.services.firms import NOW, Firm, firm, select, statuses
from tests.services.usage import generation

ACCEPTED, HELD, REFUSED = Status.ACCEPTED, Status.HELD, Status.REFUSED

#: A day in the middle of October, after some usage and before some.
CHANGE = datetime(2026, 10, 16, 3, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


def leading(results: list[Result]) -> list[Reason | None]:
    return [Reason(result.reasons[0]) if result.reasons else None for result in results]


def around(instant: datetime) -> list[ReportedGeneration]:
    """Return a generation just before an instant, and one at it."""
    return [generation(occurred_at=instant - MOMENT), generation(occurred_at=instant)]


def suspend(studio: Firm, *, from_: datetime, work: str = "kaze-no-machi") -> None:
    builders.offer(
        studio.database, [work], state="suspended", reason="asked for", effective_at=from_
    )


# By the time of the event.


def test_a_suspension_divides_a_batch_by_the_time_of_each_event(studio: Firm) -> None:
    suspend(studio, from_=CHANGE)
    results = studio.report(*around(CHANGE), *reversed(around(CHANGE)))
    assert statuses(results) == [ACCEPTED, REFUSED, REFUSED, ACCEPTED]
    assert set(leading(results)) == {None, Reason.SUBJECT_SUSPENDED}


def test_an_offer_begins_with_its_instant(studio: Firm) -> None:
    builders.work(studio.database, "yoru-no-umi", offered_at=CHANGE)
    builders.license(
        studio.database, "LIC-2", grants=(builders.new_grant(subjects=("yoru-no-umi",)),)
    )
    events = [
        each._replace(license_reference="LIC-2", subjects=generation(subjects=["yoru-no-umi"])[4])
        for each in around(CHANGE)
    ]
    assert leading(studio.report(*events)) == [Reason.SUBJECT_NOT_OFFERED, None]


def test_a_license_begins_and_ends_with_its_instants(studio: Firm) -> None:
    starts_at, ends_at = datetime(2026, 10, 10, tzinfo=UTC), CHANGE
    builders.license(
        studio.database,
        "LIC-2",
        starts_at=starts_at,
        ends_at=ends_at,
        grants=(builders.new_grant(terms=builders.new_terms(effective_from=starts_at)),),
    )
    events = [
        each._replace(license_reference="LIC-2") for each in [*around(starts_at), *around(ends_at)]
    ]
    assert leading(studio.report(*events)) == [
        Reason.LICENSE_NOT_STARTED,
        None,
        None,
        Reason.LICENSE_ENDED,
    ]


def test_each_event_is_priced_by_the_version_of_its_time(studio: Firm) -> None:
    """Two versions in one month: October's first half is counted at 12 yen, its second at 13."""
    dearer = builders.new_terms(
        effective_from=CHANGE, rate_lines=(builders.new_rate_line(rate=Decimal(13)),)
    )
    granting.add_terms_version(
        studio.database,
        license_reference="LIC-2026-001",
        grant=0,
        terms=dearer,
        recorded_at=builders.RECORDED_AT,
    )
    studio.report(*around(CHANGE))
    rows = select(
        studio.database,
        "SELECT r.rate, t.generation_count FROM batch_total t JOIN rate_line r"
        " ON r.rate_line_id = t.rate_line_id ORDER BY r.rate",
    )
    assert [tuple(row) for row in rows] == [(Decimal(12), 1), (Decimal(13), 1)]


# By the terms that are in force when the batch is written: the terms clock.


def test_a_suspension_holds_from_the_very_next_batch(studio: Firm) -> None:
    assert statuses(studio.report(generation())) == [ACCEPTED]
    suspend(studio, from_=NOW - timedelta(days=30))
    assert leading(studio.report(generation())) == [Reason.SUBJECT_SUSPENDED]


def test_new_terms_hold_from_the_very_next_batch(studio: Firm) -> None:
    unpriced = generation("1.5", modality=Modality.VIDEO)
    assert leading(studio.report(unpriced)) == [Reason.MODALITY_NOT_GRANTED]
    builders.license(
        studio.database, "LIC-2", grants=(builders.new_grant(modalities=("video", "image")),)
    )
    priced = generation("1.5", modality=Modality.VIDEO, license_reference="LIC-2")
    assert leading(studio.report(priced)) == [Reason.RATE_MISSING]


def test_a_subject_that_is_registered_after_it_was_missed_is_found(studio: Firm) -> None:
    event = generation(subjects=["yoru-no-umi"])
    assert leading(studio.report(event)) == [Reason.SUBJECT_UNKNOWN]
    builders.work(studio.database, "yoru-no-umi", offered_at=None)
    again = event._replace(event_id="again")
    assert leading(studio.report(again)) == [Reason.SUBJECT_NOT_OFFERED]
    builders.offer(studio.database, ["yoru-no-umi"])
    third = event._replace(event_id="third")
    assert leading(studio.report(third)) == [Reason.SUBJECT_NOT_LICENSED]


def test_every_process_follows_the_clock(studio: Firm) -> None:
    other = studio.beside()
    studio.report(generation())
    other.report(generation())
    suspend(studio, from_=Month(2026, 10).starts_at)
    assert statuses(other.report(generation())) == [REFUSED]
    assert statuses(studio.report(generation())) == [REFUSED]


def test_a_firm_that_comes_later_is_judged_by_terms_in_memory(studio: Firm) -> None:
    """Its license moved the clock, so the terms in memory are read again before it is judged."""
    studio.report(generation())
    builders.license(studio.database, "LIC-B", licensee="studio-b")
    rival = Firm(database=studio.database, id=firm(studio.database, "studio-b").id,
                 terms=studio.terms)  # fmt: skip
    assert statuses(rival.report(generation(license_reference="LIC-B"))) == [ACCEPTED]
    assert statuses(rival.report(generation())) == [REFUSED]
    assert statuses(studio.report(generation(license_reference="LIC-B"))) == [REFUSED]


def test_no_batch_reads_the_terms_again_while_they_stand(studio: Firm) -> None:
    studio.report(generation())
    read = studio.terms.newest
    studio.report(generation(), generation(subjects=["yoru-no-umi"]), generation(None))
    assert studio.terms.newest is read
    builders.licensee(studio.database, "studio-z")  # A new party changes nothing for anybody.
    studio.report(generation())
    assert studio.terms.newest is read
    suspend(studio, from_=NOW)
    studio.report(generation())
    assert studio.terms.newest is not read


@pytest.mark.parametrize(
    "change",
    [
        lambda database: builders.work(database, "yoru-no-umi", offered_at=None),
        lambda database: builders.offer(database, ["kaze-no-machi"], effective_at=CHANGE),
        lambda database: builders.license(database, "LIC-2"),
    ],
)
def test_every_change_a_judgement_depends_on_moves_the_clock(
    studio: Firm, change: Callable[[Database], object]
) -> None:
    with studio.database.transaction() as session:
        before = licenses.terms_clock(session, book_id=1)
    change(studio.database)
    with studio.database.transaction() as session:
        assert licenses.terms_clock(session, book_id=1) > before
