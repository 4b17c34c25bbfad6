"""Receipts and return invoices: one for each payment and transfer, and what each says of tax."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.credit_note import CreditNote
from ledger.core.recoup_agreement import NewAdvance, NewRecoupGroup
from ledger.services import acknowledging, auditing, refunding
from ledger.services.acknowledging import (
    AcknowledgedTooEarly,
    NothingPaid,
    PaidInvoiceUnknown,
)
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.scenarios.test_advances_ended import APRIL, JUNE, pay_advances, run, sign
from tests.services import money
from tests.services.usage import generation, report

LOAN = NewAdvance(
    reference="loan", kind="repayable", amount_minor=1_000_000, due_on=APRIL.first_day
)
GROUP = NewRecoupGroup(reference="both", crossing="cross", grants=(0, 1), advances=(LOAN,))


@pytest.fixture
def billed(database: Database) -> str:
    """The number of an invoice of 13,200 yen for October."""
    money.house(database)
    builders.license(database)
    report(database, generation(1_000))
    (reference,) = money.bill(database)
    return reference


@pytest.fixture
def owing(database: Database) -> Database:
    """A book whose firm recouped 600,000 of a million, and is owed 440,000 with the tax."""
    sign(database, GROUP)
    pay_advances(database)
    run(database, {JUNE: {"novel": 400_000, "comic": 200_000}})
    return database


def refund(database: Database, amount_minor: int, bank_reference: str) -> None:
    refunding.record_refund(
        database,
        licensee="studio-a",
        amount_minor=amount_minor,
        currency="JPY",
        transferred_on=date(2026, 11, 10),
        bank_reference=bank_reference,
        recorded_by="keiri",
        recorded_at=money.noon(date(2026, 11, 11)),
    )


def note(database: Database) -> tuple[CreditNote, ...]:
    return acknowledging.issue_credit_notes(database, issued_on=date(2026, 11, 12)).notes


def test_each_payment_of_an_invoice_has_one_receipt_with_its_tax(
    database: Database, billed: str
) -> None:
    money.receive(database, billed, amount_minor=5_500, external_reference="first")
    money.receive(
        database, billed, amount_minor=7_700, external_reference="rest", on=date(2026, 11, 30)
    )
    made = acknowledging.issue_receipts(database, invoice=billed, issued_on=date(2026, 12, 1))
    assert [each.number for each in made] == ["REC-2026-000001", "REC-2026-000002"]
    assert [(each.subtotal_minor, each.tax_minor) for each in made] == [(5_000, 500), (7_000, 700)]
    assert [each.left_minor for each in made] == [7_700, 0]
    assert [each.received_on for each in made] == [date(2026, 11, 27), date(2026, 11, 30)]
    assert made[0].invoice == billed
    assert (made[0].taxes[0].treatment, made[0].taxes[0].rate_bp) == ("standard", 1_000)
    again = acknowledging.issue_receipts(database, invoice=billed, issued_on=date(2026, 12, 2))
    assert again == ()
    assert not any(auditing.audit(database).values())


@pytest.mark.parametrize(
    ("refusal", "changes"),
    [
        (PaidInvoiceUnknown, {"invoice": "INV-2026-000099"}),
        (AcknowledgedTooEarly, {"issued_on": date(2026, 11, 26)}),
    ],
)
def test_a_receipt_that_cannot_be_issued_takes_no_number(
    database: Database, billed: str, refusal: type[Exception], changes: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"invoice": billed, "issued_on": date(2026, 12, 1)}
    with pytest.raises(NothingPaid):
        acknowledging.issue_receipts(database, **asked)
    money.receive(database, billed)
    with pytest.raises(refusal):
        acknowledging.issue_receipts(database, **(asked | changes))
    (made,) = acknowledging.issue_receipts(database, **asked)
    assert made.number == "REC-2026-000001"


def test_what_goes_back_names_its_invoice_and_the_tax_that_was_charged(owing: Database) -> None:
    refund(owing, 330_000, "B-1")
    (first,) = note(owing)
    (line,) = first.lines
    assert first.number == "CRN-2026-000001"
    assert (line.kind, line.reference) == ("returned", "loan")
    assert line.invoice is not None
    assert (line.amount_minor, line.tax_minor) == (300_000, 30_000)
    assert (line.taxed.treatment, line.taxed.rate_bp) == ("standard", 1_000)
    assert (first.returned_on, first.total_minor) == (date(2026, 11, 10), 330_000)
    refund(owing, 110_000, "B-2")
    (rest,) = note(owing)
    assert (rest.subtotal_minor, rest.tax_minor) == (100_000, 10_000)
    assert note(owing) == ()
    assert not any(auditing.audit(owing).values())


def test_less_than_ten_thousand_yen_needs_no_return_invoice(owing: Database) -> None:
    refund(owing, 9_999, "B-1")
    refund(owing, 10_000, "B-2")
    noted = acknowledging.issue_credit_notes(owing, issued_on=date(2026, 11, 12))
    assert [each.total_minor for each in noted.notes] == [10_000]
    assert [each.amount_minor for each in noted.not_needed] == [9_999]
    # Taxes of the parts sum to that of the whole, however it is cut.
    assert noted.notes[0].tax_minor == 19_999 * 40_000 // 440_000 - 9_999 * 40_000 // 440_000


def test_commands_issue_both_and_say_when_there_is_nothing_to_issue(
    owing: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", connection_string(owing))
    terminal.language.cache_clear()

    def genbo(*words: str) -> str:
        result = CliRunner(env={"GENBO_LANGUAGE": "en"}).invoke(cli.app, words)
        assert result.exit_code == 0, result.output
        return result.output

    refund(owing, 440_000, "B-1")
    assert "CRN-2026-000001  studio-a  440,000 JPY" in genbo(
        "refund", "note", "--issued-on", "2026-11-12"
    )
    assert "No return invoice" in genbo("refund", "note", "--issued-on", "2026-11-12")
    day = ("--issued-on", "2026-11-12")
    assert "REC-2026-000001" in genbo("acknowledge", "INV-2026-000001", *day)
    assert "has a receipt already" in genbo("acknowledge", "INV-2026-000001", *day)
