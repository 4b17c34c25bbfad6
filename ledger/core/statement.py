"""
The payee's statement as frozen values: usage, receipts, waterfall, carry, tax, payout.

One statement per payee and closing month. It explains every yen from the AI firm's payment
to the payee's account; ``invoices/`` only sets it on paper.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ledger.core.exchange import RateCopy
from ledger.core.invoice import BankAccountCopy, PartyCopy
from ledger.core.snapshot import UNSAID
from ledger.core.terms import Basis
from ledger.core.usage import Modality, UseClass


@dataclass(frozen=True, kw_only=True)
class Translated:
    """An amount and its tax in another currency, what they are in yen, and by which rate."""

    amount_foreign: int  # whole minor units, tax-exclusive
    tax_foreign: int
    amount_yen: int
    tax_yen: int
    rate: RateCopy


@dataclass(frozen=True, kw_only=True)
class ForeignUsage:
    """A row of another currency: ``rate`` of the row is in it, and ``part_of`` what it is of."""

    currency: str
    part_of: int | None  # whole minor units
    parts: tuple[Translated, ...]  # one for each day on which some of it came in

    @property
    def amount_foreign(self) -> int:
        """All of it, tax-exclusive, in whole minor units of the currency."""
        return sum(each.amount_foreign for each in self.parts)


@dataclass(frozen=True, kw_only=True)
class UsageRow:
    """Royalty received for one subject, one AI firm, one rate line and one usage month."""

    title_ja: str
    title_en: str
    subject_reference: str
    licensee_ja: str
    licensee_en: str
    accrual_month: date
    basis: Basis
    modality: Modality | None
    use_class: UseClass | None
    generation_count: int
    quantity: Decimal
    rate: Decimal
    is_tiered: bool
    royalty_minor: int  # tax-exclusive, as invoiced and received
    #: What it was paid from: "invoice", "accrued" (an invoice, paid or not, under accrual terms),
    #: "recouped" (an advance), or, shared when a term was over, "shortfall" (of a guarantee) or
    #: "unrecouped" (the rest of an advance).
    paid_from: str = "invoice"
    is_top_up: bool = False  # to a share of revenue, ``rate`` percent of it; nothing is counted
    #: What was invoiced, where what was received is only a part of it, or another one.
    part_of_minor: int | None = field(default=None, metadata={UNSAID: True})
    #: What it was before it was translated, where the license is in another currency.
    foreign: ForeignUsage | None = field(default=None, metadata={UNSAID: True})


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One step of the committee's waterfall, in the order of the contract."""

    kind: str  # "fee", "royalty", "expense", "split", "deficit" or "pool"
    category: str  # "window_fee", "manager_fee", "original", "screenplay", "director", "music"…
    base_minor: int
    rate_bp: int | None  # None when the contract names an amount
    amount_minor: int
    payee_ja: str
    payee_en: str
    is_this_payee: bool


@dataclass(frozen=True, kw_only=True)
class EarningRow:
    """What this payee earned from one source: by right, by fee or by share."""

    category: str  # as StepRow.category, or "royalty" when paid directly, or "distribution"
    base_minor: int
    rate_bp: int | None
    amount_minor: int  # tax-exclusive
    tax_minor: int  # consumption tax that goes with it


@dataclass(frozen=True, kw_only=True)
class SetAsideRow:
    """What was set aside of a source's money; below zero what came back of what was."""

    kind: str
    reference: str  # the month that was held, or the claim that was borne
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class ClaimRow:
    """
    This payee's part of what several parties claim, tax apart; what waits is tax-exclusive.

    A release names the suspense of which it is, and its part is what comes back of that.
    """

    reference: str
    subject_reference: str
    title_ja: str
    title_en: str
    first_day: date
    last_day: date
    whole_minor: int
    claimed_bp: int
    amount_minor: int
    tax_minor: int
    suspended_minor: int
    is_release: bool


@dataclass(frozen=True, kw_only=True)
class ReserveRow:
    """A source's reserve from the month before to this one, tax-exclusive."""

    before_minor: int
    held_minor: int
    borne_minor: int
    released_minor: int
    after_minor: int


