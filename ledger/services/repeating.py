"""
Repeating: a request that carries a key is carried out once, however often it is sent.

Its key is claimed first. Whatever the request writes, it writes in one transaction with the mark
that it was carried out. Its answer is kept afterwards. So a process that dies leaves either a
claim that nothing came of, which the next one takes over after a while, or a request that was
carried out and whose answer is lost; never one that is carried out twice.
"""

from datetime import datetime, timedelta

from ledger.core.refusal import Refusal
from ledger.store import idempotency_keys
from ledger.store.database import Database
from ledger.store.idempotency_keys import Claim, KeptAnswer, marking

__all__ = ["Claim", "KeptAnswer", "claim", "forget", "keep_answer", "marking", "release"]

#: How long whoever claimed a key has to carry its request out before another may.
CLAIM_LASTS = timedelta(minutes=2)
#: How long keys and their answers are kept.
KEPT_FOR = timedelta(days=30)
#: How many are removed in one transaction.
_FORGOTTEN_AT_ONCE = 1_000


class RequestInFlight(Refusal):
    """The first request with the key has not been answered yet."""

    code = "idempotency_key_in_flight"


class KeyOfOtherRequest(Refusal):
    """The key came with another request before."""

    code = "idempotency_key_reused"


class AnswerLost(Refusal):
    """The request was carried out, and its answer was never written down."""

    code = "idempotency_answer_lost"


def claim(
    database: Database, *, owner_id: int, key: str, fingerprint: bytes, at: datetime
) -> Claim | KeptAnswer:
    """
    Return the right to carry a request out, or the answer that it was given before.

    ``fingerprint`` is the SHA-256 of everything that makes the request this one.

    :raises KeyOfOtherRequest: the key belongs to a request with another fingerprint.
    :raises RequestInFlight: somebody claimed it less than :data:`CLAIM_LASTS` ago.
    :raises AnswerLost: it was carried out by somebody who was cut off before answering.
    """
    with database.transaction() as session:
        known = idempotency_keys.claim(
            session,
            owner_id=owner_id,
            key=key,
            fingerprint=fingerprint,
            at=at,
            expired_by=at - CLAIM_LASTS,
        )
    if known.outcome == "claimed":
        return known.claim
    if known.answer is not None:
        return known.answer
    if known.outcome == "differs":
        raise KeyOfOtherRequest(value=key)
    if known.outcome == "lost":
        assert known.carried_out_at is not None
        raise AnswerLost(value=key, carried_out_at=known.carried_out_at.isoformat())
    raise RequestInFlight(value=key, seconds=int(CLAIM_LASTS.total_seconds()))


def keep_answer(database: Database, *, claim: Claim, answer: KeptAnswer, at: datetime) -> None:
    """Keep what a claimed request was answered, for whoever sends it again."""
    with database.transaction() as session:
        idempotency_keys.keep_answer(session, claim=claim, answer=answer, at=at)


def release(database: Database, *, claim: Claim) -> None:
    """Free the key of a request that was refused; one that was carried out stays taken."""
    with database.transaction() as session:
        idempotency_keys.release(session, claim=claim)


def forget(database: Database, *, at: datetime) -> int:
    """Remove the keys that have been kept for :data:`KEPT_FOR`; return how many."""
    total = 0
    while True:
        with database.transaction() as session:
            count = idempotency_keys.forget(
                session, before=at - KEPT_FOR, count_max=_FORGOTTEN_AT_ONCE
            )
        total += count
        if count < _FORGOTTEN_AT_ONCE:
            return total
