"""Invoices in another currency: everything in it, and the tax in yen where tax is charged."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from invoices.documents import html_of
from ledger.core.invoice import Invoice
from ledger.core.invoice_correction import LineTitle
from ledger.services import auditing, billing, reissuing
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import rows
from tests.services import billed, dollars, money
from tests.services.money import BANK_NAMES, OCTOBER


def sold(database: Database, amount_minor: int = 100_05, **changes: Any) -> None:
    """Sell a month of a work for a fee in dollars."""
    money.sell(database, amount_minor, currency="USD", **changes)


def bill(database: Database) -> Invoice:
    (number,) = money.bill(database)
    return billed.invoice(database, number)


@pytest.fixture
def house(database: Database) -> Database:
    money.house(database)
    return database


def test_a_firm_in_japan_is_charged_in_dollars_and_told_its_tax_in_yen(house: Database) -> None:
    dollars.translated(house)
    sold(house)
    invoice = bill(house)
    assert (invoice.currency, invoice.subtotal_minor, invoice.total_minor) == ("USD", 10005, 11005)
    (tax,) = invoice.taxes
    # 100.05 × 150 × 10 % = 1,500.75: rounded once, not the dollars first.
    assert (tax.tax_minor, tax.tax_yen) == (1_000, 1_500)
    rate = invoice.yen_rate
    assert rate is not None
    # Nothing is published on a Saturday; the rate of the day before is used, and it says so.
    assert (rate.source, rate.asked_on, rate.rate_on) == (
        "ttm",
        date(2026, 10, 31),
        date(2026, 10, 30),
    )
    assert (rate.rate, rate.is_carried) == (Fraction(150), True)
    page = " ".join(html_of(invoice).split())
    assert "2026年10月31日の公表がないため直前の2026年10月30日" in page
    assert "1,500" in page
    assert dollars.balances(house) == {
        "receivable:studio-a": 11_005,
        "holders:hoshino": -10_005,
        "holders_tax:hoshino": -1_000,
    }
    assert dollars.balances(house, "JPY") == {}
    assert not any(auditing.audit(house).values())


def test_what_is_published_later_changes_nothing_that_was_issued(house: Database) -> None:
    dollars.translated(house)
    sold(house)
    before = bill(house)
    dollars.publish(house, {date(2026, 10, 31): "999"})
    dollars.publish(house, {date(2026, 10, 30): "1"}, source="other")
    dollars.agree(house, source="other", effective_from=date(2026, 10, 2))
    assert billed.invoice(house, before.number) == before
    corrected = reissuing.reissue_invoice(
        house,
        invoice=before.number,
        reason="名称の誤記",
        corrected_by="keiri",
        corrected_at=money.noon(date(2026, 11, 9)),
        issued_on=date(2026, 11, 9),
        titles={1: LineTitle(title_en="The Town of Wind")},
    )
    assert (corrected.taxes, corrected.yen_rate) == (before.taxes, before.yen_rate)


def test_a_firm_has_one_invoice_for_each_currency(house: Database) -> None:
    dollars.translated(house)
    sold(house)
    money.sell(house, 3_000, work="yoru-no-umi")
    invoices = [billed.invoice(house, number) for number in money.bill(house)]
    assert [(each.currency, each.total_minor, each.yen_rate is None) for each in invoices] == [
        ("JPY", 3_300, True),
        ("USD", 11_005, False),
    ]


def test_a_firm_abroad_needs_no_rate(house: Database) -> None:
    dollars.firm_abroad(house)
    sold(house, licensee="lumen")
    invoice = bill(house)
    assert (invoice.total_minor, invoice.yen_rate, invoice.taxes[0].tax_yen) == (10_005, None, None)


@pytest.mark.parametrize(
    ("is_agreed", "code"),
    [
        (False, "exchange_source_missing"),
        (True, "exchange_rate_missing"),  # The last one is from before September.
    ],
)
def test_tax_that_is_not_known_in_yen_is_not_guessed(
    house: Database, is_agreed: bool, code: str
) -> None:
    dollars.publish(house, {date(2026, 9, 29): "150"})
    if is_agreed:
        dollars.agree(house)
    sold(house)
    with refusal(code, None):
        money.bill(house)
    assert rows(house, "SELECT count(*) FROM document") == [(0,)]
    dollars.publish(house)
    if not is_agreed:
        dollars.agree(house)
    (number,) = billing.issue_invoices(
        house,
        month=OCTOBER,
        issued_on=date(2026, 11, 5),
        due_on=date(2026, 11, 30),
        recorded_at=money.noon(date(2026, 11, 5)),
        bank_names=BANK_NAMES,
    )
    assert number == "INV-2026-000001"  # No number was burnt.


def test_who_goes_by_which_rates_is_said_once_for_a_day(house: Database) -> None:
    dollars.translated(house)
    builders.party(house, "hoshino")
    with refusal("exchange_terms_of_that_day", "effective_from"):
        dollars.agree(house)
    dollars.agree(house, holder="hoshino")  # Its entrustment is another agreement.
    for changes, code, field in (
        ({"currency": "JPY"}, "exchange_of_own_currency", "currency"),
        ({"currency": "ABC"}, "currency_unknown", "currency"),
        ({"source": "nobody"}, "fx_source_unknown", "source"),
        (
            {"holder": "genbo", "effective_from": date(2027, 1, 1)},
            "party_not_a_holder",
            "holder",
        ),
        ({"clause": ""}, "text_missing", "clause"),
    ):
        with refusal(code, field):
            dollars.agree(house, **changes)
