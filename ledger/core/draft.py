"""
The statement of one payee, set out from a settlement: what came in, the steps, what is paid.

Everything here is arrangement. The amounts were decided by :mod:`ledger.core.settlement` and
:mod:`ledger.core.payout`; a statement shows each of them where the payee looks for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ledger.core.document_length import check_length
from ledger.core.draft_claims import (
    advance_row,
    claim_rows,
    claimed_receipts,
    claimed_rows,
    claimed_usage,
    is_claimant,
    reserve_row,
    set_aside_rows,
)
from ledger.core.earning import BY_CLAIM, Balance, Earning, EarningKind
from ledger.core.invoice import BankAccountCopy, PartyCopy
from ledger.core.payee_advance import AdvanceMoved
from ledger.core.payout import NotPaid, PayoutLine
from ledger.core.settlement import Division, Supplier, part_rates_bp
from ledger.core.snapshot import sha256_of, to_json
from ledger.core.statement import (
    EarningRow,
    RefusalRow,
    Settlement,
    Statement,
    StatementSection,
    StepRow,
    UsageRow,
)
from ledger.core.waterfall import StepResult, WaterfallResult
from ledger.core.waterfall_view import LineSeen, is_member, lines_shown

#: Moved on when the same inputs would give other figures.
CALCULATION_VERSION = 1

#: Reasons a payee is told, because the figures alone do not say them.
_HOLDS = frozenset(NotPaid) - {NotPaid.BELOW_MINIMUM, NotPaid.NEGATIVE_BALANCE}


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """One line of a committee's waterfall as it is stored; the payee is a reference."""

    kind: str
    category: str
    base_minor: int
    rate_bp: int | None
    amount_minor: int
    payee: str | None = None  # None where a line is nobody's, such as the pool


@dataclass(frozen=True, kw_only=True)
class SettledMonth:
    """What the statements of one settlement have in common. Holders and payees are references."""

    issuer: PartyCopy
    closing_month: date
    issued_on: date
    pay_on: date
    currency: str
    divisions: tuple[Division, ...]
    suppliers: Mapping[str, Supplier]
    usage: Mapping[str, tuple[UsageRow, ...]]  # by holder
    refusals: Mapping[str, tuple[RefusalRow, ...]]  # by holder
    names: Mapping[str, tuple[str, str]]  # Japanese and English, of holders and payees
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # of what is claimed

    @cached_property
    def input_hash(self) -> str:
        """The hash of what every division followed from, computed once for all statements."""
        received = tuple(division.received for division in self.divisions)
        return sha256_of(to_json((received, tuple(sorted(self.suppliers.items()))))).hex()


@dataclass(frozen=True, kw_only=True)
class PayeeAccount:
    """One payee's side of a settlement: where it stood, and what becomes of its balance."""

    payee: PartyCopy
    carried: Balance
    minimum_payment_minor: int
    line: PayoutLine
    pay_to: BankAccountCopy | None
    advances: tuple[AdvanceMoved, ...] = ()  # paid now, or not yet used up


@dataclass(frozen=True, kw_only=True)
class _Inputs:
    """All that a statement's figures follow from."""

    divisions: str  # the hash of what they followed from
    usage: tuple[tuple[UsageRow, ...], ...]
    refusals: tuple[RefusalRow, ...]
    account: PayeeAccount


def draft(
    month: SettledMonth, account: PayeeAccount, *, divisions: Sequence[Division], number: str
) -> Statement:
    """
    Set out one payee's statement; ``divisions`` are those of the month it earned from.

    Refused and held usage is shown of every rights holder it earned from, and its own.

    :raises DocumentTooLong: it would have more rows than a document may.
    """
    payee = account.payee.reference
    sections = tuple(_section(month, each, payee) for each in divisions)
    check_length(sum(len(section.usage) for section in sections), party=payee)
    sources = [each.received.holder for each in divisions if not is_claimant(each, payee)]
    holders = dict.fromkeys([*sources, payee])
    refusals = tuple(row for holder in holders for row in month.refusals.get(holder, ()))
    return Statement(
        number=number,
        revision=1,
        issuer=month.issuer,
        payee=account.payee,
        closing_month=month.closing_month,
        usage_months=_usage_months(sections),
        issued_on=month.issued_on,
        pay_on=month.pay_on,
        currency=month.currency,
        sections=sections,
        refusals=refusals,
        settlement=_settlement(account, divisions),
        pay_to=account.pay_to,
        calculation_version=CALCULATION_VERSION,
        input_hash=_input_hash(month, account, sections, refusals),
        advances=tuple(map(advance_row, account.advances)),
    )


