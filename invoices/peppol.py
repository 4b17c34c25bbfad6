"""
An invoice of the book put into the terms of JP PINT 1.1.3.

Owns how a royalty line becomes quantity, price and net amount. Every figure is taken over from
the invoice; none is made here but the sum of an amount and its tax, where no tax may be stated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from invoices.documents import languages_of
from invoices.electronic import (
    ElectronicCharge,
    ElectronicInvoice,
    ElectronicLine,
    ElectronicParty,
    ElectronicTax,
    Profile,
)
from invoices.measures import measure_of
from invoices.peppol_parts import ElectronicPart, parts_of
from invoices.top_ups import revenue_share
from ledger.core.closing import Cause
from ledger.core.connected_account import STRIPE_TYPE
from ledger.core.credit_note import CreditNote
from ledger.core.invoice import (
    BankAccountCopy,
    Invoice,
    InvoiceLine,
    PrepaymentLine,
    Taxed,
    TaxLine,
)
from ledger.core.money import exponent_of
from ledger.core.terms import UNIT_OF_BASIS, Basis
from locales import formats
from locales.catalogues import LANGUAGES, message

#: UNCL5305 as JP PINT permits it: standard, reduced, exempt, export, outside the scope.
CATEGORY_OF_TREATMENT = {
    "standard": "S",
    "reduced": "AA",
    "exempt": "E",
    "export_exempt": "G",
    "outside_scope": "O",
}

#: UN/ECE Recommendation 20. A page, a piece of anything without a unit of its own, is H87.
_PIECE, _SECOND, _MONTH = "H87", "SEC", "MON"

#: What is said of a line for usage that a closed month did not have, or had at another price.
_WORDS_OF_CAUSE = {
    Cause.LATE: "invoice.adjusts_late",
    Cause.RETRO: "invoice.adjusts_retro",
    Cause.LATE_RETRO: "invoice.adjusts_retro",
    Cause.REVENUE_SHARE: "invoice.adjusts_revenue_share",
}

#: Treatments that the document owes a sentence: where all of it is so, and where some lines are.
_WORDS_OF_TREATMENT = {
    ("export_exempt", False): "note.export_exempt",
    ("export_exempt", True): "note.partly_export_exempt",
    ("outside_scope", False): "note.outside_scope",
    ("outside_scope", True): "note.partly_outside_scope",
}

#: The digit that stands for the kind of account in an account identifier.
_ACCOUNT_TYPES = {"ordinary": "1", "current": "2", "savings": "4"}


class TaxInYenUnknown(ValueError):
    """Tax is charged in another currency, and the invoice does not say what it is in yen."""

    def __init__(self, invoice: Invoice | CreditNote) -> None:
        self.number, self.currency = invoice.number, invoice.currency
        super().__init__(f"{invoice.number} has tax in {invoice.currency} and none in JPY")


def electronic_invoices(
    invoice: Invoice, *, issuer: ElectronicParty, buyer: ElectronicParty
) -> tuple[ElectronicInvoice, ...]:
    """
    Put an invoice into the terms of JP PINT: one document for each seller and profile on it.

    A line whose amount is its quantity times its price says so; a line that went through
    tiers, a share or rounding is one piece at its amount, and names what was used beside it.

    :raises TaxInYenUnknown: tax is charged in another currency, and not stated in yen.
    """
    if invoice.currency != "JPY" and not is_stated_in_yen(invoice.taxes):
        raise TaxInYenUnknown(invoice)
    parts = parts_of(invoice, issuer=issuer)
    return tuple(_document(invoice, part, buyer) for part in parts)


def _document(invoice: Invoice, part: ElectronicPart, buyer: ElectronicParty) -> ElectronicInvoice:
    otherwise = invoice.taxes[0].taxed
    lines = [
        _royalty_line(invoice, line, line.taxed or otherwise)
        for line in invoice.lines
        if part.has(line.taxed or otherwise)
    ]
    lines += [
        _prepayment_line(invoice.currency, each, each.taxed or otherwise)
        for each in invoice.prepayments
        if part.has(each.taxed or otherwise)
    ]
    is_registered = part.profile is Profile.INVOICE
    return ElectronicInvoice(
        profile=part.profile,
        number=part.number,
        payment_reference=invoice.number,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        notes=_notes(invoice, part),
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        seller=part.seller,
        buyer=buyer,
        payee=part.payee,
        pay_to=invoice.pay_to,
        preceding=_preceding(invoice, part),
        payment_terms=_both("note.transfer_fee"),
        lines=tuple(lines),
        taxes=tuple(map(tax_of if is_registered else unstated, part.taxes)),
        charges=() if is_registered else tuple(charges_of(part.taxes)),
    )


def tax_of(tax: TaxLine) -> ElectronicTax:
    """Return a tax in the terms of JP PINT."""
    return ElectronicTax(
        category=CATEGORY_OF_TREATMENT[tax.treatment],
        rate_bp=tax.rate_bp,
        taxable_minor=tax.taxable_minor,
        tax_minor=tax.tax_minor,
        tax_yen=tax.tax_yen,
    )


def is_stated_in_yen(taxes: Sequence[TaxLine]) -> bool:
    """Tell whether all tax that is charged is stated in yen, too."""
    return all(tax.tax_yen is not None for tax in taxes if tax.tax_minor)


def unstated(tax: TaxLine) -> ElectronicTax:
    """Return a tax as the unregistered state it: the amount with it, and no tax of its own."""
    whole = tax.taxable_minor + tax.tax_minor
    return replace(tax_of(tax), taxable_minor=whole, tax_minor=0, tax_yen=None)


def charges_of(taxes: Iterable[TaxLine]) -> Iterator[ElectronicCharge]:
    """Yield what is charged for each tax that the unregistered may not state as one."""
    for tax in taxes:
        if tax.tax_minor:
            yield ElectronicCharge(
                reason=_both("electronic.tax_equivalent"),
                amount_minor=tax.tax_minor,
                category=CATEGORY_OF_TREATMENT[tax.treatment],
                rate_bp=tax.rate_bp,
            )


def _preceding(invoice: Invoice, part: ElectronicPart) -> tuple[tuple[str, date], ...]:
    if invoice.corrects is None:
        return ()
    return ((f"{invoice.corrects.number}{part.suffix}", invoice.corrects.issued_on),)


def account_id(account: BankAccountCopy) -> str:
    """Return an account's identifier: bank, branch, type and number; elsewhere the number."""
    if account.bic is not None or account.account_type == STRIPE_TYPE:
        return account.number
    kind = _ACCOUNT_TYPES[account.account_type]
    return f"{account.bank_code}:{account.branch_code}:{kind}:{account.number}"


