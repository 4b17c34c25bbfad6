"""
Entering the portal: a password, a one-time code, a session; and leaving it again.

Each try is written down before anything is compared, so that many at once wait as one after
another would. Comparing is the caller's, who knows how passwords are hashed and codes are made.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ledger.core.membership import as_kept
from ledger.core.refusal import Refusal
from ledger.core.sign_in import (
    CODE_LASTS,
    FAILURES_SINCE,
    SESSION_IDLES,
    SESSION_LASTS,
    Stage,
    wait_until,
)
from ledger.services import BOOK_ID
from ledger.store import accesses, people, portal_sessions
from ledger.store.accesses import Secrets
from ledger.store.database import Database, Transaction
from ledger.store.people import Member
from ledger.store.portal_sessions import Found, Listed, NewSession

#: How much of what a browser calls itself is kept.
BROWSER_LENGTH_MAX = 200


class TooManyTries(Refusal):
    """The address was tried in vain too often in a row. Carries in how many seconds to come."""

    code = "sign_in_wait"


class NotSignedIn(Refusal):
    """The address, the password or the code is not right; which of them is not said."""

    code = "sign_in_refused"


class CodeUsed(Refusal):
    """The one-time code is not right, or was taken before."""

    code = "code_refused"
    field = "code"


class SessionUnknown(Refusal):
    """The person has no such session, or it has ended."""

    code = "session_unknown"


@dataclass(frozen=True, kw_only=True)
class Try:
    """A try that is written down, and what the one who tries has to show."""

    id: int
    shows: Secrets | None  # None: nobody has the address, and nobody is told so


@dataclass(frozen=True, kw_only=True)
class Browser:
    """From where somebody comes, for the list of sessions."""

    address: str
    name: str


def begin_try(database: Database, *, email: str, address: str, at: datetime) -> Try:
    """
    Write down that somebody tries to come in, and return what they have to show.

    :raises TooManyTries: too many were in vain; this one is not looked at.
    """
    login = _login_hash(email)
    with database.transaction() as session:
        portal_sessions.lock_login(session, login_hash=login)
        _check_wait(session, login, at)
        attempt_id = portal_sessions.insert_attempt(
            session, login_hash=login, address=address, tried_at=at
        )
        shown = accesses.secrets_of(session, book_id=BOOK_ID, email=as_kept(email))
    return Try(id=attempt_id, shows=shown)


def begin_session(
    database: Database,
    *,
    attempt: Try,
    token: str,
    stage: Stage,
    browser: Browser,
    at: datetime,
) -> Member:
    """
    Begin a session for whoever has shown a password: in the portal, or waiting for a code.

    :raises NotSignedIn: they act for nobody any more.
    """
    assert attempt.shows is not None, "whoever has shown a password has one"
    with database.transaction() as session:
        members = people.list_members(session, book_id=BOOK_ID, person_id=attempt.shows.person.id)
        if not members:
            raise NotSignedIn
        _begin(session, members[0], token, stage, browser, at)
        if stage is Stage.PORTAL:
            _passed(session, attempt.id, members[0], at)
    return members[0]


def enter_by_code(
    database: Database,
    *,
    attempt: Try,
    waiting: Found,
    step: int | None,
    token: str,
    browser: Browser,
    at: datetime,
) -> None:
    """
    Let somebody in whose password was right and who now shows a code.

    :param step: of which step of time the code is; None when it is of none that is good.
    :raises CodeUsed: it is not right, or was taken before.
    """
    with database.transaction() as session:
        if step is None or not accesses.take_code(session, person_id=waiting.person_id, step=step):
            raise CodeUsed
        portal_sessions.end_sessions(
            session,
            person_id=waiting.person_id,
            reference=waiting.reference,
            reason="replaced",
            at=at,
        )
        members = people.list_members(session, book_id=BOOK_ID, person_id=waiting.person_id)
        member = next(each for each in members if each.id == waiting.member_id)
        _begin(session, member, token, Stage.PORTAL, browser, at)
        _passed(session, attempt.id, member, at)


def find_session(database: Database, *, token: str, at: datetime) -> Found | None:
    """Return the session of a cookie, None when it has ended, idled too long, or never was."""
    with database.transaction() as session:
        found = portal_sessions.find_session(session, token_hash=token_hash(token), at=at)
        if found is None or found.used_at + SESSION_IDLES <= at:
            return None
        if (at - found.used_at).total_seconds() >= 60:
            portal_sessions.note_use(session, session_id=found.id, at=at)
    return found


def switch(
    database: Database, *, current: Found, member: str, token: str, browser: Browser, at: datetime
) -> None:
    """
    Go on for another organisation that the same person acts for, in a session of its own.

    :raises SessionUnknown: the person is no such member.
    """
    with database.transaction() as session:
        members = people.list_members(session, book_id=BOOK_ID, person_id=current.person_id)
        chosen = next((each for each in members if each.reference == member), None)
        if chosen is None:
            raise SessionUnknown
        portal_sessions.end_sessions(
            session,
            person_id=current.person_id,
            reference=current.reference,
            reason="replaced",
            at=at,
        )
        _begin(session, chosen, token, Stage.PORTAL, browser, at)


def organisations(database: Database, *, person_id: int) -> tuple[Member, ...]:
    """Return all that a person is, in whichever organisations."""
    with database.transaction() as session:
        return tuple(people.list_members(session, book_id=BOOK_ID, person_id=person_id))


def list_sessions(database: Database, *, person_id: int, at: datetime) -> tuple[Listed, ...]:
    """Return where a person is signed in, the latest first."""
    with database.transaction() as session:
        return tuple(portal_sessions.list_sessions(session, person_id=person_id, at=at))


def leave(
    database: Database, *, current: Found, reference: str | None, reason: str, at: datetime
) -> None:
    """
    End one of the person's sessions, or with None all of them.

    :raises SessionUnknown: they have none of this reference.
    """
    with database.transaction() as session:
        ended = portal_sessions.end_sessions(
            session, person_id=current.person_id, reference=reference, reason=reason, at=at
        )
        if not ended:
            raise SessionUnknown
        people.insert_act(
            session,
            owner_id=current.owner_id,
            person_id=current.person_id,
            act=reason,
            recorded_at=at,
        )


def sealed_codes(database: Database, *, email: str) -> bytes | None:
    """Return what a person's one-time codes are made of, sealed; None when they use none."""
    with database.transaction() as session:
        found = accesses.secrets_of(session, book_id=BOOK_ID, email=email)
    return None if found is None else found.sealed_secret