def step_lines(division: Division) -> tuple[StepLine, ...]:
    """
    Write a committee's run line by line, in the order of its contract; a direct holder has none.

    A step whose payee passes parts on has a line for the whole, which is nobody's, and one for
    each part. Deficits have lines only where there are any.
    """
    if division.result is None:
        return ()
    return (
        *(line for step in division.result.steps for line in _lines_of_step(step)),
        *_lines_of_pool(division.result),
        *(_line_of_share(each) for each in division.earnings if _is_share(each)),
        *_lines_carried(division.result),
    )


def _lines_of_step(done: StepResult) -> Iterator[StepLine]:
    step = done.step
    yield StepLine(
        kind=step.kind,
        category=step.category,
        base_minor=done.base_minor,
        rate_bp=step.rate_bp,
        amount_minor=done.amount_minor,
        payee=None if step.passes else step.payee,
    )
    if step.passes:
        for part, rate_bp in zip(done.parts, part_rates_bp(done), strict=True):
            yield StepLine(
                kind="split",
                category=step.category,
                base_minor=done.amount_minor,
                rate_bp=rate_bp,
                amount_minor=part.amount_minor,
                payee=part.payee,
            )


def _lines_of_pool(result: WaterfallResult) -> Iterator[StepLine]:
    pool, before = result.pool_minor, result.deficit_in_minor
    yield _sum_line("pool", "pool", result.receipts_minor, pool)
    if before:
        yield _sum_line("deficit", "deficit", pool, before)
        yield _sum_line("pool", "distributable", pool, result.distributable_minor)


def _is_share(earning: Earning) -> bool:
    return earning.kind is EarningKind.PASSTHROUGH and earning.category not in BY_CLAIM


def _line_of_share(earning: Earning) -> StepLine:
    return StepLine(
        kind="split",
        category=earning.category,
        base_minor=earning.base_minor,
        rate_bp=earning.rate_bp,
        amount_minor=earning.amount_minor,
        payee=earning.payee,
    )


def _lines_carried(result: WaterfallResult) -> Iterator[StepLine]:
    left = result.deficit_out_minor
    if left:
        yield _sum_line("deficit", "deficit_carried", result.distributable_minor, left)


def _sum_line(kind: str, category: str, base_minor: int, amount_minor: int) -> StepLine:
    return StepLine(
        kind=kind, category=category, base_minor=base_minor, rate_bp=None, amount_minor=amount_minor
    )


def _section(month: SettledMonth, division: Division, payee: str) -> StatementSection:
    if is_claimant(division, payee):
        return _claimant_section(month, division, payee)
    received = division.received
    source_ja, source_en = month.names[received.holder]
    committee, purchase = received.committee, received.purchase
    return StatementSection(
        source_ja=source_ja,
        source_en=source_en,
        is_committee=committee is not None,
        preset=committee.waterfall.preset if committee else None,
        usage=month.usage.get(received.holder, ()),
        receipts_minor=received.royalty_minor,
        receipts_tax_minor=received.tax_minor,
        admin_fee_bp=received.admin_fee_bp,
        admin_fee_minor=division.admin_fee_minor,
        admin_fee_tax_minor=division.admin_fee_tax_minor,
        steps=tuple(_step_rows(step_lines(division), month, payee)),
        earnings=tuple(_earning_row(each) for each in division.earnings if each.payee == payee),
        set_aside=set_aside_rows(division),
        reserve=reserve_row(division.reserve),
        claims=claim_rows(division, received.holder, month.titles),
        **({} if purchase is None else purchase.told(division.purchase_tax_minor)),
    )


