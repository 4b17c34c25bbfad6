"""Corrected invoices: whole, linked, with what differs, and every figure as it was."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.core.explanation_facts import Reader
from ledger.core.invoice import Invoice
from ledger.core.invoice_correction import (
    InvoiceLineUnknown,
    LineTitle,
    NothingToCorrectOnInvoice,
)
from ledger.services import auditing, explaining, filing, mending, reissuing
from ledger.services.mending import PartyChange
from ledger.services.reissuing import (
    CorrectedTooEarly,
    InvoiceReplaced,
    InvoiceToCorrectUnknown,
)
from ledger.store.database import Database
from ledger.store.found_papers import Wanted
from tests import builders
from tests.services import money
from tests.services.billed import balances, invoice
from tests.services.usage import generation, report

AT = money.noon(date(2026, 11, 9))


@pytest.fixture
def number(database: Database) -> str:
    """The number of an invoice for October."""
    money.house(database)
    builders.license(database)
    report(database, generation(100))
    (reference,) = money.bill(database)
    return reference


def rename(database: Database, name_ja: str) -> None:
    mending.correct_party(
        database,
        party="studio-a",
        change=PartyChange(name_ja=name_ja),
        reason="社名の誤記",
        recorded_by="keiri",
        recorded_at=AT,
    )


def reissue(database: Database, invoice: str, **changes: Any) -> Invoice:
    asked: dict[str, Any] = {
        "reason": "貴社名の誤記のため",
        "corrected_by": "keiri",
        "corrected_at": AT,
        "issued_on": date(2026, 11, 9),
        **changes,
    }
    return reissuing.reissue_invoice(database, invoice=invoice, **asked)


def test_a_wrong_name_is_right_on_a_whole_new_invoice_and_no_figure_moves(
    database: Database, number: str
) -> None:
    first, before = invoice(database, number), balances(database)
    rename(database, "株式会社スタジオＡ")
    corrected = reissue(database, number)
    assert corrected.number == f"{number}-r2"
    assert invoice(database, corrected.number) == corrected
    assert invoice(database, number) == first  # Kept as it was issued.
    assert corrected.corrects is not None
    assert (corrected.corrects.number, corrected.corrects.issued_on) == (number, first.issued_on)
    (text,) = corrected.corrects.texts
    assert (text.part, text.field) == ("recipient", "name_ja")
    assert (text.before, text.after) == (first.recipient.name_ja, "株式会社スタジオＡ")
    same = replace(
        corrected,
        number=number,
        issued_on=first.issued_on,
        recipient=first.recipient,
        corrects=None,
    )
    assert same == first
    assert balances(database) == before
    assert not any(auditing.audit(database).values())
    page = filing.search(
        database, owner_id=None, wanted=Wanted(kind="invoice", least=first.total_minor)
    )
    found = [each.paper for each in page.papers]
    assert [each.reference for each in found] == [corrected.number, number]


def test_a_line_is_named_otherwise_and_a_corrected_invoice_is_corrected_in_its_turn(
    database: Database, number: str
) -> None:
    second = reissue(database, number, titles={1: LineTitle(title_en="The Windy Town, Vol. 2")})
    assert second.lines[0].title_en == "The Windy Town, Vol. 2"
    assert second.lines[0].title_ja == invoice(database, number).lines[0].title_ja
    with pytest.raises(InvoiceReplaced) as refused:
        reissue(database, number, titles={1: LineTitle(title_ja="風の街")})
    assert refused.value.values["newest"] == second.number
    third = reissue(database, second.number, titles={1: LineTitle(title_ja="風の街")})
    assert third.number == f"{number}-r3"
    assert third.corrects is not None
    assert third.corrects.number == second.number
    assert third.lines[0].title_en == "The Windy Town, Vol. 2"
    assert not any(auditing.audit(database).values())


def test_a_corrected_invoice_is_explained_by_the_first(database: Database, number: str) -> None:
    corrected = reissue(database, number, titles={1: LineTitle(title_ja="風の街")})
    first = explaining.explain(database, reference=number, reader=Reader())
    assert explaining.explain(database, reference=corrected.number, reader=Reader()) == first


def test_a_firm_pays_under_either_number_once(database: Database, number: str) -> None:
    rename(database, "株式会社スタジオＡ")
    corrected = reissue(database, number)
    total = invoice(database, number).total_minor
    money.receive(database, corrected.number, amount_minor=total)
    assert "receivable:studio-a" not in money.balances(database)
    assert not any(auditing.audit(database).values())


@pytest.mark.parametrize(
    ("refusal", "changes"),
    [
        (NothingToCorrectOnInvoice, {}),
        (InvoiceLineUnknown, {"titles": {2: LineTitle(title_ja="風の街")}}),
        (CorrectedTooEarly, {"issued_on": date(2026, 11, 1)}),
        (InvoiceToCorrectUnknown, {"invoice": "INV-2026-000099"}),
    ],
)
def test_what_cannot_be_corrected_is_refused_and_takes_no_number(
    database: Database, number: str, refusal: type[Exception], changes: dict[str, Any]
) -> None:
    with pytest.raises(refusal):
        reissue(database, **{"invoice": number, **changes})
    rename(database, "株式会社スタジオＡ")
    assert reissue(database, number).number == f"{number}-r2"
