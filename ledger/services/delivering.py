"""
Delivering: whoever sends takes what is due, and tells the book what came of it.

Sending lies between the two and outside of any transaction. What is taken and never told about
comes back when its lease ends, so it may be sent twice, and always with the same id.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.core.webhook import LEASE, Answer, Following, Outcome, Secret, follow, secrets_in_force
from ledger.store import webhooks
from ledger.store.database import Database
from ledger.store.webhooks import DueDelivery

#: How many attempts one worker takes at a time, and how many of those for one endpoint.
COUNT_MAX, OF_EACH_MAX = 10, 3


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An attempt that is ours to make until the lease ends, and the secrets that sign it."""

    delivery: DueDelivery
    signed_by: tuple[Secret, ...]


def claim_due(database: Database, *, at: datetime, count_max: int = COUNT_MAX) -> list[Claimed]:
    """Take attempts that are due at an instant; nobody else is given them for a while."""
    with database.transaction() as session:
        due = webhooks.claim_due(
            session,
            at=at,
            lease_until=at + LEASE,
            count_max=count_max,
            of_each_max=min(count_max, OF_EACH_MAX),
        )
    return [
        Claimed(delivery=each, signed_by=secrets_in_force(each.dated_secrets, at=at))
        for each in due
    ]


def record_attempt(database: Database, *, delivery: DueDelivery, answer: Answer) -> Following:
    """
    Write what an attempt came to, and return what follows it.

    An endpoint that answered that it is gone ends here. When the same attempt was recorded
    before, by a worker that got it after the lease had ended, the first record stays.
    """
    following = follow(number=delivery.number, answer=answer)
    with database.transaction() as session:
        is_first = webhooks.insert_attempt(
            session, delivery=delivery, answer=answer, following=following
        )
        if is_first and following.outcome is Outcome.GONE:
            webhooks.end_endpoint(
                session,
                endpoint_id=delivery.endpoint_id,
                owner_id=delivery.owner_id,
                ended_at=answer.ended_at,
                reason="gone",
            )
    return following
