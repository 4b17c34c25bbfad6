"""Every figure is led back to what it follows from, and each party sees its own side of it."""

from datetime import date

import pytest

from ledger.core.explanation_tree import Step
from ledger.services import explaining
from ledger.store.database import Database
from tests.refusals import refusal
from tests.services.explained import HOUSE, amounts, explained, october, world
from tests.services.money import DECEMBER, NOVEMBER, bill, receive_all, settle, statements
from tests.services.usage import generation, report


@pytest.fixture
def book(database: Database) -> Database:
    world(database)
    october(database)
    return database


def only(step: Step, code: str) -> Step:
    """Return the one step of a code."""
    (found,) = step.all(code)
    return found


def documents(book: Database) -> dict[str, str]:
    return {payee: statement.number for payee, statement in statements(book).items()}


def test_a_line_is_led_from_its_clause_to_the_bank(book: Database) -> None:
    line = explained(book, "LINE-2026-10-1")
    assert amounts(line, "subject", "licensee", "holder", "month", "amount") == (
        *("novel", "efuda", "hoshino", "2026-10", "1460"),
    )
    terms = only(line, "terms")
    assert (terms.reference, *amounts(terms, "clause", "version", "rate", "tier_mode")) == (
        *("LIC-efuda", "別紙1", "1", "12.5", "marginal"),
    )
    assert [amounts(each, "up_to", "rate") for each in terms.all("tier_of_card")] == [
        ("100", "12.5"),
        (None, "10"),
    ]
    # 100 × 12.5 + 21 × 10: whole already, so nothing is left over.
    assert [amounts(each, "quantity", "rate", "exact") for each in line.all("tier")] == [
        ("100", "12.5", "1250"),
        ("21", "10", "210"),
    ]
    charge = only(line, "charge")
    assert amounts(charge, "exact", "rounding", "residual", "amount") == (
        *("1460", "truncate", "0", "1460"),
    )
    settlement = only(line, "settlement")
    # Hoshino's two lines: 1,460 and 42; the house takes 8 % of 1,502.
    assert amounts(only(settlement, "admin_fee"), "base", "share", "amount", "tax", "left") == (
        *("1502", "800", "120", "12", "1382"),
    )
    assert amounts(only(settlement, "payout"), "passthrough", "consumption_tax", "amount") == (
        *("1382", "138", "1520"),
    )
    assert {each.reference for each in line.all("entry")} == {"SET-2026-11", "PAY-2026-11"}


def test_what_rounding_left_over_is_shown(book: Database) -> None:
    charge = only(explained(book, "LINE-2026-10-3"), "charge")
    voice = only(charge, "unit")
    assert amounts(voice, "quantity", "rate", "per", "exact") == ("1203", "35", "1000", "8421/200")
    assert amounts(charge, "exact", "residual", "amount") == ("8421/200", "21/200", "42")


def test_a_counter_tells_where_it_stood(book: Database) -> None:
    report(
        book,
        generation(10, subjects=("novel",), license_reference="LIC-efuda", on=date(2026, 11, 3)),
        licensee="efuda",
    )
    bill(book, NOVEMBER)
    line = explained(book, "LINE-2026-11-1")
    assert amounts(only(line, "usage"), "generations", "quantity", "counter_before") == (
        *("1", "10", "121"),
    )
    assert only(line, "tier").text("rate") == "10"
    assert not line.all("settlement")  # It is not paid for yet.


def test_an_invoice_has_its_lines_its_tax_and_its_payment(book: Database) -> None:
    invoice = explained(book, "INV-2026-000001")
    lines = [(each.reference, each.text("amount")) for each in invoice.all("line")]
    assert lines == [
        ("LINE-2026-10-1", "1460"),
        ("LINE-2026-10-2", "1125"),
        ("LINE-2026-10-3", "42"),
    ]
    taxes = [amounts(each, "base", "share", "amount") for each in invoice.all("tax")]
    assert taxes == [("2627", "1000", "262")]
    parts = [int(each.text("tax_part") or 0) for each in invoice.all("invoiced")]
    assert sum(parts) == 262
    assert amounts(invoice, "subtotal", "tax", "total") == ("2627", "262", "2889")
    assert only(invoice, "receipt").text("settled_in") == "2026-11"
    assert [each.text("posted_on") for each in invoice.all("entry")] == [
        *("2026-11-05", "2026-11-27"),
    ]


