"""
What a book says about itself, as frozen values: the two sides of everything that must agree.

The store loads them, by aggregates wherever it can; :mod:`ledger.core.invariants` compares.
Parties, subjects and documents are named by their references. Amounts are whole minor units.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.closing import RoyaltyLine
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.dunning_facts import ReminderFact, SuspensionFact
from ledger.core.event_total import EventTotal
from ledger.core.exchange_facts import PositionFact, TranslationFact
from ledger.core.file_facts import KeptFileFact
from ledger.core.receipt_facts import PaidInvoiceFact
from ledger.core.recoup_versions import VersionedGroup
from ledger.core.recoupment import Earned, RecoupState
from ledger.core.revision_facts import MovedFact, RevisionFact
from ledger.core.set_aside_facts import PayeeAdvanceFact, ReserveFact, SuspenseFact
from ledger.core.tax import PayeeTaxProfile
from ledger.core.top_up import Comparison, ReportedRevenue
from ledger.core.usage_facts import BatchFact, EventsFact, TotalsFact
from ledger.core.withholding_facts import RemittedFact, WithheldFact


@dataclass(frozen=True, kw_only=True)
class EntryFact:
    """One journal entry in one currency: how many postings it declares and has, its sides."""

    entry_id: int
    source: str
    asset: str
    declared_postings: int
    found_postings: int
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, kw_only=True)
class AccountFact:
    """One account: the balance the book keeps, and the sums of its postings."""

    account: str  # code, party and asset
    kept_debit_minor: int
    kept_credit_minor: int
    posted_debit_minor: int
    posted_credit_minor: int


@dataclass(frozen=True, kw_only=True)
class ControlFact:
    """An account, and what invoices, receipts, settlements and payouts make of it."""

    account: str
    posted_minor: int  # debits less credits
    expected_minor: int


@dataclass(frozen=True, kw_only=True)
class ClosedMonthFact:
    """A closed month: its royalty lines, and what was written into it last."""

    month: date
    closed_at: datetime
    input_hash: bytes
    generation_count: int
    found_generation_count: int
    last_recorded_at: datetime | None
    lines: tuple[RoyaltyLine, ...]
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InvoiceLineFact:
    """One line of an invoice beside the royalty line it is for."""

    amount_minor: int
    tax_minor: int
    royalty_minor: int
    licensor_country: str = "JP"
    recouped_minor: int = 0  # on the invoice
    set_off_minor: int = 0  # when the month was closed


@dataclass(frozen=True, kw_only=True)
class InvoicePrepaymentFact:
    """One prepayment on an invoice beside what was agreed or measured."""

    amount_minor: int
    tax_minor: int
    agreed_minor: int


@dataclass(frozen=True, kw_only=True)
class InvoiceFact:
    """The rows of one invoice, and what was received for it."""

    reference: str
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    received_minor: int
    lines: tuple[InvoiceLineFact, ...]
    prepayments: tuple[InvoicePrepaymentFact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeriesFact:
    """One series of document numbers: the counter, and the documents that have its numbers."""

    series: str
    last_number: int
    document_count: int
    lowest: int
    highest: int


@dataclass(frozen=True, kw_only=True)
class DocumentFact:
    """One document: its frozen text with the hash it had, and the figures of its rows."""

    reference: str
    kind: str  # "invoice" or "statement"
    snapshot: str
    snapshot_sha256: bytes
    figures: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class HolderFact:
    """What one rights holder's money became in one settlement."""

    month: date
    holder: str
    royalty_minor: int
    tax_minor: int
    invoiced_royalty_minor: int  # on the invoices that were paid
    invoiced_tax_minor: int
    fee_minor: int
    fee_tax_minor: int
    earned_minor: int
    earned_tax_minor: int
    deficit_in_minor: int
    deficit_out_minor: int
    set_aside_minor: int = 0  # net of what came back
    set_aside_tax_minor: int = 0
    found_set_aside_minor: int = 0  # in the rows of reserves, claims and suspense
    found_set_aside_tax_minor: int = 0
    sold_minor: int = 0  # what of the royalty the house sold for itself
    invoiced_sold_minor: int = 0
    fee_bp: int = 0
    margin_minor: int = 0  # what of the fee is its margin on that
    purchase_tax_minor: int = 0
    bought_from: str | None = None
    settled_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class SettlementFact:
    """One settlement: the cash its receipts brought, and what its rights holders' rows take in."""

    month: date
    received_minor: int
    taken_minor: int


