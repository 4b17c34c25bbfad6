"""
Money that is set aside before a rights holder's receipts are divided, and what comes back of it.

Each piece has an account of its own in the journal, and a reference that it names when it comes
back. What is set aside is neither earned nor paid by anybody while it waits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ledger.core.journal import AccountCode


class SetAsideKind(StrEnum):
    """Why money is set aside, or comes back."""

    SUSPENDED = "suspended"  # waits while claims are disputed
    SUSPENSE_RELEASED = "suspense_released"  # claims were agreed
    RESERVED = "reserved"  # held against refunds and chargebacks
    RESERVE_RETURNED = "reserve_returned"  # receipts it was held of were reversed
    RESERVE_BORNE = "reserve_borne"  # used for a refund or chargeback
    RESERVE_RELEASED = "reserve_released"  # old enough
    REFUNDED = "refunded"  # owed to a licensee again, from the reserve and from what came in


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """
    One movement: above zero what is set aside, below zero what comes back, tax apart.

    ``party`` is the reference of whom the account is kept for, ``reference`` names the reserve or
    claim that it is about.
    """

    kind: SetAsideKind
    account: AccountCode
    party: str
    amount_minor: int
    tax_minor: int
    reference: str = ""


def total(moved: Iterable[SetAside]) -> tuple[int, int]:
    """Return what some movements set aside together, net of what comes back: amount and tax."""
    listed = tuple(moved)
    return (
        sum(each.amount_minor for each in listed),
        sum(each.tax_minor for each in listed),
    )
