"""
A payout that Stripe transfers: how it is called there, what is asked, and what became of it.

Its reference follows from the payout alone, and with it the key under which Stripe does it once,
however often it is asked.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ledger.core.invoice import BankAccountCopy
from ledger.core.payout_run import PayoutRun


class Transferred(Protocol):
    """A payout, as far as its transfer follows from it."""

    @property
    def account(self) -> BankAccountCopy:
        """The payee's account at Stripe."""

    @property
    def payout_minor(self) -> int:
        """What is transferred."""


@dataclass(frozen=True, kw_only=True)
class TransferAnswer:
    """What Stripe answered to a transfer, and the book has not written of its payout yet."""

    subject: str
    run_id: int
    run: str
    payee_id: int
    payee: str
    is_done: bool
    told: str  # the transfer's id, or why it was refused
    answered_at: datetime


def transfer_reference(run: str, payee: str) -> str:
    """
    Return how a payout is called at Stripe: by its run and payee, which it is paid once for.

    >>> transfer_reference("PAY-2026-11", "hoshino")
    'PAY-2026-11:hoshino'
    """
    return f"{run}:{payee}"


def transfer_asked(run: PayoutRun, payout: Transferred) -> Mapping[str, Any]:
    """Return what Stripe is asked to transfer."""
    return {
        "run": run.reference,
        "destination": payout.account.number,
        "amount_minor": payout.payout_minor,
        "currency": run.currency,
    }


def transfer_list(run: PayoutRun, payouts: Iterable[Transferred]) -> bytes:
    """Return the transfers of a run as they are kept where no file goes to a bank."""
    asked = [transfer_asked(run, payout) for payout in payouts]
    return (json.dumps(asked, indent=2) + "\n").encode()
