"""Licenses of firms that do not pay: suspended, refused, lifted, and who hears of it."""

from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from ledger.core.dunning import DunningTerms
from ledger.core.period import Month
from ledger.core.reason import Reason
from ledger.core.receipt import Result, Status
from ledger.services import deferring, dunning, stewarding, suspending
from ledger.services.deferring import NewTerms
from ledger.services.suspending import LicenseNotSuspended
from ledger.store.database import Database
from tests import builders
from tests.rows import row_counts, rows
from tests.services.billed import close
from tests.services.firms import Firm, firm
from tests.services.money import bill, house, noon, receive
from tests.services.usage import generation

USUAL = DunningTerms(days=(365,))
DUE = date(2026, 11, 30)
INVOICE = "INV-2026-000001"
LICENSE = "LIC-2026-001"


@pytest.fixture
def book(database: Database) -> Database:
    """A license that goes on, whose October of 110,000 is due on 30 November."""
    house(database)
    fee = builders.new_rate_line(basis="fixed_month", rate=100_000)
    grant = builders.new_grant(terms=builders.new_terms(rate_lines=(fee,)))
    builders.license(database, LICENSE, grants=(grant,), wind_down_days=3, ends_at=None)
    close(database, *(Month(2026, month) for month in range(4, 10)))
    bill(database)
    builders.member(database, "studio-a", email="ap@studio-a.example", role="accountant")
    agree(database, suspend_after_days=30)
    return database


def agree(database: Database, **terms: Any) -> None:
    new = NewTerms(
        licensee="studio-a",
        effective_from=date(2026, 1, 1),
        terms=DunningTerms(days=(365,), **terms),
    )
    at = noon(date(2026, 11, 1))
    deferring.agree_terms(database, new=new, recorded_by="keiri", recorded_at=at)


def warn(database: Database) -> None:
    on = DUE + timedelta(days=23)
    dunning.write_reminders(database, usual=USUAL, on=on, written_by="genbo", written_at=noon(on))


def suspend(database: Database, at: datetime) -> tuple[str, ...]:
    return suspending.suspend_unpaid(database, usual=USUAL, suspended_by="genbo", suspended_at=at)


def lift(database: Database, at: datetime) -> tuple[str, ...]:
    return suspending.lift_paid(database, usual=USUAL, lifted_by="genbo", lifted_at=at)


SUSPENDED = noon(DUE + timedelta(days=30))


def reported(studio: Firm, name: str, at: datetime) -> Result:
    [result] = studio.report(
        generation(10, event_id=name, occurred_at=at), at=at + timedelta(hours=1)
    )
    return result


def test_use_is_refused_after_the_wind_down_and_earns_again_when_it_is_lifted(
    book: Database,
) -> None:
    warn(book)
    studio = firm(book)
    assert reported(studio, "a", SUSPENDED - timedelta(hours=2)).status is Status.ACCEPTED
    assert suspend(book, SUSPENDED) == (LICENSE,)
    assert suspend(book, SUSPENDED + timedelta(days=1)) == ()  # Once.
    during = reported(studio, "b", SUSPENDED + timedelta(days=1))
    assert (during.status, during.reasons) == (Status.ACCEPTED, (Reason.LICENSE_WINDING_DOWN,))
    after = reported(studio, "c", SUSPENDED + timedelta(days=3))
    assert (after.status, after.reasons) == (
        Status.REFUSED,
        (Reason.LICENSE_SUSPENDED_FOR_NON_PAYMENT,),
    )
    assert lift(book, SUSPENDED + timedelta(days=4)) == ()  # It is not paid.
    receive(book, INVOICE, amount_minor=109_999, on=date(2027, 1, 4))
    assert lift(book, SUSPENDED + timedelta(days=6)) == ()  # A yen is missing.
    receive(book, INVOICE, amount_minor=1, on=date(2027, 1, 5), external_reference="the yen")
    assert lift(book, SUSPENDED + timedelta(days=6, hours=1)) == (LICENSE,)
    again = reported(studio, "d", SUSPENDED + timedelta(days=6, hours=2))
    assert (again.status, again.reasons) == (Status.ACCEPTED, ())
    late = reported(studio, "e", SUSPENDED + timedelta(days=4))  # Told late, of that time.
    assert late.status is Status.REFUSED


