"""
Who is calling: bearer keys, looked up by their hash, with scopes.

A key is shown once when it is made; the book holds its SHA-256. Every read and write that
follows is scoped to the party the key belongs to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.context import Context, context
from ledger.core.refusal import Refusal
from ledger.store import keys

_bearer = HTTPBearer(auto_error=False, description="A key such as gb_live_…")


class KeyMissing(Refusal):
    """The request carries no bearer key."""

    code = "key_missing"


class ScopeMissing(Refusal):
    """The key is good, but not for this."""

    code = "scope_missing"


@dataclass(frozen=True, slots=True)
class Caller:
    """The party a request acts for."""

    party_id: int
    reference: str
    role: str
    scopes: frozenset[str]


def authenticate(
    given: Annotated[Context, Depends(context)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """
    Return the caller a bearer key belongs to.

    :raises KeyMissing: no key was sent.
    :raises KeyUnknown: no such key, or one that was revoked.
    """
    if credentials is None:
        raise KeyMissing(field=None)
    key_hash = sha256(credentials.credentials.encode()).digest()
    with given.database.transaction() as session:
        owner = keys.party_of_key(session, key_hash=key_hash)
    return Caller(owner.party_id, owner.reference, owner.role, frozenset(owner.scopes))


def require(scope: str) -> Callable[[Caller], Caller]:
    """Return a dependency that lets a caller through whose key has a scope."""

    def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        if scope not in caller.scopes:
            raise ScopeMissing(scope=scope)
        return caller

    return check


def bearer_hash(request: Request) -> bytes | None:
    """Return the hash of the key a raw request carries, or None when it carries none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return sha256(key.strip().encode()).digest() if scheme.lower() == "bearer" and key else None
