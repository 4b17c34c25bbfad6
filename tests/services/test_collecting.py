"""An invoice's payment enters the book once, in full, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.core.fields import NumberOutOfRange, TextMissing
from ledger.core.refusal import Refusal
from ledger.services import closing, collecting
from ledger.services.collecting import (
    InvoiceUnknown,
    ReceiptAlreadyRecorded,
    ReceiptBeforeInvoice,
    ReceiptInFuture,
    ReceiptInOtherCurrency,
    ReceiptNotInFull,
)
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
            {"amount_minor": 10_999},  # A part payment: the balance is still owed.
            ReceiptNotInFull,
            {"amount": "10999", "total": "11000", "currency": "JPY"},
        ),
        (
            {"amount_minor": 11_001},  # Too much: whose is the yen?
            ReceiptNotInFull,
            {"amount": "11001", "total": "11000", "currency": "JPY"},
        ),
        ({"amount_minor": -11_000}, ReceiptNotInFull, {"amount": "-11000"}),  # A bounce.
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
        ({"bank_reference": " "}, TextMissing, {"field": "bank_reference"}),
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


def test_an_invoice_is_paid_once(database: Database) -> None:
    invoice = invoiced(database)
    receive(database, invoice)
    with pytest.raises(ReceiptAlreadyRecorded) as refused:
        receive(database, invoice, on=date(2026, 11, 30))
    assert refused.value.values == {"reference": invoice, "received_on": "2026-11-27"}
    assert balances(database)["bank"] == 11_000


def test_of_two_who_record_a_payment_at_once_one_is_told(database: Database) -> None:
    invoice = invoiced(database)

    def attempt(_: int) -> str:
        try:
            receive(database, invoice)
        except ReceiptAlreadyRecorded as refusal:
            return refusal.code
        return "recorded"

    with ThreadPoolExecutor(4) as people:
        answers = sorted(people.map(attempt, range(4)))
    assert answers == ["receipt_already_recorded"] * 3 + ["recorded"]
    assert balances(database)["bank"] == 11_000


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
