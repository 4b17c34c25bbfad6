"""An invoice of several sellers, or of some unregistered, is several e-invoices in all."""

from dataclasses import replace

import pytest
from lxml import etree

from invoices.electronic import Profile
from invoices.electronic_copy import electronic_copies
from invoices.peppol_findings import findings
from ledger.core.invoice import Invoice, SupplierCopy, Taxed, tax_lines
from ledger.core.money import Rounding
from tests.invoices import samples
from tests.invoices.electronics import IN

SPECIFICATIONS = {
    each.customization_id: each for each in Profile if each is not Profile.CREDIT_NOTE
}


def parts(invoice: Invoice) -> list[etree._Element]:
    """Return an invoice's e-invoices, each found to be right under the profile that it names."""
    roots = []
    for number, content in electronic_copies(invoice):
        root = etree.fromstring(content)
        assert root.findtext("b:ID", namespaces=IN) == number
        profile = SPECIFICATIONS[said(root, "b:CustomizationID")]
        assert findings(content, profile=profile) == ()
        roots.append(root)
    return roots


def said(root: etree._Element, path: str) -> str:
    return str(root.findtext(path, "", IN))


def payable(root: etree._Element) -> int:
    return int(said(root, "a:LegalMonetaryTotal/b:PayableAmount"))


EVERY_INVOICE = pytest.mark.parametrize(
    ("invoice", "kinds"),
    [
        (samples.invoice(), ["380"]),
        (samples.export_invoice(recipient=replace(samples.FIRM_ABROAD,
                                                  registration_number="T2012345678905")), ["380"]),
        (samples.mixed_invoice(), ["380", "480"]),  # The unregistered have a profile of their own.
        (samples.agent_invoice(), ["380", "480", "380"]),  # One for each supplier.
        # A house without a number issues no qualified invoice, and an e-invoice all the same.
        (samples.unregistered_invoice(), ["480"]),
    ],
    ids=["registered", "export", "mixed", "agent", "unregistered"],
)  # fmt: skip


@EVERY_INVOICE
def test_every_invoice_is_e_invoices_that_ask_for_what_it_asks_for(
    invoice: Invoice, kinds: list[str]
) -> None:
    found = parts(invoice)
    assert [said(root, "b:InvoiceTypeCode") for root in found] == kinds
    assert sum(map(payable, found)) == invoice.total_minor
    lines = [line.text for root in found for line in root.findall("a:InvoiceLine/b:ID", IN)]
    assert sorted(lines, key=int) == [str(line.number) for line in invoice.lines]
    reference = {said(root, "a:PaymentMeans/b:PaymentID") for root in found}
    assert reference == {invoice.number}  # It is paid at once, whatever its parts are called.


def test_what_is_charged_for_the_unregistered_is_no_tax_and_names_no_number() -> None:
    _, unregistered = parts(samples.mixed_invoice())
    tax = samples.mixed_invoice().taxes[1]
    assert said(unregistered, "b:ID") == "INV-2026-000123-2"
    assert unregistered.find("a:AccountingSupplierParty//a:PartyTaxScheme", IN) is None
    assert said(unregistered, "a:TaxTotal/b:TaxAmount") == "0"
    assert said(unregistered, "a:AllowanceCharge/b:Amount") == str(tax.tax_minor)
    whole = tax.taxable_minor + tax.tax_minor
    assert said(unregistered, "a:TaxTotal/a:TaxSubtotal/b:TaxableAmount") == str(whole)


def test_an_agents_part_is_its_suppliers_own_and_is_paid_to_the_agent() -> None:
    publisher, person, committee = parts(samples.agent_invoice())
    seller = "a:AccountingSupplierParty/a:Party"
    number = f"{seller}/a:PartyTaxScheme/b:CompanyID"
    assert said(publisher, number) == samples.PUBLISHER.registration_number
    assert said(person, number) == ""
    assert said(committee, number) == samples.PUBLISHER.registration_number  # Its first member's.
    assert "T1123456789018" in said(committee, "b:Note")  # And the other one's.
    for root in (publisher, person, committee):
        assert said(root, f"{seller}/b:EndpointID") == "1123456789018"  # Answers go to the agent.
        assert said(root, "a:PayeeParty/a:PartyName/b:Name") == samples.HOUSE.name_ja


def test_what_is_taken_back_from_the_unregistered_takes_its_tax_back() -> None:
    way = Taxed(treatment="standard", rate_bp=1000, is_qualified=False)
    lines = tuple(
        replace(samples.line(number, "夜", "Night", amount_minor=minor), taxed=each)
        for number, minor, each in ((1, 90_000, replace(way, is_qualified=True)), (2, -20_000, way))
    )
    taxes = tax_lines(lines=lines, otherwise=way, rounding=Rounding.TRUNCATE)
    _, taken_back = parts(samples.invoice(lines=lines, taxes=taxes))
    assert payable(taken_back) == -22_000
    assert said(taken_back, "a:AllowanceCharge/b:ChargeIndicator") == "false"


def test_a_person_registered_under_a_number_of_its_own_is_no_company() -> None:
    person = replace(samples.PERFORMER, registration_number="T8810987654320")
    supplier = SupplierCopy(party=person)
    taxed = Taxed(treatment="standard", rate_bp=1000, supplier=person.reference)
    lines = (replace(samples.LINE, taxed=taxed),)
    taxes = tax_lines(lines=lines, otherwise=taxed, rounding=Rounding.TRUNCATE)
    (root,) = parts(samples.agent_invoice(lines=lines, taxes=taxes, suppliers=(supplier,)))
    path = "a:AccountingSupplierParty/a:Party/a:PartyLegalEntity/b:CompanyID"
    assert root.find(path, IN) is None
