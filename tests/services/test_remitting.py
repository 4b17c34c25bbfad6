"""What was withheld is listed with its law, due on its day, and remitted once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from api.banking import is_open_for_banking
from ledger.core.fields import NumberOutOfRange
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.tax_tables import WithholdingScope
from ledger.core.withholding import Slip, WithholdingReason
from ledger.services import answering, auditing, remitting
from ledger.services.remitting import RemittedAlready
from ledger.store.database import Database
from ledger.store.withholdings import Asked
from tests.refusals import refusal
from tests.rows import row_counts
from tests.services import money
from tests.services.withheld import RUN, pay

DECEMBER = Month(2026, 12)
RESIDENT, ABROAD = WithholdingScope.RESIDENT_INDIVIDUAL, WithholdingScope.NON_RESIDENT


@pytest.fixture
def paid(database: Database) -> Database:
    """A book whose author here and author abroad were paid 920,000 each on 25 December."""
    money.house(database)
    pay(database)
    return database


def remit(database: Database, **changes: Any) -> Slip:
    asked: dict[str, Any] = {
        "month": DECEMBER,
        "scope": RESIDENT,
        "amount_minor": 93_932,
        "remitted_on": date(2027, 1, 12),
        "recorded_by": "keiri",
        "recorded_at": money.noon(date(2027, 1, 12)),
        "is_banking_day": is_open_for_banking,
    }
    return remitting.remit(database, **(asked | changes))


def test_the_register_has_who_why_how_much_and_leaves_out_whom_nothing_is_withheld_from(
    paid: Database,
) -> None:
    page = remitting.read_register(paid, asked=Asked())
    assert page.next_after is None
    assert [
        (row.payee, row.reason, row.rates_bp, row.base_minor, row.withheld_minor, row.paid_on)
        for row in page.rows
    ] == [
        ("han", WithholdingReason.TREATY, (1_000,), 912_000, 91_200, date(2026, 12, 25)),
        ("minami", WithholdingReason.RESIDENT, (1_021,), 920_000, 93_932, date(2026, 12, 25)),
    ]


def test_a_form_that_is_filed_a_day_late_costs_the_domestic_rate(database: Database) -> None:
    money.house(database)
    pay(database, filed_on=date(2026, 12, 25))  # On the day of payment.
    row = remitting.read_register(database, asked=Asked(payee="han")).rows[0]
    assert (row.reason, row.rates_bp) == (WithholdingReason.TREATY_FORM_LATE, (2_042,))
    assert row.withheld_minor == 186_230  # 20.42 % of 912,000


def test_slips_and_years_tie_to_the_ledger(paid: Database) -> None:
    found = remitting.read_slips(paid, is_banking_day=is_open_for_banking)
    assert [(slip.total.scope, slip.total.withheld_minor, slip.due_on) for slip in found] == [
        (ABROAD, 91_200, date(2027, 1, 12)),
        (RESIDENT, 93_932, date(2027, 1, 12)),
    ]
    years = remitting.year_totals(paid, year=2026)
    assert [(year.payee, year.withheld_minor) for year in years] == [
        ("han", 91_200),
        ("minami", 93_932),
    ]
    assert money.balances(paid)["withholding"] == -185_132
    assert remitting.year_totals(paid, year=2025) == ()


def test_pages_go_on_where_they_stopped(paid: Database) -> None:
    first = remitting.read_register(paid, asked=Asked(), limit=1)
    assert [row.payee for row in first.rows] == ["han"]
    assert first.next_after is not None
    rest = remitting.read_register(paid, asked=Asked(after=first.next_after), limit=1)
    assert [row.payee for row in rest.rows] == ["minami"]
    assert rest.next_after is None
    assert len(list(remitting.all_rows(paid, asked=Asked(first_day=date(2026, 12, 26))))) == 0
    assert len(list(remitting.all_rows(paid, asked=Asked(last_day=date(2026, 12, 25))))) == 2
    with pytest.raises(NumberOutOfRange):
        remitting.read_register(paid, asked=Asked(), limit=0)


def test_what_is_remitted_leaves_the_bank_and_the_account_at_zero(paid: Database) -> None:
    before = money.balances(paid)
    slip = remit(paid)
    assert (slip.open_minor, slip.is_late) == (0, False)
    remit(paid, scope=None, amount_minor=91_200)  # One slip is open, so it need not be named.
    after = money.balances(paid)
    assert "withholding" not in after
    assert after["bank"] == before["bank"] - 185_132
    assert not any(auditing.audit(paid).values())


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount_minor": 93_931}, "remittance_differs", "amount"),
        ({"amount_minor": 0}, "number_out_of_range", "amount"),
        ({"scope": None}, "remittance_scope_needed", "scope"),
        ({"month": Month(2026, 11)}, "nothing_to_remit", "month"),
        ({"remitted_on": date(2026, 12, 31)}, "remitted_too_early", "remitted_on"),
        ({"remitted_on": date(2027, 1, 13)}, "remittance_in_future", "remitted_on"),
        ({"recorded_by": ""}, "text_missing", "recorded_by"),
    ],
)
def test_a_remittance_that_cannot_be_is_refused_and_moves_nothing(
    paid: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    before = row_counts(paid)
    with refusal(code, field):
        remit(paid, **changes)
    assert row_counts(paid) == before


def test_a_month_is_remitted_once(paid: Database) -> None:
    remit(paid)
    with refusal("remitted_already", "month"):
        remit(paid)
    assert money.balances(paid)["withholding"] == -91_200


def test_two_who_remit_at_once_remit_once(paid: Database) -> None:
    def attempt(_: int) -> Slip | Refusal:
        try:
            return remit(paid)
        except Refusal as refused:
            return refused

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, range(4)))
    assert sum(isinstance(answer, Slip) for answer in answers) == 1
    assert sum(isinstance(answer, RemittedAlready) for answer in answers) == 3
    assert money.balances(paid)["withholding"] == -91_200


def test_a_remittance_after_its_day_says_that_it_is_late(paid: Database) -> None:
    slip = remit(paid, remitted_on=date(2027, 1, 13), recorded_at=money.noon(date(2027, 1, 13)))
    assert slip.is_late


def test_what_came_back_after_it_was_remitted_reduces_the_next_slip(paid: Database) -> None:
    remit(paid)
    remit(paid, scope=None, amount_minor=91_200)
    returned_on = date(2027, 1, 14)
    answering.record_return(
        paid,
        run_reference=RUN,
        payee="minami",
        returned_on=returned_on,
        reason="closed",
        recorded_by="keiri",
        recorded_at=money.noon(returned_on),
    )
    assert not any(auditing.audit(paid).values())
    (slip,) = [
        slip
        for slip in remitting.read_slips(paid, is_banking_day=is_open_for_banking)
        if slip.total.month == Month(2027, 1)
    ]
    assert (slip.total.withheld_minor, slip.open_minor, slip.excess_minor) == (-93_932, 0, 93_932)
    february = date(2027, 2, 10)
    with refusal("nothing_to_remit", "month"):
        remit(
            paid,
            month=Month(2027, 1),
            remitted_on=february,
            recorded_at=money.noon(february),
        )
    again = answering.plan_again(
        paid,
        pay_on=february,
        planned_by="keiri",
        planned_at=money.noon(date(2027, 1, 20)),
        bank_names=money.BANK_NAMES,
        is_banking_day=money.is_banking_day,
    )
    money.release(paid, again.reference)
    rows = remitting.read_register(paid, asked=Asked(payee="minami")).rows
    assert [(row.withheld_minor, row.paid_on) for row in rows] == [
        (93_932, date(2026, 12, 25)),
        (-93_932, returned_on),
        (93_932, february),
    ]
    last = remitting.read_slips(paid, is_banking_day=is_open_for_banking)[-1]
    assert (last.total.month, last.carried_minor, last.open_minor) == (Month(2027, 2), 93_932, 0)
    assert "withholding" not in money.balances(paid)
    (year,) = remitting.year_totals(paid, year=2027)
    assert (year.withheld_minor, year.payment_count) == (0, 0)
    assert not any(auditing.audit(paid).values())
