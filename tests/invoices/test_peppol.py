"""E-invoices: what an invoice becomes in the terms of JP PINT, and what is found wrong with one."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import ubl
from invoices.electronic import ElectronicTax, Profile
from invoices.electronic_copy import electronic_copies
from invoices.peppol_findings import FindingCode
from invoices.peppol_parts import NoElectronicAddress, address_of
from ledger.core.closing import Cause
from ledger.core.invoice import AdjustedLine, Invoice, PrepaymentLine
from ledger.core.terms import Basis
from tests.invoices import samples
from tests.invoices.electronics import IN, codes, electronic, read

#: The tax of the rate, as against the total before it.
TAX_OF_THE_RATE = "305986</cbc:TaxAmount>\n      <cac:TaxCategory>"


def test_an_invoice_has_nothing_wrong_and_says_what_the_invoice_says() -> None:
    invoice = samples.invoice()
    document = electronic(invoice)
    root = read(document)
    assert codes(document) == set()
    assert root.findtext("b:ID", namespaces=IN) == invoice.number
    assert root.findtext("a:LegalMonetaryTotal/b:PayableAmount", namespaces=IN) == str(
        invoice.total_minor
    )
    assert root.findtext("a:TaxTotal/b:TaxAmount", namespaces=IN) == str(invoice.tax_minor)
    amounts = [e.text for e in root.iterfind("a:InvoiceLine/b:LineExtensionAmount", IN)]
    assert amounts == [str(line.payable_minor) for line in invoice.lines]
    names = [e.text for e in root.iterfind("a:InvoiceLine/a:Item/b:Name", IN)]
    assert names == [line.title_ja for line in invoice.lines]


@pytest.mark.parametrize(
    ("changes", "quantity", "price", "base"),
    [
        # 37,415 images at 12 yen are 448,980 yen, exactly: quantity and price are said.
        ({"amount_minor": 448980}, "37415", "12", "1"),
        # A part of a yen was cut off: one piece at what is charged.
        ({"rate": Decimal("12.0001"), "amount_minor": 448983}, "1", "448983", "1"),
        # The amount went through tiers.
        ({"is_tiered": True, "amount_minor": 448980}, "1", "448980", "1"),
        # 35 yen for a thousand characters, 2,000 of them.
        (
            {
                "basis": Basis.PER_1K_CHARS,
                "quantity": Decimal(2000),
                "rate": Decimal(35),
                "amount_minor": 70,
            },
            "2000",
            "35",
            "1000",
        ),
        # A price may not be negative, a quantity may: images that were reported too many.
        ({"quantity": Decimal(-125), "amount_minor": -1500}, "-125", "12", "1"),
        ({"is_tiered": True, "amount_minor": -1500}, "-1", "1500", "1"),
        # A share of the fee for a month.
        ({"basis": Basis.FIXED_MONTH, "amount_minor": 26667}, "1", "26667", "1"),
    ],
)
def test_a_line_is_quantity_times_price_or_one_piece(
    changes: dict[str, Any], quantity: str, price: str, base: str
) -> None:
    line = samples.line(1, "夜", "Night", **changes)
    document = electronic(samples.invoice(lines=(line,)))
    element = read(document).find("a:InvoiceLine", IN)
    assert element is not None
    assert element.findtext("b:InvoicedQuantity", namespaces=IN) == quantity
    assert element.findtext("a:Price/b:PriceAmount", namespaces=IN) == price
    assert element.findtext("a:Price/b:BaseQuantity", namespaces=IN) == base
    assert codes(document) - {FindingCode.TAX} == set()


@given(
    st.decimals(0, 10_000, places=4),
    st.integers(-1_000_000, 1_000_000),
    st.sampled_from([Basis.PER_IMAGE, Basis.PER_SECOND, Basis.PER_1K_CHARS]),
)
def test_every_line_multiplies_to_its_amount(rate: Decimal, quantity: int, basis: Basis) -> None:
    thousand = 1000 if basis is Basis.PER_1K_CHARS else 1
    amount = int(Fraction(rate) * quantity / thousand)
    line = samples.line(
        1, "夜", "Night", basis=basis, rate=rate, quantity=Decimal(quantity), amount_minor=amount
    )
    invoice = samples.invoice(lines=(line,))
    tax = replace(invoice.taxes[0], tax_minor=int(Fraction(amount, 10)))
    assert codes(electronic(replace(invoice, taxes=(tax,)))) == set()


def test_what_was_paid_in_advance_is_taken_off_its_line() -> None:
    line = samples.line(1, "夜", "Night", amount_minor=448980, recouped_minor=48980)
    invoice = samples.invoice(lines=(line,))
    tax = replace(invoice.taxes[0], taxable_minor=400000, tax_minor=40000)
    document = electronic(replace(invoice, taxes=(tax,)))
    element = read(document).find("a:InvoiceLine", IN)
    assert element is not None
    assert element.findtext("b:LineExtensionAmount", namespaces=IN) == "400000"
    assert element.findtext("a:AllowanceCharge/b:Amount", namespaces=IN) == "48980"
    assert element.findtext("a:AllowanceCharge/b:AllowanceChargeReason", namespaces=IN)
    assert codes(document) == set()


def test_an_advance_is_a_line_of_one_piece() -> None:
    advance = PrepaymentLine(
        number=1,
        license_reference="LIC-2026-014",
        reference="ADV-1",
        kind="guaranteed",
        due_on=date(2026, 12, 1),
        target_minor=None,
        credited_minor=None,
        amount_minor=4_000_000,
    )
    invoice = samples.invoice(lines=(), prepayments=(advance,))
    tax = replace(invoice.taxes[0], taxable_minor=4_000_000, tax_minor=400_000)
    document = electronic(replace(invoice, taxes=(tax,)))
    assert codes(document) == set()
    assert document.net_minor == 4_000_000


def test_a_line_that_adjusts_says_what() -> None:
    adjusts = AdjustedLine(
        month=date(2026, 8, 1), cause=Cause.LATE, invoice="INV-2026-000100", number=3
    )
    line = samples.line(1, "夜", "Night", amount_minor=448980, adjusts=adjusts)
    note = read(electronic(samples.invoice(lines=(line,)))).findtext(
        "a:InvoiceLine/b:Note", namespaces=IN
    )
    assert note is not None
    assert "INV-2026-000100" in note


def test_an_export_in_dollars_has_a_tax_total_in_yen_and_no_subtotal() -> None:
    document = electronic(samples.export_invoice(currency="USD"))
    root = read(document)
    totals = root.findall("a:TaxTotal", IN)
    assert [e.findtext("b:TaxAmount", namespaces=IN) for e in totals] == ["0", "0"]
    assert [len(e.findall("a:TaxSubtotal", IN)) for e in totals] == [1, 0]
    assert root.findtext("b:TaxCurrencyCode", namespaces=IN) == "JPY"
    assert root.findtext(".//a:TaxCategory/b:ID", namespaces=IN) == "G"
    assert codes(document) == set()


@pytest.mark.parametrize("profile", list(Profile))
def test_each_profile_is_its_own(profile: Profile) -> None:
    free = ElectronicTax(category="S", rate_bp=1000, taxable_minor=3059862, tax_minor=0)
    changes: dict[str, Any] = {"profile": profile}
    if profile is Profile.NON_REGISTERED:
        changes["taxes"] = (free,)
    document = electronic(**changes)
    assert codes(document, profile) == set()
    for other in Profile:
        if other.type_code != profile.type_code and {other, profile} != {
            Profile.INVOICE,
            Profile.CREDIT_NOTE,
        }:
            assert codes(document, other) >= {FindingCode.TYPE_CODE}


def test_a_credit_note_names_what_it_corrects_in_its_own_words() -> None:
    document = electronic(
        profile=Profile.CREDIT_NOTE, preceding=(("INV-2026-000100", date(2026, 11, 2)),)
    )
    root = read(document)
    assert root.tag.endswith("}CreditNote")
    assert root.findtext("b:CreditNoteTypeCode", namespaces=IN) == "381"
    reference = root.findtext("a:BillingReference/a:InvoiceDocumentReference/b:ID", namespaces=IN)
    assert reference == "INV-2026-000100"
    assert len(root.findall("a:CreditNoteLine", IN)) == 6


def test_a_seller_without_registration_shows_no_number() -> None:
    free = ElectronicTax(category="S", rate_bp=1000, taxable_minor=3059862, tax_minor=0)
    root = read(electronic(profile=Profile.NON_REGISTERED, taxes=(free,)))
    assert root.find(".//a:PartyTaxScheme", IN) is None


def test_a_company_is_addressed_by_its_corporate_number_and_a_person_by_the_issuers() -> None:
    assert address_of(samples.PUBLISHER).endpoint == ("0188", "2012345678905")
    assert address_of(samples.PERFORMER).endpoint == ("0221", "T8810987654321")
    unregistered = replace(samples.PUBLISHER, registration_number=None)
    with pytest.raises(NoElectronicAddress, match="PTY-0043"):
        address_of(unregistered)
    named = replace(unregistered, corporate_number="2012345678905")
    assert address_of(named).endpoint == ("0188", "2012345678905")


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ud800", "\ufffe"])
def test_a_character_that_xml_has_no_way_to_carry_is_named(character: str) -> None:
    document = electronic(samples.invoice(lines=(samples.line(1, f"夜{character}", "Night"),)))
    with pytest.raises(ubl.UnwritableText) as caught:
        ubl.write(document)
    assert caught.value.element == "Name"


def test_markup_in_a_title_stays_text() -> None:
    title = "<![CDATA[夜]]> & <script>&amp;"
    root = read(electronic(samples.invoice(lines=(samples.line(1, title, "Night"),))))
    assert root.findtext("a:InvoiceLine/a:Item/b:Name", namespaces=IN) == title


def test_the_same_values_give_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys; from tests.invoices.test_peppol import electronic; from invoices import ubl;"
        "sys.stdout.buffer.write(ubl.write(electronic()))"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert other.stdout == ubl.write(electronic())


@pytest.mark.parametrize(
    ("invoice", "is_there"),
    [
        (samples.invoice(), True),
        (samples.invoice(number=""), False),  # a draft
        (samples.export_invoice(), False),  # to a firm without a number of Japan
        (samples.invoice(currency="USD"), False),  # tax that is not known in yen
        (samples.invoice(lines=(samples.line(1, "夜\x0b", "Night"),)), False),
        (samples.invoice(issuer=replace(samples.HOUSE, registration_number="T1123456789019")),
         False),  # a number that would be turned down
    ],
)  # fmt: skip
def test_an_invoice_travels_with_its_pdf_where_it_can(invoice: Invoice, is_there: bool) -> None:
    copies = electronic_copies(invoice)
    assert len(copies) == is_there
    for _, content in copies:
        assert codes(content) == set()


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old.encode() in content, old
        return content.replace(old.encode(), new.encode(), 1)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (replaced("billing-1@jp-1", "billing-1@sg-1"), FindingCode.SPECIFICATION),
        (replaced("urn:peppol:bis:billing", "urn:peppol:bis:selfbilling"), FindingCode.PROCESS),
        (replaced(">380<", ">389<"), FindingCode.TYPE_CODE),
        (replaced("<cbc:EndDate>2026-11-30", "<cbc:EndDate>2026-10-30"), FindingCode.PERIOD),
        (replaced(' schemeID="0188"', ""), FindingCode.ADDRESS_SCHEME),
        (replaced(">T1123456789018<", ">1123456789018<"), FindingCode.REGISTRATION_FORM),
        (replaced("<cbc:CompanyID>T1123456789018</cbc:CompanyID>", ""),
         FindingCode.REGISTRATION_MISSING),
        (replaced(">T1123456789018<", ">T1123456789019<"), FindingCode.CHECK_DIGIT),
        (replaced("<cbc:ID>S</cbc:ID>", "<cbc:ID>Z</cbc:ID>"), FindingCode.CATEGORY),
        (replaced(">10<", ">9<"), FindingCode.RATE),
        (replaced(TAX_OF_THE_RATE, TAX_OF_THE_RATE.replace("986", "985")), FindingCode.TAX),
        (replaced(">305986<", ">305987<"), FindingCode.TAX_SUM),
        (replaced(">448980<", ">448979<"), FindingCode.LINE),
        (replaced("<cbc:ID>2</cbc:ID>", "<cbc:ID>1</cbc:ID>"), FindingCode.LINE_NUMBER),
        (replaced(">3365848<", ">3365849<"), FindingCode.TOTAL),
        (replaced(">3059862<", ">3059863<"), FindingCode.TAXABLE_SUM),
        (replaced('InclusiveAmount currencyID="JPY">3365848<',
                  'InclusiveAmount currencyID="JPY">3365848.0<'), FindingCode.DECIMALS),
        (replaced("9998:101:1:1234567", "9998-101-1-1234567"), FindingCode.ACCOUNT),
        (replaced(">JPY</cbc:Doc", ">USD</cbc:Doc"), FindingCode.YEN_TAX_MISSING),
        (replaced("<Invoice", "<!DOCTYPE Invoice><Invoice"), FindingCode.NOT_XML),
        (lambda content: content[:-20], FindingCode.NOT_XML),
    ],
)  # fmt: skip
def test_each_thing_wrong_is_found(change: Callable[[bytes], bytes], code: FindingCode) -> None:
    lines = samples.invoice_lines()
    invoice = samples.invoice()
    if code is FindingCode.LINE:
        lines = (samples.line(1, "夜", "Night", amount_minor=448980), *lines[1:])
        invoice = samples.invoice(lines=lines)
    assert codes(change(ubl.write(electronic(invoice)))) >= {code}
