"""
The notice of one payment, set out from the statement it follows from and from what was paid.

Everything here is arrangement: which row bears tax how, and what the payer may deduct. The sums
are those of the payout. A row is of the standard rate where its tax is the rate of it, rounded
once; what was divided of a committee's tax, or of several firms', says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledger.core.document_length import check_length
from ledger.core.earning import BY_CLAIM, EarningCategory
from ledger.core.money import Rounding, take_bp
from ledger.core.notice import (
    NoticeForm,
    NoticeRow,
    NoticeTax,
    PaymentNotice,
    ReplacedNotice,
    RowKind,
    Supply,
    TransitionalCredit,
    WithheldStep,
)
from ledger.core.period import Month
from ledger.core.snapshot import sha256_of, to_json
from ledger.core.statement import EarningRow, Statement, StatementSection
from ledger.core.tax import PayeeTaxProfile, StepCode, consumption_tax_rate_bp, payout_tax
from ledger.core.transitional import transitional_credits

#: Moved on when the same inputs would give other rows.
CALCULATION_VERSION = 1

_WITHHELD = frozenset(
    {
        StepCode.WITHHOLDING_RESIDENT,
        StepCode.WITHHOLDING_NON_RESIDENT,
        StepCode.WITHHOLDING_TREATY,
    }
)


@dataclass(frozen=True, kw_only=True)
class Paid:
    """One payment, and what decides how it is told of."""

    statement: Statement  # the newest revision
    settled_on: date  # the day of the first: of the registration and of the rate
    run: str
    paid_on: date
    profile: PayeeTaxProfile  # as of the payment
    exempt_minor: int  # royalty received by the payee for itself of firms abroad
    bought_before_minor: int  # paid to the payee in the year before, tax included
    confirm_within_days: int | None


def draft(
    paid: Paid,
    *,
    number: str,
    issued_on: date,
    revision: int = 1,
    replaces: ReplacedNotice | None = None,
) -> PaymentNotice:
    """
    Set out the notice of a payment.

    :raises DocumentTooLong: it would have more rows than a document may.
    :raises RateNotKnown: the tables have no rate for a day.
    """
    statement, settled = paid.statement, paid.statement.settlement
    assert statement.pay_to is not None, "what is paid goes somewhere"
    form = form_of(statement)
    dated = tuple(_rows(paid, form))
    rows = tuple(replace(row, number=place) for place, (row, _) in enumerate(dated, start=1))
    check_length(len(rows), party=statement.payee.reference)
    withheld = tuple(_withheld(paid))
    is_treaty = any(step.code == StepCode.WITHHOLDING_TREATY for step in withheld)
    period = _period(statement)
    return PaymentNotice(
        number=number,
        revision=revision,
        form=form,
        issuer=statement.issuer,
        payee=statement.payee,
        issued_on=issued_on,
        paid_on=paid.paid_on,
        run=paid.run,
        statement=statement.number,
        statement_issued_on=statement.issued_on,
        closing_month=statement.closing_month,
        period_start=period[0],
        period_end=period[1],
        currency=statement.currency,
        rows=rows,
        taxes=_taxes(rows, _rate_bp(paid)),
        payable_minor=settled.payable_minor,
        consumption_tax_minor=settled.consumption_tax_minor,
        withholding_base_minor=settled.withholding_base_minor,
        withholding_minor=settled.withholding_minor,
        withheld=withheld,
        treaty_form_filed_on=paid.profile.treaty_form_filed_on if is_treaty else None,
        payout_minor=settled.payout_minor,
        pay_to=statement.pay_to,
        credits=_credits(paid, dated),
        confirm_within_days=paid.confirm_within_days,
        calculation_version=CALCULATION_VERSION,
        input_hash=sha256_of(to_json((statement.input_hash, paid.run, rows, withheld))).hex(),
        replaces=replaces,
    )


def differs(before: PaymentNotice, paid: Paid) -> bool:
    """Tell whether a payment would be told of otherwise than it was."""
    again = draft(
        paid,
        number=before.number,
        issued_on=before.issued_on,
        revision=before.revision,
        replaces=before.replaces,
    )
    return again != before


def form_of(statement: Statement) -> NoticeForm:
    """Return what the notice of a statement's payment is, by its payee as it was settled."""
    if statement.payee.country != "JP":
        return NoticeForm.ABROAD
    is_registered = statement.payee.registration_number is not None
    return NoticeForm.PURCHASE_STATEMENT if is_registered else NoticeForm.PAYMENT_NOTICE


def _rows(paid: Paid, form: NoticeForm) -> Iterator[tuple[NoticeRow, date]]:
    """Yield what is paid for, and on which day each was completed."""
    statement, settled = paid.statement, paid.statement.settlement
    closing, earned_tax = Month.of_day(statement.closing_month), 0
    for section in statement.sections:
        used = [row.accrual_month for row in section.usage] or [closing.first_day]
        completed_on = Month.of_day(max(used)).last_day
        for place, earning in enumerate(section.earnings):
            earned_tax += earning.tax_minor
            row = _earning_row(paid, form, section, earning, is_first=place == 0)
            yield row, completed_on
    # What is carried has its tax in one sum with what is paid.
    carried_tax = settled.consumption_tax_minor - earned_tax
    for kind, amount_minor in (
        (RowKind.CARRIED_IN, settled.carried_in_minor),
        (RowKind.CARRIED_OUT, -settled.carried_out_minor),
    ):
        is_last = kind is RowKind.CARRIED_OUT or settled.carried_out_minor == 0
        tax_minor = carried_tax if amount_minor or is_last else 0
        carried_tax -= tax_minor
        if amount_minor or tax_minor:
            supply = _supply(paid, form, amount_minor, tax_minor, divided=False)
            row = _bare_row(kind, supply, amount_minor, tax_minor)
            yield row, closing.previous().last_day
    for kind, amount_minor in (
        (RowKind.ADVANCE_PAID, settled.advance_paid_minor),
        (RowKind.ADVANCE_RECOUPED, -settled.advance_recouped_minor),
    ):
        if amount_minor:
            yield _bare_row(kind, Supply.OUTSIDE_SCOPE, amount_minor, 0), closing.last_day


