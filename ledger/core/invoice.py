"""
The invoice as frozen values: what was agreed, used and taxed, as it stood when issued.

An invoice carries its own copy of names, addresses and wording sources, so that nothing a
party changes later can change a document that was sent. The Act's six items (消費税法57条の4)
are all fields here; ``invoices/`` turns them into bytes and adds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ledger.core.capacity import Capacity
from ledger.core.closing import Cause
from ledger.core.exchange import RateCopy
from ledger.core.money import Rounding, round_to_minor, take_bp
from ledger.core.snapshot import UNSAID
from ledger.core.terms import Basis
from ledger.core.top_up import Comparison
from ledger.core.usage import Modality, UseClass


@dataclass(frozen=True, kw_only=True)
class PartyCopy:
    """A party as it stood on the day a document was issued."""

    reference: str
    kind: str  # "company", "individual" or "committee": decides 御中 or 様.
    name_ja: str
    name_en: str
    postal_code: str
    address_ja: str
    address_en: str
    country: str  # ISO 3166-1 alpha-2
    registration_number: str | None  # "T" + 13 digits when registered on the supply date
    language: str  # "ja" or "en": which one comes first for this reader
    #: A company's 法人番号, by which e-invoices are addressed to it; documents before had none.
    corporate_number: str | None = field(default=None, metadata={UNSAID: True})
    #: Whether Japanese years are those of an era; None where nothing was agreed.
    in_eras: bool | None = field(default=None, metadata={UNSAID: True})
    #: The language whose text decides where the two differ; None is Japanese.
    authoritative: str | None = field(default=None, metadata={UNSAID: True})


@dataclass(frozen=True, kw_only=True)
class BankAccountCopy:
    """A bank account as it stood on the day a document was issued."""

    bank_code: str
    bank_name_ja: str
    bank_name_en: str
    branch_code: str
    branch_name_ja: str
    branch_name_en: str
    account_type: str  # "ordinary", "current" or "savings"; abroad "iban" or "number"; "stripe"
    number: str
    holder_kana: str  # in Latin letters abroad
    #: Of a bank abroad, which has neither Japanese codes nor a branch.
    bic: str | None = field(default=None, metadata={UNSAID: True})
    bank_country: str | None = field(default=None, metadata={UNSAID: True})

    @property
    def is_at_stripe(self) -> bool:
        """Whether it is no bank's, and paid by transfers of Stripe."""
        return self.account_type == "stripe"


@dataclass(frozen=True, kw_only=True)
class AdjustedLine:
    """What a line adjusts and why: the month of use, and the line that charged it, if one did."""

    month: date
    cause: Cause
    invoice: str | None  # number of the invoice
    number: int | None  # of the line on it


@dataclass(frozen=True, kw_only=True)
class RevenueCompared:
    """A share of a month's revenue beside what its units come to; a line is a part of the rest."""

    month: date
    percent: Decimal
    base: str  # "net_revenue" or "gross_revenue"
    revenue: Decimal  # in major units
    revenue_currency: str
    fx_source: str | None  # None where nothing was exchanged
    fx_rate: Fraction | None
    fx_on: date | None  # the latest day whose published rate it follows from
    is_fx_carried: bool  # that is before the day that the terms mean
    share_minor: int
    per_unit_minor: int