@dataclass(frozen=True, kw_only=True)
class StatementSection:
    """All that came from one holder of rights: the payee itself, or a committee."""

    source_ja: str
    source_en: str
    is_committee: bool
    preset: str | None  # "fees_first", "royalties_first" or None when paid directly
    usage: tuple[UsageRow, ...]
    receipts_minor: int  # sum of usage, tax-exclusive
    receipts_tax_minor: int  # consumption tax received with it
    admin_fee_bp: int
    admin_fee_minor: int
    admin_fee_tax_minor: int
    steps: tuple[StepRow, ...]
    earnings: tuple[EarningRow, ...]
    set_aside: tuple[SetAsideRow, ...] = ()
    reserve: ReserveRow | None = None
    claims: tuple[ClaimRow, ...] = ()
    #: What of the receipts the house sold for itself, its margin on that, and the tax it pays on
    #: what it buys of the source for it; None where it sold nothing of the source for itself.
    sold_minor: int | None = field(default=None, metadata={UNSAID: True})
    margin_minor: int | None = field(default=None, metadata={UNSAID: True})
    purchase_tax_minor: int | None = field(default=None, metadata={UNSAID: True})


@dataclass(frozen=True, kw_only=True)
class RefusalRow:
    """Usage that was reported but refused or held, so that the holder sees it."""

    title_ja: str
    title_en: str
    licensee_ja: str
    licensee_en: str
    decision: str  # "refused" or "held"
    reason: str
    generation_count: int


@dataclass(frozen=True, kw_only=True)
class AdvanceRow:
    """An advance of the payee's own: what was to be set off before, and what is from now on."""

    reference: str
    amount_minor: int
    before_minor: int
    paid_minor: int
    recouped_minor: int
    after_minor: int


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """How the balance becomes a payment: carry, threshold, tax, withholding."""

    carried_in_minor: int
    earned_minor: int
    minimum_payment_minor: int
    payable_minor: int  # tax-exclusive; 0 below the threshold
    carried_out_minor: int
    consumption_tax_minor: int
    withholding_base_minor: int
    withholding_minor: int
    payout_minor: int  # payable + tax - withholding
    hold_reason: str | None  # why something is carried that the figures alone do not explain
    advance_paid_minor: int = 0  # paid ahead with this statement
    advance_recouped_minor: int = 0  # set off against advances


@dataclass(frozen=True, kw_only=True)
class CorrectedRow:
    """What a revision of a statement adds to what was earned; below zero it takes that away."""

    number: str  # of the revision
    category: str
    source_ja: str
    source_en: str
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that a revision says otherwise than the statement before it."""

    part: str  # "payee", "issuer" or "earning"
    field: str  # of a party as PartyCopy names it; of an earning "amount" or "tax"
    change: str  # "added", "removed" or "changed"
    before: str  # as it was printed; "" of amounts
    after: str
    category: str = ""
    source_ja: str = ""
    source_en: str = ""
    before_minor: int | None = None
    after_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class Revised:
    """The statement that a revision takes the place of, why, by whom, and what differs."""

    number: str
    revision: int
    issued_on: date
    reason: str
    revised_by: str
    differences: tuple[Difference, ...]
    moved: tuple[CorrectedRow, ...]  # by this revision and all before it
    moved_now_minor: int  # by this one; the next settlement takes it in
    moved_now_tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A royalty statement for one payee and one closing month."""

    number: str
    revision: int
    issuer: PartyCopy
    payee: PartyCopy
    closing_month: date
    usage_months: tuple[date, ...]
    issued_on: date
    pay_on: date
    currency: str
    sections: tuple[StatementSection, ...]
    refusals: tuple[RefusalRow, ...]
    settlement: Settlement
    pay_to: BankAccountCopy | None
    calculation_version: int
    input_hash: str
    advances: tuple[AdvanceRow, ...] = ()
    corrected: tuple[CorrectedRow, ...] = ()  # by revisions since the last settlement, brought in
    revises: Revised | None = None
