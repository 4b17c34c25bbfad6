"""
A firm that does not pay, by the calendar: reminded, in part paid, warned, suspended, paid, lifted.

Studio A has a license of 100,000 a month. October's invoice of 110,000 is due on 30 November. Its
terms: reminders 3 days before and 1, 14 and 30 days after; suspended 45 days overdue; 14.6 %.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from api.daily_dunning import DailyDunning
from api.demo.hosting import DemoClock
from api.mailing import Postman
from ledger.core.dunning import DunningTerms
from ledger.core.explanation_facts import Reader
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.period import TOKYO, Month
from ledger.core.reason import Reason
from ledger.core.receipt import Status
from ledger.services import auditing, deferring, dunning, explaining
from ledger.services.deferring import NewTerms
from ledger.store.database import Database
from tests import builders
from tests.api.caught import catching
from tests.api.test_dunning_letters import OPTIONS
from tests.rows import rows
from tests.services.billed import close
from tests.services.firms import firm
from tests.services.money import balances, bill, house, noon, receive
from tests.services.usage import generation

DUE = date(2026, 11, 30)
INVOICE = "INV-2026-000001"
SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


@pytest.fixture
def book(database: Database) -> Database:
    house(database)
    fee = builders.new_rate_line(basis="fixed_month", rate=Decimal(100_000))
    grant = builders.new_grant(terms=builders.new_terms(rate_lines=(fee,)))
    builders.license(database, grants=(grant,), wind_down_days=2, ends_at=None)
    close(database, *(Month(2026, month) for month in range(4, 10)))
    bill(database)
    builders.member(database, "studio-a", email="ap@studio-a.example", role="accountant")
    new = NewTerms(
        licensee="studio-a",
        effective_from=date(2026, 4, 1),
        terms=DunningTerms(interest_percent=Decimal("14.6"), suspend_after_days=45),
    )
    deferring.agree_terms(
        database, new=new, recorded_by="keiri", recorded_at=noon(date(2026, 4, 1))
    )
    return database


def test_a_firm_that_does_not_pay(book: Database) -> None:
    clock = DemoClock(datetime(2026, 11, 20, 10, tzinfo=TOKYO))
    usual = DunningTerms()
    happened: list[tuple[int, str]] = []
    studio = firm(book)

    def use(name: str) -> tuple[Status, tuple[str, ...]]:
        [result] = studio.report(generation(1, event_id=name, occurred_at=clock()), at=clock())
        return result.status, result.reasons

    with catching() as catcher:
        server = catcher.server()
        daily = DailyDunning(database=book, clock=clock, usual=usual)
        postman = Postman(database=book, server=server, options=OPTIONS, clock=clock)
        for late in range(-5, 61):
            day = DUE + timedelta(days=late)
            clock.move_to(datetime.combine(day, time(10), TOKYO))
            if late == 20:
                receive(book, INVOICE, on=day, amount_minor=60_000)
            if late == 55:
                receive(
                    book,
                    INVOICE,
                    on=day,
                    amount_minor=50_000,
                    external_reference="the rest",
                )
            daily.carry_on()
            taken = len(catcher.taken)
            postman.send_due()
            happened += [(late, each["Subject"].split(":")[0]) for each in catcher.taken[taken:]]
            if late == 45:
                assert use("winding down") == (Status.ACCEPTED, (Reason.LICENSE_WINDING_DOWN,))
            if late == 48:
                refused = (Reason.LICENSE_SUSPENDED_FOR_NON_PAYMENT,)
                assert use("refused") == (Status.REFUSED, refused)
            if late == 56:
                assert use("again") == (Status.ACCEPTED, ())

    told = rows(book, "SELECT tone, days, open_minor FROM reminder ORDER BY days, tone")
    assert told == [
        ("before", -3, 110_000),
        ("first", 1, 110_000),
        ("second", 14, 110_000),
        ("final", 30, 50_000),  # What is open after the part payment.
        ("warning", 38, 50_000),
    ]
    assert [late for late, _ in happened] == [-3, 1, 14, 30, 38]
    # 20 days on 110,000 and 35 on 50,000, at 44 and 20 yen a day.
    [late_by] = dunning.late_interest_of(book, usual=usual, on=clock().astimezone(TOKYO).date())
    assert late_by.interest.amount_minor == 880 + 700
    events = rows(book, "SELECT event FROM outbox WHERE event LIKE 'license.%' ORDER BY outbox_id")
    assert [event for (event,) in events] == ["license.suspended"] * 2 + ["license.restored"] * 2
    [(suspended, lifted)] = rows(
        book,
        "SELECT suspended_at, lifted_at FROM license_suspension"
        " JOIN license_lifting USING (license_suspension_id)",
    )
    assert (suspended.astimezone(TOKYO).date(), lifted.astimezone(TOKYO).date()) == (
        DUE + timedelta(days=45),
        DUE + timedelta(days=55),
    )
    owed = {name: minor for name, minor in balances(book).items() if "studio-a" in name}
    assert owed == {}
    invoice = explaining.explain(book, reference=INVOICE, reader=Reader())
    done = [
        {each.code: each.text for each in step.values}
        for step in invoice.steps
        if step.code == "unpaid"
    ]
    assert [each["action"] for each in done] == [
        *("reminder_before", "reminder_first", "reminder_second", "reminder_final"),
        *("reminder_warning", "license_suspended"),
    ]
    assert done[-1]["lifted_on"] == (DUE + timedelta(days=55)).isoformat()
    assert auditing.audit(book) == SOUND
