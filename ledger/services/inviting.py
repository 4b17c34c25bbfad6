"""
Inviting people: who acts for an organisation and as what, until when, and the links by which
they set a password.

A link's secret part is the caller's seal over its reference; the book keeps none. Whoever asks
for a reset hears the same, whether the address is anybody's or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ledger.core.fields import check_text, check_word
from ledger.core.membership import MemberRole, as_kept, check_email, check_password, check_role
from ledger.core.party import Language, Role
from ledger.core.refusal import Refusal
from ledger.core.sign_in import LASTS, Purpose
from ledger.services import BOOK_ID
from ledger.store import accesses, people, portal_sessions
from ledger.store.accesses import Link
from ledger.store.database import Database, Transaction
from ledger.store.parties import lock_names, require_parties
from ledger.store.people import Member

#: What a person's name may have at most.
NAME_LENGTH_MAX = 200


class AlreadyMember(Refusal):
    """The person acts for the organisation already. Carries as what."""

    code = "already_member"
    field = "email"


class MemberUnknown(Refusal):
    """Nobody who acts for anybody has this reference."""

    code = "member_unknown"
    field = "member"


class LinkNotGood(Refusal):
    """The link was used, is too old, or was never one."""

    code = "link_not_good"


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """Somebody who is to act for an organisation."""

    organisation: str  # the party's reference
    email: str
    name: str
    role: str
    language: str = "ja"


@dataclass(frozen=True, kw_only=True)
class Invited:
    """Somebody who acts for an organisation from now on."""

    member: Member
    link: str | None  # the reference of a link; None when they have a password already


def invite(
    database: Database,
    *,
    new: NewMember,
    is_mailed: bool,
    recorded_at: datetime,
    recorded_by: str,
) -> Invited:
    """
    Let a person act for an organisation; a new one gets a link to set a password.

    :raises PartyUnknown, RoleNotOfOrganisation, EmailMalformed, TextMissing, WordNotKnown: by
        field.
    :raises AlreadyMember: they do already.
    """
    email = check_email(new.email, field="email")
    check_text(new.name, field="name")
    check_text(recorded_by, field="by")
    role = check_word(new.role, of=MemberRole, field="role")
    check_word(new.language, of=Language, field="language")
    with database.transaction() as session:
        lock_names(session)
        fields = {new.organisation: "organisation"}
        party = require_parties(session, book_id=BOOK_ID, fields=fields)[new.organisation]
        check_role(role, party_role=Role(party.role), field="role")
        person = people.find_person(session, book_id=BOOK_ID, email=email)
        if person is None:
            person = people.insert_person(
                session,
                book_id=BOOK_ID,
                email=email,
                name=new.name[:NAME_LENGTH_MAX],
                language=new.language,
                recorded_at=recorded_at,
                recorded_by=recorded_by,
            )
        for each in people.list_members(
            session, book_id=BOOK_ID, owner_id=party.id, person_id=person.id
        ):
            raise AlreadyMember(email=email, role=each.role, member=each.reference)
        reference = people.insert_member(
            session,
            owner_id=party.id,
            person_id=person.id,
            role=role,
            recorded_at=recorded_at,
            recorded_by=recorded_by,
        )
        [member] = people.list_members(session, book_id=BOOK_ID, reference=reference)
        link = None
        if not people.ways_in(session, people=[person.id])[person.id][0]:
            link = _link(
                session, person.id, Purpose.INVITATION, recorded_at, recorded_by, is_mailed
            )
    return Invited(member=member, link=link)


def list_members(
    database: Database, *, owner_id: int | None, organisation: str | None = None
) -> tuple[Member, ...]:
    """
    Return who acts for an organisation, or with None for all of them.

    :raises PartyUnknown: no party has the reference.
    """
    with database.transaction() as session:
        if organisation is not None:
            fields = {organisation: "organisation"}
            found = require_parties(session, book_id=BOOK_ID, fields=fields)
            owner_id = found[organisation].id
        return tuple(people.list_members(session, book_id=BOOK_ID, owner_id=owner_id))


def remove(
    database: Database, *, reference: str, reason: str, removed_by: str, removed_at: datetime
) -> Member:
    """
    End what a person is in an organisation; their sessions there end with it.

    :raises MemberUnknown: there is none, or it has ended before.
    """
    check_text(reason, field="reason")
    check_text(removed_by, field="by")
    with database.transaction() as session:
        lock_names(session)
        member = _member(session, reference)
        people.insert_ending(
            session, member=member, ended_at=removed_at, ended_by=removed_by, reason=reason
        )
    return member


def forget_codes(
    database: Database, *, reference: str, forgotten_by: str, forgotten_at: datetime
) -> Member:
    """
    Let a member who has lost their device in by the password alone, until they set codes up anew.

    Every session of theirs ends.

    :raises MemberUnknown: nobody acts under this reference.
    """
    check_text(forgotten_by, field="by")
    with database.transaction() as session:
        member = _member(session, reference)
        accesses.forget_codes(session, person_id=member.person.id)
        portal_sessions.end_sessions(
            session, person_id=member.person.id, reference=None, reason="revoked", at=forgotten_at
        )
        people.insert_act(
            session,
            owner_id=member.owner_id,
            person_id=member.person.id,
            act="codes_forgotten",
            subject=forgotten_by,
            recorded_at=forgotten_at,
        )
    return member


def ask_reset(database: Database, *, email: str, is_mailed: bool, asked_at: datetime) -> str | None:
    """Write a link for whoever has an address; None, and nothing written, when nobody has."""
    with database.transaction() as session:
        person = people.find_person(session, book_id=BOOK_ID, email=as_kept(email))
        if person is None or not people.list_members(session, book_id=BOOK_ID, person_id=person.id):
            return None
        return _link(session, person.id, Purpose.RESET, asked_at, person.email, is_mailed)


def find_link(database: Database, *, reference: str, at: datetime) -> Link:
    """
    Return a link that is good.

    :raises LinkNotGood: it is not.
    """
    with database.transaction() as session:
        return _good_link(session, reference, at)


def set_password(
    database: Database,
    *,
    link: str,
    password: str,
    hashed: Callable[[str], str],
    at: datetime,
) -> Link:
    """
    Set a password by a link, which is used up; every session of the person ends.

    :raises LinkNotGood: the link is not good, or no more.
    :raises PasswordTooShort, PasswordTooLong, PasswordGivesAway, TextUnprintable: by field.
    """
    with database.transaction() as session:
        lock_names(session)
        found = _good_link(session, link, at)
        checked = check_password(password, email=found.person.email, field="password")
        accesses.insert_link_use(session, link=found, used_at=at)
        accesses.set_password(
            session, person_id=found.person.id, password_hash=hashed(checked), at=at
        )
        portal_sessions.end_sessions(
            session, person_id=found.person.id, reference=None, reason="password", at=at
        )
        for member in people.list_members(session, book_id=BOOK_ID, person_id=found.person.id):
            people.insert_act(
                session,
                owner_id=member.owner_id,
                person_id=found.person.id,
                act="password_set",
                recorded_at=at,
            )
    return found


def _good_link(session: Transaction, reference: str, at: datetime) -> Link:
    found = accesses.find_link(session, book_id=BOOK_ID, reference=reference)
    if found is None or found.used_at is not None or found.expires_at <= at:
        raise LinkNotGood
    return found


def _member(session: Transaction, reference: str) -> Member:
    members = people.list_members(session, book_id=BOOK_ID, reference=reference)
    if not members:
        raise MemberUnknown(value=reference)
    return members[0]


def _link(
    session: Transaction,
    person_id: int,
    purpose: Purpose,
    recorded_at: datetime,
    recorded_by: str,
    is_mailed: bool,
) -> str:
    return accesses.insert_link(
        session,
        person_id=person_id,
        purpose=purpose,
        recorded_at=recorded_at,
        expires_at=recorded_at + LASTS[purpose],
        recorded_by=recorded_by,
        is_mailed=is_mailed,
    )
