"""
The return invoice put into the terms of JP PINT 1.1.3: credit notes (381) for what went back.

Every figure is taken over from the return invoice; none is made here.
"""

from dataclasses import replace
from decimal import Decimal

from invoices.electronic import ElectronicInvoice, ElectronicLine, ElectronicParty, Profile
from invoices.peppol import (
    CATEGORY_OF_TREATMENT,
    TaxInYenUnknown,
    charges_of,
    is_stated_in_yen,
    tax_of,
    unstated,
)
from invoices.peppol_parts import ElectronicPart, address_of, parts_of
from ledger.core.credit_note import CreditNote, ReturnedLine
from ledger.core.invoice import TaxLine
from ledger.core.money import Money
from locales.catalogues import LANGUAGES, message

_PIECE = "H87"


def electronic_credit_notes(note: CreditNote) -> tuple[ElectronicInvoice, ...]:
    """
    Return a return invoice in the terms of JP PINT: a credit note for each registered supplier.

    What had been charged for somebody who is not registered goes back as an invoice of negative
    quantities, because the profile of the unregistered has no credit notes.

    :raises NoElectronicAddress: the house or the firm has no number.
    :raises TaxInYenUnknown: tax goes back in another currency, and is not stated in yen.
    """
    if note.currency != "JPY" and not is_stated_in_yen(note.taxes):
        raise TaxInYenUnknown(note)
    issuer, buyer = address_of(note.issuer), address_of(note.recipient)
    parts = parts_of(note, issuer=issuer, registered=Profile.CREDIT_NOTE)
    return tuple(_document(note, part, buyer) for part in parts)


def _document(note: CreditNote, part: ElectronicPart, buyer: ElectronicParty) -> ElectronicInvoice:
    lines = [line for line in note.lines if part.has(line.taxed)]
    starts = [line.period_start for line in lines if line.period_start is not None]
    ends = [line.period_end for line in lines if line.period_end is not None]
    originals = {
        line.invoice: line.invoiced_on
        for line in lines
        if line.invoice is not None and line.invoiced_on is not None
    }
    is_credit = part.profile is Profile.CREDIT_NOTE
    taxes = part.taxes if is_credit else [_taken_back(tax) for tax in part.taxes]
    return ElectronicInvoice(
        profile=part.profile,
        number=part.number,
        issued_on=note.issued_on,
        due_on=None if is_credit else note.returned_on,
        currency=note.currency,
        notes=(
            *([_both("electronic.part", number=note.number)] if part.suffix else []),
            _both("note.credit_note"),
            *([_both("electronic.as_agent")] if part.payee is not None else []),
            *([] if is_credit else [_both("electronic.unregistered")]),
            _both(f"note.language.{note.recipient.authoritative or LANGUAGES[0]}"),
        ),
        period_start=min(starts, default=note.returned_on),
        period_end=max(ends, default=note.returned_on),
        seller=part.seller,
        buyer=buyer,
        payee=part.payee,
        pay_to=None,
        payment_terms=None,
        lines=tuple(_line(note.currency, line, 1 if is_credit else -1) for line in lines),
        taxes=tuple(map(tax_of if is_credit else unstated, taxes)),
        charges=() if is_credit else tuple(charges_of(taxes)),
        preceding=tuple(originals.items()),
    )


def _taken_back(tax: TaxLine) -> TaxLine:
    return replace(tax, taxable_minor=-tax.taxable_minor, tax_minor=-tax.tax_minor)


def _line(currency: str, line: ReturnedLine, sign: int) -> ElectronicLine:
    name, other = (message(language, f"credit_note.kind.{line.kind}") for language in LANGUAGES)
    named = ((_both("electronic.prepayment"), line.reference),)
    return ElectronicLine(
        number=line.number,
        name=name,
        description=other,
        note=line.invoice,
        quantity=Decimal(sign),
        unit_code=_PIECE,
        price=Money(line.amount_minor, currency).to_decimal(),
        base_quantity=1,
        allowance_minor=0,
        allowance_reason="",
        net_minor=sign * line.amount_minor,
        category=CATEGORY_OF_TREATMENT[line.taxed.treatment],
        rate_bp=line.taxed.rate_bp,
        properties=named if line.kind == "returned" else (),
    )


def _both(key: str, **values: str) -> str:
    return " / ".join(message(language, key, **values) for language in LANGUAGES)