@dataclass(frozen=True, kw_only=True)
class Taxed:
    """How something on an invoice is taxed; what is taxed alike is rounded together."""

    treatment: str  # "standard", "reduced", "export_exempt" or "outside_scope"
    rate_bp: int
    is_qualified: bool = True  # False where tax is charged for somebody who is not registered
    #: Whose supply it is, where the house bills as an agent: each supplier's is rounded apart.
    supplier: str | None = field(default=None, metadata={UNSAID: True})


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One line of charge: one subject under one rate line of one terms version, one month."""

    number: int
    subject_reference: str
    title_ja: str
    title_en: str
    license_reference: str
    clause_reference: str
    rate_line_id: int
    basis: Basis
    modality: Modality | None  # None for a fixed fee
    use_class: UseClass | None
    generation_count: int
    quantity: Decimal
    rate: Decimal  # per unit in minor units, or percent, or the monthly amount
    is_tiered: bool
    exact: str  # the exact amount before rounding, as a fraction "a/b" or whole number text
    amount_minor: int  # tax-exclusive
    adjusts: AdjustedLine | None = None  # of usage told after its month was closed
    recouped_minor: int = 0  # what of the amount was paid before, in advance
    top_up: RevenueCompared | None = None  # what the units of its grant lack to a share of revenue
    taxed: Taxed | None = field(default=None, metadata={UNSAID: True})  # None: as all the invoice

    @property
    def is_top_up(self) -> bool:
        """Tell whether it is what units lack to a share of revenue, so that it counts nothing."""
        return self.top_up is not None

    @property
    def payable_minor(self) -> int:
        """What the line asks for."""
        return self.amount_minor - self.recouped_minor


@dataclass(frozen=True, kw_only=True)
class PrepaymentLine:
    """An advance, or what a guarantee lacks at a checkpoint, as it is billed."""

    number: int
    license_reference: str
    reference: str
    kind: str  # "guaranteed", "repayable" or "shortfall"
    due_on: date
    target_minor: int | None  # of a shortfall
    credited_minor: int | None
    amount_minor: int  # tax-exclusive
    taxed: Taxed | None = field(default=None, metadata={UNSAID: True})  # None: as all the invoice


@dataclass(frozen=True, kw_only=True)
class SetOff:
    """What the royalty on an invoice recouped of one prepayment, and what is left to recoup."""

    license_reference: str
    reference: str
    kind: str
    amount_minor: int  # all that was prepaid
    recouped_minor: int
    left_minor: int


@dataclass(frozen=True, kw_only=True)
class TaxLine:
    """Tax of one rate: rounded once per rate per invoice (消費税法施行令70条の10)."""

    treatment: str  # "standard", "reduced", "export_exempt" or "outside_scope"
    rate_bp: int
    taxable_minor: int
    tax_minor: int
    is_qualified: bool = True  # False: its suppliers are not all registered
    #: The tax in yen, where it is charged in another currency.
    tax_yen: int | None = field(default=None, metadata={UNSAID: True})
    supplier: str | None = field(default=None, metadata={UNSAID: True})  # as Taxed has it

    @property
    def taxed(self) -> Taxed:
        """What all that is summed here has in common."""
        return Taxed(
            treatment=self.treatment,
            rate_bp=self.rate_bp,
            is_qualified=self.is_qualified,
            supplier=self.supplier,
        )


@dataclass(frozen=True, kw_only=True)
class CorrectedText:
    """A text that was wrong on an invoice, as it was printed and as it is now."""

    part: str  # "issuer", "recipient", "supplier" or "line"
    field: str  # as PartyCopy or InvoiceLine name it
    number: int | None  # of the line
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Corrects:
    """The invoice in whose place a corrected one is issued, why, by whom, and what differs."""

    number: str
    issued_on: date
    reason: str
    corrected_by: str
    texts: tuple[CorrectedText, ...]


@dataclass(frozen=True, kw_only=True)
class SupplierCopy:
    """
    A rights holder whose own supply is on an invoice, as it stood on the day of the supply.

    A committee is told with its members: each is the supplier of its part (消費税法57条の6).
    """

    party: PartyCopy
    members: tuple[PartyCopy, ...] = ()

    @property
    def is_registered(self) -> bool:
        """Tell whether it is; a committee is while all its members are."""
        return all(each.registration_number for each in self.members or (self.party,))


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """A qualified invoice for one licensee and one usage month."""

    number: str
    issuer: PartyCopy
    recipient: PartyCopy
    issued_on: date
    due_on: date
    period_start: date  # first day of use
    period_end: date  # last day of use, included, as it is printed
    currency: str
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxLine, ...]
    tax_rounding: Rounding
    pay_to: BankAccountCopy
    on_behalf: bool  # issued under 媒介者交付特例 for registered principals
    calculation_version: int
    input_hash: str  # SHA-256, lower-case hex
    prepayments: tuple[PrepaymentLine, ...] = ()
    set_offs: tuple[SetOff, ...] = ()
    corrects: Corrects | None = field(default=None, metadata={UNSAID: True})
    #: By which the tax is stated in yen, where it is charged in another currency.
    yen_rate: RateCopy | None = field(default=None, metadata={UNSAID: True})
    #: None on invoices from before there was a choice: the house stands between both.
    capacity: Capacity | None = field(default=None, metadata={UNSAID: True})
    #: Whose supplies they are where the house is an agent, in the order of their first lines.
    suppliers: tuple[SupplierCopy, ...] | None = field(default=None, metadata={UNSAID: True})

    @property
    def royalty_minor(self) -> int:
        """Sum of the royalty lines before anything is set off, tax-exclusive."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def recouped_minor(self) -> int:
        """What of the royalty was paid in advance."""
        return sum(line.recouped_minor for line in self.lines)

    @property
    def subtotal_minor(self) -> int:
        """What the lines and prepayments ask for, tax-exclusive."""
        prepaid = sum(each.amount_minor for each in self.prepayments)
        return self.royalty_minor - self.recouped_minor + prepaid

    @property
    def is_mixed(self) -> bool:
        """Tell whether lines are taxed in more ways than one, so that each says which."""
        return len({replace(tax.taxed, supplier=None) for tax in self.taxes}) > 1

    @property
    def tax_minor(self) -> int:
        """Consumption tax over all rates."""
        return sum(tax.tax_minor for tax in self.taxes)

    @property
    def total_minor(self) -> int:
        """What is to be paid, tax included."""
        return self.subtotal_minor + self.tax_minor


