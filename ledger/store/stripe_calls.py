"""
The queue of what Stripe is to do: calls, the tries at them, and what came of each.

A try is written before Stripe is asked. One that nobody came back from is made again when its
lease is over; which number it has then says that there was another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from ledger.core.processor import Payer
from ledger.store.tables.stripe import StripeCallRow, StripeCustomerRow, StripeOutcomeRow


@dataclass(frozen=True, kw_only=True)
class Call:
    """Something that Stripe is to do, and which try at it this is."""

    id: int
    licensee_id: int
    kind: str
    subject: str
    arguments: Mapping[str, Any]
    is_live: bool
    queued_at: datetime
    number: int
    first_begun_at: datetime
    payer: Payer
    payer_since: datetime
    customer: str | None
    opened: str | None  # to be withdrawn; "" when it was never made, None while that is open


@dataclass(frozen=True, kw_only=True)
class StuckCall:
    """A call that Stripe refused, or that is still tried."""

    kind: str
    subject: str
    outcome: str | None
    reason: str | None
    tries: int
    next_at: datetime | None


_TAKE = """
    WITH due AS (
        SELECT c.stripe_call_id, c.licensee_id, coalesce(last.number, 0) + 1 AS number
        FROM stripe_call c
        LEFT JOIN LATERAL (SELECT t.number, t.begun_at FROM stripe_try t
                           WHERE t.stripe_call_id = c.stripe_call_id
                           ORDER BY t.number DESC LIMIT 1) last ON true
        LEFT JOIN stripe_outcome o
            ON o.stripe_call_id = c.stripe_call_id AND o.number = last.number
        WHERE c.book_id = :book AND c.is_live = :live AND c.queued_at <= :at
          AND (last.number IS NULL
               OR (o.outcome IS NULL AND last.begun_at <= :lease)
               OR (o.outcome = 'later' AND o.next_at <= :at))
        ORDER BY c.stripe_call_id LIMIT :limit
    ), taken AS (
        INSERT INTO stripe_try (stripe_call_id, number, licensee_id, begun_at)
        SELECT stripe_call_id, number, licensee_id, :at FROM due
        ON CONFLICT DO NOTHING
        RETURNING stripe_call_id, number
    )
    SELECT c.stripe_call_id AS id, c.licensee_id, c.kind, c.subject, c.arguments, c.is_live,
           c.queued_at, taken.number, p.reference AS payer, p.name_ja, p.name_en, p.language,
           p.recorded_at AS payer_since, customer.stripe_id AS customer,
           (SELECT coalesce(o.answer ->> 'processor_id', '')
            FROM stripe_call open JOIN stripe_outcome o USING (stripe_call_id)
            WHERE open.book_id = c.book_id AND open.kind = 'open' AND open.subject = c.subject
              AND o.outcome <> 'later') AS opened,
           coalesce((SELECT min(begun_at) FROM stripe_try t
                     WHERE t.stripe_call_id = c.stripe_call_id), :at) AS first_begun_at
    FROM taken
    JOIN stripe_call c USING (stripe_call_id)
    JOIN party p ON p.party_id = c.licensee_id
    LEFT JOIN stripe_customer customer
        ON customer.licensee_id = c.licensee_id AND customer.is_live = c.is_live
    ORDER BY c.stripe_call_id
"""

_STUCK = """
    SELECT c.kind, c.subject, o.outcome, o.reason, o.next_at, coalesce(last.number, 0) AS tries
    FROM stripe_call c
    LEFT JOIN LATERAL (SELECT number FROM stripe_try t WHERE t.stripe_call_id = c.stripe_call_id
                       ORDER BY number DESC LIMIT 1) last ON true
    LEFT JOIN stripe_outcome o ON o.stripe_call_id = c.stripe_call_id AND o.number = last.number
    WHERE c.book_id = :book AND o.outcome IS DISTINCT FROM 'done'
    ORDER BY c.stripe_call_id
"""

_CUSTOMER = """
    SELECT stripe_id FROM stripe_customer WHERE licensee_id = :licensee AND is_live = :live
"""


def queue_call(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    kind: str,
    subject: str,
    arguments: Mapping[str, Any],
    is_live: bool,
    queued_at: datetime,
    queued_by: str,
) -> bool:
    """Write what Stripe is to do; False when that is in the queue already."""
    row = {
        "book_id": book_id,
        "licensee_id": licensee_id,
        "kind": kind,
        "subject": subject,
        "arguments": dict(arguments),
        "is_live": is_live,
        "queued_at": queued_at,
        "queued_by": queued_by,
    }
    new = insert(StripeCallRow).values([row]).on_conflict_do_nothing()
    return session.execute(new.returning(text("stripe_call_id"))).first() is not None


def take_due(
    session: Session, *, book_id: int, is_live: bool, at: datetime, lease: datetime, limit: int
) -> Sequence[Call]:
    """Begin the next try of calls that are due; what was begun before ``lease`` is lost."""
    asked = {"book": book_id, "live": is_live, "at": at, "lease": lease, "limit": limit}
    return [
        Call(
            id=row.id,
            licensee_id=row.licensee_id,
            kind=row.kind,
            subject=row.subject,
            arguments=row.arguments,
            is_live=row.is_live,
            queued_at=row.queued_at,
            number=row.number,
            first_begun_at=min(row.first_begun_at, at),
            payer=Payer(
                reference=row.payer,
                name=row.name_ja if row.language == "ja" else row.name_en,
                language=row.language,
            ),
            payer_since=row.payer_since,
            customer=row.customer,
            opened=row.opened,
        )
        for row in session.execute(text(_TAKE), asked)
    ]


def insert_outcome(
    session: Session,
    *,
    call: Call,
    ended_at: datetime,
    outcome: str,
    reason: str = "",
    answer: Mapping[str, Any] | None = None,
    next_at: datetime | None = None,
) -> None:
    """Write what came of a try; when the call has ended, by another worker, that stays."""
    row = {
        "stripe_call_id": call.id,
        "number": call.number,
        "licensee_id": call.licensee_id,
        "ended_at": ended_at,
        "outcome": outcome,
        "reason": reason,
        "answer": None if answer is None else dict(answer),
        "next_at": next_at,
    }
    session.execute(insert(StripeOutcomeRow).values([row]).on_conflict_do_nothing())


def keep_customer(
    session: Session, *, licensee_id: int, is_live: bool, stripe_id: str, recorded_at: datetime
) -> str:
    """Write under which id Stripe knows a firm, and return the one that counts: the first."""
    row = {
        "licensee_id": licensee_id,
        "is_live": is_live,
        "stripe_id": stripe_id,
        "recorded_at": recorded_at,
    }
    session.execute(insert(StripeCustomerRow).values([row]).on_conflict_do_nothing())
    asked = {"licensee": licensee_id, "live": is_live}
    return str(session.execute(text(_CUSTOMER), asked).scalar_one())


def stuck_calls(session: Session, *, book_id: int) -> Sequence[StuckCall]:
    """Return the calls that have not come off."""
    rows = session.execute(text(_STUCK), {"book": book_id})
    return [StuckCall(**row._mapping) for row in rows]
