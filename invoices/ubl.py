"""
An e-invoice written as UBL 2.1, element by element in the order the schema asks for.

Owns the XML: names, order, amounts as text. The same values give the same bytes. What the
values mean is decided in :mod:`invoices.peppol`.
"""

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from invoices.electronic import (
    ElectronicCharge,
    ElectronicInvoice,
    ElectronicLine,
    ElectronicParty,
    ElectronicTax,
    Profile,
)
from invoices.peppol import account_id
from ledger.core.invoice import BankAccountCopy
from ledger.core.money import Money

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
CAC = f"{_UBL}:CommonAggregateComponents-2"
CBC = f"{_UBL}:CommonBasicComponents-2"
INVOICE = f"{_UBL}:Invoice-2"
CREDIT_NOTE = f"{_UBL}:CreditNote-2"

#: What XML 1.0 can't carry in any spelling.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Credit transfer (UNCL4461).
_CREDIT_TRANSFER = "30"

#: Outside the scope of tax there is no rate, not even zero.
_WITHOUT_RATE = frozenset({"O"})

for _prefix, _uri in (("cac", CAC), ("cbc", CBC)):
    register_namespace(_prefix, _uri)


class UnwritableText(ValueError):
    """A text holds a character that XML 1.0 has no way to carry."""

    def __init__(self, *, element: str, text: str) -> None:
        self.element, self.text = element, text
        super().__init__(f"{element}: {text!r} holds a character that XML can't carry")


def write(document: ElectronicInvoice) -> bytes:
    """
    Return the document as UBL 2.1 in UTF-8, two blanks for each level.

    :raises UnwritableText: a name or a note holds a control character or a lone surrogate.
    """
    is_credit = document.profile is Profile.CREDIT_NOTE
    root = Element("CreditNote" if is_credit else "Invoice")
    root.set("xmlns", CREDIT_NOTE if is_credit else INVOICE)
    _head(root, document)
    _parties(root, document)
    _payment(root, document)
    for charge in document.charges:
        _charge(root, document, charge)
    _tax_totals(root, document)
    _monetary_total(root, document)
    for line in document.lines:
        _line(root, document, line)
    indent(root)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _head(root: Element, document: ElectronicInvoice) -> None:
    is_credit = document.profile is Profile.CREDIT_NOTE
    _text(root, "CustomizationID", document.profile.customization_id)
    _text(root, "ProfileID", document.profile.profile_id)
    _text(root, "ID", document.number)
    _text(root, "IssueDate", document.issued_on.isoformat())
    if document.due_on is not None and not is_credit:
        _text(root, "DueDate", document.due_on.isoformat())
    kind = "CreditNoteTypeCode" if is_credit else "InvoiceTypeCode"
    _text(root, kind, document.profile.type_code)
    if document.notes:  # JP PINT permits one.
        _text(root, "Note", "\n".join(document.notes))
    _text(root, "DocumentCurrencyCode", document.currency)
    if document.currency != "JPY":
        _text(root, "TaxCurrencyCode", "JPY")
    _period(root, document.period_start, document.period_end)
    for number, issued_on in document.preceding:
        reference = SubElement(
            _group(root, "BillingReference"), f"{{{CAC}}}InvoiceDocumentReference"
        )
        _text(reference, "ID", number)
        _text(reference, "IssueDate", issued_on.isoformat())


def _parties(root: Element, document: ElectronicInvoice) -> None:
    names_seller = document.profile is not Profile.NON_REGISTERED
    _party(_group(root, "AccountingSupplierParty"), document.seller, is_taxed=names_seller)
    _party(_group(root, "AccountingCustomerParty"), document.buyer, is_taxed=False)
    if document.payee is not None:
        name = _group(_group(root, "PayeeParty"), "PartyName")
        _text(name, "Name", document.payee.name_ja)


def _party(parent: Element, party: ElectronicParty, *, is_taxed: bool) -> None:
    copy, (scheme, identifier) = party.copy, party.endpoint
    element = _group(parent, "Party")
    _text(element, "EndpointID", identifier, schemeID=scheme)
    _text(_group(element, "PartyName"), "Name", copy.name_ja)
    address = _group(element, "PostalAddress")
    street = copy.address_ja or copy.address_en
    if copy.postal_code:
        _text(address, "PostalZone", copy.postal_code)
    if street:
        _text(_group(address, "AddressLine"), "Line", street)
    _text(_group(address, "Country"), "IdentificationCode", copy.country)
    if is_taxed and copy.registration_number is not None:
        scheme_of_tax = _group(element, "PartyTaxScheme")
        _text(scheme_of_tax, "CompanyID", copy.registration_number)
        _text(_group(scheme_of_tax, "TaxScheme"), "ID", "VAT")
    legal = _group(element, "PartyLegalEntity")
    _text(legal, "RegistrationName", copy.name_ja)
    if party.corporate_number is not None:
        _text(legal, "CompanyID", party.corporate_number, schemeID="0188")


def _payment(root: Element, document: ElectronicInvoice) -> None:
    if document.pay_to is not None:
        means = _group(root, "PaymentMeans")
        _text(means, "PaymentMeansCode", _CREDIT_TRANSFER)
        if document.profile is Profile.CREDIT_NOTE and document.due_on is not None:
            _text(means, "PaymentDueDate", document.due_on.isoformat())
        _text(means, "PaymentID", document.payment_reference or document.number)
        _account(means, document.pay_to)
    if document.payment_terms is not None:
        _text(_group(root, "PaymentTerms"), "Note", document.payment_terms)


