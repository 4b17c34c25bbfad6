"""
Settling: what came in by the end of a month is divided, stated and planned to be paid.

One transaction takes every receipt that no settlement has taken, and every line under accrual
terms that is invoiced, paid or not; divides it per rights holder, posts the division, plans the
payouts, and freezes a statement for every payee that earned something or had a balance. What is
divided ahead of a payment has to be the house's own money.
What came in in another currency is translated into yen, or waits until it can be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger.core.arrears import Arrears
from ledger.core.bank_account import BankNames, CanBeWritten
from ledger.core.draft import draft
from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.payout_run import check_banking_day
from ledger.core.period import Month
from ledger.core.position import PositionMove, moves_of
from ledger.core.reckoning import Reckoning, reckon
from ledger.core.refusal import Refusal
from ledger.core.settlement_entries import settlement_entries, source_of
from ledger.core.statement import CorrectedRow, Statement
from ledger.core.translation import position_changes
from ledger.core.unsettled import DecidingDays, WaitingMoney
from ledger.core.webhook import statement_ready
from ledger.services import BOOK_ID
from ledger.store import (
    documents,
    entries,
    outbox,
    own_funds,
    payouts,
    positions,
    revisions,
    settlements,
    translations,
    unsettled,
)
from ledger.store.database import Database, Transaction
from ledger.store.documents import printed_number
from ledger.store.payouts import NewPayout
from ledger.store.settlements import NewSettlement, StatementInBook

#: Most rows of one page.
LIMIT_MAX = 1_000


class MonthNotOver(Refusal):
    """The settlement is dated before the end of the month whose receipts it divides."""

    code = "month_not_over"
    field = "issued_on"


class MonthAlreadySettled(Refusal):
    """The closing month, or a later one, was settled. Carries the last that was."""

    code = "month_already_settled"
    field = "closing_month"


class PayOnBeforeIssue(Refusal):
    """Payouts would leave before the statements that explain them are issued."""

    code = "pay_on_before_issue"
    field = "pay_on"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of a closing month; ``run_reference`` is None when nobody is to be paid."""

    closing_month: Month
    receipt_count: int
    received_minor: int  # that it divided, with its tax
    admin_fee_minor: int  # with its tax
    statements: tuple[str, ...]  # their numbers
    run_reference: str | None
    payout_count: int
    payout_minor: int
    withholding_minor: int
    waiting: tuple[WaitingMoney, ...] = ()  # for a rate


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some statements, and where to go on; None when there are no more."""

    statements: tuple[StatementInBook, ...]
    next_after: int | None


def settle_month(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    closing_month: Month,
    settled_by: str,
    settled_at: datetime,
    issued_on: date,
    pay_on: date,
    bank_names: BankNames,
    is_banking_day: Callable[[date], bool],
    can_be_written: CanBeWritten | None = None,
) -> Settled:
    """
    Settle everything received by the end of a closing month, and all that is invoiced under
    accrual terms, once, months in order.

    Statements are issued, and the division posted, on ``issued_on``, which also decides who is
    registered; payouts are planned for ``pay_on``. A payee whose bank is not in ``bank_names``
    is held like one without an account, and so is one whose name or account ``can_be_written``
    says that no file of a bank can carry.

    :raises MonthNotOver: ``issued_on`` is not after the month.
    :raises PayOnBeforeIssue: ``pay_on`` lies before ``issued_on``.
    :raises NotABankingDay: banks are closed on ``pay_on``.
    :raises MonthAlreadySettled: this month, or a later one, is settled.
    :raises EntrustmentMissing: the fee of a rights holder is not known.
    :raises WaterfallMissing: a committee has no contract in force.
    :raises InsufficientCash: the bank account holds less than is to be paid.
    :raises OwnFundsTooSmall: more is divided ahead of payments than the house has of its own.
    """
    check_text(settled_by, field="settled_by")
    settled_at = check_instant(settled_at, field="settled_at")
    _check_days(closing_month, issued_on, pay_on, is_banking_day)
    days = DecidingDays(fee_on=closing_month.last_day, settled_on=issued_on, paid_on=pay_on)
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        state = settlements.read_state(session, book_id=book_id)
        _check_order(closing_month, state.last_settled)
        work, waterfall_ids = unsettled.read_unsettled(
            session,
            book_id=book_id,
            state=state,
            closing_month=closing_month,
            days=days,
            bank_names=bank_names,
        )
        work = work.held_to(can_be_written)
        reckoning = reckon(work)
        cash = payouts.find_cash(session, book_id=book_id, currency=state.currency)
        payouts.require_cash(
            work.by_bank(reckoning.plan),
            available_minor=cash.free_minor,
            foreign_minor=cash.foreign_minor,
        )
        settlement = NewSettlement(
            closing_month=closing_month.first_day,
            settled_at=settled_at,
            settled_by=settled_by,
            currency=state.currency,
            receipts=work.receipts,
            divisions=reckoning.divisions,
            party_ids=work.party_ids,
            waterfall_ids=waterfall_ids,
            uses=work.uses,
            advances=reckoning.advances,
            subject_ids={name: subject.id for name, subject in work.claimed.items()},
            accrued=work.accrued,
        )
        moves = moves_of(
            positions.lock_positions(session, book_id=book_id), position_changes(work.lines)
        )
        statements = _write(session, book_id, settlement, reckoning, moves)
        if work.is_ahead:
            own_funds.find_own_funds(
                session, book_id=book_id, currency=state.currency, cash=cash
            ).require_cover()
    return _settled(reckoning, statements)


def list_statements(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payee_id: int | None,
    after: int = 0,
    limit: int = 100,
) -> Page:
    """
    Return a page of statements' figures in the order in which they were issued.

    ``payee_id`` is whose statements are meant; only the house asks for everybody's (None).

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = settlements.list_statements(
            session, book_id=book_id, payee_id=payee_id, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(statements=page, next_after=page[-1].document_id if len(found) > limit else None)


def _check_days(
    closing_month: Month, issued_on: date, pay_on: date, is_banking_day: Callable[[date], bool]
) -> None:
    if issued_on <= closing_month.last_day:
        raise MonthNotOver(month=closing_month, issued_on=issued_on)
    if pay_on < issued_on:
        raise PayOnBeforeIssue(pay_on=pay_on, issued_on=issued_on)
    check_banking_day(pay_on, is_banking_day=is_banking_day)


def _check_order(closing_month: Month, last_settled: date | None) -> None:
    if last_settled is not None and closing_month.first_day <= last_settled:
        raise MonthAlreadySettled(month=closing_month, last=Month.of_day(last_settled))


def _write(
    session: Transaction,
    book_id: int,
    settlement: NewSettlement,
    reckoning: Reckoning,
    moves: Mapping[str, PositionMove],
) -> Sequence[Statement]:
    """Write a settlement with its journal, statements and payouts; return the statements."""
    days = reckoning.unsettled.days
    at, by = settlement.settled_at, settlement.settled_by
    settlement_id = settlements.insert_settlement(session, book_id=book_id, settlement=settlement)
    translations.insert_translations(
        session,
        settlement_id=settlement_id,
        lines=reckoning.unsettled.lines,
        party_ids=settlement.party_ids,
    )
    positions.insert_moves(
        session,
        book_id=book_id,
        kind="settlement",
        source=source_of(reckoning.unsettled),
        moves=moves,
        recorded_at=at,
    )
    made = settlement_entries(reckoning, moves)
    entries.write_entries(session, book_id=book_id, entries=made, recorded_at=at)
    series = f"STM-{days.settled_on.year}"
    number = documents.next_number(session, book_id=book_id, series=series)
    statements = _statements(
        reckoning,
        series=series,
        first_number=number,
        corrected=revisions.to_take_in(session, book_id=book_id, settlement_id=settlement_id),
    )
    settlements.insert_statements(
        session,
        book_id=book_id,
        settlement_id=settlement_id,
        series=series,
        first_number=number,
        statements=statements,
        party_ids=settlement.party_ids,
    )
    if reckoning.plan.payments:
        payouts.insert_run(
            session,
            book_id=book_id,
            settlement_id=settlement_id,
            reference=_run_reference(reckoning.unsettled.closing_month),
            pay_on=days.paid_on,
            planned_at=at,
            planned_by=by,
            payouts=_payouts(reckoning),
        )
    told = [
        statement_ready(each, payee_id=settlement.party_ids[each.payee.reference])
        for each in statements
    ]
    outbox.enqueue(session, book_id=book_id, events=told, occurred_at=at)
    return statements


def _statements(
    reckoning: Reckoning,
    *,
    series: str,
    first_number: int,
    corrected: Mapping[str, tuple[CorrectedRow, ...]],
) -> list[Statement]:
    """Return a statement for each payee, with what revisions moved for it since the last."""
    return [
        replace(
            draft(
                reckoning.month,
                reckoning.account(line),
                divisions=reckoning.earned_from.get(line.payee, ()),
                number=printed_number(series, number),
            ),
            corrected=corrected.get(line.payee, ()),
        )
        for number, line in enumerate(reckoning.plan.lines, start=first_number)
    ]


def _payouts(reckoning: Reckoning) -> list[NewPayout]:
    party_ids, parties = reckoning.unsettled.party_ids, reckoning.unsettled.parties
    made = []
    for line in reckoning.plan.payments:
        account = parties[line.payee].account
        assert account is not None  # Or the plan would not pay it.
        balance = reckoning.balances[line.payee]
        arrears = reckoning.arrears.get(line.payee, Arrears())
        made.append(
            NewPayout(
                payee_id=party_ids[line.payee],
                bank_account_id=account.id,
                supplies_minor=balance.supplies_minor - arrears.amount_minor,
                passthrough_minor=balance.passthrough_minor,
                consumption_tax_minor=line.consumption_tax_minor,
                withholding_base_minor=line.withholding_base_minor,
                withholding_minor=line.withholding_minor,
                payout_minor=line.payout_minor,
            )
        )
    return made


def _run_reference(closing_month: Month) -> str:
    return f"PAY-{closing_month}"


def _settled(reckoning: Reckoning, statements: Sequence[Statement]) -> Settled:
    work, totals = reckoning.unsettled, reckoning.plan.totals
    received = [division.received for division in reckoning.divisions]
    is_paying = bool(reckoning.plan.payments)
    return Settled(
        closing_month=work.closing_month,
        receipt_count=len(work.receipts),
        received_minor=sum(each.royalty_minor + each.tax_minor for each in received),
        admin_fee_minor=sum(
            each.admin_fee_minor + each.admin_fee_tax_minor for each in reckoning.divisions
        ),
        statements=tuple(statement.number for statement in statements),
        run_reference=_run_reference(work.closing_month) if is_paying else None,
        payout_count=len(reckoning.plan.payments),
        payout_minor=totals.payout_minor,
        withholding_minor=totals.withholding_minor,
        waiting=tuple(work.unknown_rates),
    )
