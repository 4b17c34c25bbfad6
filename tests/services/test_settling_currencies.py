"""What came in in another currency is divided in yen, by the rate of its day, or waits."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from ledger.services import auditing
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services import dollars, money
from tests.services.money import DECEMBER


@pytest.fixture
def house(database: Database) -> Database:
    money.house(database)
    builders.party(database, "hoshino", minimum_payment_minor=0)
    dollars.translated(database)
    return database


def invoiced(database: Database, amount_minor: int = 100_05, **changes: Any) -> str:
    money.sell(database, amount_minor, currency="USD", **changes)
    (number,) = money.bill(database)
    return number


def receive(database: Database, invoice: str, on: date, **changes: Any) -> None:
    money.receive(database, invoice, on=on, **{"currency": "USD", **changes})


def test_a_receipt_is_translated_whole_at_the_last_rate_before_its_day(house: Database) -> None:
    dollars.yen_at_hand(house)
    number = invoiced(house)
    receive(house, number, date(2026, 11, 23))  # A holiday: the rate of the 20th is used.
    settled = money.settle(house)
    # 110.05 × 152 = 16,727.6; of that 100.05 are 15,207.6, and the tax of 10.00 is 1,520.
    assert settled.received_minor == 16_727
    assert rows(
        house,
        "SELECT currency, amount_minor, tax_minor, amount_yen, tax_yen, source, asked_on, rate_on,"
        " rate FROM translation",
    ) == [
        (
            *("USD", 10_005, 1_000, 15_207, 1_520),
            *("ttm", date(2026, 11, 23), date(2026, 11, 20), "152"),
        )
    ]
    (section,) = money.statements(house)["hoshino"].sections
    (row,) = section.usage
    assert (row.royalty_minor, section.receipts_tax_minor) == (15_207, 1_520)
    assert row.foreign is not None
    (part,) = row.foreign.parts
    assert (part.amount_foreign, part.rate.rate, part.rate.is_carried) == (
        10_005,
        Fraction(152),
        True,
    )
    assert dollars.balances(house) == {"bank": 11_005, "exchange": -11_005}
    assert dollars.balances(house, "JPY")["exchange"] == 16_727
    assert not any(auditing.audit(house).values())


def test_parts_of_an_invoice_have_each_the_rate_of_their_day(house: Database) -> None:
    dollars.yen_at_hand(house)
    number = invoiced(house)
    receive(house, number, date(2026, 11, 5), amount_minor=5_000)
    receive(house, number, date(2026, 11, 27), amount_minor=6_005)
    settled = money.settle(house)
    # 50.00 × 151 = 7,550 and 60.05 × 155.5 = 9,337.775.
    assert settled.received_minor == 7_550 + 9_337
    (section,) = money.statements(house)["hoshino"].sections
    (row,) = section.usage  # One line still.
    assert row.foreign is not None
    assert [part.rate.rate_on for part in row.foreign.parts] == [
        date(2026, 11, 5),
        date(2026, 11, 27),
    ]
    assert row.foreign.part_of is None  # All of it came.
    assert row.royalty_minor == sum(part.amount_yen for part in row.foreign.parts)
    assert not any(auditing.audit(house).values())


def test_what_has_no_rate_waits_and_is_told_and_the_rest_is_settled(house: Database) -> None:
    dollars.yen_at_hand(house)
    money.sell(house, 20_000, work="yoru-no-umi")
    money.sell(house, 100_05, currency="USD")
    yen, number = money.bill(house)
    receive(house, number, date(2026, 11, 30), amount_minor=1_005)
    receive(house, number, date(2027, 1, 20), amount_minor=10_000)
    money.receive(house, yen, on=date(2027, 1, 21))
    assert money.settle(house).waiting == ()
    money.settle(house, DECEMBER)
    settled = money.settle(house, DECEMBER.next())
    # The last rate is of 10 December, more than 31 days before.
    (waits,) = settled.waiting
    assert (waits.invoice, waits.currency, waits.amount_minor, waits.day, waits.source) == (
        *(number, "USD", 10_000),
        *(date(2027, 1, 20), "ttm"),
    )
    assert settled.received_minor == 22_000
    assert not any(auditing.audit(house).values())
    dollars.publish(house, {date(2027, 1, 19): "160"})
    again = money.settle(house, DECEMBER.next().next())
    assert (again.waiting, again.received_minor) == ((), 16_000)
    assert not any(auditing.audit(house).values())


def test_yen_that_are_not_there_are_not_paid(house: Database) -> None:
    receive(house, invoiced(house), date(2026, 11, 6))
    with refusal("insufficient_yen", None) as refused:
        money.settle(house)
    assert refused[0].values["foreign"] == "USD 110.05"
    assert rows(house, "SELECT count(*) FROM settlement") == [(0,)]