def _earning_row(
    paid: Paid, form: NoticeForm, section: StatementSection, earning: EarningRow, *, is_first: bool
) -> NoticeRow:
    is_own = earning.category == EarningCategory.ROYALTY
    is_registered = form is NoticeForm.PURCHASE_STATEMENT
    exempt_minor = paid.exempt_minor if is_own and is_registered else 0
    divided = earning.category == EarningCategory.DISTRIBUTION or earning.category in BY_CLAIM
    taxed_minor = earning.amount_minor - exempt_minor
    supply = _supply(paid, form, taxed_minor, earning.tax_minor, divided=divided)
    if exempt_minor and supply is not Supply.STANDARD:
        exempt_minor = 0
    # What the house bought for itself is a price; its margin is no part of what it is told of.
    tells_fee = is_first and section.sold_minor is None
    return NoticeRow(
        number=0,
        kind=RowKind.EARNING,
        source_ja=section.source_ja,
        source_en=section.source_en,
        category=earning.category,
        supply=Supply.EXPORT_EXEMPT if exempt_minor and not taxed_minor else supply,
        exempt_minor=exempt_minor,
        gross_minor=section.receipts_minor if tells_fee else None,
        fee_minor=section.admin_fee_minor if tells_fee else None,
        rate_bp=earning.rate_bp,
        amount_minor=earning.amount_minor,
        tax_minor=earning.tax_minor,
    )


def _bare_row(kind: RowKind, supply: Supply, amount_minor: int, tax_minor: int) -> NoticeRow:
    return NoticeRow(
        number=0,
        kind=kind,
        source_ja="",
        source_en="",
        category="",
        supply=supply,
        exempt_minor=0,
        gross_minor=None,
        fee_minor=None,
        rate_bp=None,
        amount_minor=amount_minor,
        tax_minor=tax_minor,
    )


def _supply(
    paid: Paid, form: NoticeForm, taxed_minor: int, tax_minor: int, *, divided: bool
) -> Supply:
    """Return how an amount stands to consumption tax; the rate's where its tax is that."""
    if form is NoticeForm.ABROAD:
        return Supply.OUTSIDE_SCOPE
    if form is NoticeForm.PAYMENT_NOTICE:
        return Supply.SHARED if divided else Supply.UNREGISTERED
    rate_bp = _rate_bp(paid)
    least = take_bp(taxed_minor, rate_bp, Rounding.FLOOR)
    if least <= tax_minor <= take_bp(taxed_minor, rate_bp, Rounding.CEILING):
        return Supply.STANDARD
    return Supply.SHARED


def _rate_bp(paid: Paid) -> int:
    return consumption_tax_rate_bp(on=paid.settled_on)


def _taxes(rows: Sequence[NoticeRow], rate_bp: int) -> tuple[NoticeTax, ...]:
    """Return what is paid under each treatment, in the order of :class:`Supply`."""
    taxable: dict[Supply, int] = defaultdict(int)
    tax: dict[Supply, int] = defaultdict(int)
    for row in rows:
        taxable[row.supply] += row.amount_minor
        tax[row.supply] += row.tax_minor
        if row.exempt_minor and row.supply is not Supply.EXPORT_EXEMPT:
            taxable[row.supply] -= row.exempt_minor
            taxable[Supply.EXPORT_EXEMPT] += row.exempt_minor
    return tuple(
        NoticeTax(
            supply=supply,
            rate_bp=rate_bp if supply is Supply.STANDARD else 0,
            taxable_minor=taxable[supply],
            tax_minor=tax[supply],
        )
        for supply in Supply
        if supply in taxable
    )


def _withheld(paid: Paid) -> Iterator[WithheldStep]:
    """Yield the steps of what was withheld; none where a party was entered anew since."""
    settled = paid.statement.settlement
    if not settled.withholding_base_minor:
        return
    tax = payout_tax(
        profile=paid.profile,
        supplies_minor=0,
        passthrough_minor=settled.withholding_base_minor,
        paid_on=paid.paid_on,
    )
    if tax.withholding_minor == settled.withholding_minor:
        for step in tax.steps:
            if step.code in _WITHHELD and step.rate_bp is not None:
                yield WithheldStep(
                    code=step.code,
                    base_minor=step.base_minor,
                    rate_bp=step.rate_bp,
                    amount_minor=step.amount_minor,
                )


def _credits(paid: Paid, dated: Iterable[tuple[NoticeRow, date]]) -> tuple[TransitionalCredit, ...]:
    """Return the credit on what the unregistered supplied; a committee's shares are no supply."""
    bought: dict[date, int] = defaultdict(int)
    for row, completed_on in dated:
        if row.supply is Supply.UNREGISTERED:
            bought[completed_on] += row.amount_minor + row.tax_minor
    return transitional_credits(bought, bought_before_minor=paid.bought_before_minor)


def _period(statement: Statement) -> tuple[date, date]:
    """Return the days of use, or the closing month where nothing was used for the payment."""
    months = statement.usage_months or (statement.closing_month,)
    return min(months), Month.of_day(max(months)).last_day
