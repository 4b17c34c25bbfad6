"""
The payment notice as frozen values: what one payment to a payee is for, its taxes, what is left.

One notice per payment. It is the statement of purchase (仕入明細書, 消費税法30条9項3号) where the
payee is registered, a plain notice where it is not, and a statement without consumption tax where
it lives abroad. Nothing is computed anew: tax and withholding are those of the payment.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.core.invoice import BankAccountCopy, PartyCopy


class NoticeForm(StrEnum):
    """What a notice is, by how its payee stands to consumption tax."""

    PURCHASE_STATEMENT = "purchase_statement"  # 支払通知書兼仕入明細書
    PAYMENT_NOTICE = "payment_notice"  # 支払通知書
    ABROAD = "abroad"


class RowKind(StrEnum):
    """What a row of a notice is."""

    EARNING = "earning"
    CARRIED_IN = "carried_in"  # earned before, tax included in its own column
    CARRIED_OUT = "carried_out"
    ADVANCE_PAID = "advance_paid"
    ADVANCE_RECOUPED = "advance_recouped"


class Supply(StrEnum):
    """How an amount stands to consumption tax."""

    STANDARD = "standard"
    EXPORT_EXEMPT = "export_exempt"
    SHARED = "shared"  # divided of what came in, the tax likewise: of a committee, or by a claim
    UNREGISTERED = "unregistered"
    OUTSIDE_SCOPE = "outside_scope"


@dataclass(frozen=True, kw_only=True)
class NoticeRow:
    """One reason for which is paid, or what comes off; the rows add up to what is paid."""

    number: int
    kind: RowKind
    source_ja: str  # the rights holder, or the committee
    source_en: str
    category: str  # as on the statement; "" of what was not earned
    supply: Supply
    exempt_minor: int  # what of the amount is for firms abroad, and exempt as an export
    gross_minor: int | None  # received for the source; once for each
    fee_minor: int | None  # what the house took of it
    rate_bp: int | None
    amount_minor: int  # tax-exclusive
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class NoticeTax:
    """What is paid under one treatment, and the consumption tax paid with it."""

    supply: Supply
    rate_bp: int
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class WithheldStep:
    """A part of what is withheld: ``amount_minor`` is ``rate_bp`` of ``base_minor``."""

    code: str  # of ledger.core.tax.StepCode
    base_minor: int
    rate_bp: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class TransitionalCredit:
    """How much of the tax in what is paid the payer may deduct (平成28年改正法附則52条・53条)."""

    percent: int  # 0 above what may be taken from one supplier a year
    completed_on: date
    amount_minor: int  # tax-inclusive


@dataclass(frozen=True, kw_only=True)
class ReplacedNotice:
    """The notice in whose place a corrected one is issued, why, and by whom."""

    number: str
    issued_on: date
    reason: str
    corrected_by: str


@dataclass(frozen=True, kw_only=True)
class PaymentNotice:
    """What a payee is told about one payment."""

    number: str
    revision: int
    form: NoticeForm
    issuer: PartyCopy
    payee: PartyCopy
    issued_on: date
    paid_on: date
    run: str  # the payout run
    statement: str  # number of the usage statement the payment follows from
    statement_issued_on: date
    closing_month: date
    period_start: date  # of use, first day
    period_end: date  # last day, included
    currency: str
    rows: tuple[NoticeRow, ...]
    taxes: tuple[NoticeTax, ...]
    payable_minor: int
    consumption_tax_minor: int
    withholding_base_minor: int
    withholding_minor: int
    withheld: tuple[WithheldStep, ...]
    treaty_form_filed_on: date | None  # of the relief that was used
    payout_minor: int
    pay_to: BankAccountCopy
    credits: tuple[TransitionalCredit, ...]
    confirm_within_days: int | None  # the agreed clause; None where none was agreed
    calculation_version: int
    input_hash: str
    replaces: ReplacedNotice | None = None
