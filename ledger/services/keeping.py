"""
Keeping keys: how a party gets one, replaces it without an hour of silence, and ends it.

A key's text is shown once and kept nowhere. Nobody gives away more than they hold: whoever
makes or replaces a key by a key of their own must hold every scope of the new one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from ledger.core.fields import (
    FieldRefusal,
    check_instant,
    check_list,
    check_text,
    check_whole,
    check_word,
)
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import keys
from ledger.store.database import Database, Transaction
from ledger.store.keys import KeyInBook, KeyOwner, NewKey, Rotation
from ledger.store.parties import lock_names, require_parties

#: A secret that cannot be guessed.
SECRET_BYTES_MIN = 16

#: A replaced key may go on opening doors for up to thirty days; a day when nothing is said.
OVERLAP_HOURS_MAX = 30 * 24
OVERLAP_HOURS = 24

#: How much of a secret lists show, so that two keys can be told apart.
_SHOWN_CHARACTERS = 4

#: The longest label.
LABEL_LENGTH_MAX = 100

#: The largest key of a row that a cursor may name.
KEY_MAX = 2**63 - 1


class Scope(StrEnum):
    """What a key may be used for."""

    REPORT = "report"
    READ = "read"
    MANAGE = "manage"


class Mode(StrEnum):
    """Which book a key opens: the one that counts, or its firm's sandbox."""

    LIVE = "live"
    TEST = "test"


#: Before the secret of every key, so that one that leaks is recognised for what it is.
PREFIXES: Mapping[str, str] = {Mode.LIVE: "gb_live_", Mode.TEST: "gb_test_"}


class KeyLabelTaken(FieldRefusal):
    """The party has a live key of this label; a new one needs another, so both can be told."""

    code = "key_label_taken"


class KeyLabelTooLong(FieldRefusal):
    """A label is longer than any list shows."""

    code = "key_label_too_long"


class KeyNotFound(Refusal):
    """There is no key of this name, or it is another party's."""

    code = "key_not_found"


class KeyEnded(Refusal):
    """The key was revoked before, or its overlap is over: it cannot be ended or replaced."""

    code = "key_ended"


class KeyReplaced(Refusal):
    """The key has a successor already. Carries its name."""

    code = "key_replaced"


