"""
The house's own money in the book, and what of it is paid ahead of what AI firms owe.

Under accrual terms payees are paid before the firm has. That money is the house's own: never what
was received for others and is not passed on yet. So whatever is divided ahead is covered when it is
divided, also where it waits in a reserve, in suspense or under a minimum payment.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ledger.core.journal import Account, AccountCode, JournalEntry, move
from ledger.core.money import Money
from ledger.core.refusal import Refusal

#: What the house earned, put in and bore; and what it paid ahead to payees, and lacks of firms.
OWN_ACCOUNTS = (
    AccountCode.OWN_FUNDS,
    AccountCode.ADMIN_FEE,
    AccountCode.OUTPUT_TAX,
    AccountCode.SALES,
    AccountCode.ROYALTY_COST,
    AccountCode.ROYALTY_COST_UNREGISTERED,
    AccountCode.ROYALTY_COST_ABROAD,
    AccountCode.INPUT_TAX,
    AccountCode.BANK_FEES,
    AccountCode.PROCESSOR_FEES,
    AccountCode.EXCHANGE_GAINS,
    AccountCode.EXCHANGE_LOSSES,
    AccountCode.PAYEE_ADVANCES,
    AccountCode.TAKEN_BACK,
)


class OwnFundsTooSmall(Refusal):
    """More would be divided ahead of payments than the house has of its own. Carries both."""

    code = "own_funds_too_small"


class OwnFundsInUse(Refusal):
    """More is to be taken out than is the house's own and free. Carries what is."""

    code = "own_funds_in_use"
    field = "amount"


class OwnFundsMovedAlready(Refusal):
    """A move was written down under this reference of the bank."""

    code = "own_funds_moved_already"
    field = "bank_reference"


class OwnFundsInFuture(Refusal):
    """The move is said to have been made on a day that has not come yet."""

    code = "own_funds_in_future"
    field = "moved_on"


class MoveKind(StrEnum):
    """Which way the house's money goes."""

    PUT = "put"
    TAKE = "take"


@dataclass(frozen=True, kw_only=True)
class OwnFundsMove:
    """The house's money put into the bank account or taken out, and who wrote it down why."""

    kind: MoveKind
    currency: str
    amount_minor: int
    moved_on: date
    bank_reference: str
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class OwnFunds:
    """How the house stands in one currency, in whole minor units, tax included."""

    currency: str
    own_minor: int  # of the money in the book
    advanced_minor: int  # divided, and not received from the firms that owe it
    bank_minor: int  # what no payout run is about to take

    @property
    def free_minor(self) -> int:
        """What the house may take out; below zero what it lacks."""
        return min(self.own_minor - self.advanced_minor, self.bank_minor)

    def require_cover(self) -> None:
        """
        Make sure that what is divided ahead is the house's own money.

        :raises OwnFundsTooSmall: some of it would be what is held for others.
        """
        if self.advanced_minor > max(0, self.own_minor):
            raise OwnFundsTooSmall(
                currency=self.currency,
                advanced=Money(self.advanced_minor, self.currency).to_decimal(),
                own=Money(self.own_minor, self.currency).to_decimal(),
                lacking=Money(self.advanced_minor - self.own_minor, self.currency).to_decimal(),
            )

    def require_free(self, amount_minor: int) -> None:
        """
        Make sure that an amount can be taken out.

        :raises OwnFundsInUse: less is free.
        """
        if amount_minor > self.free_minor:
            raise OwnFundsInUse(
                currency=self.currency,
                amount=Money(amount_minor, self.currency).to_decimal(),
                free=Money(max(0, self.free_minor), self.currency).to_decimal(),
            )


def entry_of(move_: OwnFundsMove, *, posted_on: date) -> JournalEntry:
    """Return the entry of a move: put in, the bank owes it to the house."""
    signed = move_.amount_minor if move_.kind is MoveKind.PUT else -move_.amount_minor
    return JournalEntry(
        kind="own_funds",
        posted_on=posted_on,
        currency=move_.currency,
        source=move_.bank_reference,
        postings=move(Account(AccountCode.BANK), Account(AccountCode.OWN_FUNDS), signed),
    )
