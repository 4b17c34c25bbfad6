"""
The return invoice put into the terms of JP PINT 1.1.3: a credit note (381) for what went back.

Every figure is taken over from the return invoice; none is made here.
"""

from decimal import Decimal

from invoices.electronic import ElectronicInvoice, ElectronicLine, ElectronicTax, Profile
from invoices.peppol import CATEGORY_OF_TREATMENT, TaxInYenUnknown, is_stated_in_yen
from invoices.peppol_parts import address_of
from ledger.core.credit_note import CreditNote, ReturnedLine
from ledger.core.invoice import PartyCopy
from ledger.core.money import Money
from locales.catalogues import LANGUAGES, message

_PIECE = "H87"


class NotRegistered(ValueError):
    """A seller that charges consumption tax has no registration number on the day of supply."""

    def __init__(self, party: PartyCopy) -> None:
        self.party = party.reference
        super().__init__(f"{party.reference} charges tax and has no registration number")


class HoldersNotRegistered(ValueError):
    """Some tax is charged for suppliers that are not registered, which no tax code says."""

    def __init__(self, invoice: CreditNote) -> None:
        self.invoice = invoice.number
        super().__init__(f"{invoice.number} charges tax for rights holders not registered")


def electronic_credit_note(note: CreditNote) -> ElectronicInvoice:
    """
    Return a return invoice in the terms of JP PINT's billing profile.

    :raises NoElectronicAddress: the house or the firm has no number.
    :raises NotRegistered: tax goes back and the issuer has no registration number.
    :raises HoldersNotRegistered: some had been charged for a holder that is not registered.
    :raises TaxInYenUnknown: tax goes back in another currency, and is not stated in yen.
    """
    if note.tax_minor and note.issuer.registration_number is None:
        raise NotRegistered(note.issuer)
    if note.currency != "JPY" and not is_stated_in_yen(note.taxes):
        raise TaxInYenUnknown(note)
    if not all(tax.is_qualified for tax in note.taxes):
        raise HoldersNotRegistered(note)
    starts = [line.period_start for line in note.lines if line.period_start is not None]
    ends = [line.period_end for line in note.lines if line.period_end is not None]
    originals = {
        line.invoice: line.invoiced_on
        for line in note.lines
        if line.invoice is not None and line.invoiced_on is not None
    }
    return ElectronicInvoice(
        profile=Profile.CREDIT_NOTE,
        number=note.number,
        issued_on=note.issued_on,
        due_on=None,
        currency=note.currency,
        notes=(
            _both("note.credit_note"),
            _both(f"note.language.{note.recipient.authoritative or LANGUAGES[0]}"),
        ),
        period_start=min(starts, default=note.returned_on),
        period_end=max(ends, default=note.returned_on),
        seller=address_of(note.issuer),
        buyer=address_of(note.recipient),
        pay_to=None,
        payment_terms=None,
        lines=tuple(_line(note.currency, line) for line in note.lines),
        taxes=tuple(
            ElectronicTax(
                category=CATEGORY_OF_TREATMENT[tax.treatment],
                rate_bp=tax.rate_bp,
                taxable_minor=tax.taxable_minor,
                tax_minor=tax.tax_minor,
                tax_yen=tax.tax_yen,
            )
            for tax in note.taxes
        ),
        preceding=tuple(originals.items()),
    )


def _line(currency: str, line: ReturnedLine) -> ElectronicLine:
    name, other = (message(language, f"credit_note.kind.{line.kind}") for language in LANGUAGES)
    named = ((_both("electronic.prepayment"), line.reference),)
    return ElectronicLine(
        number=line.number,
        name=name,
        description=other,
        note=line.invoice,
        quantity=Decimal(1),
        unit_code=_PIECE,
        price=Money(line.amount_minor, currency).to_decimal(),
        base_quantity=1,
        allowance_minor=0,
        allowance_reason="",
        net_minor=line.amount_minor,
        category=CATEGORY_OF_TREATMENT[line.taxed.treatment],
        rate_bp=line.taxed.rate_bp,
        properties=named if line.kind == "returned" else (),
    )


def _both(key: str) -> str:
    return " / ".join(message(language, key) for language in LANGUAGES)
