"""Renewing: somebody who is signed in sets another password, and is out everywhere else."""

from collections.abc import Callable
from datetime import datetime

from ledger.core.membership import check_password
from ledger.store import accesses, people, portal_sessions
from ledger.store.database import Database
from ledger.store.portal_sessions import Found


def change_password(
    database: Database,
    *,
    current: Found,
    attempt_id: int,
    password: str,
    hashed: Callable[[str], str],
    at: datetime,
) -> None:
    """
    Set a password for whoever has shown the one before it, and end their other sessions.

    ``attempt_id`` is of the try in which the old password was right.

    :raises PasswordTooShort, PasswordTooLong, PasswordGivesAway, TextUnprintable: by field.
    """
    checked = check_password(password, email=current.email, field="password")
    kept = hashed(checked)
    with database.transaction() as session:
        portal_sessions.insert_pass(session, attempt_id=attempt_id, passed_at=at)
        accesses.set_password(session, person_id=current.person_id, password_hash=kept, at=at)
        for each in portal_sessions.list_sessions(session, person_id=current.person_id, at=at):
            if each.reference != current.reference:
                portal_sessions.end_sessions(
                    session,
                    person_id=current.person_id,
                    reference=each.reference,
                    reason="password",
                    at=at,
                )
        people.insert_act(
            session,
            owner_id=current.owner_id,
            person_id=current.person_id,
            act="password_changed",
            recorded_at=at,
        )
