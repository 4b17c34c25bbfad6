"""
API keys: whose they are, what they may do, and when they ended. Only hashes are kept.

A key has ended when a revocation names it; the row itself never changes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.refusal import Refusal
from ledger.store.tables.parties import ApiKeyRow

_OWNER = """
    SELECT p.party_id, p.reference, p.role, k.scopes, r.revoked_at
    FROM api_key k
    JOIN party p ON p.party_id = k.owner_id
    LEFT JOIN api_key_revocation r USING (api_key_id)
    WHERE k.key_hash = :key_hash
"""

_REVOKE = """
    INSERT INTO api_key_revocation (api_key_id, owner_id, revoked_at, reason)
    SELECT k.api_key_id, k.owner_id, :revoked_at, :reason
    FROM api_key k LEFT JOIN api_key_revocation r USING (api_key_id)
    WHERE k.owner_id = :owner AND k.label = :label AND r.api_key_id IS NULL
    RETURNING api_key_id
"""

_IS_LIVE = """
    SELECT EXISTS (
        SELECT FROM api_key k LEFT JOIN api_key_revocation r USING (api_key_id)
        WHERE k.owner_id = :owner AND k.label = :label AND r.api_key_id IS NULL
    )
"""


class KeyUnknown(Refusal):
    """The book has no such key."""

    code = "key_unknown"


class KeyRevoked(Refusal):
    """The key was good once. Carries the instant at which it ended."""

    code = "key_revoked"


@dataclass(frozen=True, kw_only=True)
class KeyOwner:
    """The party a key acts for, and what it may do."""

    party_id: int
    reference: str
    role: str
    scopes: frozenset[str]


def party_of_key(session: Session, *, key_hash: bytes) -> KeyOwner:
    """
    Return whose key has a SHA-256.

    :raises KeyUnknown: nobody's.
    :raises KeyRevoked: it has ended.
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
    )


def insert_key(
    session: Session,
    *,
    owner_id: int,
    label: str,
    key_hash: bytes,
    scopes: Collection[str],
    recorded_at: datetime,
) -> None:
    """Write a key of a party by its hash."""
    session.execute(
        insert(ApiKeyRow),
        {
            "owner_id": owner_id,
            "label": label,
            "key_hash": key_hash,
            "scopes": sorted(scopes),
            "recorded_at": recorded_at,
        },
    )


def has_live_key(session: Session, *, owner_id: int, label: str) -> bool:
    """Tell whether a party has a key of this label that has not ended."""
    found = session.scalar(text(_IS_LIVE), {"owner": owner_id, "label": label})
    return bool(found)


def revoke_keys(
    session: Session, *, owner_id: int, label: str, revoked_at: datetime, reason: str
) -> int:
    """End a party's keys of a label; return how many there were."""
    parameters = {"owner": owner_id, "label": label, "revoked_at": revoked_at, "reason": reason}
    return len(session.execute(text(_REVOKE), parameters).all())
