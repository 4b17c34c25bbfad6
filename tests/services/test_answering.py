"""What the bank answers to a run: confirmed, or returned and paid again; the book stays whole."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.banking import is_open_for_banking
from ledger.core.explanation_tree import Step
from ledger.core.payout_run import (
    PaymentState,
    PayoutRun,
)
from ledger.core.withholding import annual_totals
from ledger.services import answering, approving, auditing, explaining, paying, remitting
from ledger.store.database import Database
from ledger.store.withholdings import Asked
from tests.refusals import refused
from tests.rows import row_counts, rows
from tests.services import money
from tests.services.explained import HOUSE
from tests.services.money import balances, bill, house, noon, receive_all, release, sell, settle
from tests.services.withheld import pay

RUN = "PAY-2026-11"
PAID = date(2026, 12, 25)
BACK = date(2026, 12, 28)
AGAIN = date(2027, 1, 8)


@pytest.fixture
def sent(database: Database) -> Database:
    """A book that paid ¥10,120 to "hoshino", a company, on 25 December."""
    house(database)
    sell(database, 10_000)
    receive_all(database, bill(database))
    settle(database)
    release(database, RUN)
    return database


def confirm(database: Database, **changes: Any) -> PayoutRun:
    asked: dict[str, Any] = {
        "run_reference": RUN,
        "confirmed_on": PAID,
        "recorded_by": "keiri",
        "recorded_at": noon(BACK),
    }
    return answering.confirm_payments(database, **(asked | changes))


def give_back(database: Database, **changes: Any) -> PayoutRun:
    asked: dict[str, Any] = {
        "run_reference": RUN,
        "payee": "hoshino",
        "returned_on": BACK,
        "reason": "account closed",
        "recorded_by": "keiri",
        "recorded_at": noon(BACK),
    }
    return answering.record_return(database, **(asked | changes))


def plan_again(database: Database, **changes: Any) -> PayoutRun:
    asked: dict[str, Any] = {
        "pay_on": AGAIN,
        "planned_by": "keiri",
        "planned_at": noon(date(2027, 1, 5)),
        "bank_names": money.BANK_NAMES,
        "is_banking_day": is_open_for_banking,
    }
    return answering.plan_again(database, **(asked | changes))


def state_of(database: Database, run_reference: str = RUN, payee: str = "hoshino") -> PaymentState:
    run, payments = approving.look_at_run(database, run_reference=run_reference)
    return next(each.state_in(run) for each in payments if each.payee == payee)


def agrees(database: Database) -> bool:
    return not any(auditing.audit(database).values())


def test_the_bank_confirms_what_it_paid(sent: Database) -> None:
    assert state_of(sent) is PaymentState.SENT
    assert confirm(sent).confirmed_count == 1
    assert state_of(sent) is PaymentState.CONFIRMED
    assert confirm(sent).confirmed_count == 1  # Nobody is left to be confirmed.
    with refused("payout_already_confirmed", day="2026-12-25"):
        confirm(sent, payees_paid=["hoshino"])


def test_what_comes_back_is_owed_again_and_paid_again_to_the_new_account(sent: Database) -> None:
    before = balances(sent)
    assert give_back(sent).returned_count == 1
    assert balances(sent) == before | {"bank": 880 + 10_120, "payable:hoshino": -10_120}
    assert state_of(sent) is PaymentState.RETURNED
    change = """
        INSERT INTO bank_account (owner_id, bank_code, branch_code, account_type, number,
                                  holder_kana, effective_from)
        SELECT party_id, '0001', '001', 'current', '7654321', 'ｶ)ﾎｼﾉｼﾖﾃﾝ', '2027-01-01'
        FROM party WHERE reference = 'hoshino'
    """
    with sent.transaction() as session:
        session.connection().exec_driver_sql(change)
    again = plan_again(sent)
    assert (again.reference, again.payout_minor, again.closing_month) == (
        *("PAY-2027-01-R1", 10_120, None),
    )
    assert state_of(sent) is PaymentState.PAID_AGAIN
    (payment,) = paying.order(sent, run_reference=again.reference).payments
    assert (payment.account.number, payment.account.account_type) == ("7654321", "current")
    release(sent, again.reference)
    assert balances(sent) == before
    assert agrees(sent)


def test_what_was_cancelled_is_paid_by_another_run(database: Database) -> None:
    house(database)
    sell(database, 10_000)
    receive_all(database, bill(database))
    settle(database)
    approving.cancel_run(
        database,
        run_reference=RUN,
        cancelled_by="bucho",
        cancelled_at=noon(PAID),
        reason="the file could not be sent in time",
    )
    (waiting,) = answering.waiting_to_be_paid_again(database)
    assert (waiting.run, waiting.payee) == (RUN, "hoshino")
    again = plan_again(database)
    release(database, again.reference)
    assert answering.waiting_to_be_paid_again(database) == ()
    assert balances(database) == {"bank": 880, "admin_fee": -800, "output_tax": -80}
    assert agrees(database)


def test_withholding_is_of_the_day_on_which_the_money_is_paid_at_last(database: Database) -> None:
    house(database)
    pay(database)
    (run,) = paying.list_runs(database).runs
    before = balances(database)
    give_back(database, run_reference=run.reference, payee="han")
    january = date(2027, 1, 4)
    give_back(
        database,
        run_reference=run.reference,
        payee="minami",
        returned_on=january,
        recorded_at=noon(january),
    )
    assert balances(database).get("withholding", 0) == 0  # Nothing was paid to either, after all.
    again = plan_again(database)
    assert (again.payout_count, again.withholding_minor) == (2, run.withholding_minor)
    release(database, again.reference)
    assert balances(database) == before
    assert agrees(database)
    page = remitting.read_register(database, asked=Asked())
    assert [(row.payee, row.is_return, row.paid_on.month) for row in page.rows] == [
        *(("han", False, 12), ("han", True, 12)),
        *(("minami", False, 12), ("minami", True, 1)),
        *(("han", False, 1), ("minami", False, 1)),
    ]
    totals = [(each.year, each.payee, each.payment_count) for each in annual_totals(page.rows)]
    assert totals == [
        *((2026, "han", 0), (2026, "minami", 1)),
        *((2027, "han", 1), (2027, "minami", 0)),
    ]


def test_a_payment_that_came_back_twice_is_made_a_third_time(sent: Database) -> None:
    give_back(sent)
    first = plan_again(sent)
    release(sent, first.reference)
    later = AGAIN + timedelta(days=4)
    give_back(sent, run_reference=first.reference, returned_on=later, recorded_at=noon(later))
    second = plan_again(sent, pay_on=later, planned_at=noon(later))
    assert second.reference == "PAY-2027-01-R2"
    release(sent, second.reference)
    assert balances(sent)["bank"] == 880
    assert agrees(sent)


def test_a_confirmed_payment_can_still_come_back(sent: Database) -> None:
    confirm(sent)
    run = give_back(sent)
    assert (run.confirmed_count, run.returned_count) == (0, 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payee": "nobody"}, "payee_not_in_run"),
        ({"run_reference": "PAY-2026-09"}, "payout_run_unknown"),
        ({"returned_on": date(2026, 12, 24)}, "bank_answered_early"),
        ({"returned_on": date(2026, 12, 29)}, "bank_answered_early"),
        ({"reason": ""}, "text_missing"),
        ({"recorded_by": ""}, "text_missing"),
    ],
)
def test_a_return_that_cannot_be_is_refused_and_moves_nothing(
    sent: Database, changes: dict[str, Any], code: str
) -> None:
    before = row_counts(sent)
    with refused(code):
        give_back(sent, **changes)
    assert row_counts(sent) == before


def test_a_payment_comes_back_once(sent: Database) -> None:
    give_back(sent)
    with refused("payout_already_returned", day="2026-12-28"):
        give_back(sent)
    with refused("payout_already_returned"):
        confirm(sent, payees_paid=["hoshino"])
    assert rows(sent, "SELECT count(*) FROM entry WHERE kind = 'payout_return'") == [(1,)]


def test_the_bank_does_not_answer_to_what_it_was_not_given(database: Database) -> None:
    house(database)
    sell(database, 10_000)
    receive_all(database, bill(database))
    settle(database)
    for step in (confirm, give_back):
        with refused("payout_run_not_released"):
            step(database)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payees_paid": ["lead"]}, "nothing_to_pay_again"),
        ({"pay_on": date(2027, 1, 9)}, "not_a_banking_day"),
        ({"pay_on": date(2026, 12, 30)}, "pay_on_is_past"),
        ({"bank_names": {}}, "account_still_unusable"),
        ({"planned_by": ""}, "text_missing"),
    ],
)
def test_a_second_try_that_cannot_be_is_refused(
    sent: Database, changes: dict[str, Any], code: str
) -> None:
    give_back(sent)
    before = row_counts(sent)
    with refused(code):
        plan_again(sent, **changes)
    assert row_counts(sent) == before


def test_a_return_of_a_closed_month_is_posted_in_the_first_open_one(sent: Database) -> None:
    from ledger.services import closing

    for month in (money.NOVEMBER, money.DECEMBER):
        closing.close_month(sent, month=month, closed_by="keiri", closed_at=month.ends_at)
    give_back(sent, recorded_at=noon(date(2027, 1, 5)))
    posted = rows(sent, "SELECT posted_on FROM entry WHERE kind = 'payout_return'")
    assert posted == [(date(2027, 1, 1),)]
    assert agrees(sent)


def test_an_explanation_tells_what_the_bank_did_and_who_paid_in_the_end(sent: Database) -> None:
    give_back(sent)
    again = plan_again(sent)
    release(sent, again.reference)
    first = told(sent, RUN)
    assert (
        first.text("returned_on"),
        first.text("return_reason"),
        first.text("paid_again_by"),
    ) == (*("2026-12-28", "account closed", again.reference),)
    entries = [each.text("posted_on") for each in first.steps if each.code == "entry"]
    assert entries == ["2026-12-25", "2026-12-28"]
    second = told(sent, again.reference)
    assert (second.text("replaces"), second.text("amount")) == (RUN, "10120")


def told(database: Database, run: str) -> Step:
    return explaining.explain(database, reference=f"{run}:hoshino", reader=HOUSE)
