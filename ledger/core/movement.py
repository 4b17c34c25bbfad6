"""
What a movement of the balance at the processor does to the journal.

A payment itself is posted when it is recorded (:mod:`ledger.services.collecting`), in the currency
in which the firm paid, and so is what payees are to be paid when their run is released. Here is
everything else: what the processor keeps, what it exchanges, what firms take back, what it pays to
the bank, and what it moves to payees.
"""

from datetime import date

from ledger.core.journal import Account, AccountCode, JournalEntry, Posting, move
from ledger.core.processor import Movement
from ledger.core.refusal import Refusal

#: Of payments: the money is the firm's again, or the house's once more.
OF_PAYMENTS = frozenset(
    {"refund", "refund_failure", "partial_capture_reversal", "dispute", "dispute_reversal"}
)
#: To the house's bank, and back from it.
OF_PAYOUTS = frozenset({"payout", "payout_reversal", "topup", "topup_reversal"})
#: To connected accounts of payees, and back from them.
OF_TRANSFERS = frozenset({"transfer", "transfer_reversal"})

_STRIPE = Account(AccountCode.STRIPE)
_FEES = Account(AccountCode.PROCESSOR_FEES)
_EXCHANGE = Account(AccountCode.EXCHANGE)


class MovementUnknown(Refusal):
    """The processor moved the balance for a reason that the book does not know. Carries it."""

    code = "movement_unknown"


def entries_of(
    movement: Movement, *, licensee_id: int | None, posted_on: date
) -> tuple[JournalEntry, ...]:
    """
    Return the entries of a movement: one for each currency that it touches, none for nothing.

    :raises MovementUnknown: its category is not one of those that are posted.
    """
    own = movement.currency if movement.paid_currency is None else movement.paid_currency
    postings: dict[str, tuple[Posting, ...]] = {own: _of_category(movement, licensee_id)}
    if movement.paid_currency is not None and movement.paid_minor is not None:
        postings[own] += move(_EXCHANGE, _STRIPE, movement.paid_minor)
        settled = move(_STRIPE, _EXCHANGE, movement.amount_minor)
        postings[movement.currency] = postings.get(movement.currency, ()) + settled
    fee = move(_FEES, _STRIPE, movement.fee_minor)
    postings[movement.currency] = postings.get(movement.currency, ()) + fee
    return tuple(
        JournalEntry(
            kind="stripe",
            posted_on=posted_on,
            currency=currency,
            source=movement.reference,
            postings=moved,
        )
        for currency, moved in postings.items()
        if moved
    )


def _of_category(movement: Movement, licensee_id: int | None) -> tuple[Posting, ...]:
    paid_minor = movement.amount_minor if movement.paid_minor is None else movement.paid_minor
    if movement.category == "charge":
        return ()
    if movement.category in OF_PAYMENTS and licensee_id is not None:
        return move(Account(AccountCode.TAKEN_BACK, licensee_id), _STRIPE, -paid_minor)
    if movement.category in OF_PAYOUTS:
        return move(Account(AccountCode.BANK), _STRIPE, -movement.amount_minor)
    if movement.category in OF_TRANSFERS:
        return move(Account(AccountCode.TRANSFERS), _STRIPE, -movement.amount_minor)
    if movement.category == "fee":
        return move(_FEES, _STRIPE, -movement.amount_minor)
    raise MovementUnknown(category=movement.category, value=movement.reference)
