"""
An invoice of the book put into the terms of JP PINT 1.1.3.

Owns who is addressed by which electronic address, and how a royalty line becomes quantity,
price and net amount. Every figure is taken over from the invoice; none is made here.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from invoices.documents import languages_of
from invoices.electronic import (
    ElectronicInvoice,
    ElectronicLine,
    ElectronicParty,
    ElectronicTax,
    Profile,
)
from invoices.measures import measure_of
from invoices.top_ups import revenue_share
from ledger.core.closing import Cause
from ledger.core.credit_note import CreditNote
from ledger.core.invoice import (
    BankAccountCopy,
    Invoice,
    InvoiceLine,
    PartyCopy,
    PrepaymentLine,
    Taxed,
    TaxLine,
)
from ledger.core.money import exponent_of
from ledger.core.terms import UNIT_OF_BASIS, Basis
from locales import formats
from locales.catalogues import LANGUAGES, message

#: EAS codes: corporate number (法人番号), and the number of a registered issuer.
CORPORATE_NUMBER_SCHEME = "0188"
REGISTRATION_NUMBER_SCHEME = "0221"

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


class NoElectronicAddress(ValueError):
    """A party can't be addressed: it has neither a corporate nor a registration number."""

    def __init__(self, party: PartyCopy) -> None:
        self.party = party.reference
        super().__init__(f"{party.reference} has no number that Peppol knows an address by")


class NotRegistered(ValueError):
    """A seller that charges consumption tax has no registration number on the day of supply."""

    def __init__(self, party: PartyCopy) -> None:
        self.party = party.reference
        super().__init__(f"{party.reference} charges tax and has no registration number")


class HoldersNotRegistered(ValueError):
    """Some tax is charged for suppliers that are not registered, which no tax code says."""

    def __init__(self, invoice: Invoice | CreditNote) -> None:
        self.invoice = invoice.number
        super().__init__(f"{invoice.number} charges tax for rights holders not registered")


class TaxInYenUnknown(ValueError):
    """Tax is charged in another currency, and the invoice does not say what it is in yen."""

    def __init__(self, invoice: Invoice | CreditNote) -> None:
        self.number, self.currency = invoice.number, invoice.currency
        super().__init__(f"{invoice.number} has tax in {invoice.currency} and none in JPY")


def address_of(party: PartyCopy) -> ElectronicParty:
    """
    Return a party with the electronic address its numbers give it.

    A company's registration number is "T" and its corporate number, so that either leads to
    the same address, also of documents from before parties had both on them; a person has only
    the number of a registered issuer.

    :raises NoElectronicAddress: it has no number.
    """
    registered, corporate_number = party.registration_number, party.corporate_number
    if corporate_number is None and registered is not None and party.kind == "company":
        corporate_number = registered.removeprefix("T")
    if corporate_number is not None:
        return ElectronicParty(copy=party, endpoint=(CORPORATE_NUMBER_SCHEME, corporate_number))
    if registered is not None:
        return ElectronicParty(copy=party, endpoint=(REGISTRATION_NUMBER_SCHEME, registered))
    raise NoElectronicAddress(party)


def electronic_invoice(
    invoice: Invoice, *, seller: ElectronicParty, buyer: ElectronicParty
) -> ElectronicInvoice:
    """
    Put a qualified invoice into the terms of JP PINT's billing profile.

    A line whose amount is its quantity times its price says so; a line that went through
    tiers, a share or rounding is one piece at its amount, and names what was used beside it.

    :raises NotRegistered: tax is charged and the issuer has no registration number.
    :raises HoldersNotRegistered: tax is charged for a rights holder that is not registered.
    :raises TaxInYenUnknown: tax is charged in another currency, and not stated in yen.
    """
    if invoice.tax_minor and invoice.issuer.registration_number is None:
        raise NotRegistered(invoice.issuer)
    if invoice.currency != "JPY" and not is_stated_in_yen(invoice.taxes):
        raise TaxInYenUnknown(invoice)
    if not all(tax.is_qualified for tax in invoice.taxes):
        raise HoldersNotRegistered(invoice)
    otherwise = invoice.taxes[0].taxed
    lines = [_royalty_line(invoice, line, line.taxed or otherwise) for line in invoice.lines]
    lines += [
        _prepayment_line(invoice.currency, each, each.taxed or otherwise)
        for each in invoice.prepayments
    ]
    return ElectronicInvoice(
        profile=Profile.INVOICE,
        number=invoice.number,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        notes=_notes(invoice),
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        seller=seller,
        buyer=buyer,
        pay_to=invoice.pay_to,
        preceding=_preceding(invoice),
        payment_terms=_both("note.transfer_fee"),
        lines=tuple(lines),
        taxes=tuple(
            ElectronicTax(
                category=CATEGORY_OF_TREATMENT[each.treatment],
                rate_bp=each.rate_bp,
                taxable_minor=each.taxable_minor,
                tax_minor=each.tax_minor,
                tax_yen=each.tax_yen,
            )
            for each in invoice.taxes
        ),
    )


def is_stated_in_yen(taxes: Sequence[TaxLine]) -> bool:
    """Tell whether all tax that is charged is stated in yen, too."""
    return all(tax.tax_yen is not None for tax in taxes if tax.tax_minor)


def _preceding(invoice: Invoice) -> tuple[tuple[str, date], ...]:
    if invoice.corrects is None:
        return ()
    return ((invoice.corrects.number, invoice.corrects.issued_on),)


def account_id(account: BankAccountCopy) -> str:
    """Return a bank account's identifier: bank, branch, type and number; abroad the number."""
    if account.bic is not None:
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


def _notes(invoice: Invoice) -> tuple[str, ...]:
    keys = [
        *(["note.on_behalf"] if invoice.on_behalf else []),
        *(["note.taxed_in_advance"] if invoice.recouped_minor else []),
        *(_WORDS_OF_TREATMENT.get((tax.treatment, invoice.is_mixed)) for tax in invoice.taxes),
        f"note.language.{invoice.recipient.authoritative or LANGUAGES[0]}",
    ]
    return tuple(_both(key) for key in keys if key is not None)


def _both(key: str) -> str:
    return " / ".join(message(language, key) for language in LANGUAGES)
