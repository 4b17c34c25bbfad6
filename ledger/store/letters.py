"""Letters to people: which are due, whose they are, and what came of each try to send one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.store.tables.members import MailAttemptRow


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter that is due, with what its words are made of."""

    mail_id: int
    number: int  # which try this is
    person_id: int
    email: str
    name: str
    language: str
    purpose: str
    link: str  # the reference of the link it brings
    expires_at: datetime


_CLAIM = """
    WITH claimed AS MATERIALIZED (SELECT * FROM claim_mail(:at, :leased_until, :limit))
    SELECT m.mail_id, c.attempt AS number, p.person_id, p.email, p.name, p.language, l.purpose,
           l.reference AS link, l.expires_at
    FROM claimed c
    JOIN mail m ON m.mail_id = c.claimed_id
    JOIN person p USING (person_id)
    JOIN access_link l USING (access_link_id)
    ORDER BY m.mail_id
"""


def claim_letters(
    session: Session, *, at: datetime, leased_until: datetime, limit: int
) -> list[Letter]:
    """Take letters that are due; until the lease is over nobody else gets them."""
    parameters = {"at": at, "leased_until": leased_until, "limit": limit}
    return [Letter(**row._mapping) for row in session.execute(text(_CLAIM), parameters)]


def insert_attempt(
    session: Session,
    *,
    letter: Letter,
    tried_at: datetime,
    outcome: str,
    failure: str,
    next_due_at: datetime | None,
) -> None:
    """Write what came of a try; the queue moves with it."""
    row = {
        "mail_id": letter.mail_id,
        "number": letter.number,
        "person_id": letter.person_id,
        "tried_at": tried_at,
        "outcome": outcome,
        "failure": failure,
        "next_due_at": next_due_at,
    }
    session.execute(insert(MailAttemptRow), [row])