def _royalty_line(invoice: Invoice, line: InvoiceLine, tax: Taxed) -> ElectronicLine:
    quantity, unit_code, price, base = _multiplied(invoice.currency, line) or _as_one_piece(
        invoice.currency, line.amount_minor
    )
    measure = measure_of(invoice.currency, languages_of(invoice), line)
    used = f"{measure.quantity} {measure.unit}".strip()
    named = (
        ("electronic.used", used),
        ("electronic.price", f"{measure.price} {measure.per}".strip()),
        ("electronic.license", line.license_reference),
        ("electronic.clause", line.clause_reference),
    )
    return ElectronicLine(
        number=line.number,
        name=line.title_ja,
        description=f"{line.title_en} · {measure.use} · {measure.other_use}",
        note=_note(invoice.currency, line),
        quantity=quantity,
        unit_code=unit_code,
        price=price,
        base_quantity=base,
        allowance_minor=line.recouped_minor,
        allowance_reason=_both("sum.recouped"),
        net_minor=line.payable_minor,
        category=CATEGORY_OF_TREATMENT[tax.treatment],
        rate_bp=tax.rate_bp,
        properties=tuple((_both(key), value) for key, value in named if value),
    )


def _prepayment_line(currency: str, each: PrepaymentLine, tax: Taxed) -> ElectronicLine:
    quantity, unit_code, price, base = _as_one_piece(currency, each.amount_minor)
    return ElectronicLine(
        number=each.number,
        name=message("ja", f"prepayment.{each.kind}"),
        description=message("en", f"prepayment.{each.kind}"),
        note=None,
        quantity=quantity,
        unit_code=unit_code,
        price=price,
        base_quantity=base,
        allowance_minor=0,
        allowance_reason="",
        net_minor=each.amount_minor,
        category=CATEGORY_OF_TREATMENT[tax.treatment],
        rate_bp=tax.rate_bp,
        properties=(
            (_both("electronic.license"), each.license_reference),
            (_both("electronic.prepayment"), each.reference),
        ),
    )


