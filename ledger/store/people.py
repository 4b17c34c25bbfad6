"""People, what they are in organisations, and what they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, col, insert

from ledger.store.tables.members import (
    MemberEndingRow,
    MemberRow,
    PersonRow,
    PortalActRow,
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an address."""

    id: int
    reference: str
    email: str
    name: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person in an organisation."""

    id: int
    reference: str
    person: Person
    role: str
    owner_id: int
    organisation: str  # the party's reference
    organisation_role: str
    organisation_ja: str
    organisation_en: str
    recorded_at: datetime
    recorded_by: str
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that somebody did."""

    id: int
    recorded_at: datetime
    organisation: str
    name: str
    email: str
    act: str
    subject: str


_FIND_PERSON = """
    SELECT person_id, reference AS person_reference, email, name, language
    FROM person WHERE book_id = :book AND email = :email
"""

_MEMBERS = """
    SELECT m.member_id, m.reference, m.role, m.owner_id, m.recorded_at, m.recorded_by, e.ended_at,
           p.person_id, p.reference AS person_reference, p.email, p.name, p.language,
           o.reference AS organisation, o.role AS organisation_role, o.name_ja, o.name_en
    FROM member m
    JOIN person p USING (person_id)
    JOIN party o ON o.party_id = m.owner_id
    LEFT JOIN member_ending e USING (member_id)
    WHERE o.book_id = :book
      AND (CAST(:owner AS bigint) IS NULL OR m.owner_id = :owner)
      AND (CAST(:person AS bigint) IS NULL OR m.person_id = :person)
      AND (CAST(:reference AS text) IS NULL OR m.reference = :reference)
      AND (:with_ended OR e.member_id IS NULL)
    ORDER BY o.reference, m.member_id
"""

# Passwords and codes are nobody's to read under a party's own role: asked for separately.
_HOW_THEY_COME_IN = """
    SELECT a.person_id, w.person_id IS NOT NULL AS has_password,
           f.person_id IS NOT NULL AS has_codes
    FROM unnest(CAST(:people AS bigint[])) AS a (person_id)
    LEFT JOIN password w USING (person_id)
    LEFT JOIN second_factor f USING (person_id)
"""

_ACTS = """
    SELECT a.portal_act_id, a.recorded_at, o.reference AS organisation, p.name, p.email, a.act,
           a.subject
    FROM portal_act a
    JOIN person p USING (person_id)
    JOIN party o ON o.party_id = a.owner_id
    WHERE o.book_id = :book
      AND (CAST(:owner AS bigint) IS NULL OR a.owner_id = :owner)
      AND (CAST(:before AS bigint) IS NULL OR a.portal_act_id < :before)
    ORDER BY a.portal_act_id DESC
    LIMIT :limit
"""


def find_person(session: Session, *, book_id: int, email: str) -> Person | None:
    """Return whoever has an address."""
    found = session.execute(text(_FIND_PERSON), {"book": book_id, "email": email}).one_or_none()
    return None if found is None else person_of(found)


def insert_person(
    session: Session,
    *,
    book_id: int,
    email: str,
    name: str,
    language: str,
    recorded_at: datetime,
    recorded_by: str,
) -> Person:
    """Write somebody new."""
    row = {
        "book_id": book_id,
        "email": email,
        "name": name,
        "language": language,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    new = insert(PersonRow).returning(col(PersonRow.person_id), col(PersonRow.reference))
    person_id, reference = session.execute(new, [row]).one()
    assert person_id is not None
    return Person(id=person_id, reference=reference, email=email, name=name, language=language)


def insert_member(
    session: Session,
    *,
    owner_id: int,
    person_id: int,
    role: str,
    recorded_at: datetime,
    recorded_by: str,
) -> str:
    """Write that a person acts for an organisation; return the reference of that."""
    row = {
        "owner_id": owner_id,
        "person_id": person_id,
        "role": role,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    return session.scalars(insert(MemberRow).returning(col(MemberRow.reference)), [row]).one()


def list_members(
    session: Session,
    *,
    book_id: int,
    owner_id: int | None = None,
    person_id: int | None = None,
    reference: str | None = None,
    with_ended: bool = False,
) -> list[Member]:
    """Return members by organisation; those of one, of one person, or one by its reference."""
    parameters = {
        "book": book_id,
        "owner": owner_id,
        "person": person_id,
        "reference": reference,
        "with_ended": with_ended,
    }
    return [_member(row) for row in session.execute(text(_MEMBERS), parameters)]


def ways_in(session: Session, *, people: Sequence[int]) -> dict[int, tuple[bool, bool]]:
    """Return of people whether they have a password, and one-time codes."""
    rows = session.execute(text(_HOW_THEY_COME_IN), {"people": list(people)})
    return {row.person_id: (row.has_password, row.has_codes) for row in rows}


def insert_ending(
    session: Session, *, member: Member, ended_at: datetime, ended_by: str, reason: str
) -> None:
    """Write that a person acts for an organisation no more."""
    row = {
        "member_id": member.id,
        "owner_id": member.owner_id,
        "ended_at": ended_at,
        "ended_by": ended_by,
        "reason": reason,
    }
    session.execute(insert(MemberEndingRow), [row])


def insert_act(
    session: Session,
    *,
    owner_id: int,
    person_id: int,
    act: str,
    subject: str = "",
    recorded_at: datetime,
) -> None:
    """Write that somebody did something for an organisation."""
    row = {
        "owner_id": owner_id,
        "person_id": person_id,
        "act": act,
        "subject": subject,
        "recorded_at": recorded_at,
    }
    session.execute(insert(PortalActRow), [row])


def list_acts(
    session: Session, *, book_id: int, owner_id: int | None, before: int | None, limit: int
) -> list[Act]:
    """Return what was done, the latest first."""
    parameters = {"book": book_id, "owner": owner_id, "before": before, "limit": limit}
    return [
        Act(
            id=row.portal_act_id,
            recorded_at=row.recorded_at,
            organisation=row.organisation,
            name=row.name,
            email=row.email,
            act=row.act,
            subject=row.subject,
        )
        for row in session.execute(text(_ACTS), parameters)
    ]


def person_of(row: Row[Any]) -> Person:
    """Return whom a row is about."""
    return Person(
        id=row.person_id,
        reference=row.person_reference,
        email=row.email,
        name=row.name,
        language=row.language,
    )


def _member(row: Row[Any]) -> Member:
    return Member(
        id=row.member_id,
        reference=row.reference,
        person=person_of(row),
        role=row.role,
        owner_id=row.owner_id,
        organisation=row.organisation,
        organisation_role=row.organisation_role,
        organisation_ja=row.name_ja,
        organisation_en=row.name_en,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        ended_at=row.ended_at,
    )