def revenue_compared(comparison: Comparison) -> RevenueCompared:
    """Return what a document says of a comparison that was charged for."""
    assert comparison.revenue is not None, "unknown revenue is held"
    assert comparison.share is not None
    exchange = comparison.exchange
    return RevenueCompared(
        month=comparison.of.month,
        percent=comparison.percent,
        base=comparison.base,
        revenue=comparison.revenue,
        revenue_currency=comparison.revenue_currency,
        fx_source=comparison.fx_source,
        fx_rate=None if exchange is None else exchange.rate,
        fx_on=None if exchange is None else max(each.on for each in exchange.used),
        is_fx_carried=exchange is not None and exchange.is_carried,
        share_minor=round_to_minor(comparison.share, comparison.rounding),
        per_unit_minor=comparison.per_unit_minor,
    )


def tax_lines(
    *,
    lines: Sequence[InvoiceLine],
    prepayments: Sequence[PrepaymentLine] = (),
    otherwise: Taxed,
    rounding: Rounding,
) -> tuple[TaxLine, ...]:
    """
    Return the tax of an invoice: of what is taxed alike together, each rounded once.

    ``otherwise`` is how a line is taxed that does not say. What was paid in advance was taxed
    with the advance, and is not taxed again. What each supplier supplies is by itself, and the
    largest rates come first.
    """
    asked = [(line.taxed or otherwise, line.payable_minor) for line in lines]
    asked += [(each.taxed or otherwise, each.amount_minor) for each in prepayments]
    sums: dict[Taxed, int] = {}
    for taxed, minor in asked or [(otherwise, 0)]:
        sums[taxed] = sums.get(taxed, 0) + minor
    return tuple(
        TaxLine(
            treatment=taxed.treatment,
            rate_bp=taxed.rate_bp,
            taxable_minor=taxable,
            tax_minor=take_bp(taxable, taxed.rate_bp, rounding),
            is_qualified=taxed.is_qualified,
            supplier=taxed.supplier,
        )
        for taxed, taxable in sorted(sums.items(), key=lambda each: _place(each[0]))
    )


def _place(taxed: Taxed) -> tuple[str, int, bool, str]:
    return taxed.supplier or "", -taxed.rate_bp, not taxed.is_qualified, taxed.treatment