def _account(means: Element, account: BankAccountCopy) -> None:
    element = _group(means, "PayeeFinancialAccount")
    _text(element, "ID", account_id(account))
    _text(element, "Name", account.holder_kana)


def _charge(root: Element, document: ElectronicInvoice, charge: ElectronicCharge) -> None:
    """Add what is charged on the whole document; what is taken back is an allowance."""
    element = _group(root, "AllowanceCharge")
    _text(element, "ChargeIndicator", "false" if charge.amount_minor < 0 else "true")
    _text(element, "AllowanceChargeReason", charge.reason)
    _amount(element, "Amount", abs(charge.amount_minor), document.currency)
    _category(_group(element, "TaxCategory"), charge.category, charge.rate_bp)


def _tax_totals(root: Element, document: ElectronicInvoice) -> None:
    total = _group(root, "TaxTotal")
    _amount(total, "TaxAmount", document.tax_minor, document.currency)
    for tax in document.taxes:
        subtotal = _group(total, "TaxSubtotal")
        _amount(subtotal, "TaxableAmount", tax.taxable_minor, document.currency)
        _amount(subtotal, "TaxAmount", tax.tax_minor, document.currency)
        _category(_group(subtotal, "TaxCategory"), tax.category, tax.rate_bp)
    if document.currency != "JPY":
        _yen_totals(root, document.taxes)


def _yen_totals(root: Element, taxes: tuple[ElectronicTax, ...]) -> None:
    """Say the tax in yen, too; exempt and exported supplies have a total and no subtotal."""
    total = _group(root, "TaxTotal")
    _amount(total, "TaxAmount", sum(tax.tax_yen or 0 for tax in taxes), "JPY")
    for tax in taxes:
        if tax.tax_yen is not None:
            subtotal = _group(total, "TaxSubtotal")
            _amount(subtotal, "TaxAmount", tax.tax_yen, "JPY")
            _category(_group(subtotal, "TaxCategory"), tax.category, tax.rate_bp)


def _monetary_total(root: Element, document: ElectronicInvoice) -> None:
    net = document.net_minor
    exclusive = net + document.charge_minor
    gross = exclusive + document.tax_minor
    charged = [each.amount_minor for each in document.charges if each.amount_minor > 0]
    allowed = [-each.amount_minor for each in document.charges if each.amount_minor < 0]
    total = _group(root, "LegalMonetaryTotal")
    for name, minor in (
        ("LineExtensionAmount", net),
        ("TaxExclusiveAmount", exclusive),
        ("TaxInclusiveAmount", gross),
        *([("AllowanceTotalAmount", sum(allowed))] if allowed else []),
        *([("ChargeTotalAmount", sum(charged))] if charged else []),
        *([("PrepaidAmount", document.prepaid_minor)] if document.prepaid_minor else []),
        ("PayableAmount", gross - document.prepaid_minor),
    ):
        _amount(total, name, minor, document.currency)


def _line(root: Element, document: ElectronicInvoice, line: ElectronicLine) -> None:
    is_credit = document.profile is Profile.CREDIT_NOTE
    element = _group(root, "CreditNoteLine" if is_credit else "InvoiceLine")
    _text(element, "ID", str(line.number))
    if line.note is not None:
        _text(element, "Note", line.note)
    quantity = "CreditedQuantity" if is_credit else "InvoicedQuantity"
    _text(element, quantity, _plain(line.quantity), unitCode=line.unit_code)
    _amount(element, "LineExtensionAmount", line.net_minor, document.currency)
    _period(element, document.period_start, document.period_end)
    if line.allowance_minor:
        _allowance(
            element,
            line.allowance_minor,
            reason=line.allowance_reason,
            currency=document.currency,
        )
    item = _group(element, "Item")
    _text(item, "Description", line.description)
    _text(item, "Name", line.name)
    _category(_group(item, "ClassifiedTaxCategory"), line.category, line.rate_bp)
    for name, value in line.properties:
        about = _group(item, "AdditionalItemProperty")
        _text(about, "Name", name)
        _text(about, "Value", value)
    price = _group(element, "Price")
    _text(price, "PriceAmount", _plain(line.price), currencyID=document.currency)
    _text(price, "BaseQuantity", str(line.base_quantity), unitCode=line.unit_code)


def _allowance(line: Element, minor: int, *, reason: str, currency: str) -> None:
    """Take off what was paid in advance; what is given back to the advance is a charge."""
    element = _group(line, "AllowanceCharge")
    _text(element, "ChargeIndicator", "true" if minor < 0 else "false")
    _text(element, "AllowanceChargeReason", reason)
    _amount(element, "Amount", abs(minor), currency)


def _category(element: Element, category: str, rate_bp: int) -> None:
    _text(element, "ID", category)
    if category not in _WITHOUT_RATE:
        _text(element, "Percent", _plain(Decimal(rate_bp).scaleb(-2)))
    _text(_group(element, "TaxScheme"), "ID", "VAT")


def _period(parent: Element, start: date, end: date) -> None:
    period = _group(parent, "InvoicePeriod")
    _text(period, "StartDate", start.isoformat())
    _text(period, "EndDate", end.isoformat())


def _amount(parent: Element, name: str, minor: int, currency: str) -> None:
    _text(parent, name, _plain(Money(minor, currency).to_decimal()), currencyID=currency)


def _plain(number: Decimal) -> str:
    """Write a number without an exponent and without zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _group(parent: Element, name: str) -> Element:
    return SubElement(parent, f"{{{CAC}}}{name}")


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    if _UNWRITABLE.search(text):
        raise UnwritableText(element=name, text=text)
    SubElement(parent, f"{{{CBC}}}{name}", attributes).text = text
