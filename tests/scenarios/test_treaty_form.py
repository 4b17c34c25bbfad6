"""
A payee abroad files its treaty form a day late: that payment is taxed, the next one is relieved.

October's use is paid on 25 December, November's on 25 January. The form reaches the tax office on
25 December, where it should have been filed by the 24th. Another form of the same year ends.
"""

from datetime import date
from typing import Any

import pytest

from ledger.core.payment_record import PaymentRecord
from ledger.core.period import Month
from ledger.core.tax_tables import TreatyRate
from ledger.core.treaty_relief import NewTreatyRelief
from ledger.core.withholding import WithholdingReason
from ledger.services import (
    answering,
    approving,
    auditing,
    explaining,
    recording,
    relieving,
    remitting,
)
from ledger.store.database import Database
from ledger.store.withholdings import Asked
from tests import builders
from tests.refusals import refused
from tests.rows import row_counts
from tests.services.explained import HOUSE
from tests.services.money import (
    BANK_NAMES,
    NOVEMBER,
    OCTOBER,
    balances,
    bill,
    house,
    is_banking_day,
    noon,
    receive_all,
    release,
    sell,
    settle,
    statements,
)

#: Held to a second calculation, which knows neither payment records nor what was entered when.
worked_out = pytest.mark.usefixtures("worked_out_again")

LATE = date(2026, 12, 25)


@pytest.fixture
def book(database: Database) -> Database:
    """A book in which "han", an author in Korea, earns 1,000,000 a month before the fee of 8 %."""
    house(database)
    person = builders.new_person(
        "han", name_ja="ハン・ソラ", name_en="Han Sora", country="KR", has_jp_establishment=False
    )
    builders.parties(database, person)
    builders.work(database, "work-of-han", owner="han")
    return database


def enter(database: Database, **changes: Any) -> TreatyRate | None:
    asked: dict[str, Any] = {"rate_bp": 1_000, "form_filed_on": LATE}
    about = {name: changes.pop(name) for name in ("party", "recorded_at") if name in changes}
    asked |= changes
    told: dict[str, Any] = {
        "party": "han",
        "recorded_at": noon(date(2026, 12, 26)),
        "relief": NewTreatyRelief(**asked),
        "reason": "form 3 arrived",
        "recorded_by": "keiri",
    }
    return relieving.enter_relief(database, **told | about)


def earn(database: Database, month: Month) -> str:
    """Sell a month's use, and settle it with the month after; return the run that pays it."""
    sell(database, 1_000_000, work="work-of-han", month=month)
    receive_all(database, bill(database, month), on=month.next().last_day)
    run = settle(database, month.next()).run_reference
    assert run is not None
    return run


def register(database: Database) -> list[tuple[str, int, int, str]]:
    found = remitting.all_rows(database, asked=Asked())
    return [(each.run, each.base_minor, each.withheld_minor, each.reason) for each in found]


def _records(database: Database, year: int) -> tuple[PaymentRecord, ...]:
    issued_on = date(year + 1, 1, 20)
    made = recording.issue_records(
        database, year=year, issued_on=issued_on, is_banking_day=is_banking_day
    )
    return made.records


def is_whole(database: Database) -> bool:
    return not any(auditing.audit(database).values()) and sum(balances(database).values()) == 0


@worked_out
def test_a_form_filed_a_day_late_relieves_the_next_payment_only(book: Database) -> None:
    first = earn(book, OCTOBER)
    release(book, first)
    assert enter(book) is None
    second = earn(book, NOVEMBER)
    release(book, second)
    base = statements(book)["han"].settlement.payable_minor
    flat, treaty = base * 2_042 // 10_000, base // 10
    assert register(book) == [
        (first, base, flat, WithholdingReason.NON_RESIDENT),
        (second, base, treaty, WithholdingReason.TREATY),
    ]
    assert is_whole(book)


