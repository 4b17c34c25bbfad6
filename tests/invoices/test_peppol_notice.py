"""Notices of payments as JP PINT: self-billing 389, and 480 for payees without a registration."""

import csv
import json
import logging
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from lxml import etree

from invoices.electronic import Profile
from invoices.electronic_copy import electronic_copies
from invoices.notice_page import notice_csv
from invoices.peppol_findings import findings
from invoices.peppol_notice import TaxIsShared, electronic_notice
from ledger.core.notice import PaymentNotice, Supply
from ledger.core.snapshot import to_json
from tests.invoices.notice_samples import (
    corrected_notice,
    long_notice,
    member_notice,
    notice,
    notice_abroad,
    row,
    tax,
    unregistered_notice,
)
from tests.invoices.samples import PUBLISHER
from tests.invoices.test_peppol_oracle import EXAMPLES, FILES, shared

IN = {
    "a": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "b": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def read(document: PaymentNotice) -> Any:
    """Return a notice as the payee's program reads it."""
    ((_, content),) = electronic_copies(document)
    return etree.fromstring(content)


def unregistered_company() -> PaymentNotice:
    """Return the notice of a company that is known by its corporate number alone."""
    company = replace(PUBLISHER, registration_number=None, corporate_number="2012345678905")
    rows = (row(1, 92_000, 9_200, supply=Supply.UNREGISTERED, category="royalty"),)
    return unregistered_notice(
        payee=company,
        rows=rows,
        taxes=(tax(Supply.UNREGISTERED, 92_000, 9_200),),
        payable_minor=92_000,
        consumption_tax_minor=9_200,
        withholding_base_minor=0,
        withholding_minor=0,
        withheld=(),
        payout_minor=101_200,
    )


def test_a_registered_payee_gets_a_self_billing_invoice_with_its_own_number() -> None:
    root = read(notice())
    assert root.findtext("b:InvoiceTypeCode", "", IN) == "389"
    assert root.findtext("b:CustomizationID", "", IN) == Profile.SELF_BILLING.customization_id
    seller = root.find("a:AccountingSupplierParty/a:Party", IN)
    assert seller is not None
    assert seller.findtext("a:PartyTaxScheme/b:CompanyID", "", IN) == "T8810987654321"
    assert root.findtext(".//b:TaxInclusiveAmount", "", IN) == "275937"
    assert root.findtext("a:TaxTotal/b:TaxAmount", "", IN) == "25085"
    note = root.findtext("b:Note", "", IN)
    assert "25,611" in note  # Withholding has no element: it is said,
    assert "250,326" in note  # with what is paid,
    assert "14" in note  # and so is the agreed clause.


def test_an_unregistered_company_is_addressed_by_its_corporate_number_and_states_no_tax() -> None:
    root = read(unregistered_company())
    assert root.findtext("b:InvoiceTypeCode", "", IN) == "480"
    seller = root.find("a:AccountingSupplierParty/a:Party", IN)
    assert seller is not None
    endpoint = seller.find("b:EndpointID", IN)
    assert endpoint is not None
    assert (endpoint.get("schemeID"), endpoint.text) == ("0188", "2012345678905")
    assert seller.find("a:PartyTaxScheme", IN) is None
    assert root.findtext("a:TaxTotal/b:TaxAmount", "", IN) == "0"
    assert root.findtext(".//b:PayableAmount", "", IN) == "101200"  # As it is paid.


@pytest.mark.parametrize("document", [notice(), corrected_notice(), unregistered_company()])
def test_what_is_written_has_nothing_wrong_and_the_figures_of_the_notice(
    document: PaymentNotice,
) -> None:
    ((_, content),) = electronic_copies(document)
    is_registered = document.payee.registration_number is not None
    profile = Profile.SELF_BILLING if is_registered else Profile.NON_REGISTERED
    assert findings(content, profile=profile) == ()
    root = read(document)
    nets = [int(each.text or "") for each in root.findall(".//b:LineExtensionAmount", IN)]
    total = document.payable_minor + document.consumption_tax_minor
    tax_minor = int(root.findtext("a:TaxTotal/b:TaxAmount", "", IN))
    assert sum(nets[1:]) + tax_minor == total
    assert root.findtext(".//b:PayableAmount", "", IN) == str(total)


@pytest.mark.parametrize(
    ("document", "example"), [(notice(), "sb"), (unregistered_company(), "ntr")]
)
def test_elements_stand_in_the_order_of_the_official_example(
    document: PaymentNotice, example: str
) -> None:
    official = etree.parse(str(shared(EXAMPLES / FILES[example]))).getroot()
    order = [etree.QName(each).localname for each in official if isinstance(each.tag, str)]
    places = [order.index(etree.QName(each).localname) for each in read(document)]
    assert places == sorted(places)


def test_what_is_exempt_has_a_line_of_its_own() -> None:
    mixed = notice(
        rows=(row(1, 138_000, 8_800, category="royalty", exempt_minor=50_000),),
        taxes=(tax(Supply.STANDARD, 88_000, 8_800), tax(Supply.EXPORT_EXEMPT, 50_000, 0)),
        payable_minor=138_000,
        consumption_tax_minor=8_800,
        payout_minor=121_189,
    )
    root = read(mixed)
    categories = root.findall("a:InvoiceLine/a:Item/a:ClassifiedTaxCategory/b:ID", IN)
    assert [each.text for each in categories] == ["S", "G"]


def test_a_corrected_notice_names_the_one_before() -> None:
    path = "a:BillingReference/a:InvoiceDocumentReference/b:ID"
    assert read(corrected_notice()).findtext(path, "", IN) == "NTC-2026-000042"


def test_tax_that_is_shared_out_has_no_rate_and_no_xml(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TaxIsShared):
        electronic_notice(member_notice())
    with caplog.at_level(logging.WARNING):
        assert electronic_copies(member_notice()) == ()
    assert "NTC-2026-000043" in caplog.text


@pytest.mark.parametrize("document", [notice_abroad(), notice(number=""), unregistered_notice()])
def test_who_is_not_on_the_network_has_none_without_a_word(document: PaymentNotice) -> None:
    assert electronic_copies(document) == ()


def test_many_rows_are_many_lines() -> None:
    ((_, content),) = electronic_copies(long_notice(60))
    assert content.count(b"<cac:InvoiceLine>") == 60


@pytest.mark.parametrize("document", [notice(), unregistered_company(), long_notice(60)])
def test_csv_json_and_xml_say_the_same_of_every_row(document: PaymentNotice) -> None:
    frozen = json.loads(to_json(document))["rows"]
    table = list(csv.DictReader(StringIO(b"".join(notice_csv(document)).decode("utf-8-sig"))))
    for column in ("amount_minor", "tax_minor"):
        assert [int(each[column]) for each in table] == [each[column] for each in frozen]
    is_registered = document.payee.registration_number is not None
    nets = read(document).findall("a:InvoiceLine/b:LineExtensionAmount", IN)
    assert [int(each.text) for each in nets] == [
        each["amount_minor"] + (0 if is_registered else each["tax_minor"]) for each in frozen
    ]
