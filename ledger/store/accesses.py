"""Ways in for people: passwords, what one-time codes are made of, links, and their letters."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, insert

from ledger.store.people import Person, person_of
from ledger.store.tables.members import AccessLinkRow, AccessLinkUseRow, MailRow


@dataclass(frozen=True, kw_only=True)
class Link:
    """What lets a person set a password, and what became of it."""

    id: int
    reference: str
    person: Person
    purpose: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What a person shows to come in. Of the password only the hash is there."""

    person: Person
    password_hash: str
    sealed_secret: bytes | None  # of one-time codes, when they use them


_SECRETS = """
    SELECT p.person_id, p.reference AS person_reference, p.email, p.name, p.language,
           w.hash, f.sealed_secret
    FROM person p JOIN password w USING (person_id) LEFT JOIN second_factor f USING (person_id)
    WHERE p.book_id = :book AND p.email = :email
"""

_LINK = """
    SELECT l.access_link_id, l.reference, l.purpose, l.expires_at, u.used_at,
           p.person_id, p.reference AS person_reference, p.email, p.name, p.language
    FROM access_link l
    JOIN person p USING (person_id)
    LEFT JOIN access_link_use u USING (access_link_id)
    WHERE l.reference = :reference AND p.book_id = :book
"""


def secrets_of(session: Session, *, book_id: int, email: str) -> Secrets | None:
    """Return what the person with an address shows to come in; None when nobody can."""
    row = session.execute(text(_SECRETS), {"book": book_id, "email": email}).one_or_none()
    if row is None:
        return None
    return Secrets(person=person_of(row), password_hash=row.hash, sealed_secret=row.sealed_secret)


def set_password(session: Session, *, person_id: int, password_hash: str, at: datetime) -> None:
    """Keep a password's hash in the place of the one before."""
    call = "SELECT set_password(:person, :hash, :at)"
    session.execute(text(call), {"person": person_id, "hash": password_hash, "at": at})


def set_codes(
    session: Session, *, person_id: int, sealed_secret: bytes, step: int, at: datetime
) -> None:
    """Keep what one-time codes are made of; codes up to a step are used up."""
    call = "SELECT set_second_factor(:person, :sealed, :step, :at)"
    parameters = {"person": person_id, "sealed": sealed_secret, "step": step, "at": at}
    session.execute(text(call), parameters)


def take_code(session: Session, *, person_id: int, step: int) -> bool:
    """Use the code of a step up; tell whether it was still good."""
    call = "SELECT take_code(:person, :step)"
    return bool(session.scalar(text(call), {"person": person_id, "step": step}))


def forget_codes(session: Session, *, person_id: int) -> bool:
    """Remove what one-time codes are made of; tell whether there was anything."""
    call = "SELECT forget_second_factor(:person)"
    return bool(session.scalar(text(call), {"person": person_id}))


def insert_link(
    session: Session,
    *,
    person_id: int,
    purpose: str,
    recorded_at: datetime,
    expires_at: datetime,
    recorded_by: str,
    is_mailed: bool,
) -> str:
    """Write a link, with the letter that brings it when it is mailed; return its reference."""
    row = {
        "person_id": person_id,
        "purpose": purpose,
        "recorded_at": recorded_at,
        "expires_at": expires_at,
        "recorded_by": recorded_by,
    }
    new = insert(AccessLinkRow).returning(
        col(AccessLinkRow.access_link_id), col(AccessLinkRow.reference)
    )
    link_id: int
    reference: str
    link_id, reference = session.execute(new, [row]).one()
    if is_mailed:
        letter = {"person_id": person_id, "access_link_id": link_id, "recorded_at": recorded_at}
        session.execute(insert(MailRow), [letter])
    return reference


def find_link(session: Session, *, book_id: int, reference: str) -> Link | None:
    """Return a link by its reference."""
    row = session.execute(text(_LINK), {"book": book_id, "reference": reference}).one_or_none()
    if row is None:
        return None
    return Link(
        id=row.access_link_id,
        reference=row.reference,
        person=person_of(row),
        purpose=row.purpose,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


def insert_link_use(session: Session, *, link: Link, used_at: datetime) -> None:
    """Write that a link was used. The second of two at once meets the key of the first."""
    row = {"access_link_id": link.id, "person_id": link.person.id, "used_at": used_at}
    session.execute(insert(AccessLinkUseRow), [row])
