"""
DOMAIN E9 by the calendar: one session under three licenses is 1, 10 or 3 royalty events.

October 2026. A novel is licensed three times for answers that are grounded in it, at 40 yen for a
grounding, for a turn, and for a citation. The same session happens under each.
"""

from datetime import date
from decimal import Decimal

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.reason import Reason
from ledger.core.receipt import Result, Status
from ledger.core.usage import Modality, ReportedGeneration, Unit, UseClass
from ledger.services import auditing, closing
from ledger.store.database import Database
from tests import builders
from tests.services.firms import firm
from tests.services.money import NOVEMBER, OCTOBER, bill, house, noon, total_of
from tests.services.test_correcting import correct, instead
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

#: What happened in the session, by the unit it is reported in.
SESSION = {Unit.GROUNDING: 1, Unit.TURN: 10, Unit.CITATION: 3}
LICENSES = {
    Unit.GROUNDING: "LIC-2026-001",
    Unit.TURN: "LIC-2026-002",
    Unit.CITATION: "LIC-2026-003",
}

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


@pytest.fixture
def world(database: Database) -> Database:
    """A novel, and three licenses of one firm that count its sessions each in another way."""
    house(database)
    builders.parties(
        database,
        builders.new_licensee(),
        builders.new_company("novelist", minimum_payment_minor=0),
    )
    builders.work(database, "novel", medium="novel", owner="novelist")
    for unit, reference in LICENSES.items():
        line = builders.new_rate_line(basis=f"per_{unit}", rate="40")
        grant = builders.new_grant(
            subjects=("novel",),
            modalities=("text",),
            use_classes=("retrieval",),
            terms=builders.new_terms(rate_lines=(line,)),
        )
        builders.license(database, reference, grants=(grant,))
    return database


def session(*, license: str, unit: Unit, times: int | None) -> ReportedGeneration:
    return generation(
        times,
        on=date(2026, 10, 9),
        modality=Modality.TEXT,
        unit=unit,
        use_class=UseClass.RETRIEVAL,
        subjects=("novel",),
        license_reference=license,
    )


def talk(database: Database, *, license: str, unit: Unit, times: int | None) -> Result:
    (result,) = report(database, session(license=license, unit=unit, times=times))
    return result


def test_one_session_is_as_many_royalty_events_as_each_license_counts(world: Database) -> None:
    for unit, times in SESSION.items():
        result = talk(world, license=LICENSES[unit], unit=unit, times=times)
        assert (result.status, result.reasons) == (Status.ACCEPTED, ())
    lines = closing.preview(world, month=OCTOBER)
    counted = sorted((int(line.quantity), line.amount_minor) for line in lines)
    assert counted == [(1, 40), (3, 120), (10, 400)]
    invoices = bill(world, OCTOBER)
    assert sum(total_of(world, invoice) for invoice in invoices) == 616  # 560, and tax.
    assert auditing.audit(world) == SOUND


@pytest.mark.parametrize(
    ("unit", "times", "reason"),
    [
        (Unit.TURN, 10, Reason.SESSION_COUNT_UNKNOWN),  # How often was the novel cited?
        (Unit.TOKEN, 8_000, Reason.SESSION_COUNT_UNKNOWN),
        (Unit.CITATION, None, Reason.QUANTITY_UNKNOWN),
    ],
)
def test_what_the_license_does_not_count_is_held_and_never_taken_for_what_it_does(
    world: Database, unit: Unit, times: int | None, reason: Reason
) -> None:
    result = talk(world, license=LICENSES[Unit.CITATION], unit=unit, times=times)
    assert (result.status, result.reasons) == (Status.HELD, (reason,))
    assert closing.preview(world, month=OCTOBER) == ()


def test_turns_that_were_miscounted_are_adjusted_after_the_month_is_closed(
    world: Database,
) -> None:
    """Ten turns were reported, invoiced with October, and were eight: 80 yen come back."""
    told = session(license=LICENSES[Unit.TURN], unit=Unit.TURN, times=10)
    report(world, told)
    (october,) = bill(world, OCTOBER)
    assert total_of(world, october) == 440
    fewer = told._replace(quantity=Decimal(8))
    correct(firm(world), instead(fewer), recorded_at=noon(NOVEMBER.last_day))
    (adjusted,) = closing.preview(world, month=NOVEMBER)
    assert (adjusted.month, adjusted.closing_month) == (OCTOBER.first_day, NOVEMBER.first_day)
    assert (adjusted.amount_minor, int(adjusted.quantity)) == (-80, -2)
    bill(world, NOVEMBER)
    assert total_of(world, october) == 440  # The invoice stays as it is.
    assert auditing.audit(world) == SOUND