def test_the_records_of_both_years_say_what_was_withheld(book: Database) -> None:
    release(book, earn(book, OCTOBER))
    enter(book)
    release(book, earn(book, NOVEMBER))
    (record,) = _records(book, 2026)
    assert (record.withheld_minor, record.payments[0].reason) == (187_864, "non_resident")
    (record,) = _records(book, 2027)
    assert (record.withheld_minor, record.payments[0].rates_bp) == (92_000, (1_000,))
    assert is_whole(book)


@worked_out
def test_a_form_of_the_day_of_payment_is_late_for_a_run_planned_after_it(book: Database) -> None:
    """The settlement is late itself: planned on the 25th for the same day."""
    sell(book, 1_000_000, work="work-of-han")
    receive_all(book, bill(book), on=date(2026, 11, 27))
    enter(book, valid_from=LATE, recorded_at=noon(LATE))
    settled = settle(book, settled_at=noon(LATE), issued_on=LATE, pay_on=LATE)
    assert settled.run_reference is not None
    release(book, settled.run_reference)
    ((_, base, withheld, reason),) = register(book)
    assert (withheld, reason) == (base * 2_042 // 10_000, WithholdingReason.TREATY_FORM_LATE)
    assert is_whole(book)


def test_a_form_that_was_in_time_and_entered_late_waits_for_the_run_to_be_planned_anew(
    book: Database,
) -> None:
    run = earn(book, OCTOBER)  # Planned on 10 December.
    before = row_counts(book)
    filed = {"form_filed_on": date(2026, 12, 15), "recorded_at": noon(date(2026, 12, 16))}
    with refused("treaty_relief_in_the_past"):
        enter(book, **filed)
    assert row_counts(book) == before
    approving.cancel_run(
        book,
        run_reference=run,
        reason="a treaty form arrived",
        cancelled_by="keiri",
        cancelled_at=noon(date(2026, 12, 16)),
    )
    enter(book, **filed)
    assert not any(auditing.audit(book).values())  # What was planned was right by what was known.
    again = answering.plan_again(
        book,
        pay_on=LATE,
        bank_names=BANK_NAMES,
        planned_by="keiri",
        planned_at=noon(date(2026, 12, 16)),
        is_banking_day=is_banking_day,
    )
    release(book, again.reference)
    ((_, base, withheld, reason),) = register(book)
    assert (withheld, reason) == (base // 10, WithholdingReason.TREATY)
    assert is_whole(book)


@worked_out
def test_a_relief_ends_on_its_last_day(book: Database) -> None:
    enter(
        book,
        form_filed_on=date(2026, 11, 1),
        valid_until=date(2026, 12, 31),
        recorded_at=noon(date(2026, 11, 2)),
    )
    for month in (OCTOBER, NOVEMBER):
        release(book, earn(book, month))
    reasons = [reason for *_, reason in register(book)]
    assert reasons == [WithholdingReason.TREATY, WithholdingReason.NON_RESIDENT]
    assert is_whole(book)


@worked_out
def test_the_explanation_names_the_treaty(book: Database) -> None:
    enter(book, form_filed_on=date(2026, 12, 1), recorded_at=noon(date(2026, 12, 2)))
    release(book, earn(book, OCTOBER))
    number = statements(book)["han"].number
    told = explaining.explain(book, reference=number, reader=HOUSE)
    assert "withholding_treaty" in {each.code.removeprefix("step.") for each in told.walk()}


def test_what_was_entered_is_listed_from_the_first_on(book: Database) -> None:
    assert relieving.list_reliefs(book) == []
    other = enter(book, rate_bp=0)
    assert other is not None
    assert other.rate_bp == 1_000  # The table has another rate, and says so; the form decides.
    enter(book, valid_from=date(2027, 4, 1))
    told = [
        (each.rate_bp, each.valid_from, each.recorded_by)
        for each in relieving.list_reliefs(book, payee="han")
    ]
    assert told == [(0, date(2026, 12, 26), "keiri"), (1_000, date(2027, 4, 1), "keiri")]
