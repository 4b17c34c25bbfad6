"""
Receipts on paper (領収書): that money came in for an invoice, when, and with which tax.

What is acknowledged is what pays the invoice: a payment, a part of one, or what a firm had over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ledger.core.invoice import Invoice, PartyCopy, Taxed, TaxLine


@dataclass(frozen=True, kw_only=True)
class PaidPart:
    """What a payment paid of one line or prepayment of an invoice; the number is the line's."""

    number: int
    amount_minor: int  # tax-exclusive
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class PaymentReceipt:
    """The acknowledgement of one payment of one invoice."""

    number: str
    issuer: PartyCopy
    recipient: PartyCopy
    issued_on: date
    received_on: date
    channel: str  # "bank", "stripe" or "credit": what the firm had over
    external_reference: str  # by which the channel knows the payment
    invoice: str
    invoiced_on: date
    period_start: date
    period_end: date
    is_advance: bool
    currency: str
    taxes: tuple[TaxLine, ...]  # what was paid, by how it was taxed
    left_minor: int  # of the invoice, after this payment
    calculation_version: int
    input_hash: str  # SHA-256, lower-case hex

    @property
    def subtotal_minor(self) -> int:
        """What was paid, tax-exclusive."""
        return sum(tax.taxable_minor for tax in self.taxes)

    @property
    def tax_minor(self) -> int:
        """The consumption tax that was paid with it."""
        return sum(tax.tax_minor for tax in self.taxes)

    @property
    def total_minor(self) -> int:
        """What was paid."""
        return self.subtotal_minor + self.tax_minor


def paid_taxes(invoice: Invoice, parts: Iterable[PaidPart]) -> tuple[TaxLine, ...]:
    """Return what parts of an invoice were paid, summed by how each is taxed."""
    only = invoice.taxes[0].taxed
    taxed: Mapping[int, Taxed] = {
        **{line.number: line.taxed or only for line in invoice.lines},
        **{each.number: each.taxed or only for each in invoice.prepayments},
    }
    sums = {replace(tax.taxed, supplier=None): [0, 0] for tax in invoice.taxes}
    for part in parts:
        found = sums[replace(taxed[part.number], supplier=None)]
        found[0] += part.amount_minor
        found[1] += part.tax_minor
    return tuple(
        TaxLine(
            treatment=key.treatment,
            rate_bp=key.rate_bp,
            taxable_minor=amount,
            tax_minor=tax,
            is_qualified=key.is_qualified,
        )
        for key, (amount, tax) in sums.items()
        if amount or tax
    )
