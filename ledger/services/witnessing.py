"""Witnessing: who did what through the portal, written down and read."""

from datetime import datetime

from ledger.core.fields import check_whole
from ledger.services import BOOK_ID
from ledger.store import people
from ledger.store.database import Database, Transaction
from ledger.store.last_words import with_last_word
from ledger.store.people import Act
from ledger.store.portal_sessions import Found

LIMIT_MAX = 500


def record(
    database: Database, *, current: Found, act: str, subject: str, recorded_at: datetime
) -> None:
    """Write that somebody does something for the organisation they are signed in for."""
    with database.transaction() as session:
        people.insert_act(
            session,
            owner_id=current.owner_id,
            person_id=current.person_id,
            act=act,
            subject=subject,
            recorded_at=recorded_at,
        )


def witnessed(
    database: Database, *, current: Found, act: str, subject: str, recorded_at: datetime
) -> Database:
    """
    Return the same database, on which what is written is written together with who did it.

    It is for the one transaction of a use case; what only reads has no witness.
    """

    def write(session: Transaction) -> None:
        people.insert_act(
            session,
            owner_id=current.owner_id,
            person_id=current.person_id,
            act=act,
            subject=subject,
            recorded_at=recorded_at,
        )

    return with_last_word(database, write)


def list_acts(
    database: Database, *, owner_id: int | None, before: int | None, limit: int
) -> tuple[Act, ...]:
    """
    Return what was done for an organisation, or with None for any, the latest first.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        return tuple(
            people.list_acts(
                session, book_id=BOOK_ID, owner_id=owner_id, before=before, limit=limit
            )
        )
