"""
What can be wrong with a JP PINT document, found from its bytes alone.

A second pair of eyes on the XML before it leaves: nothing here shares a step with the writing.
What OpenPeppol has a rule for carries that rule's name; what those rules let through, and an
accountant or a tax office would not, has none. It stands beside the official Schematron, which
has several hundred rules, and does not replace it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from lxml import etree

from invoices.electronic import Profile
from invoices.ubl import CAC, CBC
from ledger.core.registration import check_digit

_NAMESPACES = {"a": CAC, "b": CBC}

_REGISTRATION_NUMBER = re.compile("T[0-9]{13}", re.ASCII)
_ACCOUNT_ID = re.compile("[0-9]{4}:[0-9]{3}:[124]:[0-9]{7}", re.ASCII)

#: The rate that each category bears, in percent; O is written without one.
_RATES = {"S": 10, "AA": 8, "E": 0, "G": 0, "O": 0}


class FindingCode(StrEnum):
    """What can be wrong with a document."""

    NOT_XML = "not_xml"  # or XML that brings a document type with it
    SPECIFICATION = "specification"  # CustomizationID is another profile's
    PROCESS = "process"  # ProfileID is another profile's
    TYPE_CODE = "type_code"  # not one that the profile has
    PERIOD = "period"  # no invoicing period, or one that ends before it begins
    ADDRESS_SCHEME = "address_scheme"  # an electronic address without its scheme
    REGISTRATION_FORM = "registration_form"  # not "T" and thirteen digits
    REGISTRATION_MISSING = "registration_missing"
    REGISTRATION_UNWANTED = "registration_unwanted"  # of a seller who is said to have none
    CHECK_DIGIT = "check_digit"  # of the seller's registration number
    CATEGORY = "category"  # a tax category that Japan does not have
    RATE = "rate"  # a percentage that the category does not have
    TAX = "tax"  # not the taxable amount at its rate, rounded down or up
    TAX_SUM = "tax_sum"  # the categories do not add up
    YEN_TAX_MISSING = "yen_tax_missing"  # in another currency, without the tax in yen
    YEN_TAX_UNWANTED = "yen_tax_unwanted"  # a subtotal in yen for what bears no tax
    DECIMALS = "decimals"  # a part of a yen
    LINE = "line"  # not quantity times price, less what is taken off
    LINE_NUMBER = "line_number"  # the same number twice
    NET_SUM = "net_sum"  # the lines do not add up
    TAXABLE_SUM = "taxable_sum"  # the taxable amounts are not the lines
    TOTAL = "total"  # net and tax are not the total, or the total not what is to be paid
    ACCOUNT = "account"  # not bank:branch:type:number


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong: where it stands, what stands there, and OpenPeppol's rules against it."""

    code: FindingCode
    element: str
    value: str
    rules: tuple[str, ...] = ()


