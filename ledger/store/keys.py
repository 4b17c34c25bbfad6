"""
API keys: whose they are, what they may do, when they ended, when they were last used.

Only hashes are kept. A key's row never changes: that it was revoked or replaced is a row of
its own, with who, when and why.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, col, insert

from ledger.core.refusal import Refusal
from ledger.store.tables.parties import ApiKeyRevocationRow, ApiKeyRotationRow, ApiKeyRow

_OWNER = """
    SELECT k.api_key_id, k.reference AS key_reference, k.mode, k.scopes,
           p.party_id, p.reference, p.role, r.revoked_at, o.valid_until
    FROM api_key k
    JOIN party p ON p.party_id = k.owner_id
    LEFT JOIN api_key_revocation r USING (api_key_id)
    LEFT JOIN api_key_rotation o USING (api_key_id)
    WHERE k.key_hash = :key_hash
"""

_KEYS = """
    SELECT k.api_key_id, k.reference, p.reference AS party, k.owner_id, k.label, k.mode, k.scopes,
           k.shown, k.recorded_at, k.recorded_by, u.used_at, o.valid_until,
           r.revoked_at, r.reason AS revoked_because, s.reference AS successor
    FROM api_key k
    JOIN party p ON p.party_id = k.owner_id
    LEFT JOIN api_key_use u USING (api_key_id)
    LEFT JOIN api_key_revocation r USING (api_key_id)
    LEFT JOIN api_key_rotation o USING (api_key_id)
    LEFT JOIN api_key s ON s.api_key_id = o.successor_id
    WHERE (CAST(:owner AS bigint) IS NULL OR k.owner_id = :owner)
      AND (CAST(:mode AS text) IS NULL OR k.mode = :mode)
"""
_PAGE = _KEYS + "AND k.api_key_id > :after ORDER BY k.api_key_id LIMIT :limit"
_NAMED = _KEYS + "AND k.reference = :reference"

_IS_LIVE = """
    SELECT EXISTS (
        SELECT FROM api_key k
        LEFT JOIN api_key_revocation r USING (api_key_id)
        LEFT JOIN api_key_rotation o USING (api_key_id)
        WHERE k.owner_id = :owner AND k.label = :label AND k.mode = :mode
          AND r.api_key_id IS NULL AND o.api_key_id IS NULL
    )
"""

_NOTE_USES = "SELECT note_key_uses(CAST(:ids AS bigint[]), CAST(:instants AS timestamptz[]))"


class KeyUnknown(Refusal):
    """The book has no such key."""

    code = "key_unknown"


class KeyRevoked(Refusal):
    """The key was good once. Carries the instant at which it ended."""

    code = "key_revoked"


@dataclass(frozen=True, kw_only=True)
class KeyOwner:
    """The party a key acts for, what it may do, and until when if that is known."""

    party_id: int
    reference: str
    role: str
    scopes: frozenset[str]
    key_id: int
    key_reference: str
    mode: str  # "live" or "test"
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """Everything that is kept of a key when it is made."""

    owner_id: int
    label: str
    mode: str
    key_hash: bytes
    shown: str
    scopes: tuple[str, ...]
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class KeyInBook:
    """A key as lists show it. Nothing in it opens a door."""

    id: int
    reference: str
    owner_id: int
    party: str
    label: str
    mode: str
    scopes: tuple[str, ...]
    shown: str  # how its text begins; empty for one from before that was kept
    recorded_at: datetime
    recorded_by: str
    used_at: datetime | None
    valid_until: datetime | None  # of one that was rotated
    successor: str | None  # the key that takes its place
    revoked_at: datetime | None
    revoked_because: str | None


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """That one key takes the place of another, and until when both are good."""

    api_key_id: int
    owner_id: int
    successor_id: int
    rotated_at: datetime
    valid_until: datetime
    rotated_by: str
    reason: str


def party_of_key(session: Session, *, key_hash: bytes) -> KeyOwner:
    """
    Return whose key has a SHA-256; one that was rotated says until when it is good.

    :raises KeyUnknown: nobody's.
    :raises KeyRevoked: it has been revoked.
    """
    row = session.execute(text(_OWNER), {"key_hash": key_hash}).one_or_none()
    if row is None:
        raise KeyUnknown
    if row.revoked_at is not None:
        raise KeyRevoked(revoked_at=row.revoked_at.isoformat())
    return KeyOwner(
        party_id=row.party_id,
        reference=row.reference,
        role=row.role,
        scopes=frozenset(row.scopes),
        key_id=row.api_key_id,
        key_reference=row.key_reference,
        mode=row.mode,
        ends_at=row.valid_until,
    )


def list_keys(
    session: Session, *, owner_id: int | None, mode: str | None, after: int, limit: int
) -> list[KeyInBook]:
    """Return keys in the order in which they were made; with None, everybody's or both modes."""
    parameters = {"owner": owner_id, "mode": mode, "after": after, "limit": limit}
    return [_key(row) for row in session.execute(text(_PAGE), parameters)]


def find_key(
    session: Session, *, owner_id: int | None, mode: str | None, reference: str
) -> KeyInBook | None:
    """Return a key by its public name; one that is another's, or of another mode, is not there."""
    parameters = {"owner": owner_id, "mode": mode, "reference": reference}
    row = session.execute(text(_NAMED), parameters).one_or_none()
    return None if row is None else _key(row)


def insert_key(session: Session, *, key: NewKey) -> str:
    """Write a key by its hash; return the public name that the database gave it."""
    new = insert(ApiKeyRow).returning(col(ApiKeyRow.reference))
    return session.scalars(new, [vars(key) | {"scopes": sorted(key.scopes)}]).one()


def has_live_key(session: Session, *, owner_id: int, label: str, mode: str) -> bool:
    """Tell whether a party has a key of this label that was neither revoked nor replaced."""
    parameters = {"owner": owner_id, "label": label, "mode": mode}
    return bool(session.scalar(text(_IS_LIVE), parameters))


def insert_rotation(session: Session, *, rotation: Rotation) -> None:
    """Write that a key takes another's place."""
    session.execute(insert(ApiKeyRotationRow), [vars(rotation)])


def insert_revocation(
    session: Session, *, key: KeyInBook, revoked_at: datetime, revoked_by: str, reason: str
) -> None:
    """Write that a key has ended."""
    revocation = {
        "api_key_id": key.id,
        "owner_id": key.owner_id,
        "revoked_at": revoked_at,
        "revoked_by": revoked_by,
        "reason": reason,
    }
    session.execute(insert(ApiKeyRevocationRow), [revocation])


def note_uses(session: Session, *, used_at: Mapping[int, datetime]) -> None:
    """Note when keys were last used, all in one statement; an earlier instant changes nothing."""
    ids: Collection[int] = sorted(used_at)
    parameters = {"ids": ids, "instants": [used_at[key_id] for key_id in ids]}
    session.execute(text(_NOTE_USES), parameters)


def _key(row: Row[Any]) -> KeyInBook:
    return KeyInBook(
        id=row.api_key_id,
        reference=row.reference,
        owner_id=row.owner_id,
        party=row.party,
        label=row.label,
        mode=row.mode,
        scopes=tuple(row.scopes),
        shown=row.shown,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        used_at=row.used_at,
        valid_until=row.valid_until,
        successor=row.successor,
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
    )
