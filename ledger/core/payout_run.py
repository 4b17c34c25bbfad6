"""
What becomes of planned payouts: the steps of a run, the fate of each payment, and who may do what.

A run is planned by one person and approved by another; then it is released, once, by its day.
Until it is released it can be cancelled. The bank confirms each payment or returns it, perhaps
after it confirmed it, and what was returned or cancelled is paid again in a run of its own.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count

from ledger.core.invoice import BankAccountCopy
from ledger.core.payout_refusal import (
    BankAnsweredEarly,
    NotABankingDay,
    PayeeNotInRun,
    PayoutAlreadyConfirmed,
    PayoutAlreadyReturned,
    PayoutRunAlreadyApproved,
    PayoutRunCancelled,
    PayoutRunNotReleased,
    PayoutRunOverItsDay,
    PayoutsAlreadyReleased,
    SamePersonCannotApprove,
    SamePersonCannotRelease,
)
from ledger.core.period import tokyo_day
from ledger.core.reckoning import profile_of
from ledger.core.tax import payout_tax
from ledger.core.unsettled import PartyInForce

_MAILBOX = re.compile(r"<([^<>]+)>\s*$")


class RunState(StrEnum):
    """How far a run has come."""

    PLANNED = "planned"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    RELEASED = "released"


class PaymentState(StrEnum):
    """What is known of one payment."""

    WAITING = "waiting"  # Its run is not released yet.
    CANCELLED = "cancelled"  # Its run never will be.
    SENT = "sent"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    PAID_AGAIN = "paid_again"  # It was returned or cancelled, and another run pays it.


@dataclass(frozen=True, kw_only=True)
class PayoutRun:
    """A run with its totals; what has not happened is None."""

    id: int
    reference: str
    closing_month: date | None  # None when it pays what other runs did not
    pay_on: date
    planned_at: datetime
    planned_by: str
    approved_at: datetime | None
    approved_by: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancelled_because: str | None
    released_at: datetime | None
    released_by: str | None
    file_sha256: bytes | None
    currency: str
    payout_count: int
    payout_minor: int
    withholding_minor: int
    confirmed_count: int
    returned_count: int

    @property
    def state(self) -> RunState:
        """How far the run has come."""
        if self.released_at is not None:
            return RunState.RELEASED
        if self.cancelled_at is not None:
            return RunState.CANCELLED
        return RunState.PLANNED if self.approved_at is None else RunState.APPROVED


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One payment of a run, and what became of it."""

    payee_id: int
    payee: str
    name_ja: str
    name_en: str
    payout_minor: int
    withholding_minor: int
    confirmed_on: date | None
    returned_on: date | None
    return_reason: str | None
    paid_again_by: str | None  # the run that does
    is_at_stripe: bool = False  # Stripe transfers it, and answers by itself

    @property
    def awaits_bank(self) -> bool:
        """Whether the bank is to pay it, and has not answered."""
        return not (self.is_at_stripe or self.confirmed_on or self.returned_on)

    def state_in(self, run: PayoutRun) -> PaymentState:
        """Return what is known of the payment."""
        if self.paid_again_by is not None:
            return PaymentState.PAID_AGAIN
        if self.returned_on is not None:
            return PaymentState.RETURNED
        if self.confirmed_on is not None:
            return PaymentState.CONFIRMED
        if run.state is RunState.RELEASED:
            return PaymentState.SENT
        return PaymentState.CANCELLED if run.state is RunState.CANCELLED else PaymentState.WAITING


@dataclass(frozen=True, kw_only=True)
class UnpaidPayout:
    """What a run should have paid and did not: it was cancelled, or the bank gave it back."""

    run_id: int
    run: str
    payee_id: int
    payee: str
    settlement_id: int  # that the money is from
    supplies_minor: int
    passthrough_minor: int
    consumption_tax_minor: int


@dataclass(frozen=True, kw_only=True)
class PaidAgain:
    """A payout planned anew, with the withholding and the account of its new day."""

    unpaid: UnpaidPayout
    party: PartyInForce
    account: BankAccountCopy
    withholding_base_minor: int
    withholding_minor: int

    @property
    def payout_minor(self) -> int:
        """What is transferred."""
        unpaid = self.unpaid
        gross = unpaid.supplies_minor + unpaid.passthrough_minor + unpaid.consumption_tax_minor
        return gross - self.withholding_minor


def check_approval(run: PayoutRun, *, approved_by: str, approved_at: datetime) -> None:
    """
    Make sure that a person may approve a run now.

    :raises PayoutsAlreadyReleased, PayoutRunCancelled, PayoutRunAlreadyApproved: as they say.
    :raises PayoutRunOverItsDay: it should have been paid before.
    :raises SamePersonCannotApprove: the person planned it.
    """
    check_open(run)
    if run.approved_at is not None:
        raise PayoutRunAlreadyApproved(reference=run.reference, approved_by=run.approved_by)
    _check_day(run, approved_at)
    if _is_same_person(run.planned_by, approved_by):
        raise SamePersonCannotApprove(reference=run.reference, person=approved_by)


