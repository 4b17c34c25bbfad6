"""The payment of an invoice enters the book once, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.core.fields import NumberOutOfRange, TextMissing
from ledger.core.payment import Channel, InvoiceUnknown
from ledger.core.refusal import Refusal
from ledger.core.told_payment import (
    InvoiceAlreadyPaid,
    PaymentRecordedOtherwise,
    ReceiptBeforeInvoice,
    ReceiptBeyondInvoice,
    ReceiptInFuture,
    ReceiptInOtherCurrency,
)
from ledger.services import closing, collecting
from ledger.store.database import Database
from tests.rows import row_counts, rows
from tests.services.money import (
    NOVEMBER,
    balances,
    bill,
    house,
    noon,
    receive,
    sell,
)


def invoiced(database: Database, amount_minor: int = 10_000) -> str:
    """Invoice a fee with 10 % tax for October."""
    house(database)
    sell(database, amount_minor)
    (invoice,) = bill(database)
    return invoice


def test_a_payment_turns_the_receivable_into_money_in_the_bank(database: Database) -> None:
    invoice = invoiced(database)
    assert balances(database)["receivable:studio-a"] == 11_000
    receive(database, invoice)
    assert balances(database) == {
        "bank": 11_000,
        "holders:hoshino": -10_000,
        "holders_tax:hoshino": -1_000,
    }


@pytest.mark.parametrize(
    ("changes", "refusal", "values"),
    [
        (
            {"invoice_reference": "INV-2026-000099"},
            InvoiceUnknown,
            {"reference": "INV-2026-000099"},
        ),
        (
            {"amount_minor": 11_001},  # Too much: whose is the yen? Somebody has to say.
            ReceiptBeyondInvoice,
            {"amount": "11001", "left": "11000", "currency": "JPY"},
        ),
        ({"amount_minor": -11_000}, NumberOutOfRange, {"field": "amount_minor"}),  # A bounce.
        ({"amount_minor": 0}, NumberOutOfRange, {"field": "amount_minor"}),
        ({"currency": "USD"}, ReceiptInOtherCurrency, {"currency": "USD", "invoiced": "JPY"}),
        (
            {"received_on": date(2026, 11, 4)},
            ReceiptBeforeInvoice,
            {"received_on": "2026-11-04", "issued_on": "2026-11-05"},
        ),
        (
            {"received_on": date(2026, 11, 28)},  # It is the 27th.
            ReceiptInFuture,
            {"received_on": "2026-11-28", "today": "2026-11-27"},
        ),
        ({"external_reference": " "}, TextMissing, {"field": "external_reference"}),
        ({"recorded_by": ""}, TextMissing, {"field": "recorded_by"}),
    ],
)
def test_a_payment_that_does_not_fit_is_refused_and_leaves_nothing(
    database: Database,
    changes: dict[str, Any],
    refusal: type[Refusal],
    values: dict[str, str],
) -> None:
    invoice = invoiced(database)
    before = row_counts(database)
    with pytest.raises(refusal) as refused:
        receive(database, invoice, **changes)
    assert refused.value.values.items() >= values.items()
    assert row_counts(database) == before
    assert "bank" not in balances(database)


@pytest.mark.parametrize(
    ("received_on", "recorded_at"),
    [
        (date(2026, 11, 5), noon(date(2026, 11, 27))),  # On the day of issue.
        (date(2026, 11, 27), datetime(2026, 11, 26, 15, 0, tzinfo=UTC)),  # Midnight in Japan.
    ],
)
def test_a_payment_may_come_from_the_day_of_issue_to_today(
    database: Database, received_on: date, recorded_at: datetime
) -> None:
    receive(database, invoiced(database), on=received_on, recorded_at=recorded_at)
    assert rows(database, "SELECT received_on FROM receipt") == [(received_on,)]


def test_an_invoice_that_is_paid_takes_no_more(database: Database) -> None:
    invoice = invoiced(database)
    receive(database, invoice)
    with pytest.raises(InvoiceAlreadyPaid) as refused:
        receive(database, invoice, on=date(2026, 11, 30), amount_minor=1)
    assert refused.value.values == {"reference": invoice, "received_on": "2026-11-27"}
    assert balances(database)["bank"] == 11_000


def test_the_same_money_is_counted_once_however_often_it_is_told(database: Database) -> None:
    invoice = invoiced(database)
    first = receive(database, invoice, amount_minor=4_000)
    before = row_counts(database)
    again = receive(database, invoice, amount_minor=4_000)
    assert (first.is_new, again.is_new) == (True, False)
    assert again == replace(first, is_new=False)
    assert row_counts(database) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 4_001},
        {"on": date(2026, 11, 28), "recorded_at": noon(date(2026, 11, 30))},
        {"invoice_reference": "INV-2026-000002"},  # Of the same firm, for another month.
    ],
)
def test_a_reference_is_of_one_payment(database: Database, changes: dict[str, Any]) -> None:
    invoice = invoiced(database)
    sell(database, 20_000, month=NOVEMBER)
    bill(database, NOVEMBER)
    asked: dict[str, Any] = {"amount_minor": 4_000, "external_reference": "BANK 7"}
    receive(database, invoice, **asked)
    with pytest.raises(PaymentRecordedOtherwise) as refused:
        receive(database, invoice, **(asked | changes))
    assert refused.value.values["amount"] == "4000"
    receive(database, invoice, channel=Channel.STRIPE, **asked)  # Another channel counts its own.
    assert balances(database)["stripe"] == 4_000


def test_of_two_who_tell_of_one_payment_at_once_one_records_it(database: Database) -> None:
    invoice = invoiced(database)
    with ThreadPoolExecutor(4) as people:
        told = list(people.map(lambda _: receive(database, invoice).is_new, range(4)))
    assert sorted(told) == [False, False, False, True]
    assert balances(database)["bank"] == 11_000


def test_two_who_pay_one_invoice_at_once_do_not_pay_it_twice(database: Database) -> None:
    invoice = invoiced(database)

    def attempt(number: int) -> str:
        try:
            receive(database, invoice, amount_minor=6_000, external_reference=f"BANK {number}")
        except ReceiptBeyondInvoice as refusal:
            return refusal.code
        return "recorded"

    with ThreadPoolExecutor(4) as people:
        answers = sorted(people.map(attempt, range(4)))
    assert answers == ["receipt_beyond_invoice"] * 3 + ["recorded"]
    assert balances(database)["bank"] == 6_000


def test_a_payment_told_after_its_month_was_closed_is_posted_in_the_next(
    database: Database,
) -> None:
    invoice = invoiced(database)
    closing.close_month(
        database, month=NOVEMBER, closed_by="keiri", closed_at=noon(date(2026, 12, 1))
    )
    receive(database, invoice, on=date(2026, 11, 27), recorded_at=noon(date(2026, 12, 3)))
    assert rows(database, "SELECT received_on FROM receipt") == [(date(2026, 11, 27),)]
    posted = rows(database, "SELECT posted_on FROM entry WHERE kind = 'receipt'")
    assert posted == [(date(2026, 12, 1),)]


def test_payments_are_listed_to_those_who_paid(database: Database) -> None:
    house(database)
    sell(database, 10_000)
    sell(database, 20_000, licensee="studio-b")
    sell(database, 30_000, licensee="studio-b", work="umi-no-hoshi")
    for invoice in bill(database):
        receive(database, invoice)
    ((studio_b,),) = rows(database, "SELECT party_id FROM party WHERE reference = 'studio-b'")

    everybody = collecting.list_receipts(database, licensee_id=None)
    assert [each.licensee_reference for each in everybody.receipts] == ["studio-a", "studio-b"]
    assert everybody.next_after is None
    own = collecting.list_receipts(database, licensee_id=studio_b)
    assert [(each.invoice_reference, each.amount_minor) for each in own.receipts] == [
        ("INV-2026-000002", 55_000)
    ]
    assert own.receipts[0].settled_in is None


def test_a_list_goes_on_where_it_stopped(database: Database) -> None:
    house(database)
    for licensee in ("studio-a", "studio-b", "studio-c"):
        sell(database, 10_000, licensee=licensee)
    for invoice in bill(database):
        receive(database, invoice)
    seen, after = [], 0
    while True:
        page = collecting.list_receipts(database, licensee_id=None, after=after, limit=2)
        seen += [each.licensee_reference for each in page.receipts]
        if page.next_after is None:
            break
        after = page.next_after
    assert seen == ["studio-a", "studio-b", "studio-c"]


@pytest.mark.parametrize("limit", [0, 1_001])
def test_a_list_has_bounds(database: Database, limit: int) -> None:
    with pytest.raises(NumberOutOfRange):
        collecting.list_receipts(database, licensee_id=None, limit=limit)
