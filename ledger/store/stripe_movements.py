"""Movements of the balance at Stripe that are in the book, and the payments they belong to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from ledger.core.processor import Movement
from ledger.store.tables.stripe import StripeMovementRow


@dataclass(frozen=True, kw_only=True)
class PaidThroughStripe:
    """A payment that came through Stripe, under the id of its charge."""

    charge: str
    licensee_id: int
    currency: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class MovementInBook:
    """A movement as the book has it."""

    reference: str
    category: str
    currency: str
    amount_minor: int
    fee_minor: int


@dataclass(frozen=True, kw_only=True)
class StripeBalance:
    """What the journal says that Stripe holds in one currency."""

    currency: str
    balance_minor: int


_PAYMENTS = """
    SELECT external_reference AS charge, licensee_id, currency, amount_minor FROM payment
    WHERE book_id = :book AND channel = 'stripe'
      AND (CAST(:charges AS text[]) IS NULL OR external_reference = ANY (CAST(:charges AS text[])))
    ORDER BY payment_id
"""

_MOVEMENTS = """
    SELECT reference, category, currency, amount_minor, fee_minor FROM stripe_movement
    WHERE book_id = :book ORDER BY stripe_movement_id
"""

_BALANCES = """
    SELECT split_part(a.asset, '/', 1) AS currency,
           CAST(b.debit_minor - b.credit_minor AS bigint) AS balance_minor
    FROM account a JOIN account_balance b USING (account_id)
    WHERE a.book_id = :book AND a.code = 'stripe'
    ORDER BY 1
"""


def paid_through_stripe(
    session: Session, *, book_id: int, charges: Collection[str] | None = None
) -> Mapping[str, PaidThroughStripe]:
    """Return payments that came through Stripe, by charge; of some charges where that is asked."""
    asked = {"book": book_id, "charges": None if charges is None else list(charges)}
    rows = session.execute(text(_PAYMENTS), asked)
    return {row.charge: PaidThroughStripe(**row._mapping) for row in rows}


def insert_movement(
    session: Session,
    *,
    book_id: int,
    licensee_id: int | None,
    movement: Movement,
    recorded_at: datetime,
) -> bool:
    """Write a movement; False when it is in the book already."""
    row = {
        "book_id": book_id,
        "licensee_id": licensee_id,
        "reference": movement.reference,
        "category": movement.category,
        "source": movement.source,
        "currency": movement.currency,
        "amount_minor": movement.amount_minor,
        "fee_minor": movement.fee_minor,
        "paid_currency": movement.paid_currency,
        "paid_minor": movement.paid_minor,
        "moved_at": movement.created_at,
        "recorded_at": recorded_at,
    }
    new = insert(StripeMovementRow).values([row]).on_conflict_do_nothing()
    return session.execute(new.returning(text("stripe_movement_id"))).first() is not None


def all_movements(session: Session, *, book_id: int) -> Sequence[MovementInBook]:
    """Return the movements in the book, in the order in which they were written."""
    rows = session.execute(text(_MOVEMENTS), {"book": book_id})
    return [MovementInBook(**row._mapping) for row in rows]


def stripe_balances(session: Session, *, book_id: int) -> Sequence[StripeBalance]:
    """Return what the journal says that Stripe holds, by currency."""
    rows = session.execute(text(_BALANCES), {"book": book_id})
    return [StripeBalance(**row._mapping) for row in rows]