class _Node:
    """An element, asked by short paths of names."""

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self.name = etree.QName(element).localname

    def all(self, path: str) -> list["_Node"]:
        """Return what a path of ``a:`` aggregates and ``b:`` basics leads to."""
        return [_Node(each) for each in self._element.findall(path, _NAMESPACES)]

    def text(self, path: str) -> str:
        """Return the first text at a path, "" when there is none."""
        return (self._element.findtext(path, "", _NAMESPACES) or "").strip()

    def number(self, path: str) -> Fraction:
        """Return the first number at a path, 0 when there is none or it is none."""
        try:
            return Fraction(Decimal(self.text(path) or "0"))
        except (InvalidOperation, ValueError):
            return Fraction(0)

    def attribute(self, path: str, name: str) -> str:
        """Return an attribute of the first element at a path, "" when it has none."""
        found = self._element.find(path, _NAMESPACES)
        return "" if found is None else found.get(name, "")

    def amounts(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, text and currency of every amount below that is no unit price."""
        for each in self._element.iter():
            name = etree.QName(each).localname if isinstance(each.tag, str) else ""
            if name.endswith("Amount") and name != "PriceAmount":
                yield name, (each.text or "").strip(), each.get("currencyID", "")


def findings(content: bytes, *, profile: Profile) -> tuple[Finding, ...]:
    """Return all that is wrong with a document of a profile, none when it can be sent."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        return (Finding(code=FindingCode.NOT_XML, element="", value=str(error)),)
    if root.getroottree().docinfo.doctype:
        return (Finding(code=FindingCode.NOT_XML, element="", value="DOCTYPE"),)
    document = _Node(root)
    return (
        *_head(document, profile),
        *_seller(document, profile),
        *_addresses(document),
        *_taxes(document, profile),
        *_yen_taxes(document),
        *_lines(document),
        *_totals(document),
    )


def _head(document: _Node, profile: Profile) -> Iterator[Finding]:
    suffix = "-sb" if profile is Profile.SELF_BILLING else ""
    kinds = {Profile.INVOICE.type_code, Profile.CREDIT_NOTE.type_code}
    if profile not in (Profile.INVOICE, Profile.CREDIT_NOTE):
        kinds = {profile.type_code}
    specification, process = document.text("b:CustomizationID"), document.text("b:ProfileID")
    kind = document.text("b:InvoiceTypeCode") or document.text("b:CreditNoteTypeCode")
    if specification != profile.customization_id:
        yield Finding(
            code=FindingCode.SPECIFICATION,
            element="CustomizationID",
            value=specification,
            rules=(f"aligned-ibrp-001-jp{suffix}",),
        )
    if process != profile.profile_id:
        yield Finding(
            code=FindingCode.PROCESS,
            element="ProfileID",
            value=process,
            rules=(f"aligned-ibrp-002-jp{suffix}",),
        )
    if kind not in kinds:
        rules = ("ibr-cl-01-jp-sb",) if suffix else ("aligned-ibrp-cl-02-jp", "ibr-cl-01")
        yield Finding(code=FindingCode.TYPE_CODE, element="TypeCode", value=kind, rules=rules)
    start, end = (
        document.text("a:InvoicePeriod/b:StartDate"),
        document.text("a:InvoicePeriod/b:EndDate"),
    )
    if not start or not end or end < start:
        yield Finding(code=FindingCode.PERIOD, element="InvoicePeriod", value=f"{start}/{end}")


def _seller(document: _Node, profile: Profile) -> Iterator[Finding]:
    element = "AccountingSupplierParty/PartyTaxScheme/CompanyID"
    number = document.text("a:AccountingSupplierParty/a:Party/a:PartyTaxScheme/b:CompanyID")
    if profile is Profile.NON_REGISTERED:
        if number:
            yield Finding(code=FindingCode.REGISTRATION_UNWANTED, element=element, value=number)
    elif not number:
        rules = ("aligned-ibr-jp-04",) if profile is Profile.SELF_BILLING else ()
        yield Finding(code=FindingCode.REGISTRATION_MISSING, element=element, value="", rules=rules)
    elif not _REGISTRATION_NUMBER.fullmatch(number):
        rules = ("aligned-ibr-jp-01",)
        yield Finding(
            code=FindingCode.REGISTRATION_FORM, element=element, value=number, rules=rules
        )
    elif check_digit(number[2:]) != int(number[1]) and _is_company(document):
        yield Finding(code=FindingCode.CHECK_DIGIT, element=element, value=number)


def _is_company(document: _Node) -> bool:
    """
    Tell whether the seller goes by a corporate number: no rule is known for persons'.

    Where somebody else is paid, it is sent from there, and only the seller's own number counts.
    """
    seller = "a:AccountingSupplierParty/a:Party"
    if document.all("a:PayeeParty"):
        return bool(document.text(f"{seller}/a:PartyLegalEntity/b:CompanyID"))
    return document.attribute(f"{seller}/b:EndpointID", "schemeID") in ("0188", "")


def _addresses(document: _Node) -> Iterator[Finding]:
    sides = (("AccountingSupplierParty", "ibr-062"), ("AccountingCustomerParty", "ibr-063"))
    for side, rule in sides:
        path = f"a:{side}/a:Party/b:EndpointID"
        if not document.attribute(path, "schemeID"):
            yield Finding(
                code=FindingCode.ADDRESS_SCHEME,
                element=f"{side}/EndpointID",
                value=document.text(path),
                rules=(rule,),
            )
    for account in document.all("a:PaymentMeans/a:PayeeFinancialAccount"):
        if not _ACCOUNT_ID.fullmatch(account.text("b:ID")):
            yield Finding(
                code=FindingCode.ACCOUNT,
                element="PayeeFinancialAccount/ID",
                value=account.text("b:ID"),
            )


def _taxes(document: _Node, profile: Profile) -> Iterator[Finding]:
    totals = document.all("a:TaxTotal")[:1]
    for subtotal in [each for total in totals for each in total.all("a:TaxSubtotal")]:
        category = subtotal.text("a:TaxCategory/b:ID")
        percent = subtotal.number("a:TaxCategory/b:Percent")
        taxable, tax = subtotal.number("b:TaxableAmount"), subtotal.number("b:TaxAmount")
        if category not in _RATES:
            rules = ("aligned-ibrp-cl-01-jp",)
            yield Finding(
                code=FindingCode.CATEGORY, element="TaxCategory/ID", value=category, rules=rules
            )
        elif percent != _RATES[category]:
            yield Finding(code=FindingCode.RATE, element="TaxCategory/Percent", value=str(percent))
        exact = Fraction(0) if profile is Profile.NON_REGISTERED else taxable * percent / 100
        # One rounding per rate, down or up to a whole unit, whichever way the sign points.
        unit = _unit(subtotal.attribute("b:TaxAmount", "currencyID"))
        if abs(tax - exact) >= unit:
            yield Finding(
                code=FindingCode.TAX,
                element="TaxSubtotal/TaxAmount",
                value=subtotal.text("b:TaxAmount"),
                rules=("aligned-ibrp-051-jp",),
            )
    for total in totals:
        parts = sum(each.number("b:TaxAmount") for each in total.all("a:TaxSubtotal"))
        if parts != total.number("b:TaxAmount"):
            value = total.text("b:TaxAmount")
            yield Finding(code=FindingCode.TAX_SUM, element="TaxTotal/TaxAmount", value=value)


def _yen_taxes(document: _Node) -> Iterator[Finding]:
    if document.text("b:DocumentCurrencyCode") == "JPY":
        return
    in_yen = [
        total
        for total in document.all("a:TaxTotal")
        if total.attribute("b:TaxAmount", "currencyID") == "JPY"
    ]
    if not in_yen or document.text("b:TaxCurrencyCode") != "JPY":
        value = document.text("b:TaxCurrencyCode")
        yield Finding(code=FindingCode.YEN_TAX_MISSING, element="TaxTotal", value=value)
    for subtotal in [each for total in in_yen for each in total.all("a:TaxSubtotal")]:
        category = subtotal.text("a:TaxCategory/b:ID")
        if category not in ("S", "AA"):
            yield Finding(code=FindingCode.YEN_TAX_UNWANTED, element="TaxSubtotal", value=category)


def _lines(document: _Node) -> Iterator[Finding]:
    known: set[str] = set()
    for line in document.all("a:InvoiceLine") + document.all("a:CreditNoteLine"):
        number, net = line.text("b:ID"), line.number("b:LineExtensionAmount")
        if number in known:
            yield Finding(code=FindingCode.LINE_NUMBER, element=f"{line.name}/ID", value=number)
        known.add(number)
        quantity = line.number("b:InvoicedQuantity") + line.number("b:CreditedQuantity")
        price = line.number("a:Price/b:PriceAmount")
        base = line.number("a:Price/b:BaseQuantity") or Fraction(1)
        others = sum(
            each.number("b:Amount") * (1 if each.text("b:ChargeIndicator") == "true" else -1)
            for each in line.all("a:AllowanceCharge")
        )
        if quantity * price / base + others != net:
            yield Finding(
                code=FindingCode.LINE,
                element=f"{line.name}[{number}]/LineExtensionAmount",
                value=line.text("b:LineExtensionAmount"),
            )
    for name, text, currency in document.amounts():
        if currency == "JPY" and "." in text:
            yield Finding(code=FindingCode.DECIMALS, element=name, value=text)


def _totals(document: _Node) -> Iterator[Finding]:
    lines = document.all("a:InvoiceLine") + document.all("a:CreditNoteLine")
    total = document.all("a:LegalMonetaryTotal")
    nets = sum((each.number("b:LineExtensionAmount") for each in lines), Fraction(0))
    for each in total:
        at = {
            name: each.number(f"b:{name}")
            for name in (
                "LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount",
                "AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount",
                "PayableRoundingAmount",
            )
        }  # fmt: skip
        taxes = document.number("a:TaxTotal/b:TaxAmount")
        taxable = sum(
            (
                subtotal.number("b:TaxableAmount")
                for subtotal in document.all("a:TaxTotal/a:TaxSubtotal")
                if subtotal.attribute("b:TaxableAmount", "currencyID")
            ),
            Fraction(0),
        )
        exclusive = nets - at["AllowanceTotalAmount"] + at["ChargeTotalAmount"]
        payable = at["TaxInclusiveAmount"] - at["PrepaidAmount"] + at["PayableRoundingAmount"]
        for is_wrong, code, name in (
            (at["LineExtensionAmount"] != nets, FindingCode.NET_SUM, "LineExtensionAmount"),
            (taxable != exclusive, FindingCode.TAXABLE_SUM, "TaxableAmount"),
            (at["TaxExclusiveAmount"] != exclusive, FindingCode.NET_SUM, "TaxExclusiveAmount"),
            (
                at["TaxInclusiveAmount"] != at["TaxExclusiveAmount"] + taxes,
                FindingCode.TOTAL,
                "TaxInclusiveAmount",
            ),
            (at["PayableAmount"] != payable, FindingCode.TOTAL, "PayableAmount"),
        ):
            if is_wrong:
                yield Finding(code=code, element=name, value=each.text(f"b:{name}"))


def _unit(currency: str) -> Fraction:
    """Return the smallest amount: a yen, or a hundredth of what is not counted in whole units."""
    return Fraction(1) if currency == "JPY" else Fraction(1, 100)
