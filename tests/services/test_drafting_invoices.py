"""Drafts of invoices: what would be issued, as it would be, and nothing of it is there."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.core.invoice import Invoice
from ledger.services import archiving, billing
from ledger.services.billing import DueBeforeIssue, InvoiceTooEarly, MonthNotClosed
from ledger.store.database import Database
from tests.services.billed import (
    BANK_NAMES,
    OCTOBER,
    balances,
    bill,
    close,
    invoice,
    license_of,
    operator,
)
from tests.services.usage import generation, report

ISSUED_ON, DUE_ON = date(2026, 11, 5), date(2026, 11, 30)


def draft(
    database: Database, *, issued_on: date = ISSUED_ON, due_on: date = DUE_ON
) -> tuple[Invoice, ...]:
    return billing.draft_invoices(
        database, month=OCTOBER, issued_on=issued_on, due_on=due_on, bank_names=BANK_NAMES
    )


def test_a_draft_is_the_invoice_but_for_its_number_and_leaves_nothing_behind(
    database: Database,
) -> None:
    operator(database)
    license_of(database)
    report(database, generation(10))
    close(database, OCTOBER)
    (drawn,) = draft(database)
    assert drawn.number == ""
    assert draft(database) == (drawn,)
    assert not list(archiving.all_documents(database))
    assert balances(database) == {}
    (reference,) = bill(database)
    assert reference == "INV-2026-000001"
    assert replace(invoice(database, reference), number="") == drawn
    assert draft(database) == ()  # It is issued: nothing is left to be.


def test_what_could_not_be_issued_is_not_drafted_either(database: Database) -> None:
    operator(database)
    license_of(database)
    report(database, generation(10))
    with pytest.raises(MonthNotClosed):
        draft(database)
    close(database, OCTOBER)
    with pytest.raises(DueBeforeIssue):
        draft(database, due_on=date(2026, 11, 4))
    with pytest.raises(InvoiceTooEarly):
        draft(database, issued_on=date(2026, 10, 31))
