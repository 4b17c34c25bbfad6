"""
What a movement of the balance at the processor does to the journal.

A payment itself is posted when it is recorded (:mod:`ledger.services.collecting`), in the currency
in which the firm paid, and so is what payees are to be paid when their run is released. Here is
everything else: what the processor keeps, what it exchanges, what firms take back, what it pays to
the bank, and what it moves to payees.
"""

from datetime import date

from ledger.core.exchange_terms import YEN
from ledger.core.journal import Account, AccountCode, JournalEntry, Posting, move
from ledger.core.position import gain_postings
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


class ExchangedBesideYen(Refusal):
    """Stripe exchanged one other currency into another, for which the book has no cost."""

    code = "exchanged_beside_yen"


def entries_of(
    movement: Movement, *, licensee_id: int | None, posted_on: date, gain_yen: int = 0
) -> tuple[JournalEntry, ...]:
    """
    Return the entries of a movement: one for each currency that it touches, none for nothing.

    ``gain_yen`` is what exchanging brought beyond the cost of what was exchanged.

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
    postings[YEN] = postings.get(YEN, ()) + gain_postings(gain_yen)
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


def position_change(movement: Movement) -> tuple[str, int, int] | None:
    """
    Return the currency that a movement exchanged, what of it came in, and the yen paid for it.

    What goes out is below zero, and so are the yen that come for it; None where nothing was
    exchanged.

    :raises ExchangedBesideYen: neither side is in yen, so that nothing says what it cost.
    """
    if movement.paid_currency is None or movement.paid_minor is None:
        return None
    if movement.currency == YEN:
        return movement.paid_currency, -movement.paid_minor, -movement.amount_minor
    if movement.paid_currency == YEN:
        return movement.currency, movement.amount_minor, movement.paid_minor
    raise ExchangedBesideYen(
        value=movement.reference, currency=movement.currency, paid_currency=movement.paid_currency
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
