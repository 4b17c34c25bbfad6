"""
Letters to people: which are due, whose they are, and what came of each try to send one.

A letter brings a link, or reminds a firm of invoices; the queue does not ask which.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.reminder import DunningLetter
from ledger.core.snapshot import from_json
from ledger.store.tables.members import MailAttemptRow


@dataclass(frozen=True, kw_only=True)
class LinkLetter:
    """A letter that brings a link: what its words are made of."""

    purpose: str
    link: str  # the reference of the link it brings
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReminderLetter:
    """A letter that reminds of invoices, as it was written."""

    reference: str
    says: DunningLetter
    is_moot: bool  # everything it asks for is paid or held by now


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter that is due, whose it is, and what it is about."""

    mail_id: int
    number: int  # which try this is
    person_id: int | None
    email: str
    name: str
    language: str
    about: LinkLetter | ReminderLetter


# Nothing reminds of what was paid, or held, after the letter was written.
_CLAIM = """
    WITH claimed AS MATERIALIZED (SELECT * FROM claim_mail(:at, :leased_until, :limit))
    SELECT m.mail_id, c.attempt AS number, p.person_id, coalesce(p.email, m.email) AS email,
           coalesce(p.name, m.name) AS name, coalesce(p.language, m.language) AS language,
           l.purpose, l.reference AS link, l.expires_at, w.reference, w.snapshot,
           NOT EXISTS (
               SELECT FROM reminder r JOIN invoice i USING (document_id)
               WHERE r.dunning_letter_id = w.dunning_letter_id
                 AND i.total_minor > (SELECT coalesce(sum(amount_minor), 0) FROM receipt g
                                      WHERE g.document_id = i.document_id)
                 AND NOT EXISTS (SELECT FROM dunning_hold h
                                 LEFT JOIN dunning_release o USING (dunning_hold_id)
                                 WHERE h.licensee_id = i.licensee_id AND o.dunning_hold_id IS NULL
                                   AND (h.document_id IS NULL OR h.document_id = i.document_id))
           ) AS is_moot
    FROM claimed c
    JOIN mail m ON m.mail_id = c.claimed_id
    LEFT JOIN person p USING (person_id)
    LEFT JOIN access_link l USING (access_link_id)
    LEFT JOIN dunning_letter w USING (dunning_letter_id)
    ORDER BY m.mail_id
"""


def claim_letters(
    session: Session, *, at: datetime, leased_until: datetime, limit: int
) -> list[Letter]:
    """Take letters that are due; until the lease is over nobody else gets them."""
    parameters = {"at": at, "leased_until": leased_until, "limit": limit}
    return [
        Letter(
            mail_id=row.mail_id,
            number=row.number,
            person_id=row.person_id,
            email=row.email,
            name=row.name,
            language=row.language,
            about=LinkLetter(purpose=row.purpose, link=row.link, expires_at=row.expires_at)
            if row.link is not None
            else ReminderLetter(
                reference=row.reference,
                says=from_json(DunningLetter, row.snapshot),
                is_moot=row.is_moot,
            ),
        )
        for row in session.execute(text(_CLAIM), parameters)
    ]


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
