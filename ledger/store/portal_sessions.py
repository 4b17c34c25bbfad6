"""Sessions of the portal: begun, found by the hash of their cookie, ended; and tries to begin."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, col, insert

from ledger.store.tables.members import (
    PortalSessionEndingRow,
    PortalSessionRow,
    SignInAttemptRow,
    SignInPassRow,
)


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """A session about to begin."""

    person_id: int
    member_id: int
    owner_id: int
    token_hash: bytes
    stage: str
    begun_at: datetime
    expires_at: datetime
    address: str
    browser: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """A session that is good, and who sits before it."""

    id: int
    reference: str
    stage: str
    expires_at: datetime
    used_at: datetime
    person_id: int
    email: str
    name: str
    member_id: int
    role: str
    owner_id: int
    organisation: str
    organisation_role: str
    organisation_ja: str
    organisation_en: str
    has_codes: bool


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A session as its person sees it among their others."""

    reference: str
    begun_at: datetime
    used_at: datetime
    address: str
    browser: str


@dataclass(frozen=True, kw_only=True)
class Tries:
    """How often somebody failed in a row, and when last."""

    failures: int
    last_tried_at: datetime | None


_FIND = """
    SELECT s.portal_session_id, s.reference, s.stage, s.expires_at,
           coalesce(u.used_at, s.begun_at) AS used_at,
           p.person_id, p.email, p.name, m.member_id, m.role, m.owner_id,
           o.reference AS organisation, o.role AS organisation_role, o.name_ja, o.name_en,
           EXISTS (SELECT FROM second_factor f WHERE f.person_id = p.person_id) AS has_codes
    FROM portal_session s
    JOIN person p USING (person_id)
    JOIN member m USING (member_id)
    JOIN party o ON o.party_id = m.owner_id
    LEFT JOIN portal_session_use u USING (portal_session_id)
    WHERE s.token_hash = :token_hash AND s.expires_at > :at
      AND NOT EXISTS (SELECT FROM portal_session_ending e
                      WHERE e.portal_session_id = s.portal_session_id)
      AND NOT EXISTS (SELECT FROM member_ending e WHERE e.member_id = m.member_id)
"""

_LIST = """
    SELECT s.reference, s.begun_at, coalesce(u.used_at, s.begun_at) AS used_at, s.address,
           s.browser
    FROM portal_session s
    LEFT JOIN portal_session_use u USING (portal_session_id)
    WHERE s.person_id = :person AND s.expires_at > :at AND s.stage = 'portal'
      AND NOT EXISTS (SELECT FROM portal_session_ending e
                      WHERE e.portal_session_id = s.portal_session_id)
    ORDER BY s.begun_at DESC
    LIMIT 100
"""

_OPEN = """
    SELECT s.portal_session_id, s.person_id
    FROM portal_session s
    WHERE s.person_id = :person AND s.expires_at > :at
      AND (CAST(:reference AS text) IS NULL OR s.reference = :reference)
      AND NOT EXISTS (SELECT FROM portal_session_ending e
                      WHERE e.portal_session_id = s.portal_session_id)
"""

# Failures in a row: the tries after the last that led all the way in.
_TRIES = """
    SELECT count(*) AS failures, max(a.tried_at) AS last_tried_at
    FROM sign_in_attempt a
    WHERE a.login_hash = :login_hash AND a.tried_at > :since
      AND a.sign_in_attempt_id > coalesce((
          SELECT max(b.sign_in_attempt_id) FROM sign_in_attempt b JOIN sign_in_pass
              USING (sign_in_attempt_id)
          WHERE b.login_hash = :login_hash AND b.tried_at > :since), 0)
"""

_LOCK_LOGIN = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.sign_in', :key))"


def insert_session(session: Session, *, new: NewSession) -> None:
    """Write that a session begins."""
    session.execute(insert(PortalSessionRow), [vars(new)])


def find_session(session: Session, *, token_hash: bytes, at: datetime) -> Found | None:
    """Return the session of a cookie, if it has not ended."""
    row = session.execute(text(_FIND), {"token_hash": token_hash, "at": at}).one_or_none()
    return None if row is None else _found(row)


def list_sessions(session: Session, *, person_id: int, at: datetime) -> list[Listed]:
    """Return the sessions of a person that have not ended, the latest first."""
    rows = session.execute(text(_LIST), {"person": person_id, "at": at})
    return [Listed(**row._mapping) for row in rows]


def end_sessions(
    session: Session, *, person_id: int, reference: str | None, reason: str, at: datetime
) -> int:
    """End one session of a person, or with None all of them; return how many those were."""
    parameters = {"person": person_id, "reference": reference, "at": at}
    rows = [
        {**row._mapping, "ended_at": at, "reason": reason}
        for row in session.execute(text(_OPEN), parameters)
    ]
    if rows:
        session.execute(insert(PortalSessionEndingRow), rows)
    return len(rows)


def note_use(session: Session, *, session_id: int, at: datetime) -> None:
    """Note that a session was used; to the minute."""
    session.execute(text("SELECT note_session_use(:id, :at)"), {"id": session_id, "at": at})


def lock_login(session: Session, *, login_hash: bytes) -> None:
    """Make whoever else tries the same address wait until this transaction ends."""
    key = int.from_bytes(login_hash[:8], "big", signed=True)
    session.execute(text(_LOCK_LOGIN), {"key": key})


def read_tries(session: Session, *, login_hash: bytes, since: datetime) -> Tries:
    """Return how often an address was tried in vain since somebody came in by it."""
    row = session.execute(text(_TRIES), {"login_hash": login_hash, "since": since}).one()
    return Tries(failures=row.failures, last_tried_at=row.last_tried_at)


def insert_attempt(session: Session, *, login_hash: bytes, address: str, tried_at: datetime) -> int:
    """Write that an address is tried; return the key of the try."""
    row = {"login_hash": login_hash, "address": address, "tried_at": tried_at}
    new = insert(SignInAttemptRow).returning(col(SignInAttemptRow.sign_in_attempt_id))
    attempt_id = session.scalars(new, [row]).one()
    assert attempt_id is not None
    return attempt_id


def insert_pass(session: Session, *, attempt_id: int, passed_at: datetime) -> None:
    """Write that a try led all the way in."""
    row = {"sign_in_attempt_id": attempt_id, "passed_at": passed_at}
    session.execute(insert(SignInPassRow), [row])


def _found(row: Row[Any]) -> Found:
    told = dict(row._mapping)
    return Found(
        id=told.pop("portal_session_id"),
        organisation_ja=told.pop("name_ja"),
        organisation_en=told.pop("name_en"),
        **told,
    )