def _multiplied(currency: str, line: InvoiceLine) -> tuple[Decimal, str, Decimal, int] | None:
    """Return quantity, unit, price and its base when they make the amount exactly, else None."""
    if line.is_tiered or line.basis not in UNIT_OF_BASIS or line.rate < 0:
        return None
    base = UNIT_OF_BASIS[line.basis][1]
    if Fraction(line.quantity) * Fraction(line.rate) != line.amount_minor * base:
        return None
    unit_code = _SECOND if line.basis is Basis.PER_SECOND else _PIECE
    return line.quantity, unit_code, _in_major(line.rate, currency), base


def _as_one_piece(currency: str, amount_minor: int) -> tuple[Decimal, str, Decimal, int]:
    quantity = Decimal(-1) if amount_minor < 0 else Decimal(1)
    return quantity, _PIECE, _in_major(Decimal(abs(amount_minor)), currency), 1


def _in_major(minor: Decimal, currency: str) -> Decimal:
    """Move the point of an exact number of minor units; no digit is lost."""
    sign, digits, exponent = minor.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(minor)
    return Decimal((sign, digits, exponent - exponent_of(currency)))


def _note(currency: str, line: InvoiceLine) -> str | None:
    """Say what a line is a part of, and what it adjusts."""
    said = [_adjustment(line)]
    if line.top_up is not None:
        said[:0] = [revenue_share(currency, language, line.top_up) for language in LANGUAGES]
    return " / ".join(filter(None, said)) or None


def _adjustment(line: InvoiceLine) -> str | None:
    """Word what a line adjusts, as the printed invoice does."""
    if line.adjusts is None or line.adjusts.cause not in _WORDS_OF_CAUSE:
        return None
    adjusts, key = line.adjusts, _WORDS_OF_CAUSE[line.adjusts.cause]
    texts = []
    for language in LANGUAGES:
        text = message(language, key, month=formats.month(language=language, of=adjusts.month))
        if adjusts.invoice is not None:
            original = message(
                language,
                "invoice.adjusts_original",
                invoice=adjusts.invoice,
                number=str(adjusts.number),
            )
            text = f"{text} {original}"
        texts.append(text)
    return " / ".join(texts)


def _notes(invoice: Invoice, part: ElectronicPart) -> tuple[str, ...]:
    treatments = {tax.treatment for tax in part.taxes}
    recouped = any(
        line.recouped_minor and part.has(line.taxed or part.taxes[0].taxed)
        for line in invoice.lines
    )
    is_qualified = part.profile is Profile.INVOICE
    said = [
        *([_both("electronic.part", number=invoice.number)] if part.suffix else []),
        *([_both("note.on_behalf")] if invoice.on_behalf and is_qualified else []),
        *([_both("electronic.as_agent")] if part.payee is not None else []),
        *(_members(part) if part.members else []),
        *([_both("electronic.unregistered")] if not is_qualified else []),
        *([_both("note.taxed_in_advance")] if recouped else []),
        *(
            _both(_WORDS_OF_TREATMENT[each, len(treatments) > 1])
            for each in dict.fromkeys(tax.treatment for tax in part.taxes)
            if (each, len(treatments) > 1) in _WORDS_OF_TREATMENT
        ),
        _both(f"note.language.{invoice.recipient.authoritative or LANGUAGES[0]}"),
    ]
    return tuple(said)


def _members(part: ElectronicPart) -> Iterator[str]:
    """Yield the members of a committee with their numbers, whose supply it is."""
    named = [f"{each.name_ja} {each.registration_number or ''}".strip() for each in part.members]
    yield f"{_both('supplier.member')}: {', '.join(named)}"


def _both(key: str, **values: str) -> str:
    return " / ".join(message(language, key, **values) for language in LANGUAGES)
