"""
Return invoices (適格返還請求書): what of an invoice was given back to an AI firm, and its tax.

A transfer gives back what the firm is owed again, the oldest first. Each part keeps the tax it was
charged with: of parts of one amount the taxes sum to that amount's, to the yen.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ledger.core.invoice import Invoice, PartyCopy, SupplierCopy, Taxed, TaxLine
from ledger.core.snapshot import UNSAID

#: Below this amount, tax included, no return invoice is needed (消費税法施行令70条の9).
NOTE_NEEDED_FROM_YEN = 10_000

#: What a firm had paid too much and gets back: no charge is returned with it.
OVERPAID = "overpaid"


@dataclass(frozen=True, kw_only=True)
class OwedAgain:
    """An amount that a firm is owed again, and which invoice had charged it, if one did."""

    kind: str  # "returned" (of an advance), "refund", "chargeback" or "overpaid"
    reference: str  # of the advance, or of the claim
    amount_minor: int  # tax-exclusive
    tax_minor: int
    invoice: Invoice | None
    holder: str | None = None  # whose work it had been charged for, where one is meant

    @property
    def total_minor(self) -> int:
        """What is owed again, tax included."""
        return self.amount_minor + self.tax_minor


@dataclass(frozen=True, kw_only=True)
class ReturnedLine:
    """One amount given back: for what, of which invoice, and how it had been taxed."""

    number: int
    kind: str
    reference: str
    invoice: str | None  # number of the invoice
    invoiced_on: date | None
    period_start: date | None
    period_end: date | None
    taxed: Taxed
    amount_minor: int  # tax-exclusive
    tax_minor: int
    #: Its part of the tax that the invoice had stated in yen, where it was in another currency.
    tax_yen: int | None = field(default=None, metadata={UNSAID: True})


@dataclass(frozen=True, kw_only=True)
class CreditNote:
    """A return invoice for one transfer to one AI firm. Amounts are what was given back."""

    number: str
    issuer: PartyCopy
    recipient: PartyCopy
    issued_on: date
    returned_on: date
    bank_reference: str
    currency: str
    lines: tuple[ReturnedLine, ...]
    taxes: tuple[TaxLine, ...]
    calculation_version: int
    input_hash: str  # SHA-256, lower-case hex
    #: Whose supplies were invoiced by the house as agent, and go back by it.
    suppliers: tuple[SupplierCopy, ...] | None = field(default=None, metadata={UNSAID: True})

    @property
    def subtotal_minor(self) -> int:
        """What was given back, tax-exclusive."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The consumption tax given back with it."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What was transferred."""
        return self.subtotal_minor + self.tax_minor


def returned_lines(
    owed: Iterable[OwedAgain], *, before_minor: int, amount_minor: int
) -> tuple[ReturnedLine, ...]:
    """
    Return what a transfer gives back, when ``before_minor`` was given back before it.

    The oldest is given back first; of an amount that one transfer does not cover, the next one
    gives back the rest. What the firm had paid too much was never charged, and has no line.
    """
    return tuple(_lines(owed, before_minor, before_minor + amount_minor))


def suppliers_of(
    owed: Iterable[OwedAgain], lines: Iterable[ReturnedLine]
) -> tuple[SupplierCopy, ...] | None:
    """Return whose supplies are given back, as their invoices named them; None where it is none."""
    copies = {
        (each.invoice.number, supplier.party.reference): supplier
        for each in owed
        if each.invoice is not None
        for supplier in each.invoice.suppliers or ()
    }
    named = {
        line.taxed.supplier: copies[line.invoice, line.taxed.supplier]
        for line in lines
        if line.invoice is not None and line.taxed.supplier is not None
    }
    return tuple(named.values()) or None


def taxes_of(lines: Iterable[ReturnedLine]) -> tuple[TaxLine, ...]:
    """Return what was given back by how it had been taxed."""
    sums: dict[Taxed, list[ReturnedLine]] = {}
    for line in lines:
        sums.setdefault(line.taxed, []).append(line)
    return tuple(
        TaxLine(
            treatment=taxed.treatment,
            rate_bp=taxed.rate_bp,
            taxable_minor=sum(line.amount_minor for line in alike),
            tax_minor=sum(line.tax_minor for line in alike),
            is_qualified=taxed.is_qualified,
            supplier=taxed.supplier,
            tax_yen=_sum_of_yen(alike),
        )
        for taxed, alike in sums.items()
    )


def _sum_of_yen(lines: Iterable[ReturnedLine]) -> int | None:
    stated = [line.tax_yen for line in lines if line.tax_yen is not None]
    return sum(stated) if stated else None


def _lines(owed: Iterable[OwedAgain], first: int, last: int) -> Iterator[ReturnedLine]:
    begins, number = 0, 0
    for each in owed:
        ends = begins + each.total_minor
        covered = (min(max(first, begins), ends) - begins, min(max(last, begins), ends) - begins)
        if covered[0] < covered[1] and each.kind != OVERPAID:
            number += 1
            taxes = [at * each.tax_minor // each.total_minor for at in covered]
            tax_minor = taxes[1] - taxes[0]
            line = _line(number, each, covered[1] - covered[0] - tax_minor, tax_minor)
            yield replace(line, tax_yen=_yen_between(each, taxes))
        begins = ends


def _yen_between(each: OwedAgain, taxes: Sequence[int]) -> int | None:
    """
    Return what of the tax that an invoice stated in yen goes back with a part of its tax.

    It is counted on the running total, so that all of the tax takes all of its yen along.
    """
    alike = [] if each.invoice is None else each.invoice.taxes
    stated = next((tax for tax in alike if tax.tax_yen is not None and tax.tax_minor), None)
    if stated is None or stated.tax_yen is None or not each.tax_minor:
        return None
    first, last = (tax * stated.tax_yen // stated.tax_minor for tax in taxes)
    return last - first


def _line(number: int, each: OwedAgain, amount_minor: int, tax_minor: int) -> ReturnedLine:
    invoice = each.invoice
    return ReturnedLine(
        number=number,
        kind=each.kind,
        reference=each.reference,
        invoice=None if invoice is None else invoice.number,
        invoiced_on=None if invoice is None else invoice.issued_on,
        period_start=None if invoice is None else invoice.period_start,
        period_end=None if invoice is None else invoice.period_end,
        taxed=_taxed(each),
        amount_minor=amount_minor,
        tax_minor=tax_minor,
    )


def _taxed(each: OwedAgain) -> Taxed:
    """Return how an amount had been taxed: as what its invoice taxes, or does not tax."""
    taxes = () if each.invoice is None else each.invoice.taxes
    alike = [tax.taxed for tax in taxes if bool(tax.rate_bp) == bool(each.tax_minor)]
    of_holder = [taxed for taxed in alike if taxed.supplier in (None, each.holder)]
    return next(
        iter(of_holder or alike),
        Taxed(treatment="standard" if each.tax_minor else "outside_scope", rate_bp=0),
    )