def _claimant_section(month: SettledMonth, division: Division, payee: str) -> StatementSection:
    """Return a section for a party that earned by its claims alone."""
    received = division.received
    source_ja, source_en = month.names[received.holder]
    royalty, tax, fee, fee_tax = claimed_receipts(division, payee)
    return StatementSection(
        source_ja=source_ja,
        source_en=source_en,
        is_committee=False,
        preset=None,
        usage=claimed_usage(division, payee, month.usage.get(received.holder, ())),
        receipts_minor=royalty,
        receipts_tax_minor=tax,
        admin_fee_bp=received.admin_fee_bp,
        admin_fee_minor=fee,
        admin_fee_tax_minor=fee_tax,
        steps=(),
        earnings=tuple(_earning_row(each) for each in division.earnings if each.payee == payee),
        set_aside=claimed_rows(division, payee),
        claims=claim_rows(division, payee, month.titles),
    )


def _step_rows(lines: Sequence[StepLine], month: SettledMonth, payee: str) -> Iterator[StepRow]:
    """Yield the lines that a payee is shown; only a member is told who else is paid."""
    seen = [LineSeen(line.kind, line.category, line.rate_bp, line.payee) for line in lines]
    tells_names = is_member(seen, payee)
    for place in sorted(lines_shown(seen, to=payee)):
        yield _step_row(lines[place], month, payee, tells_names=tells_names)


def _step_row(line: StepLine, month: SettledMonth, payee: str, *, tells_names: bool) -> StepRow:
    is_told = line.payee is not None and (tells_names or line.payee == payee)
    payee_ja, payee_en = month.names[line.payee or ""] if is_told else ("", "")
    return StepRow(
        kind=line.kind,
        category=line.category,
        base_minor=line.base_minor,
        rate_bp=line.rate_bp,
        amount_minor=line.amount_minor,
        payee_ja=payee_ja,
        payee_en=payee_en,
        is_this_payee=line.payee == payee,
    )


def _earning_row(earning: Earning) -> EarningRow:
    return EarningRow(
        category=earning.category,
        base_minor=earning.base_minor,
        rate_bp=earning.rate_bp,
        amount_minor=earning.amount_minor,
        tax_minor=earning.tax_minor,
    )


def _usage_months(sections: Sequence[StatementSection]) -> tuple[date, ...]:
    return tuple(sorted({row.accrual_month for section in sections for row in section.usage}))


def _settlement(account: PayeeAccount, divisions: Sequence[Division]) -> Settlement:
    line = account.line
    earned = sum(
        each.amount_minor
        for division in divisions
        for each in division.earnings
        if each.payee == account.payee.reference
    )
    return Settlement(
        carried_in_minor=account.carried.amount_minor,
        earned_minor=earned,
        minimum_payment_minor=account.minimum_payment_minor,
        payable_minor=line.payable_minor,
        carried_out_minor=line.carried_out_minor,
        consumption_tax_minor=line.consumption_tax_minor,
        withholding_base_minor=line.withholding_base_minor,
        withholding_minor=line.withholding_minor,
        payout_minor=line.payout_minor,
        hold_reason=_hold_reason(line),
        advance_paid_minor=sum(each.paid_minor for each in account.advances),
        advance_recouped_minor=sum(each.recouped_minor for each in account.advances),
    )


def _hold_reason(line: PayoutLine) -> NotPaid | None:
    """Return what a payee is told about what is carried, also beside a payment."""
    if line.reason is None and line.arrears_minor:
        return NotPaid.COMMITTEE_DEFICIT
    return line.reason if line.reason in _HOLDS else None


def _input_hash(
    month: SettledMonth,
    account: PayeeAccount,
    sections: Sequence[StatementSection],
    refusals: tuple[RefusalRow, ...],
) -> str:
    inputs = _Inputs(
        divisions=month.input_hash,
        usage=tuple(section.usage for section in sections),
        refusals=refusals,
        account=account,
    )
    return sha256_of(to_json(inputs)).hex()
