"""Rights holders are invoiced for the fee that a settlement took: once, as it was posted."""

from datetime import date
from typing import Any

from ledger.core.fee_invoice import FeeInvoice
from ledger.services import charging
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts
from tests.services import money
from tests.services.revised import is_sound

SETTLED_ON = date(2026, 12, 10)


def charge(database: Database, **changes: Any) -> tuple[FeeInvoice, ...]:
    """Invoice the fees of November on the day it was settled."""
    asked: dict[str, Any] = {"closing_month": money.NOVEMBER, "issued_on": SETTLED_ON}
    return tuple(charging.issue_fee_invoices(database, **(asked | changes)))


def settle(database: Database, **holder: Any) -> None:
    """Sell a holder's work, and settle what was received."""
    money.house(database)
    builders.party(database, "hoshino", **holder)
    money.sell(database, 2_864_159)
    money.receive_all(database, money.bill(database))
    money.settle(database)


def test_a_fee_is_invoiced_as_it_was_posted(database: Database) -> None:
    settle(database)
    (invoice,) = charge(database)
    assert (invoice.number, invoice.recipient.reference) == ("FEE-2026-000001", "hoshino")
    assert (invoice.subtotal_minor, invoice.tax_minor) == (229_132, 22_913)  # DOMAIN E8
    assert (invoice.treatment, invoice.tax_rate_bp) == ("standard", 1000)
    balances = money.balances(database)
    assert balances["admin_fee"] == -invoice.subtotal_minor
    assert balances["output_tax"] == -invoice.tax_minor
    assert is_sound(database)


def test_a_holder_abroad_is_charged_without_tax(database: Database) -> None:
    abroad = {"country": "GB", "has_jp_establishment": False}
    settle(database, registrations=(), corporate_number=None, **abroad)
    (invoice,) = charge(database)
    assert (invoice.treatment, invoice.tax_minor) == ("export_exempt", 0)
    assert is_sound(database)


def test_a_second_call_issues_nothing_and_burns_no_number(database: Database) -> None:
    settle(database)
    charge(database)
    before = row_counts(database)
    assert charge(database) == ()
    assert row_counts(database) == before


def test_what_was_not_settled_is_not_invoiced(database: Database) -> None:
    settle(database)
    before = row_counts(database)
    with refusal("fees_not_settled", "closing_month"):
        charge(database, closing_month=money.DECEMBER)
    with refusal("fee_invoice_too_early", "issued_on"):
        charge(database, issued_on=date(2026, 12, 9))
    assert row_counts(database) == before
