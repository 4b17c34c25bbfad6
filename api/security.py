"""
Who is calling: bearer keys, looked up by their hash, with scopes.

A key is shown once when it is made; the book holds its SHA-256. Every read and write that
follows is scoped to the party the key belongs to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.context import Context, context
from ledger.core.refusal import Refusal
from ledger.services import registering
from ledger.store.keys import KeyOwner

_bearer = HTTPBearer(auto_error=False, description="A key such as gb_live_…")


class KeyMissing(Refusal):
    """The request carries no bearer key."""

    code = "key_missing"


class NotALicensee(Refusal):
    """Only an AI firm's own key reports its usage."""

    code = "not_a_licensee"


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

    @property
    def scope_id(self) -> int | None:
        """Whose rows this caller may read: its own, or for the house everybody's (None)."""
        return None if self.role == "operator" else self.party_id


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
    key_hash = registering.hash_of_key(credentials.credentials)
    return _caller(registering.party_of_key(given.database, key_hash=key_hash))


async def authenticate_from_memory(given: Context, authorization: str) -> Caller:
    """
    Return the caller a bearer key belongs to, or belonged to less than a second ago.

    For what is asked too often to be looked up: it is no dependency, and takes no thread.

    :raises KeyMissing: no key was sent.
    :raises KeyUnknown: no such key, or one that was revoked.
    """
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise KeyMissing
    return _caller(await given.keys.owner(key, database=given.database, clock=given.clock))


def _caller(owner: KeyOwner) -> Caller:
    return Caller(owner.party_id, owner.reference, owner.role, owner.scopes)


def require(scope: str) -> Callable[[Caller], Caller]:
    """Return a dependency that lets a caller through whose key has a scope."""

    def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        if scope not in caller.scopes:
            raise ScopeMissing(scope=scope)
        return caller

    return check


async def reporter(
    given: Annotated[Context, Depends(context)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """
    Return the AI firm that reports; nobody reports in another's name.

    Told from memory, because single events come by the thousand: a key that was revoked is
    refused within a second.
    """
    if credentials is None:
        raise KeyMissing
    key = credentials.credentials
    caller = _caller(await given.keys.owner(key, database=given.database, clock=given.clock))
    if "report" not in caller.scopes:
        raise ScopeMissing(scope="report")
    if caller.role != "licensee":
        raise NotALicensee(party=caller.reference)
    return caller
