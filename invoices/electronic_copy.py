"""
The e-invoice that travels inside the PDF: the same figures for the recipient's program.

Owns when there is one. A party without an electronic address, tax that is not known in yen
and a text that XML can't carry leave the document without it; the page says everything anyway.
"""

import logging

from invoices import ubl
from invoices.electronic import ElectronicInvoice
from invoices.kind import FrozenDocument
from invoices.peppol import TaxInYenUnknown, electronic_invoices
from invoices.peppol_credit import electronic_credit_notes
from invoices.peppol_fee import electronic_fee
from invoices.peppol_findings import findings
from invoices.peppol_notice import TaxIsShared, electronic_notice
from invoices.peppol_parts import NoElectronicAddress, address_of
from ledger.core.credit_note import CreditNote
from ledger.core.fee_invoice import FeeInvoice
from ledger.core.invoice import Invoice
from ledger.core.notice import PaymentNotice

#: Why a document has no form in JP PINT, although its parties are on the network.
_NOT_ELECTRONIC = (
    TaxInYenUnknown,
    TaxIsShared,
    ubl.UnwritableText,
)

_log = logging.getLogger(__name__)


def electronic_copies(document: FrozenDocument) -> tuple[tuple[str, bytes], ...]:
    """
    Return an issued document as JP PINT, each part with its number; none where there can't be.

    Most are one part. What is returned has been read again and had nothing wrong. The reason why
    there is none is logged, unless it is that the document is of another kind, a draft, or to
    nobody on the network.
    """
    try:
        values = _values(document) if document.number else ()
        written = [(each, ubl.write(each)) for each in values]
    except NoElectronicAddress:
        return ()
    except _NOT_ELECTRONIC as reason:
        _log.warning("invoice %s has no e-invoice inside: %s", document.number, reason)
        return ()
    wrong = [
        found for values, content in written for found in findings(content, profile=values.profile)
    ]
    if wrong:
        named = ", ".join(f"{each.element} ({each.code})" for each in wrong)
        _log.error(
            "invoice %s has no e-invoice inside, it would be wrong: %s", document.number, named
        )
        return ()
    return tuple((values.number, content) for values, content in written)


def _values(document: FrozenDocument) -> tuple[ElectronicInvoice, ...]:
    """Return a document in the terms of JP PINT; nothing of a kind that has none."""
    if isinstance(document, PaymentNotice):
        notice = electronic_notice(document)
        return () if notice is None else (notice,)
    if isinstance(document, CreditNote):
        return electronic_credit_notes(document)
    if isinstance(document, FeeInvoice):
        return (electronic_fee(document),)
    if not isinstance(document, Invoice):
        return ()
    return electronic_invoices(
        document, issuer=address_of(document.issuer), buyer=address_of(document.recipient)
    )
