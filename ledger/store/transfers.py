"""Payouts that Stripe transfers: what it answered, and which payout a transfer pays."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.payout_transfer import TransferAnswer

_ANSWERS = """
    SELECT c.subject, r.payout_run_id AS run_id, r.reference AS run, p.party_id AS payee_id,
           p.reference AS payee, o.outcome = 'done' AS is_done,
           coalesce(o.answer ->> 'transfer', o.reason) AS told, o.ended_at AS answered_at
    FROM stripe_call c
    JOIN stripe_outcome o USING (stripe_call_id)
    JOIN payout_run r ON r.book_id = c.book_id AND r.reference = c.arguments ->> 'run'
    JOIN party p ON p.party_id = c.licensee_id
    LEFT JOIN payout_confirmation y
        ON y.payout_run_id = r.payout_run_id AND y.owner_id = c.licensee_id
    LEFT JOIN payout_return b ON b.payout_run_id = r.payout_run_id AND b.owner_id = c.licensee_id
    WHERE c.book_id = :book AND c.kind = 'transfer' AND o.outcome <> 'later'
      AND b.owner_id IS NULL AND (o.outcome = 'refused' OR y.owner_id IS NULL)
    ORDER BY c.stripe_call_id
"""

_TRANSFER = """
    SELECT c.arguments ->> 'run' AS run, p.reference AS payee
    FROM stripe_call c JOIN party p ON p.party_id = c.licensee_id
    WHERE c.book_id = :book AND c.kind = 'transfer' AND c.subject = :reference
"""


@dataclass(frozen=True, kw_only=True)
class TransferInBook:
    """A payout that Stripe was asked to transfer."""

    run: str
    payee: str


def find_answers(session: Session, *, book_id: int) -> list[TransferAnswer]:
    """Return what Stripe answered and no payout says yet, in the order in which it was asked."""
    rows = session.execute(text(_ANSWERS), {"book": book_id})
    return [TransferAnswer(**row._mapping) for row in rows]


def find_transfer(session: Session, *, book_id: int, reference: str) -> TransferInBook | None:
    """Return the payout that is called so at Stripe, None for none."""
    asked = {"book": book_id, "reference": reference}
    row = session.execute(text(_TRANSFER), asked).one_or_none()
    return None if row is None else TransferInBook(**row._mapping)
