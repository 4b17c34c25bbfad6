"""
What the book has about an amount, as it is read for an explanation and before it is set out.

Parties, documents and lines are named by their references. Records whose fields grow with the
terms they hold (rate lines, steps, figures of statements) stay plain, with exact text in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from ledger.core.correction import History, Identity
from ledger.core.tax import WithholdingBase
from ledger.core.top_up import Comparison

Record = Mapping[str, Any]


class View(StrEnum):
    """Through whose eyes an explanation is read."""

    HOUSE = "house"  # everything
    FIRM = "firm"  # its own usage and charges, up to the payment of its invoice
    PAYEE = "payee"  # what it earned, from the royalty line to its own payout


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who asks: a party by its key and reference; the house has neither."""

    id: int | None = None
    reference: str | None = None

    def view_of(self, licensee_id: int) -> View:
        """Return how this reader sees what a licensee used."""
        if self.id is None:
            return View.HOUSE
        return View.FIRM if self.id == licensee_id else View.PAYEE


@dataclass(frozen=True, kw_only=True)
class TermsFact:
    """The terms that priced something: the clause, its version, the line of the rate card."""

    license: str
    clause: str
    version: int
    effective_from: datetime
    currency: str
    recognition: str  # "cash" or "accrual": by what a line is divided
    rate_line: Record  # the columns of the rate line
    tiers: tuple[tuple[Decimal | None, Decimal], ...]


@dataclass(frozen=True, kw_only=True)
class BilledFact:
    """The invoice that took a line, the line's place on it, and what became of it."""

    invoice: str
    number: int
    amount_minor: int
    asked_minor: int  # less what was paid in advance
    capacity: str  # in which the house billed it
    tax_minor: int  # the line's part of the invoice's tax
    issued_on: date
    due_on: date
    received_on: date | None  # the last day on which something was
    received_minor: int
    received_tax_minor: int
    settlement_ids: tuple[int, ...]  # that divided the money


@dataclass(frozen=True, kw_only=True)
class LineFact:
    """One royalty line with all that it was computed from."""

    id: int
    reference: str
    licensee_id: int
    licensee: str
    holder_id: int
    holder: str
    subject_id: int
    subject: str
    title_ja: str
    title_en: str
    month: date
    closing_month: date
    currency: str
    terms: TermsFact
    generation_count: int
    quantity: Decimal
    counter_before: Decimal
    steps: tuple[Record, ...]
    exact: Fraction
    rounding: str
    amount_minor: int
    input_hash: bytes
    closed_at: datetime
    batch_count: int
    first_batch: int | None
    last_batch: int | None
    of_same_use: tuple[tuple[str, date, int], ...]  # other lines: reference, closing, amount
    billed: BilledFact | None
    compared: Comparison | None = None  # of a top-up


@dataclass(frozen=True, kw_only=True)
class InvoiceFact:
    """An invoice with its taxes, and the payment of it."""

    document_id: int
    reference: str
    licensee_id: int
    licensee: str
    month: date
    issued_on: date
    due_on: date
    currency: str
    snapshot: Record
    snapshot_sha256: bytes
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    receipts: tuple["ReceiptFact", ...]
    unpaid: tuple["UnpaidFact", ...] = ()

    @property
    def received_on(self) -> date | None:
        """The last day on which something was received."""
        return max((each.received_on for each in self.receipts), default=None)


@dataclass(frozen=True, kw_only=True)
class UnpaidFact:
    """What was done because an invoice was not paid: a reminder in some tone, or a suspension."""

    day: date
    what: str  # "reminder_" with its tone, or "license_suspended"
    license: str | None  # that was suspended
    open_minor: int
    lifted_on: date | None


@dataclass(frozen=True, kw_only=True)
class ReceiptFact:
    """What pays an invoice, or a part of it."""

    received_on: date
    amount_minor: int
    bank_fee_minor: int  # of it, borne by the house
    channel: str | None  # None for what the firm had over
    external_reference: str | None
    settled_month: date | None


@dataclass(frozen=True, kw_only=True)
class EarningFact:
    """What one payee earned of one division, for one reason."""

    payee_id: int
    payee: str
    record: Record  # kind, category, base, rate, amount, tax


@dataclass(frozen=True, kw_only=True)
class DivisionFact:
    """How one rights holder's money of one closing month was divided."""

    settlement_id: int
    closing_month: date
    holder_id: int
    holder: str
    currency: str
    waterfall_version: int | None
    preset: str | None
    receipts_minor: int
    receipts_tax_minor: int
    admin_fee_bp: int
    admin_fee_minor: int
    admin_fee_tax_minor: int
    sold_minor: int  # what of the receipts the house sold for itself
    margin_minor: int  # what of the fee is its margin on that
    purchase_tax_minor: int
    bought_from: str | None  # how it stands to tax; None where it sold nothing for itself
    carried: Record  # deficits and distributions, before and after
    steps: tuple[Record, ...]
    earnings: tuple[EarningFact, ...]
    set_aside: tuple[Record, ...] = ()  # movements: kind, party, amount, tax, reference
    translations: tuple[Record, ...] = ()  # parts of lines that came in in other currencies

    @property
    def source(self) -> str:
        """The source of the settlement's entries."""
        return f"SET-{self.closing_month:%Y-%m}"


@dataclass(frozen=True, kw_only=True)
class PayoutFact:
    """A payee's part of a payout run."""

    run: str
    pay_on: date
    released_at: datetime | None
    supplies_minor: int
    passthrough_minor: int
    consumption_tax_minor: int
    withholding_base_minor: int
    withholding_minor: int
    payout_minor: int
    approved_by: str | None = None
    cancelled_at: datetime | None = None
    confirmed_on: date | None = None
    returned_on: date | None = None
    return_reason: str | None = None
    replaces: str | None = None  # the run that should have paid it
    paid_again_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class StatementFact:
    """A payee's statement, what decides its tax, and the payout that came of it."""

    reference: str
    settlement_id: int
    payee_id: int
    payee: str
    closing_month: date
    revision: int
    issued_on: date
    currency: str
    snapshot: Record
    snapshot_sha256: bytes
    treaty_rate_bp: int | None
    treaty_form_filed_on: date | None
    withholding_base: WithholdingBase
    payout: PayoutFact | None


class PostingFact(NamedTuple):
    """One posting; accounts by their codes, with the party each is kept for, if for one."""

    debit: str
    debtor: str | None
    credit: str
    creditor: str | None
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class EntryFact:
    """A journal entry, with those of its postings that concern somebody."""

    id: int
    kind: str
    posted_on: date
    source: str
    currency: str
    postings: tuple[PostingFact, ...]


@dataclass(frozen=True, kw_only=True)
class ProofFact:
    """Where something stands in its licensee's log, with all leaves of its batch."""

    batch_number: int
    position: int
    leaves: tuple[bytes, ...]
    root: bytes
    previous_head: bytes
    head: bytes
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class GenerationFact:
    """One generation with its corrections and its proofs, and what prices it."""

    licensee: str
    identity: Identity
    history: History
    terms: Mapping[int, TermsFact]  # by rate line
    repriced: Mapping[int, int]  # the rate lines that later terms put in place of others
    #: The lines that count it, by rate line and subject, as far as closed.
    lines: Mapping[tuple[int, int], tuple[LineFact, ...]]
    proofs: tuple[ProofFact, ...]  # of the report, and of each correction
