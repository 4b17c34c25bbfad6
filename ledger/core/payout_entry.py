"""
What a payout posts when its run is released, and when it comes back.

What a bank pays leaves the bank account. What Stripe is to transfer waits on an account of its own
until the movement of its balance is posted; so the balance in the book is Stripe's at any time.
"""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from ledger.core.journal import Account, AccountCode, JournalEntry, Posting, move
from ledger.core.payout_run import Payment, PayoutRun


class Payout(Protocol):
    """A payment about to leave, as far as its postings follow from it."""

    @property
    def payee_id(self) -> int:
        """Who is paid."""

    @property
    def payout_minor(self) -> int:
        """What is transferred."""

    @property
    def withholding_minor(self) -> int:
        """What is kept for the tax office."""

    @property
    def is_at_stripe(self) -> bool:
        """Whether Stripe transfers it."""


def released_entry(run: PayoutRun, paid: Iterable[Payout], *, posted_on: date) -> JournalEntry:
    """Return the entry of a run that is released."""
    return JournalEntry(
        kind="payout",
        posted_on=posted_on,
        currency=run.currency,
        source=run.reference,
        postings=tuple(posting for payout in paid for posting in _postings(payout)),
    )


def returned_entry(run: PayoutRun, payment: Payment, *, posted_on: date) -> JournalEntry:
    """Return the entry of a payment that came back: money and withholding are owed again."""
    payable = Account(AccountCode.PAYABLE, payment.payee_id)
    return JournalEntry(
        kind="payout_return",
        posted_on=posted_on,
        currency=run.currency,
        source=f"{run.reference}:{payment.payee}",
        postings=(
            *move(_left_from(is_at_stripe=payment.is_at_stripe), payable, payment.payout_minor),
            *move(Account(AccountCode.WITHHOLDING), payable, payment.withholding_minor),
        ),
    )


def _postings(payout: Payout) -> tuple[Posting, ...]:
    payable = Account(AccountCode.PAYABLE, payout.payee_id)
    return (
        *move(payable, _left_from(is_at_stripe=payout.is_at_stripe), payout.payout_minor),
        *move(payable, Account(AccountCode.WITHHOLDING), payout.withholding_minor),
    )


def _left_from(*, is_at_stripe: bool) -> Account:
    return Account(AccountCode.TRANSFERS if is_at_stripe else AccountCode.BANK)
