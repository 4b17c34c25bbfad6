"""
Mailing: letters that are due are taken one by one, and what came of each try is written.

Whatever a letter is about, it goes the same way. A worker that dies between the server's answer
and the commit sends it once more, under the same Message-ID.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from ledger.store import letters
from ledger.store.database import Database
from ledger.store.letters import Letter, LinkLetter

#: Waits between tries. A link is good for an hour at least, so later ones would come too late.
WAITS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
)
#: For how long a letter that was taken is nobody else's.
LEASE = timedelta(minutes=2)
FAILURE_LENGTH_MAX = 500


class Outcome(StrEnum):
    """What came of a try."""

    SENT = "sent"
    RETRYING = "retrying"
    GAVE_UP = "gave_up"
    DROPPED = "dropped"  # there was nothing left to say


def claim_due(database: Database, *, at: datetime, limit: int = 1) -> tuple[Letter, ...]:
    """Take letters that are due; the lease brings back what a lost worker had taken."""
    with database.transaction() as session:
        return tuple(letters.claim_letters(session, at=at, leased_until=at + LEASE, limit=limit))


def record_try(
    database: Database, *, letter: Letter, failure: str | None, tried_at: datetime
) -> Outcome:
    """Write what came of a try: sent, or what was heard; then it is tried again, or given up."""
    next_due_at = None
    if failure is None:
        outcome = Outcome.SENT
    elif letter.number > len(WAITS) or _is_too_late(letter, tried_at):
        outcome = Outcome.GAVE_UP
    else:
        outcome = Outcome.RETRYING
        next_due_at = tried_at + WAITS[letter.number - 1]
    _record(database, letter, tried_at, outcome, failure or "", next_due_at)
    return outcome


def drop(database: Database, *, letter: Letter, dropped_at: datetime) -> Outcome:
    """Write that a letter was not sent, because what it reminds of is paid or held by now."""
    _record(database, letter, dropped_at, Outcome.DROPPED, "", None)
    return Outcome.DROPPED


def _is_too_late(letter: Letter, tried_at: datetime) -> bool:
    return isinstance(letter.about, LinkLetter) and letter.about.expires_at <= tried_at


def _record(
    database: Database,
    letter: Letter,
    tried_at: datetime,
    outcome: Outcome,
    failure: str,
    next_due_at: datetime | None,
) -> None:
    with database.transaction() as session:
        letters.insert_attempt(
            session,
            letter=letter,
            tried_at=tried_at,
            outcome=outcome,
            failure=failure[:FAILURE_LENGTH_MAX],
            next_due_at=next_due_at,
        )