class ScopeNotHeld(FieldRefusal):
    """A key would get a scope that whoever makes it does not have."""

    code = "scope_not_held"


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Who does something to keys: for the records, and what it may give away."""

    name: str  # a person's, or the public name of the key that was used
    scopes: frozenset[str] | None = None  # None: whoever works on the machine itself


@dataclass(frozen=True, kw_only=True)
class IssuedKey:
    """A key just made, with the text that is shown this once."""

    text: str
    key: KeyInBook


@dataclass(frozen=True, kw_only=True)
class KeyPage:
    """Keys in the order in which they were made, and after which the next page begins."""

    keys: tuple[KeyInBook, ...]
    next_after: int | None


def issue_key(
    database: Database,
    *,
    party_reference: str,
    label: str,
    scopes: Collection[str],
    secret: bytes,
    recorded_at: datetime,
    mode: str = Mode.LIVE,
    maker: Maker | None = None,
) -> IssuedKey:
    """
    Make a key for a party. Its text is kept nowhere: the book has its SHA-256.

    ``secret`` is random bytes from the caller, because the ledger knows no chance.

    :raises PartyUnknown: there is no such party.
    :raises KeyLabelTaken: the party has a live key of this label.
    :raises ScopeNotHeld: the maker does not have a scope of the new key.
    :raises Refusal: the label or a scope cannot be taken as it was sent.
    """
    check_text(label, field="label")
    if len(label) > LABEL_LENGTH_MAX:
        raise KeyLabelTooLong(field="label", most=LABEL_LENGTH_MAX)
    check_list(sorted(scopes), field="scopes")
    for scope in scopes:
        check_word(scope, of=Scope, field="scopes")
    made_by = maker or Maker(name="")
    _check_held(made_by, scopes)
    with database.transaction() as session:
        owner_id = require_parties(
            session, book_id=BOOK_ID, fields={party_reference: "party"}
        )[party_reference].id  # fmt: skip
        lock_names(session)
        if keys.has_live_key(session, owner_id=owner_id, label=label, mode=mode):
            raise KeyLabelTaken(field="label", value=label)
        return _write_key(
            session,
            owner_id=owner_id,
            label=label,
            mode=mode,
            scopes=scopes,
            secret=secret,
            made_by=made_by.name,
            at=check_instant(recorded_at, field="recorded_at"),
        )


def list_keys(
    database: Database,
    *,
    owner_id: int | None,
    mode: str | None = None,
    party_reference: str | None = None,
    after: int = 0,
    limit: int,
) -> KeyPage:
    """
    Return a party's keys, those that have ended among them; with None, everybody's.

    :raises PartyUnknown: the party that is named is not in the book.
    """
    with database.transaction() as session:
        if party_reference is not None:
            named = require_parties(session, book_id=BOOK_ID, fields={party_reference: "party"})
            owner_id = named[party_reference].id
        found = keys.list_keys(session, owner_id=owner_id, mode=mode, after=after, limit=limit + 1)
    page = found[:limit]
    return KeyPage(keys=tuple(page), next_after=page[-1].id if len(found) > limit else None)


def rotate_key(
    database: Database,
    *,
    owner_id: int | None,
    mode: str | None = None,
    reference: str,
    secret: bytes,
    overlap_hours: int = OVERLAP_HOURS,
    reason: str,
    maker: Maker,
    rotated_at: datetime,
) -> IssuedKey:
    """
    Make a key of the same label and scopes, and let the one before it live on for a while.

    :raises KeyNotFound: there is no such key, or it is another's.
    :raises KeyEnded: it was revoked.
    :raises KeyReplaced: it has been replaced before.
    :raises ScopeNotHeld: the maker does not have a scope of it.
    :raises NumberOutOfRange: the overlap is longer than :data:`OVERLAP_HOURS_MAX`.
    """
    check_whole(overlap_hours, field="overlap_hours", most=OVERLAP_HOURS_MAX)
    check_text(reason, field="reason")
    at = check_instant(rotated_at, field="rotated_at")
    with database.transaction() as session:
        lock_names(session)
        key = _living(session, owner_id=owner_id, mode=mode, reference=reference, at=at)
        if key.successor is not None:
            raise KeyReplaced(value=reference, successor=key.successor)
        _check_held(maker, key.scopes)
        issued = _write_key(
            session,
            owner_id=key.owner_id,
            label=key.label,
            mode=key.mode,
            scopes=key.scopes,
            secret=secret,
            made_by=maker.name,
            at=at,
        )
        keys.insert_rotation(
            session,
            rotation=Rotation(
                api_key_id=key.id,
                owner_id=key.owner_id,
                successor_id=issued.key.id,
                rotated_at=at,
                valid_until=at + timedelta(hours=overlap_hours),
                rotated_by=maker.name,
                reason=reason,
            ),
        )
    return issued


def revoke_key(
    database: Database,
    *,
    owner_id: int | None,
    mode: str | None = None,
    reference: str,
    reason: str,
    maker: Maker,
    revoked_at: datetime,
) -> None:
    """
    End a key at once.

    :raises KeyNotFound: there is no such key, or it is another's.
    :raises KeyEnded: it has ended before.
    :raises TextMissing: no reason is given.
    """
    check_text(reason, field="reason")
    at = check_instant(revoked_at, field="revoked_at")
    with database.transaction() as session:
        lock_names(session)
        key = _living(session, owner_id=owner_id, mode=mode, reference=reference, at=at)
        keys.insert_revocation(
            session, key=key, revoked_at=at, revoked_by=maker.name, reason=reason
        )


def hash_of_key(text: str) -> bytes:
    """Return what the book keeps of a key."""
    return sha256(text.encode()).digest()


def party_of_key(database: Database, *, key_hash: bytes) -> KeyOwner:
    """
    Return whose key has a hash, and what it may do; ``ends_at`` is for the caller to compare.

    :raises KeyUnknown: nobody's.
    :raises KeyRevoked: it has ended.
    """
    with database.transaction() as session:
        return keys.party_of_key(session, key_hash=key_hash)


def note_uses(database: Database, *, used_at: Mapping[int, datetime]) -> None:
    """Note when keys were last used."""
    with database.transaction() as session:
        keys.note_uses(session, used_at=used_at)


def _check_held(maker: Maker, scopes: Collection[str]) -> None:
    """A key that makes keys must not make a way to more than it opens itself."""
    if maker.scopes is not None and (beyond := sorted(set(scopes) - maker.scopes)):
        raise ScopeNotHeld(field="scopes", value=beyond[0])


def _living(
    session: Transaction, *, owner_id: int | None, mode: str | None, reference: str, at: datetime
) -> KeyInBook:
    key = keys.find_key(session, owner_id=owner_id, mode=mode, reference=reference)
    if key is None:
        raise KeyNotFound(value=reference)
    ended_at = key.revoked_at or key.valid_until
    if ended_at is not None and (key.revoked_at is not None or ended_at <= at):
        raise KeyEnded(value=reference, ended_at=ended_at.isoformat())
    return key


def _write_key(
    session: Transaction,
    *,
    owner_id: int,
    label: str,
    mode: str,
    scopes: Collection[str],
    secret: bytes,
    made_by: str,
    at: datetime,
) -> IssuedKey:
    assert len(secret) >= SECRET_BYTES_MIN, "a guessable key is a bug of the caller"
    prefix, digits = PREFIXES[mode], secret.hex()
    text = prefix + digits
    reference = keys.insert_key(
        session,
        key=NewKey(
            owner_id=owner_id,
            label=label,
            mode=mode,
            key_hash=hash_of_key(text),
            shown=prefix + digits[:_SHOWN_CHARACTERS],
            scopes=tuple(scopes),
            recorded_at=at,
            recorded_by=made_by,
        ),
    )
    key = keys.find_key(session, owner_id=owner_id, mode=mode, reference=reference)
    assert key is not None, "it was written above"
    return IssuedKey(text=text, key=key)
