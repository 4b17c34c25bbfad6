"""Movements of the balance at Stripe that are in the book, and the payments they belong to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from ledger.core.processor import Movement
from ledger.core.reconciliation import PostedMovement
from ledger.store.tables.stripe import StripeMovementRow, StripeReconciliationRow


@dataclass(frozen=True, kw_only=True)
class PaidThroughStripe:
    """A payment that came through Stripe, under the id of its charge."""

    charge: str
    licensee_id: int
    currency: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """When the book was held against Stripe, and what differed."""

    reconciled_at: datetime
    reconciled_by: str
    differences: Sequence[Mapping[str, Any]]


_PAYMENTS = """
    SELECT external_reference AS charge, licensee_id, currency, amount_minor FROM payment
    WHERE book_id = :book AND channel = 'stripe'
      AND (CAST(:charges AS text[]) IS NULL OR external_reference = ANY (CAST(:charges AS text[])))
    ORDER BY payment_id
"""

_MOVEMENTS = """
    SELECT reference, category, source, currency, amount_minor, fee_minor, moved_at
    FROM stripe_movement
    WHERE book_id = :book AND (CAST(:since AS timestamptz) IS NULL OR moved_at >= :since)
    ORDER BY stripe_movement_id
"""

_CHARGED = """
    SELECT source FROM stripe_movement WHERE book_id = :book AND category = 'charge'
"""

_LAST = """
    SELECT reconciled_at, reconciled_by, differences FROM stripe_reconciliation
    WHERE book_id = :book AND is_live = :live
    ORDER BY stripe_reconciliation_id DESC LIMIT 1
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


def posted_movements(
    session: Session, *, book_id: int, since: datetime | None
) -> Sequence[PostedMovement]:
    """Return the movements in the book since an instant, in the order of writing."""
    rows = session.execute(text(_MOVEMENTS), {"book": book_id, "since": since})
    return [PostedMovement(**row._mapping) for row in rows]


def charged(session: Session, *, book_id: int) -> set[str]:
    """Return the charges whose movement is in the book."""
    return set(session.execute(text(_CHARGED), {"book": book_id}).scalars())


def stripe_balances(session: Session, *, book_id: int) -> Mapping[str, int]:
    """Return what the journal says that Stripe holds, by currency."""
    rows = session.execute(text(_BALANCES), {"book": book_id})
    return {row.currency: row.balance_minor for row in rows}


def insert_reconciliation(
    session: Session,
    *,
    book_id: int,
    differences: Sequence[Mapping[str, Any]],
    is_live: bool,
    reconciled_by: str,
    reconciled_at: datetime,
) -> None:
    """Write that the book was held against Stripe, and what differed."""
    row = {
        "book_id": book_id,
        "is_live": is_live,
        "reconciled_at": reconciled_at,
        "reconciled_by": reconciled_by,
        "differences": list(differences),
    }
    session.execute(insert(StripeReconciliationRow).values([row]))


def last_reconciliation(session: Session, *, book_id: int, is_live: bool) -> Reconciliation | None:
    """Return the last time that the book was held against Stripe, None when it never was."""
    row = session.execute(text(_LAST), {"book": book_id, "live": is_live}).one_or_none()
    return None if row is None else Reconciliation(**row._mapping)