def check_release(run: PayoutRun, *, released_by: str, released_at: datetime) -> None:
    """
    Make sure that a person may release a run now; who did not plan it approves it by releasing.

    :raises PayoutsAlreadyReleased, PayoutRunCancelled: as they say.
    :raises PayoutRunOverItsDay: it should have been paid before.
    :raises SamePersonCannotRelease: the person planned it, and nobody else approved it.
    """
    check_open(run)
    _check_day(run, released_at)
    if run.approved_at is None and _is_same_person(run.planned_by, released_by):
        raise SamePersonCannotRelease(reference=run.reference, person=released_by)


def is_planner(run: PayoutRun, person: str) -> bool:
    """Tell whether a person planned a run, and so cannot approve it."""
    return _is_same_person(run.planned_by, person)


def check_open(run: PayoutRun) -> None:
    """
    Make sure that a run can still be stopped.

    :raises PayoutsAlreadyReleased, PayoutRunCancelled: it cannot.
    """
    if run.released_at is not None:
        raise PayoutsAlreadyReleased(
            reference=run.reference, released_by=run.released_by, released_at=run.released_at
        )
    if run.cancelled_at is not None:
        raise PayoutRunCancelled(
            reference=run.reference, cancelled_by=run.cancelled_by, reason=run.cancelled_because
        )


def check_banking_day(pay_on: date, *, is_banking_day: Callable[[date], bool]) -> None:
    """
    Make sure that banks transfer on a day.

    :raises NotABankingDay: they do not; carries the next day on which they do.
    """
    if not is_banking_day(pay_on):
        later = (pay_on + timedelta(days=days) for days in count(1))
        following = next(day for day in later if is_banking_day(day))
        raise NotABankingDay(pay_on=pay_on, next_banking_day=following)


def check_answered(run: PayoutRun, *, answered_on: date, recorded_at: datetime) -> None:
    """
    Make sure that the bank can have answered to a run on a day.

    :raises PayoutRunNotReleased: it was never sent.
    :raises BankAnsweredEarly: the day lies before the run's, or has not come yet.
    """
    if run.released_at is None:
        raise PayoutRunNotReleased(reference=run.reference)
    today = tokyo_day(recorded_at)
    if not run.pay_on <= answered_on <= today:
        raise BankAnsweredEarly(
            reference=run.reference, answered_on=answered_on, pay_on=run.pay_on, today=today
        )


def check_confirmation(run: PayoutRun, payment: Payment) -> None:
    """
    Make sure that the bank can confirm a payment.

    :raises PayoutAlreadyReturned, PayoutAlreadyConfirmed: it answered before.
    """
    if payment.returned_on is not None:
        raise PayoutAlreadyReturned(
            reference=run.reference, payee=payment.payee, day=payment.returned_on
        )
    if payment.confirmed_on is not None:
        raise PayoutAlreadyConfirmed(
            reference=run.reference, payee=payment.payee, day=payment.confirmed_on
        )


def named(run: PayoutRun, payments: Iterable[Payment], payee: str) -> Payment:
    """
    Return the payment to a payee.

    :raises PayeeNotInRun: there is none.
    """
    for payment in payments:
        if payment.payee == payee:
            return payment
    raise PayeeNotInRun(reference=run.reference, payee=payee)


def pay_again(
    unpaid: UnpaidPayout, *, party: PartyInForce, account: BankAccountCopy, pay_on: date
) -> PaidAgain:
    """
    Plan a payout anew: the same money, with what is withheld on its new day.

    Withholding arises when money is paid (所得税法181条, 204条, 212条), so a treaty form that was
    filed meanwhile counts. Consumption tax was decided when the money was settled.

    :raises RateNotKnown: the tax tables have no rate for the day.
    """
    tax = payout_tax(
        profile=profile_of(party),
        supplies_minor=0,  # Its tax is settled, as for a run that pays for the first time.
        passthrough_minor=unpaid.supplies_minor + unpaid.passthrough_minor,
        passthrough_tax_minor=unpaid.consumption_tax_minor,
        paid_on=pay_on,
    )
    return PaidAgain(
        unpaid=unpaid,
        party=party,
        account=account,
        withholding_base_minor=tax.withholding_base_minor,
        withholding_minor=tax.withholding_minor,
    )


def _check_day(run: PayoutRun, at: datetime) -> None:
    today = tokyo_day(at)
    if today > run.pay_on:
        raise PayoutRunOverItsDay(reference=run.reference, pay_on=run.pay_on, today=today)


def _is_same_person(one: str, other: str) -> bool:
    """
    Tell whether two signatures are one person's: by the mailbox where both have one.

    >>> _is_same_person("Unno <unno@genbo.example>", "UNNO Aki <Unno@genbo.example>")
    True
    """
    mailboxes = [_MAILBOX.search(each) for each in (one, other)]
    if all(mailboxes):
        one, other = (each[1] for each in mailboxes if each is not None)
    return one.strip().casefold() == other.strip().casefold()
