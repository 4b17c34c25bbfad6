"""
The notice of a payment put into the terms of JP PINT 1.1.3: self-billing, or for the unregistered.

The payee is the seller and the house is the buyer, which writes. Every figure is taken over from
the notice; none is made here. What is withheld has no element of its own and is said in the note.
"""

from collections.abc import Iterator
from decimal import Decimal

from invoices.electronic import ElectronicInvoice, ElectronicLine, ElectronicTax, Profile
from invoices.peppol_parts import address_of
from invoices.sums import own_name
from ledger.core.money import Money
from ledger.core.notice import NoticeForm, NoticeRow, PaymentNotice, RowKind, Supply
from ledger.core.tax import consumption_tax_rate_bp
from locales import formats
from locales.catalogues import LANGUAGES, message

_PROFILES = {
    NoticeForm.PURCHASE_STATEMENT: Profile.SELF_BILLING,
    NoticeForm.PAYMENT_NOTICE: Profile.NON_REGISTERED,
}

#: UNCL5305. What the unregistered supply is taxable, too, and bears no tax that is stated.
_CATEGORIES = {
    Supply.STANDARD: "S",
    Supply.EXPORT_EXEMPT: "G",
    Supply.UNREGISTERED: "S",
    Supply.OUTSIDE_SCOPE: "O",
    Supply.SHARED: "O",
}

_PIECE = "H87"


class TaxIsShared(ValueError):
    """A share of a committee's tax is paid, which is not the rate of what it comes with."""

    def __init__(self, notice: PaymentNotice) -> None:
        self.number = notice.number
        super().__init__(f"{notice.number} pays a share of tax that is of no rate")


def electronic_notice(notice: PaymentNotice) -> ElectronicInvoice | None:
    """
    Return a notice in the terms of JP PINT; None of one to a payee abroad, who is not on it.

    :raises NoElectronicAddress: the payee or the house has no number.
    :raises TaxIsShared: tax that is shared out has no place among rates.
    """
    profile = _PROFILES.get(notice.form)
    if profile is None:
        return None
    is_registered = profile is Profile.SELF_BILLING
    if is_registered and any(tax.tax_minor for tax in notice.taxes if tax.supply is Supply.SHARED):
        raise TaxIsShared(notice)
    seller, buyer = address_of(notice.payee), address_of(notice.issuer)
    lines = tuple(_lines(notice))
    replaces = notice.replaces
    return ElectronicInvoice(
        profile=profile,
        number=notice.number,
        issued_on=notice.issued_on,
        due_on=notice.paid_on,
        currency=notice.currency,
        notes=_notes(notice),
        period_start=notice.period_start,
        period_end=notice.period_end,
        seller=seller,
        buyer=buyer,
        pay_to=notice.pay_to,
        payment_terms=_both("note.notice.transfer_fee"),
        lines=lines,
        taxes=tuple(_taxes(notice, lines)),
        preceding=() if replaces is None else ((replaces.number, replaces.issued_on),),
    )


def _lines(notice: PaymentNotice) -> Iterator[ElectronicLine]:
    """Yield a line for each row, and one of its own for the part that is exempt."""
    number = 0
    for row in notice.rows:
        exempt_minor = 0 if row.supply is Supply.EXPORT_EXEMPT else row.exempt_minor
        for supply, minor in (
            (row.supply, row.amount_minor - exempt_minor),
            (Supply.EXPORT_EXEMPT, exempt_minor),
        ):
            if supply is row.supply or minor:
                number += 1
                # Whoever is not registered is paid one amount; no tax is stated beside it.
                with_tax = notice.form is NoticeForm.PAYMENT_NOTICE and supply is row.supply
                net_minor = minor + (row.tax_minor if with_tax else 0)
                yield _line(notice, row, number, supply, net_minor)


def _line(
    notice: PaymentNotice, row: NoticeRow, number: int, supply: Supply, net_minor: int
) -> ElectronicLine:
    name, other = (_name(row, language) for language in LANGUAGES)
    return ElectronicLine(
        number=number,
        name=name,
        description=" · ".join(filter(None, (other, row.source_ja, row.source_en))),
        note=None,
        quantity=Decimal(-1 if net_minor < 0 else 1),
        unit_code=_PIECE,
        price=Money(abs(net_minor), notice.currency).to_decimal(),
        base_quantity=1,
        allowance_minor=0,
        allowance_reason="",
        net_minor=net_minor,
        category=_CATEGORIES[supply],
        rate_bp=_rate_bp(notice, supply),
        properties=tuple(_properties(notice, row)),
    )


def _properties(notice: PaymentNotice, row: NoticeRow) -> Iterator[tuple[str, str]]:
    """Yield what came in and what the house took, which the amount follows from."""
    yield _both("notice.statement"), notice.statement
    for key, minor in (
        ("notice.column.gross", row.gross_minor),
        ("notice.column.fee", row.fee_minor),
    ):
        if minor is not None:
            amount = Money(minor, notice.currency).to_decimal()
            yield _both(key), f"{notice.currency} {amount}"


def _taxes(notice: PaymentNotice, lines: tuple[ElectronicLine, ...]) -> Iterator[ElectronicTax]:
    """Yield a subtotal for each category; the unregistered have one without tax."""
    is_registered = notice.form is NoticeForm.PURCHASE_STATEMENT
    tax = {each.supply: each.tax_minor for each in notice.taxes} if is_registered else {}
    for category in dict.fromkeys(line.category for line in lines):
        of_category = [line for line in lines if line.category == category]
        yield ElectronicTax(
            category=category,
            rate_bp=of_category[0].rate_bp,
            taxable_minor=sum(line.net_minor for line in of_category),
            tax_minor=sum(tax.get(each, 0) for each in Supply if _CATEGORIES[each] == category),
        )


def _rate_bp(notice: PaymentNotice, supply: Supply) -> int:
    """Return the rate of a category; that of the unregistered is named and not charged."""
    if _CATEGORIES[supply] != "S":
        return 0
    found = [tax.rate_bp for tax in notice.taxes if tax.supply is Supply.STANDARD]
    return found[0] if found else consumption_tax_rate_bp(on=notice.statement_issued_on)


def _notes(notice: PaymentNotice) -> tuple[str, ...]:
    keys = []
    if notice.form is NoticeForm.PURCHASE_STATEMENT:
        keys.append("note.notice.purchase_statement")
    said = [_both(key) for key in keys]
    if notice.withholding_minor:
        said.append(" / ".join(_withheld(notice, language) for language in LANGUAGES))
    if notice.confirm_within_days is not None:
        days = notice.confirm_within_days
        said.append(" / ".join(message(each, "notice.clause", days=days) for each in LANGUAGES))
    return (*said, _both(f"note.language.{notice.payee.authoritative or LANGUAGES[0]}"))


def _withheld(notice: PaymentNotice, language: str) -> str:
    withheld, payout = (
        formats.money(language=language, amount_minor=minor, currency=notice.currency)
        for minor in (notice.withholding_minor, notice.payout_minor)
    )
    return message(language, "electronic.withheld", withheld=withheld, payout=payout)


def _name(row: NoticeRow, language: str) -> str:
    if row.kind is not RowKind.EARNING:
        return message(language, f"notice.row.{row.kind}")
    return own_name(row.category) or message(language, f"category.{row.category}")


def _both(key: str) -> str:
    return " / ".join(message(language, key) for language in LANGUAGES)
