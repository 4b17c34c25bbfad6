"""Use earns on for the days that were agreed after an end, and is told as accepted, with why."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledger.core.acceptance import Decision, Reason
from ledger.core.clearance import Use
from ledger.core.facts import Violation
from ledger.core.fields import NumberOutOfRange
from ledger.core.invariants import INVARIANTS
from ledger.core.period import Month, day_starts_at
from ledger.core.receipt import Status
from ledger.core.usage import Modality, Unit, UseClass
from ledger.services import (
    auditing,
    clearing,
    closing,
    declaring,
    exporting,
    granting,
    previewing,
)
from ledger.store.database import Database
from tests import builders
from tests.services.firms import Firm, firm, select
from tests.services.usage import generation

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}

#: The license ends on 20 October and winds down for ten days.
ENDS_AT = day_starts_at(date(2026, 10, 20))
BEFORE, WITHIN, AFTER = date(2026, 10, 19), date(2026, 10, 29), date(2026, 10, 30)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm with a license for images of kaze-no-machi at twelve yen that winds down."""
    builders.license(database, ends_at=ENDS_AT, wind_down_days=10)
    return firm(database)


def test_a_batch_is_divided_by_the_end_and_by_the_end_of_the_wind_down(studio: Firm) -> None:
    told = studio.report(
        *(generation(on=day) for day in (BEFORE, WITHIN, AFTER)), at=NOVEMBER.starts_at
    )
    assert [(each.status, each.reasons[:1]) for each in told] == [
        (Status.ACCEPTED, ()),
        (Status.ACCEPTED, (Reason.LICENSE_WINDING_DOWN,)),
        (Status.REFUSED, (Reason.LICENSE_ENDED,)),
    ]
    counts = studio.batches()[0]
    assert (counts.accepted_count, counts.held_count, counts.refused_count) == (2, 0, 1)
    assert dict(select(studio.database, "SELECT decision, quantity FROM batch_total")) == {
        "accepted": 1,
        "wind_down": 1,
        "refused": 1,
    }


def test_what_winds_down_is_charged_and_counted_like_what_is_accepted(studio: Firm) -> None:
    studio.report(generation(30, on=BEFORE), generation(70, on=WITHIN), at=NOVEMBER.starts_at)
    assert [row["amount_estimate"] for row in _rows(studio.database)] == [360, 840]
    report = declaring.read_month(studio.database, licensee="studio-a", month=OCTOBER)
    assert [(each.decision, each.quantity) for each in report.reported] == [
        (Decision.ACCEPTED, Decimal(100))
    ]
    closed = closing.close_month(
        studio.database, month=OCTOBER, closed_by="keiri", closed_at=NOVEMBER.starts_at
    )
    assert [(line.quantity, line.amount_minor) for line in closed.lines] == [(Decimal(100), 1_200)]
    assert auditing.audit(studio.database) == SOUND


def test_a_preview_prices_what_winds_down(studio: Firm) -> None:
    seen = previewing.preview(
        studio.database,
        terms=studio.terms,
        licensee_id=studio.id,
        reported=[generation(70, on=WITHIN)],
        previewed_at=NOVEMBER.starts_at,
    )
    assert [growth.amount_minor for growth in seen.growths] == [840]
    assert seen.generations[0].result.status is Status.ACCEPTED


def test_a_clearance_clears_what_winds_down_and_says_so(studio: Firm) -> None:
    desk = clearing.open_desk(studio.database, cache=studio.terms, desk=None)
    clearing.meet_subjects(
        studio.database, cache=studio.terms, desk=desk, references=["kaze-no-machi"]
    )
    cleared = desk.clear(
        licensee_id=studio.id,
        license_reference=None,
        use=Use(UseClass.GENERATION, Modality.IMAGE, Unit.IMAGE, "JP"),
        references=["kaze-no-machi"],
        at=generation(on=WITHIN).occurred_at,
    )
    assert cleared.decision is Decision.WIND_DOWN
    assert cleared.clearances[0].reasons[0] is Reason.LICENSE_WINDING_DOWN
    assert cleared.clearances[0].rate_line is not None
    assert cleared.valid_until == ENDS_AT + timedelta(days=10)


def test_another_license_that_runs_is_named_before_one_that_winds_down(studio: Firm) -> None:
    builders.license(studio.database, "LIC-2026-002")
    desk = clearing.open_desk(studio.database, cache=studio.terms, desk=None)
    clearing.meet_subjects(
        studio.database, cache=studio.terms, desk=desk, references=["kaze-no-machi"]
    )
    cleared = desk.clear(
        licensee_id=studio.id,
        license_reference=None,
        use=Use(UseClass.GENERATION, Modality.IMAGE, Unit.IMAGE, "JP"),
        references=["kaze-no-machi"],
        at=generation(on=WITHIN).occurred_at,
    )
    assert cleared.decision is Decision.ACCEPTED
    assert cleared.clearances[0].license_reference == "LIC-2026-002"


def test_a_withdrawn_work_winds_down_as_long_as_the_license_says(database: Database) -> None:
    builders.license(database, wind_down_days=10)
    studio = firm(database)
    builders.offer(
        database,
        ["kaze-no-machi"],
        state="not_offered",
        reason="the author asked for it",
        effective_at=ENDS_AT,
    )
    told = studio.report(
        *(generation(on=day) for day in (BEFORE, WITHIN, AFTER)), at=NOVEMBER.starts_at
    )
    assert [each.reasons for each in told] == [
        (),
        (Reason.SUBJECT_WINDING_DOWN,),
        (Reason.SUBJECT_NOT_OFFERED,),
    ]


def test_a_grant_may_wind_down_for_other_days_than_its_license(database: Database) -> None:
    grant = builders.new_grant(ends_at=ENDS_AT, wind_down_days=3)
    builders.license(database, wind_down_days=10, grants=(grant,))
    studio = firm(database)
    told = studio.report(
        generation(on=date(2026, 10, 22)), generation(on=date(2026, 10, 23)), at=NOVEMBER.starts_at
    )
    assert [each.reasons for each in told] == [
        (Reason.GRANT_WINDING_DOWN,),
        (Reason.GRANT_ENDED,),
    ]


@pytest.mark.parametrize("days", [-1, 3_661])  # Never less than none, nor more than ten years.
def test_a_wind_down_has_a_length_that_can_be_meant(database: Database, days: int) -> None:
    builders.licensee(database)
    builders.work(database)
    with pytest.raises(NumberOutOfRange) as refusal:
        granting.grant_license(
            database,
            license=builders.new_license(grants=(builders.new_grant(wind_down_days=days),)),
            recorded_at=builders.RECORDED_AT,
        )
    assert refusal.value.field == "grants.0.wind_down_days"


def _rows(database: Database) -> list[dict[str, object]]:
    return list(exporting.generations_of(database, first=OCTOBER, last=OCTOBER))
