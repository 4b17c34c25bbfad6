"""
What the bank answers to a payout run: a payment was made, or came back (組戻し) and is made again.

A payment that came back is owed again, and so is what was withheld from it, because nothing was
paid. It is made again by a run of its own, planned, approved and released like any other.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from ledger.core.bank_account import BankNames, CanBeWritten, copy_of_account
from ledger.core.fields import check_instant, check_text
from ledger.core.payout_entry import returned_entry
from ledger.core.payout_refusal import (
    NothingToPayAgain,
    PayoutAlreadyReturned,
)
from ledger.core.payout_run import (
    PaidAgain,
    Payment,
    PayoutRun,
    UnpaidPayout,
    check_answered,
    check_banking_day,
    check_confirmation,
    named,
    pay_again,
)
from ledger.core.period import first_open_day, tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.unsettled import DecidingDays, PartyInForce
from ledger.core.webhook import payout_returned
from ledger.services import BOOK_ID
from ledger.store import entries, months, outbox, payees, payout_steps, payouts, settlements
from ledger.store.database import Database, Transaction


class PayOnIsPast(Refusal):
    """A payment cannot be planned for a day that is over."""

    code = "pay_on_is_past"
    field = "pay_on"


class AccountStillUnusable(Refusal):
    """A payee that was not paid has no account at a bank that is open. Carries the payee."""

    code = "account_still_unusable"
    field = "payee"


class PayeeIsHeld(Refusal):
    """A payee that was not paid is held back. Carries the payee and why."""

    code = "payee_is_held"
    field = "payee"


def confirm_payments(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    run_reference: str,
    payees_paid: Collection[str] | None = None,
    confirmed_on: date,
    bank_reference: str = "",
    recorded_by: str,
    recorded_at: datetime,
) -> PayoutRun:
    """
    Record that the bank made payments of a run: those named, or all that it did not answer to.

    What Stripe transfers it confirms by itself.

    :raises PayoutRunUnknown, PayoutRunNotReleased: there is no such run, or it was not sent.
    :raises PayeeNotInRun: a party that is named is not paid by it.
    :raises PayoutAlreadyConfirmed, PayoutAlreadyReturned: of a party that is named.
    :raises BankAnsweredEarly: the day lies before the run's, or has not come yet.
    """
    check_text(recorded_by, field="recorded_by")
    check_text(bank_reference, field="bank_reference", may_be_empty=True)
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        run, made = _sent(session, book_id, run_reference)
        check_answered(run, answered_on=confirmed_on, recorded_at=at)
        if payees_paid is None:
            chosen = [each for each in made if each.awaits_bank]
        else:
            chosen = [named(run, made, payee) for payee in sorted(set(payees_paid))]
        for payment in chosen:
            check_confirmation(run, payment)
        payout_steps.insert_confirmations(
            session,
            run_id=run.id,
            payee_ids=[each.payee_id for each in chosen],
            confirmed_on=confirmed_on,
            bank_reference=bank_reference,
            recorded_at=at,
            recorded_by=recorded_by,
        )
        return _read(session, book_id, run_reference)


def record_return(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    run_reference: str,
    payee: str,
    returned_on: date,
    reason: str,
    bank_reference: str = "",
    recorded_by: str,
    recorded_at: datetime,
) -> PayoutRun:
    """
    Record that a payment came back; money and withholding are owed again.

    It is posted on its own day, or on the first day on which the book is open after it.

    :raises PayoutRunUnknown, PayoutRunNotReleased: there is no such run, or it was not sent.
    :raises PayeeNotInRun: the run does not pay the party.
    :raises PayoutAlreadyReturned: it came back before.
    :raises BankAnsweredEarly: the day lies before the run's, or has not come yet.
    """
    check_text(reason, field="reason")
    check_text(recorded_by, field="recorded_by")
    check_text(bank_reference, field="bank_reference", may_be_empty=True)
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        run, made = _sent(session, book_id, run_reference)
        check_answered(run, answered_on=returned_on, recorded_at=at)
        payment = named(run, made, payee)
        if payment.returned_on is not None:
            raise PayoutAlreadyReturned(
                reference=run.reference, payee=payee, day=payment.returned_on
            )
        payout_steps.insert_return(
            session,
            run_id=run.id,
            payee_id=payment.payee_id,
            returned_on=returned_on,
            reason=reason,
            bank_reference=bank_reference,
            recorded_at=at,
            recorded_by=recorded_by,
        )
        last_closed = months.read_months(session, book_id=book_id).last_closed
        posted_on = first_open_day(returned_on, last_closed=last_closed)
        entry = returned_entry(run, payment, posted_on=posted_on)
        entries.write_entry(session, book_id=book_id, entry=entry, recorded_at=at)
        told = payout_returned(
            payee_id=payment.payee_id,
            run=run.reference,
            returned_on=returned_on,
            currency=run.currency,
            amount_minor=payment.payout_minor,
            reason=reason,
        )
        outbox.enqueue(session, book_id=book_id, events=[told], occurred_at=at)
        return _read(session, book_id, run_reference)


def waiting_to_be_paid_again(
    database: Database, *, book_id: int = BOOK_ID
) -> tuple[UnpaidPayout, ...]:
    """Return what was returned by the bank or cancelled, and no run pays yet."""
    with database.transaction() as session:
        return payout_steps.unpaid_payouts(session, book_id=book_id)


def plan_again(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    payees_paid: Collection[str] | None = None,
    pay_on: date,
    planned_by: str,
    planned_at: datetime,
    bank_names: BankNames,
    is_banking_day: Callable[[date], bool],
    can_be_written: CanBeWritten | None = None,
) -> PayoutRun:
    """
    Plan a run that pays what was returned or cancelled: all of it, or that of the named payees.

    Each payment goes to the account of its new day. A payee that two runs did not pay is paid
    for one of them here and for the other by the next such run, because each is a payment of
    its own.

    :raises NothingToPayAgain: nothing waits, of those that are named.
    :raises AccountStillUnusable: a payee has no account at a bank of ``bank_names``, or none that
        ``can_be_written`` into a bank's file.
    :raises PayeeIsHeld: a payee is held back; it may be left out by naming the others.
    :raises NotABankingDay, PayOnIsPast: the day cannot be.
    :raises InsufficientCash: the bank account holds less than is to be paid.
    :raises RateNotKnown: the tax tables have no rate for the day.
    """
    check_text(planned_by, field="planned_by")
    at = check_instant(planned_at, field="planned_at")
    if pay_on < tokyo_day(at):
        raise PayOnIsPast(pay_on=pay_on, today=tokyo_day(at))
    check_banking_day(pay_on, is_banking_day=is_banking_day)
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        waiting = _first_of_each(payout_steps.unpaid_payouts(session, book_id=book_id), payees_paid)
        if not waiting:
            raise NothingToPayAgain(payees=sorted(payees_paid or ()))
        days = DecidingDays(settled_on=pay_on, fee_on=pay_on, paid_on=pay_on)
        parties = payees.find_in_force(session, book_id=book_id, references=waiting, days=days)
        retries = [
            _planned(each, parties[payee], pay_on, bank_names, can_be_written)
            for payee, each in waiting.items()
        ]
        currency = settlements.read_state(session, book_id=book_id).currency
        cash = payouts.find_cash(session, book_id=book_id, currency=currency)
        payouts.require_cash(
            sum(each.payout_minor for each in retries if not each.account.is_at_stripe),
            available_minor=cash.free_minor,
            foreign_minor=cash.foreign_minor,
        )
        prefix = f"PAY-{pay_on:%Y-%m}-R"
        count = payout_steps.count_retry_runs(session, book_id=book_id, prefix=prefix)
        reference = f"{prefix}{count + 1}"
        run_id = payouts.insert_run(
            session,
            book_id=book_id,
            settlement_id=None,
            reference=reference,
            pay_on=pay_on,
            planned_at=at,
            planned_by=planned_by,
            payouts=[payout_steps.payout_of(each) for each in retries],
        )
        payout_steps.insert_retries(session, run_id=run_id, retries=retries)
        return _read(session, book_id, reference)


def _first_of_each(
    unpaid: Collection[UnpaidPayout], payees_paid: Collection[str] | None
) -> Mapping[str, UnpaidPayout]:
    """Return the oldest that waits for each payee."""
    found: dict[str, UnpaidPayout] = {}
    for each in unpaid:
        if payees_paid is None or each.payee in payees_paid:
            found.setdefault(each.payee, each)
    return found


def _planned(
    unpaid: UnpaidPayout,
    party: PartyInForce,
    pay_on: date,
    bank_names: BankNames,
    can_be_written: CanBeWritten | None,
) -> PaidAgain:
    if party.hold_reason is not None:
        raise PayeeIsHeld(payee=unpaid.payee, reason=party.hold_reason)
    account = None if party.account is None else copy_of_account(party.account, bank_names)
    if account is None or not (can_be_written is None or can_be_written(party.copy, account)):
        raise AccountStillUnusable(payee=unpaid.payee, run=unpaid.run)
    return pay_again(unpaid, party=party, account=account, pay_on=pay_on)


def _sent(
    session: Transaction, book_id: int, run_reference: str
) -> tuple[PayoutRun, tuple[Payment, ...]]:
    settlements.lock_settlements(session, book_id=book_id)
    run = _read(session, book_id, run_reference)
    return run, payout_steps.list_payments(session, run_id=run.id)


def _read(session: Transaction, book_id: int, run_reference: str) -> PayoutRun:
    return payouts.require_run(session, book_id=book_id, reference=run_reference)