def test_the_firm_and_the_holders_are_told_of_both(book: Database) -> None:
    warn(book)
    suspend(book, SUSPENDED)
    receive(book, INVOICE, on=date(2027, 1, 4))
    lift(book, noon(date(2027, 1, 5)))
    told = rows(
        book,
        "SELECT p.reference, o.event, said ->> 'invoice', said ->> 'earns_until'"
        " FROM outbox o JOIN party p ON p.party_id = o.owner_id"
        " CROSS JOIN LATERAL (SELECT CAST(o.payload AS jsonb) -> 'data' AS said) q"
        " WHERE o.event LIKE 'license.%' ORDER BY o.event DESC, p.reference",
    )
    assert told == [
        ("hoshino", "license.suspended", None, "2027-01-02T03:00:00Z"),
        ("studio-a", "license.suspended", INVOICE, "2027-01-02T03:00:00Z"),
        ("hoshino", "license.restored", None, None),
        ("studio-a", "license.restored", None, None),
    ]


def test_nothing_is_suspended_without_terms_a_warning_or_with_a_hold(book: Database) -> None:
    assert suspend(book, SUSPENDED) == ()  # Nobody was warned.
    warn(book)
    hold = deferring.hold(
        book,
        invoice=INVOICE,
        licensee=None,
        kind="disputed",
        reason="The quantity is wrong.",
        held_by="keiri",
        held_at=noon(DUE),
    )
    assert suspend(book, SUSPENDED) == ()
    deferring.release(
        book, hold=hold, reason="It was right.", released_by="k", released_at=noon(DUE)
    )
    assert suspend(book, SUSPENDED) == (LICENSE,)


def test_a_person_may_lift_it_unpaid_and_it_stays_lifted(book: Database) -> None:
    warn(book)
    suspend(book, SUSPENDED)
    asked: dict[str, Any] = {
        "license": LICENSE,
        "reason": "They pay in rates.",
        "lifted_by": "bucho",
        "lifted_at": SUSPENDED + timedelta(hours=1),
    }
    suspending.lift(book, **asked)
    assert suspend(book, SUSPENDED + timedelta(days=9)) == ()
    [listed] = suspending.list_suspensions(book, with_lifted=True)
    assert (listed.lifted_by, listed.lifted_because) == ("bucho", "They pay in rates.")
    before = row_counts(book)
    with pytest.raises(LicenseNotSuspended):
        suspending.lift(book, **asked)
    assert row_counts(book) == before


def test_only_the_firm_the_holder_and_the_house_see_it(book: Database) -> None:
    warn(book)
    suspend(book, SUSPENDED)
    ids = dict(rows(book, "SELECT reference, party_id FROM party"))
    builders.party(book, "elsewhere")
    ids |= dict(rows(book, "SELECT reference, party_id FROM party"))
    seen = {
        name: len(suspending.list_suspensions(book, owner_id=ids[name]))
        for name in ("studio-a", "hoshino", "elsewhere")
    }
    assert seen == {"studio-a": 1, "hoshino": 1, "elsewhere": 0}


def test_the_database_suspends_a_license_once_at_a_time(
    book: Database, owner: psycopg.Connection
) -> None:
    warn(book)
    suspend(book, SUSPENDED)
    again = (
        "INSERT INTO license_suspension (licensee_id, license_id, document_id, after_days,"
        " open_minor, suspended_at, suspended_by) SELECT licensee_id, license_id, document_id, 30,"
        " 1, suspended_at, 'me' FROM license_suspension"
    )
    with pytest.raises(errors.UniqueViolation):
        owner.execute(again.encode())


def test_the_house_is_told_how_many_are_suspended(book: Database) -> None:
    warn(book)
    suspend(book, SUSPENDED)
    counted = stewarding.count_tasks(book, today=SUSPENDED.date())
    assert (counted.licenses_suspended, counted.invoices_overdue) == (1, 1)