def test_a_line_of_an_invoice_is_the_line(book: Database) -> None:
    of_invoice = explained(book, "INV-2026-000001:1")
    assert of_invoice == explained(book, of_invoice.reference or "")


def test_a_payout_is_led_back_to_every_line_behind_it(book: Database) -> None:
    payout = explained(book, "PAY-2026-11:author")
    waterfall = only(payout, "waterfall")
    original = [each for each in waterfall.steps if each.code == "original"]
    base, part = original[0], next(each for each in original if each.text("payee") == "author")
    assert part.text("base") == base.text("amount")
    withheld = only(payout, "withholding_resident")
    assert amounts(withheld, "base", "share") == (payout.text("withholding_base"), "1021")
    assert withheld.text("amount") == payout.text("withholding")
    assert {each.text("holder") for each in payout.all("line")} == {"drama-committee"}


def test_a_run_is_its_payouts(book: Database) -> None:
    run = explained(book, "PAY-2026-11")
    payouts = run.all("payout")
    assert {each.text("payee") for each in payouts} == {
        *("hoshino", "window", "press", "author", "lead", "studio"),
    }
    assert sum(int(each.text("amount") or 0) for each in payouts) == int(run.text("amount") or 0)


def test_a_statement_carries_what_is_below_the_minimum(book: Database) -> None:
    report(
        book,
        generation(10, subjects=("haiku",), license_reference="LIC-efuda", on=date(2026, 11, 3)),
        licensee="efuda",
    )
    receive_all(book, bill(book, NOVEMBER), on=date(2026, 12, 25))
    settle(book, DECEMBER)
    statement = explained(book, documents(book)["tiny"])
    assert amounts(statement, "earned", "minimum_payment", "payable", "carried_out") == (
        *("115", "5000", "0", "115"),
    )
    assert not statement.all("payout")


def test_a_generation_is_worth_its_rate_or_the_average_of_its_line(book: Database) -> None:
    voice = _of_event(book, "d")
    assert amounts(only(voice, "worth_exact"), "quantity", "rate", "exact") == (
        *("1203", "35", "8421/200"),
    )
    drama = _of_event(book, "c")  # All of the month fell into the first tier.
    assert only(drama, "worth_exact").text("exact") == "1125"
    novel = _of_event(book, "a")  # The month passed a bound: 81 of 121 that came to 1,460.
    average = only(novel, "worth_average")
    assert amounts(average, "quantity", "of_quantity", "of_exact", "exact") == (
        *("81", "121", "1460", "118260/121"),
    )


def test_a_generation_is_proved(book: Database) -> None:
    by_event = _of_event(book, "b")
    proof = only(by_event, "proof")
    assert amounts(proof, "batch", "position", "size", "holds") == ("1", "1", "4", "yes")
    assert by_event == explained(book, "GEN-efuda-1-1")


def _of_event(book: Database, event_id: str) -> Step:
    return explaining.explain_generation(
        book, licensee="efuda", source="test", event_id=event_id, reader=HOUSE
    )


def test_late_usage_names_what_it_adjusts(book: Database) -> None:
    late = generation(5, subjects=("novel",), license_reference="LIC-efuda", event_id="late")
    report(book, late, licensee="efuda", recorded_at=DECEMBER.starts_at)
    bill(book, NOVEMBER)
    adjusting = explained(book, "LINE-2026-11-1")
    assert amounts(adjusting, "month", "closing_month", "amount") == ("2026-10", "2026-11", "50")
    assert [each.reference for each in adjusting.all("adjusts")] == ["LINE-2026-10-1"]
    assert only(adjusting, "charged_before").text("exact") == "-1460"
    original = explained(book, "LINE-2026-10-1")
    assert [each.reference for each in original.all("adjusted_by")] == ["LINE-2026-11-1"]


# Who sees what.