def set_codes(
    database: Database, *, current: Found, sealed_secret: bytes, step: int | None, at: datetime
) -> None:
    """
    Ask for one-time codes of this secret from now on; ``step`` is of the code that was shown.

    :raises CodeUsed: none that is right was shown.
    """
    if step is None:
        raise CodeUsed
    with database.transaction() as session:
        accesses.set_codes(
            session, person_id=current.person_id, sealed_secret=sealed_secret, step=step, at=at
        )
        people.insert_act(
            session,
            owner_id=current.owner_id,
            person_id=current.person_id,
            act="codes_set",
            recorded_at=at,
        )


def token_hash(token: str) -> bytes:
    """Return what the book keeps of a cookie."""
    return sha256(token.encode()).digest()


def _check_wait(session: Transaction, login: bytes, at: datetime) -> None:
    tries = portal_sessions.read_tries(session, login_hash=login, since=at - FAILURES_SINCE)
    until = wait_until(failures=tries.failures, last_tried_at=tries.last_tried_at)
    if until is not None and until > at:
        raise TooManyTries(seconds=(until - at).seconds + 1)


def _begin(
    session: Transaction, member: Member, token: str, stage: Stage, browser: Browser, at: datetime
) -> None:
    lasts = SESSION_LASTS if stage is Stage.PORTAL else CODE_LASTS
    portal_sessions.insert_session(
        session,
        new=NewSession(
            person_id=member.person.id,
            member_id=member.id,
            owner_id=member.owner_id,
            token_hash=token_hash(token),
            stage=stage,
            begun_at=at,
            expires_at=at + lasts,
            address=browser.address,
            browser=browser.name[:BROWSER_LENGTH_MAX],
        ),
    )


def _passed(session: Transaction, attempt_id: int, member: Member, at: datetime) -> None:
    portal_sessions.insert_pass(session, attempt_id=attempt_id, passed_at=at)
    people.insert_act(
        session,
        owner_id=member.owner_id,
        person_id=member.person.id,
        act="signed_in",
        recorded_at=at,
    )


def _login_hash(email: str) -> bytes:
    return sha256(as_kept(email).encode("utf-8", "backslashreplace")).digest()
