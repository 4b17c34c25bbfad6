"""Invoices put into the terms of JP PINT, read again as XML, and what is found wrong with them."""

from dataclasses import replace
from typing import Any

from lxml import etree

from invoices import peppol, ubl
from invoices.electronic import ElectronicInvoice, ElectronicParty, Profile
from invoices.peppol_findings import findings
from invoices.peppol_parts import address_of
from ledger.core.invoice import Invoice
from tests.invoices import samples

IN = {"a": ubl.CAC, "b": ubl.CBC}


def electronic(invoice: Invoice | None = None, **changes: Any) -> ElectronicInvoice:
    invoice = invoice or samples.invoice()
    abroad = ElectronicParty(copy=invoice.recipient, endpoint=("0060", "123456789"))
    has_number = invoice.recipient.registration_number is not None
    buyer = address_of(invoice.recipient) if has_number else abroad
    seller = address_of(invoice.issuer)
    (document,) = peppol.electronic_invoices(invoice, issuer=seller, buyer=buyer)
    return replace(document, **changes)


def read(document: ElectronicInvoice) -> etree._Element:
    return etree.fromstring(ubl.write(document))


def codes(document: ElectronicInvoice | bytes, profile: Profile = Profile.INVOICE) -> set[str]:
    content = document if isinstance(document, bytes) else ubl.write(document)
    return {each.code for each in findings(content, profile=profile)}
