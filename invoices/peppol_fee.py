"""
The house's invoice for its fee put into the terms of JP PINT 1.1.3: paid already, by set-off.

A fee that went back is a credit note (381). Every figure is taken over from the invoice.
"""

from decimal import Decimal

from invoices.electronic import ElectronicInvoice, ElectronicLine, Profile
from invoices.peppol import CATEGORY_OF_TREATMENT, charges_of, tax_of, unstated
from invoices.peppol_parts import address_of
from ledger.core.fee_invoice import FeeInvoice
from ledger.core.invoice import TaxLine
from ledger.core.money import Money
from locales.catalogues import LANGUAGES, message

_PIECE = "H87"


def electronic_fee(invoice: FeeInvoice) -> ElectronicInvoice:
    """
    Return an invoice for a fee as an invoice that was paid, or as a credit note.

    A house without a registration states no tax; what it charges as such is a charge.

    :raises NoElectronicAddress: the house or the rights holder has no number.
    """
    sign = -1 if invoice.is_return else 1
    is_registered = invoice.issuer.registration_number is not None
    tax = TaxLine(
        treatment=invoice.treatment,
        rate_bp=invoice.tax_rate_bp,
        taxable_minor=invoice.subtotal_minor * (sign if is_registered else 1),
        tax_minor=invoice.tax_minor * (sign if is_registered else 1),
    )
    profile = Profile.CREDIT_NOTE if invoice.is_return else Profile.INVOICE
    return ElectronicInvoice(
        profile=profile if is_registered else Profile.NON_REGISTERED,
        number=invoice.number,
        issued_on=invoice.issued_on,
        due_on=None,
        currency=invoice.currency,
        notes=(
            _both("note.fee.returned" if invoice.is_return else "note.fee.set_off"),
            *([] if is_registered else [_both("electronic.unregistered_issuer")]),
            _both(f"note.language.{invoice.recipient.authoritative or LANGUAGES[0]}"),
        ),
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        seller=address_of(invoice.issuer),
        buyer=address_of(invoice.recipient),
        pay_to=None,
        payment_terms=None,
        lines=(_line(invoice, tax),),
        taxes=((tax_of if is_registered else unstated)(tax),),
        charges=() if is_registered else tuple(charges_of((tax,))),
        prepaid_minor=tax.taxable_minor + tax.tax_minor,
    )


def _line(invoice: FeeInvoice, tax: TaxLine) -> ElectronicLine:
    name, other = (message(language, "fee.what") for language in LANGUAGES)
    return ElectronicLine(
        number=1,
        name=name,
        description=other,
        note=invoice.settlement,
        quantity=Decimal(-1 if tax.taxable_minor < 0 else 1),
        unit_code=_PIECE,
        price=Money(abs(tax.taxable_minor), invoice.currency).to_decimal(),
        base_quantity=1,
        allowance_minor=0,
        allowance_reason="",
        net_minor=tax.taxable_minor,
        category=CATEGORY_OF_TREATMENT[tax.treatment],
        rate_bp=tax.rate_bp,
        properties=(),
    )


def _both(key: str) -> str:
    return " / ".join(message(language, key) for language in LANGUAGES)
