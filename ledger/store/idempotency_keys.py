"""
Requests that carry a key: whose claim it is, whether it was carried out, and what was answered.

The mark that a request was carried out is written by the transaction that does so, as its last
word: so either both are in the book or neither, whatever happens to the process.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.store.database import Database
from ledger.store.last_words import with_last_word

_CLAIM = """
    SELECT outcome, claim_number, (known).claimed_at, (known).carried_out_at, (known).status,
           (known).media_type, (known).answer
    FROM claim_idempotency_key(:owner, :key, :fingerprint, :at, :expired_by)
"""
_MARK = "SELECT mark_idempotency_key(:owner, :key, :claim, :at)"
_ANSWER = """
    SELECT answer_idempotency_key(:owner, :key, :claim, :at, :status, :media_type, :answer)
"""
_RELEASE = "SELECT release_idempotency_key(:owner, :key, :claim)"
_FORGET = "SELECT forget_idempotency_keys(:before, :count_max)"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to carry out the request of a key, until somebody else claims it."""

    owner_id: int
    key: str
    number: int


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """What the request was answered, without what is shown once."""

    status: int
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a key that somebody claimed before."""

    outcome: str  # "claimed", "differs", "answered", "in_flight" or "lost"
    claim: Claim
    claimed_at: datetime | None
    carried_out_at: datetime | None
    answer: KeptAnswer | None


def claim(
    session: Session,
    *,
    owner_id: int,
    key: str,
    fingerprint: bytes,
    at: datetime,
    expired_by: datetime,
) -> Known:
    """Claim a key, or take over a claim from before ``expired_by`` that carried nothing out."""
    parameters = {
        "owner": owner_id,
        "key": key,
        "fingerprint": fingerprint,
        "at": at,
        "expired_by": expired_by,
    }
    row = session.execute(text(_CLAIM), parameters).one()
    answer = None
    if row.outcome == "answered":
        answer = KeptAnswer(status=row.status, media_type=row.media_type, content=bytes(row.answer))
    return Known(
        outcome=row.outcome,
        claim=Claim(owner_id=owner_id, key=key, number=row.claim_number or 0),
        claimed_at=row.claimed_at,
        carried_out_at=row.carried_out_at,
        answer=answer,
    )


def keep_answer(session: Session, *, claim: Claim, answer: KeptAnswer, at: datetime) -> None:
    """Write down what a claimed request was answered."""
    session.execute(
        text(_ANSWER),
        {
            **_parameters(claim),
            "at": at,
            "status": answer.status,
            "media_type": answer.media_type,
            "answer": answer.content,
        },
    )


def release(session: Session, *, claim: Claim) -> None:
    """Free a key, unless its request was carried out."""
    session.execute(text(_RELEASE), _parameters(claim))


def forget(session: Session, *, before: datetime, count_max: int) -> int:
    """Remove some keys that were claimed before an instant; return how many."""
    parameters = {"before": before, "count_max": count_max}
    count: int = session.execute(text(_FORGET), parameters).scalar_one()
    return count


def marking(database: Database, *, claim: Claim, at: datetime) -> Database:
    """
    Return the same database, on which whatever is written marks the request as carried out.

    A transaction that comes when the claim is no longer the caller's is refused and undone, as
    ``idempotency_claim_lost``.
    """

    def mark(session: Session) -> None:
        session.execute(text(_MARK), {**_parameters(claim), "at": at})

    return with_last_word(database, mark)


def _parameters(claim: Claim) -> dict[str, object]:
    return {"owner": claim.owner_id, "key": claim.key, "claim": claim.number}