@dataclass(frozen=True, kw_only=True)
class StatementFact:
    """The newest statement of one payee and settlement, beside its earnings and neighbors."""

    reference: str
    payee: str
    month: date
    previous_carried_out_minor: int
    carried_in_minor: int
    earned_minor: int
    found_earned_minor: int
    payable_minor: int
    carried_out_minor: int
    consumption_tax_minor: int
    withholding_minor: int
    payout_minor: int
    planned: "PayoutFact | None"  # None when nothing is paid
    advance_paid_minor: int = 0
    advance_recouped_minor: int = 0
    found_advance_paid_minor: int = 0
    found_advance_recouped_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class PayoutFact:
    """One planned payout, and what decides its taxes."""

    payee: str
    paid_on: date
    profile: PayeeTaxProfile
    supplies_minor: int
    passthrough_minor: int
    consumption_tax_minor: int
    withholding_base_minor: int
    withholding_minor: int
    payout_minor: int


@dataclass(frozen=True, kw_only=True)
class SourceFact:
    """What a closing wrote of one source of a group."""

    source: str
    carried_in_minor: int
    royalty_minor: int
    adjustment_minor: int
    recouped_minor: int
    payable_minor: int
    carried_out_minor: int


@dataclass(frozen=True, kw_only=True)
class RecoupedMonthFact:
    """What a closing wrote of a group, beside what the royalty lines say that it earned."""

    month: date
    earned: tuple[Earned, ...]
    sources: tuple[SourceFact, ...]
    state: RecoupState
    used_minor: int  # of prepayments, for royalty lines
    set_off_minor: int  # against royalty lines
    shortfall_minor: int


@dataclass(frozen=True, kw_only=True)
class PrepaymentFact:
    """An advance or a shortfall, and what of it was used."""

    reference: str
    amount_minor: int
    used_minor: int


@dataclass(frozen=True, kw_only=True)
class RecoupGroupFact:
    """A recoup group, its closed months in order, and its prepayments."""

    name: str
    group: VersionedGroup
    ends_on: date | None
    months: tuple[RecoupedMonthFact, ...]
    prepayments: tuple[PrepaymentFact, ...]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that is checked. Batches are in order of licensee and number, months of time."""

    entries: tuple[EntryFact, ...]
    accounts: tuple[AccountFact, ...]
    controls: tuple[ControlFact, ...]
    totals_that_differ: tuple[TotalsFact, ...]
    events_that_differ: tuple[EventsFact, ...]
    batches: tuple[BatchFact, ...]
    terms: ClosingTerms
    usage: tuple[UsageTotal, ...]
    events: tuple[EventTotal, ...]
    closed_months: tuple[ClosedMonthFact, ...]
    invoices: tuple[InvoiceFact, ...]
    series: tuple[SeriesFact, ...]
    documents: tuple[DocumentFact, ...]
    holders: tuple[HolderFact, ...]
    settlements: tuple[SettlementFact, ...]
    statements: tuple[StatementFact, ...]
    recoup_groups: tuple[RecoupGroupFact, ...] = ()
    payee_advances: tuple[PayeeAdvanceFact, ...] = ()
    reserves: tuple[ReserveFact, ...] = ()
    reported_revenues: tuple[ReportedRevenue, ...] = ()
    suspense: tuple[SuspenseFact, ...] = ()
    revisions: tuple[RevisionFact, ...] = ()
    moved: tuple[MovedFact, ...] = ()
    withheld: tuple[WithheldFact, ...] = ()
    remitted: tuple[RemittedFact, ...] = ()
    files_that_differ: tuple[KeptFileFact, ...] = ()
    paid_invoices: tuple[PaidInvoiceFact, ...] = ()
    reminders: tuple[ReminderFact, ...] = ()
    suspensions: tuple[SuspensionFact, ...] = ()
    translations: tuple[TranslationFact, ...] = ()
    positions: tuple[PositionFact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A place where two figures that must agree do not; both sides as text."""

    place: str
    expected: str
    found: str


def same(place: str, expected: object, found: object) -> Iterator[Violation]:
    """Yield the violation of two sides that differ; nothing when they agree."""
    if expected != found:
        yield Violation(place=place, expected=str(expected), found=str(found))