def test_a_firm_sees_its_side_up_to_the_payment_of_its_invoice(book: Database) -> None:
    line = explained(book, "LINE-2026-10-1", party="efuda")
    assert not {"settlement", "payout", "statement", "earning"} & {s.code for s in line.walk()}
    invoice = explained(book, "INV-2026-000001", party="efuda")
    assert only(invoice, "receipt").text("received_on") == "2026-11-27"
    assert only(invoice, "receipt").text("settled_in") is None


def test_a_payee_sees_of_a_committee_only_its_own_part(book: Database) -> None:
    line = next(
        step
        for step in explained(book, "PAY-2026-11", party="author").all("line")
        if step.text("licensee") == "lumen"
    )
    seen = explained(book, line.reference or "", party="author")
    assert {each.reference for each in seen.all("payee")} == {"author"}
    named = {value.text for step in seen.walk() for value in step.values}
    assert not named & {"window", "press", "lead", "studio"}
    assert not seen.all("distribution")
    assert not seen.all("whole_invoice")  # What else lumen pays for is its own affair.
    postings = [each for entry in seen.all("entry") for each in entry.steps]
    assert postings
    assert all("author" in amounts(each, "debit_party", "credit_party") for each in postings)


def test_a_member_sees_its_committees_waterfall_in_full(book: Database) -> None:
    number = documents(book)["studio"]
    (seen,) = explained(book, number, party="studio").all("waterfall")
    (whole,) = explained(book, number).all("waterfall")
    assert seen == whole
    assert {each.text("payee") for each in seen.steps} > {"window", "press", "author", "lead"}
    # What others are paid is shown, and not the statements and payouts that pay it.
    mine = explained(book, number, party="studio")
    assert {each.reference for each in mine.all("payee")} == {"studio"}
    assert {each.text("payee") for each in mine.all("payout")} == {"studio"}


def test_an_explanation_shows_of_a_waterfall_what_the_statement_shows(book: Database) -> None:
    """Line by line, for everybody who is paid by it; names are told where a statement does."""
    for payee, statement in statements(book).items():
        stated = [
            (row.category, row.base_minor, row.amount_minor, bool(row.payee_en))
            for section in statement.sections
            for row in section.steps
        ]
        told = [
            (
                each.code,
                *(int(text or 0) for text in amounts(each, "base", "amount")),
                each.text("payee") is not None,
            )
            for waterfall in explained(book, statement.number, party=payee).all("waterfall")
            for each in waterfall.steps
        ]
        assert told == stated, payee
        assert bool(stated) == (payee != "hoshino")


@pytest.mark.parametrize(
    ("party", "reference"),
    [
        ("lumen", "LINE-2026-10-1"),  # Another firm's line.
        ("lumen", "INV-2026-000001"),
        ("lumen", "INV-2026-000001:1"),
        ("hoshino", "INV-2026-000001"),  # A holder's line is on it, but it is the firm's.
        ("author", "GEN-efuda-1-0"),
        ("lumen", "GEN-efuda-1-0"),
        ("hoshino", "PAY-2026-11:author"),
        ("efuda", "PAY-2026-11"),
        ("author", "LINE-2026-10-1"),  # The novel is none of the author's.
        (None, "LINE-2026-10-99"),
        (None, "LINE-2026-13-1"),
        (None, "INV-2026-000001:99"),
        (None, "INV-2026-000099"),
        (None, "GEN-efuda-1-99"),
        (None, "GEN-nobody-1-0"),
        (None, "PAY-2027-01"),
        (None, "PAY-2026-11:nobody"),
        (None, ""),
        (None, "\0"),
        (None, "line-2026-10-1"),
    ],
)
def test_what_is_not_the_readers_is_as_unknown_as_nothing(
    book: Database, party: str | None, reference: str
) -> None:
    with refusal("explanation_not_found", "reference"):
        explained(book, reference, party=party)


def test_a_statement_is_its_payees_alone(book: Database) -> None:
    number = documents(book)["author"]
    assert explained(book, number, party="author").reference == number
    with refusal("explanation_not_found", "reference"):
        explained(book, number, party="press")
    of_line = explained(book, f"{number}:1", party="author")
    assert of_line.code == "line"
    with refusal("explanation_not_found", "reference"):
        explained(book, f"{number}:99", party="author")
