"""
The e-invoice that travels inside the PDF: the same figures for the recipient's program.

Owns when there is one. A party without an electronic address, tax that is not known in yen
and a text that XML can't carry leave the document without it; the page says everything anyway.
"""

import logging

from invoices import ubl
from invoices.electronic import Profile
from invoices.kind import FrozenDocument
from invoices.peppol import (
    HoldersNotRegistered,
    NoElectronicAddress,
    NotRegistered,
    TaxInYenUnknown,
    address_of,
    electronic_invoice,
)
from invoices.peppol_findings import findings
from ledger.core.invoice import Invoice

_log = logging.getLogger(__name__)


def electronic_copy(document: FrozenDocument) -> bytes | None:
    """
    Return an issued invoice as JP PINT, or None where there can't be one.

    What is returned has been read again and had nothing wrong. The reason why there is none is
    logged, unless it is that the document is of another kind, a draft, or to nobody on the network.
    """
    if not isinstance(document, Invoice) or not document.number:
        return None
    try:
        values = electronic_invoice(
            document, seller=address_of(document.issuer), buyer=address_of(document.recipient)
        )
        content = ubl.write(values)
    except NoElectronicAddress:
        return None
    except (NotRegistered, HoldersNotRegistered, TaxInYenUnknown, ubl.UnwritableText) as reason:
        _log.warning("invoice %s has no e-invoice inside: %s", document.number, reason)
        return None
    wrong = findings(content, profile=Profile.INVOICE)
    if wrong:
        named = ", ".join(f"{each.element} ({each.code})" for each in wrong)
        _log.error(
            "invoice %s has no e-invoice inside, it would be wrong: %s", document.number, named
        )
        return None
    return content
