"""
Processing: how the balance at Stripe moved enters the book, each movement once.

A movement is posted under Stripe's own id for it, so it may be told again and again, in any order.
What belongs to a payment waits until that is in the book.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger.core.fields import check_instant
from ledger.core.movement import OF_PAYMENTS, entries_of, position_change
from ledger.core.period import first_open_day, tokyo_day
from ledger.core.position import moves_of
from ledger.core.processor import Movement
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import entries, months, positions, stripe_movements
from ledger.store.database import Database, Transaction
from ledger.store.stripe_movements import PaidThroughStripe


class PaymentNotInBook(Refusal):
    """A movement belongs to a payment that nobody has told the book of yet. Carries its charge."""

    code = "payment_not_in_book"


class MovementDiffers(Refusal):
    """Stripe took another amount than the payment in the book. Carries both."""

    code = "movement_differs"


def record_movements(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    movements: Sequence[Movement],
    recorded_at: datetime,
) -> int:
    """
    Write and post movements that are not in the book, all or none; return how many those were.

    Each is posted on its own day, or on the first day the book is open after it.

    :raises PaymentNotInBook: one belongs to a payment that is not in the book.
    :raises MovementDiffers: a charge is not of the payment's amount.
    :raises MovementUnknown: one is of a kind that is not posted.
    :raises ExchangedBesideYen: one exchanged other currencies, and neither into yen.
    """
    at = check_instant(recorded_at, field="recorded_at")
    written = []
    with database.transaction() as session:
        charges = {each.charge for each in movements if each.charge}
        paid = stripe_movements.paid_through_stripe(session, book_id=book_id, charges=charges)
        last_closed = months.read_months(session, book_id=book_id).last_closed
        for each in sorted(movements, key=lambda moved: moved.reference):
            payment = _payment_of(each, paid.get(each.charge))
            licensee_id = None if payment is None else payment.licensee_id
            posted_on = first_open_day(tokyo_day(each.created_at), last_closed=last_closed)
            # Looked at first, so that one that cannot be posted is refused, and not written.
            entries_of(each, licensee_id=licensee_id, posted_on=posted_on)
            if stripe_movements.insert_movement(
                session,
                book_id=book_id,
                licensee_id=licensee_id,
                movement=each,
                recorded_at=at,
            ):
                gain_yen = _exchange(session, book_id, each, at)
                written.append(
                    entries_of(
                        each, licensee_id=licensee_id, posted_on=posted_on, gain_yen=gain_yen
                    )
                )
        entries.write_entries(
            session,
            book_id=book_id,
            entries=[entry for made in written for entry in made],
            recorded_at=at,
        )
    return len(written)


def _exchange(session: Transaction, book_id: int, movement: Movement, at: datetime) -> int:
    """Move the position by what Stripe exchanged, and return the gain."""
    change = position_change(movement)
    if change is None:
        return 0
    moves = moves_of(positions.lock_positions(session, book_id=book_id), [change])
    positions.insert_moves(
        session,
        book_id=book_id,
        kind="stripe",
        source=movement.reference,
        moves=moves,
        recorded_at=at,
    )
    return sum(move.gain_yen for move in moves.values())


def _payment_of(movement: Movement, payment: PaidThroughStripe | None) -> PaidThroughStripe | None:
    is_charge = movement.category == "charge"
    if not is_charge and movement.category not in OF_PAYMENTS:
        return None
    if payment is None:
        raise PaymentNotInBook(charge=movement.charge)
    taken = (
        (movement.paid_currency, movement.paid_minor)
        if movement.paid_currency is not None
        else (movement.currency, movement.amount_minor)
    )
    if is_charge and taken != (payment.currency, payment.amount_minor):
        raise MovementDiffers(
            charge=movement.charge,
            currency=taken[0],
            amount=taken[1],
            paid=payment.amount_minor,
            paid_currency=payment.currency,
        )
    return payment
