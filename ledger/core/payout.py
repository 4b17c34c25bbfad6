"""
The payout plan: which balances are paid on a day, with which taxes, and why others are not.

A balance is tax-exclusive. What is not paid is carried whole, and bears no tax and no
withholding until it is. All amounts are whole yen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.core.tax import PayeeTaxProfile, TaxStep, payout_tax


class PayeeListedTwice(ValueError):
    """A payee has two balances in one plan; withholding counts one payment to one payee."""

    def __init__(self, payee: str) -> None:
        super().__init__(f"payee {payee!r} is listed twice; add its balances up")
        self.payee = payee


class NotPaid(StrEnum):
    """
    Why a balance is carried, in order of precedence.

    What the amount itself forbids comes first: a hold on nothing need not be lifted.
    """

    NEGATIVE_BALANCE = "negative_balance"
    COMMITTEE_DEFICIT = "committee_deficit"  # All of it is owed by committees in deficit.
    BELOW_MINIMUM = "below_minimum"  # A balance of 0 too, whatever the minimum is.
    HOLD = "hold"
    BANK_ACCOUNT_MISSING = "bank_account_missing"
    ACCOUNT_NOT_WRITABLE = "account_not_writable"  # No file of a bank can carry it.


@dataclass(frozen=True, kw_only=True)
class PayeeBalance:
    """What is owed to one payee, tax-exclusive, and what stands in the way of paying it."""

    payee: str
    profile: PayeeTaxProfile
    supplies_minor: int = 0  # earned by what the payee supplied: taxed when paid
    passthrough_minor: int = 0  # held for the payee
    passthrough_tax_minor: int = 0  # consumption tax received with it, handed on
    minimum_payment_minor: int = 0
    hold_reason: str | None = None
    has_bank_account: bool = True
    is_account_writable: bool = True
    #: Earned beside it from committees in deficit, and its tax: carried until they can pay.
    arrears_minor: int = 0
    arrears_tax_minor: int = 0

    @property
    def balance_minor(self) -> int:
        """The tax-exclusive balance, which is what the minimum payment is measured on."""
        return self.supplies_minor + self.passthrough_minor


@dataclass(frozen=True, kw_only=True)
class PayoutLine:
    """One payee's line: a payment with its taxes, or a reason; and what is carried."""

    payee: str
    payable_minor: int = 0  # tax-exclusive
    carried_out_minor: int = 0  # tax-exclusive
    carried_tax_minor: int = 0  # received for the payee; stays with what is carried
    consumption_tax_minor: int = 0
    withholding_base_minor: int = 0
    withholding_minor: int = 0
    payout_minor: int = 0  # payable + consumption tax - withholding
    steps: tuple[TaxStep, ...] = ()
    reason: NotPaid | None = None  # None when it is paid
    arrears_minor: int = 0  # what of the carried a committee cannot pay yet


@dataclass(frozen=True, kw_only=True)
class PayoutTotals:
    """Sums over a plan's lines."""

    payable_minor: int
    carried_out_minor: int
    carried_tax_minor: int
    consumption_tax_minor: int
    withholding_minor: int
    payout_minor: int


@dataclass(frozen=True, kw_only=True)
class PayoutPlan:
    """What is to be paid on one day: a line for each balance, in the order they came."""

    paid_on: date
    lines: tuple[PayoutLine, ...]

    @property
    def payments(self) -> tuple[PayoutLine, ...]:
        """The lines that are paid."""
        return tuple(line for line in self.lines if line.reason is None)

    @property
    def totals(self) -> PayoutTotals:
        """The sums over all lines."""
        return PayoutTotals(
            payable_minor=self._sum(lambda line: line.payable_minor),
            carried_out_minor=self._sum(lambda line: line.carried_out_minor),
            carried_tax_minor=self._sum(lambda line: line.carried_tax_minor),
            consumption_tax_minor=self._sum(lambda line: line.consumption_tax_minor),
            withholding_minor=self._sum(lambda line: line.withholding_minor),
            payout_minor=self._sum(lambda line: line.payout_minor),
        )

    def _sum(self, amount_of: Callable[[PayoutLine], int]) -> int:
        return sum(amount_of(line) for line in self.lines)


def plan(*, balances: Iterable[PayeeBalance], paid_on: date) -> PayoutPlan:
    """
    Decide what each payee is paid on the day, and the taxes on it.

    A balance is paid whole when it is above zero, reaches the payee's minimum payment, is not
    held, and has somewhere to go; otherwise it is carried whole, with the first reason of
    :class:`NotPaid`. What a committee in deficit owes is carried in any case.

    :raises PayeeListedTwice: one payee has two balances.
    :raises RateNotKnown: the tax tables have no rate for the day.
    """
    seen: set[str] = set()
    lines = []
    for balance in balances:
        if balance.payee in seen:
            raise PayeeListedTwice(balance.payee)
        seen.add(balance.payee)
        lines.append(_line(balance, paid_on))
    return PayoutPlan(paid_on=paid_on, lines=tuple(lines))


def _line(balance: PayeeBalance, paid_on: date) -> PayoutLine:
    reason = _reason_not_to_pay(balance)
    if reason is not None:
        return _carried(balance, reason)
    tax = payout_tax(
        profile=balance.profile,
        supplies_minor=balance.supplies_minor,
        passthrough_minor=balance.passthrough_minor,
        passthrough_tax_minor=balance.passthrough_tax_minor,
        paid_on=paid_on,
    )
    if tax.payout_minor <= 0:  # Tax to be taken back can outweigh a small balance.
        return _carried(balance, NotPaid.NEGATIVE_BALANCE)
    return PayoutLine(
        payee=balance.payee,
        payable_minor=tax.balance_minor,
        carried_out_minor=balance.arrears_minor,
        carried_tax_minor=balance.arrears_tax_minor,
        arrears_minor=balance.arrears_minor,
        consumption_tax_minor=tax.consumption_tax_minor,
        withholding_base_minor=tax.withholding_base_minor,
        withholding_minor=tax.withholding_minor,
        payout_minor=tax.payout_minor,
        steps=tax.steps,
    )


def _carried(balance: PayeeBalance, reason: NotPaid) -> PayoutLine:
    return PayoutLine(
        payee=balance.payee,
        carried_out_minor=balance.balance_minor + balance.arrears_minor,
        carried_tax_minor=balance.passthrough_tax_minor + balance.arrears_tax_minor,
        reason=reason,
        arrears_minor=balance.arrears_minor,
    )


def _reason_not_to_pay(balance: PayeeBalance) -> NotPaid | None:
    amount = balance.balance_minor
    if amount < 0:
        return NotPaid.NEGATIVE_BALANCE
    if amount == 0 and balance.arrears_minor:
        return NotPaid.COMMITTEE_DEFICIT
    if amount == 0 or amount < balance.minimum_payment_minor:
        return NotPaid.BELOW_MINIMUM
    if balance.hold_reason is not None:
        return NotPaid.HOLD
    if not balance.has_bank_account:
        return NotPaid.BANK_ACCOUNT_MISSING
    if not balance.is_account_writable:
        return NotPaid.ACCOUNT_NOT_WRITABLE
    return None
