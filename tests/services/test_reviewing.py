"""A month is looked at on a real database before it closes: figures, what waits, what stops it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from ledger.core.month_preview import Change, MonthPreview
from ledger.core.new_claim import NewClaim
from ledger.core.period import Month
from ledger.core.reason import Decision, Reason
from ledger.services import closing, contesting, reviewing
from ledger.store.database import Database
from tests import builders
from tests.rows import counted_statements
from tests.services import money
from tests.services.falsified import falsify
from tests.services.usage import generation, report

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)


def preview(database: Database, month: Month = OCTOBER, **changes: Any) -> MonthPreview:
    """Look at a month an hour after its end."""
    asked = {"at": month.ends_at + timedelta(hours=1), **changes}
    return reviewing.preview_month(database, month=month, **asked)


def close(database: Database, month: Month) -> None:
    closing.close_month(database, month=month, closed_by="keiri", closed_at=month.ends_at)


def codes(found: MonthPreview) -> list[str]:
    return [each.code for each in found.blockers]


def test_a_month_is_set_beside_what_the_closing_before_charged(database: Database) -> None:
    builders.license(database)
    report(database, generation(10, on=date(2026, 9, 5)))
    close(database, SEPTEMBER)
    report(database, generation(15))
    found = preview(database)
    (compared,) = found.compared
    assert (compared.place.licensee, compared.place.holder) == ("studio-a", "hoshino")
    assert (compared.amount.before_minor, compared.amount.now_minor) == (120, 180)
    assert str(compared.amount.percent) == "50.0"
    assert [each.amount for each in found.totals] == [compared.amount]
    assert found.standing.is_previous_closed


def test_new_and_vanished_lines_are_named(database: Database) -> None:
    builders.license(database)
    builders.license(
        database, "LIC-2", grants=(builders.new_grant(subjects=("umi",)),), licensee="studio-b"
    )
    report(database, generation(10, on=date(2026, 9, 5)))
    report(
        database,
        generation(2, subjects=("umi",), license_reference="LIC-2"),
        licensee="studio-b",
    )
    found = preview(database)
    assert not found.standing.is_previous_closed  # And yet it is compared with.
    assert {each.place.subject: each.amount.change for each in found.compared} == {
        "kaze-no-machi": Change.VANISHED,
        "umi": Change.NEW,
    }


def test_what_a_closed_month_is_told_late_is_shown_as_an_adjustment(database: Database) -> None:
    builders.license(database)
    report(database, generation(10, on=date(2026, 9, 5)))
    close(database, SEPTEMBER)
    report(
        database,
        generation(3, on=date(2026, 9, 6)),
        recorded_at=datetime(2026, 10, 7, tzinfo=UTC),
    )
    found = preview(database)
    (late,) = found.adjustments
    assert (late.accrual_month, late.amount_minor) == (date(2026, 9, 1), 36)
    assert found.totals[0].amount.now_minor == 36


def test_what_waits_is_told_with_its_reason_its_count_and_since_when(database: Database) -> None:
    builders.license(database)
    unlicensed = generation(1, on=date(2026, 9, 20), license_reference="LIC-UNKNOWN")
    report(database, generation(None, on=date(2026, 9, 20)), unlicensed)  # Told with September.
    close(database, SEPTEMBER)
    report(
        database,
        generation(None, on=date(2026, 10, 2)),
        generation(None),
        generation(1, subjects=("nobody-knows",)),
        generation(1, license_reference="LIC-UNKNOWN"),
    )
    waits = [
        (each.decision, each.reason, each.use_count, each.since)
        for each in preview(database).waiting
    ]
    assert (Decision.HELD, Reason.QUANTITY_UNKNOWN, 3, date(2026, 9, 20)) in waits
    assert (Decision.REFUSED, Reason.LICENSE_UNKNOWN, 1, date(2026, 10, 15)) in waits


def test_a_month_that_runs_after_one_that_is_open_is_shown_and_says_why_not(
    database: Database,
) -> None:
    money.house(database)
    builders.license(database)
    report(database, generation(1, on=date(2026, 9, 5)), generation(1))
    found = preview(database, at=OCTOBER.ends_at - timedelta(seconds=1))
    assert codes(found) == ["month_not_over", "earlier_month_open"]
    assert found.totals[0].amount.now_minor == 12


def test_silence_stops_a_month_only_where_the_house_says_so(database: Database) -> None:
    money.house(database)
    builders.license(database)
    assert codes(preview(database)) == []
    assert codes(preview(database, requires_declarations=True)) == ["undeclared"]


def test_a_book_without_its_house_can_close_and_not_invoice(database: Database) -> None:
    assert codes(preview(database)) == ["operator_missing"]


def test_a_recount_finds_what_was_tampered_with(
    database: Database, owner: psycopg.Connection
) -> None:
    money.house(database)
    builders.license(database)
    report(database, generation(7))
    assert codes(preview(database, is_recounting=True)) == []
    falsify(owner, "UPDATE batch_total SET quantity = quantity + 1")
    assert codes(preview(database)) == []
    (found,) = preview(database, is_recounting=True).blockers
    assert found.code == "audit_disagrees"
    assert dict(found.values)["licensee"] == "studio-a"


def test_of_a_closed_month_the_preview_is_what_its_closing_charged(database: Database) -> None:
    builders.license(database)
    report(database, generation(7))
    before = preview(database)
    close(database, OCTOBER)
    after = preview(database)
    assert after.lines == before.lines
    assert after.standing.is_closed
    assert after.unsettled == ()


def test_a_holder_without_a_fee_and_a_committee_without_a_contract_are_named(
    database: Database,
) -> None:
    money.house(database)
    builders.party(database, "mikan", entrustment=None)
    builders.work(database, "mikan-no-ki", owner="mikan")
    builders.license(database, grants=(builders.new_grant(subjects=("mikan-no-ki",)),))
    report(database, generation(1, subjects=("mikan-no-ki",)))
    warnings = {each.code: dict(each.values) for each in preview(database).warnings}
    assert warnings["fee_missing"]["holders"] == "mikan"


def test_a_preview_asks_as_often_for_many_lines_as_for_one(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    with counted_statements(database) as one:
        preview(database)
    subjects = tuple(f"work-{number}" for number in range(12))
    builders.license(database, "LIC-9", grants=(builders.new_grant(subjects=subjects),))
    report(
        database, *(generation(1, subjects=(each,), license_reference="LIC-9") for each in subjects)
    )
    with counted_statements(database) as many:
        assert len(preview(database).lines) == 13
    assert len(many) == len(one)


def test_claims_in_dispute_are_named_until_somebody_decides(database: Database) -> None:
    money.house(database)
    builders.party(database, "mikan")
    builders.work(database)
    said: dict[str, Any] = {"recorded_by": "keiri", "recorded_at": builders.RECORDED_AT}
    claim = NewClaim(
        reference="CLM-1",
        subject="kaze-no-machi",
        party="mikan",
        share_bp=6_000,
        starts_on=date(2026, 4, 1),
    )
    contesting.enter_claims(database, claims=[claim], **said)
    assert preview(database).warnings == ()
    contesting.dispute(database, reference="CLM-1", reason="Both say so", **said)
    (warning,) = preview(database).warnings
    assert (warning.code, dict(warning.values)["claims"]) == ("claims_disputed", "CLM-1")
    contesting.agree(database, reference="CLM-1", reason="They agreed", **said)
    assert preview(database).warnings == ()
