"""
Who is calling: bearer keys, looked up by their hash, with scopes.

A key is shown once when it is made; the book holds its SHA-256. Every read and write that
follows is scoped to the party the key belongs to.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.context import Context, context
from ledger.core.refusal import Refusal
from ledger.services.keeping import Mode
from ledger.store.keys import KeyOwner, KeyUnknown

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


class HouseOnly(Refusal):
    """Only the house's own keys look at its months and books."""

    code = "house_only"


@dataclass(frozen=True, slots=True)
class Caller:
    """The party a request acts for."""

    party_id: int
    reference: str
    role: str
    scopes: frozenset[str]
    key: str  # the public name of the key that was sent
    mode: str  # "live" or "test"

    @property
    def modes_seen(self) -> str | None:
        """Which keys this caller may see: from a sandbox only test keys, otherwise all (None)."""
        return Mode.TEST if self.mode == Mode.TEST else None

    @property
    def scope_id(self) -> int | None:
        """Whose rows this caller may read: its own, or for the house everybody's (None)."""
        return None if self.role == "operator" else self.party_id


async def authenticate(
    given: Annotated[Context, Depends(context)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """
    Return the caller a bearer key belongs to, or belonged to less than a second ago.

    Told from memory, because single events come by the thousand.

    :raises KeyMissing: no key was sent.
    :raises KeyUnknown: no such key.
    :raises KeyRevoked, KeyExpired: it was good once.
    """
    if credentials is None:
        raise KeyMissing
    return await _owner(given, credentials.credentials)


async def authenticate_from_memory(given: Context, authorization: str) -> Caller:
    """
    Return the caller a bearer key belongs to, for a route that has no dependencies.

    :raises Refusal: as :func:`authenticate`.
    """
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise KeyMissing
    return await _owner(given, key)


async def _owner(given: Context, key: str) -> Caller:
    ring = given.keyring
    owner = await ring.keys.owner(key, database=ring.database, clock=ring.clock)
    # The book was chosen by the key's beginning. Should anything ever see two keys in one
    # request, neither opens a book that is not its own.
    if (owner.mode == Mode.TEST) is not (given.live is not None):
        raise KeyUnknown
    return _caller(owner)


def _caller(owner: KeyOwner) -> Caller:
    return Caller(
        owner.party_id, owner.reference, owner.role, owner.scopes, owner.key_reference, owner.mode
    )


def require(scope: str) -> Callable[[Caller], Awaitable[Caller]]:
    """Return a dependency that lets a caller through whose key has a scope."""

    async def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        if scope not in caller.scopes:
            raise ScopeMissing(scope=scope)
        return caller

    return check


def require_house(scope: str) -> Callable[[Caller], Awaitable[Caller]]:
    """Return a dependency that lets the house through, with a key that has a scope."""

    async def check(caller: Annotated[Caller, Depends(require(scope))]) -> Caller:
        if caller.role != "operator":
            raise HouseOnly(party=caller.reference)
        return caller

    return check


async def reporter(caller: Annotated[Caller, Depends(require("report"))]) -> Caller:
    """Return the AI firm that reports; nobody reports in another's name."""
    if caller.role != "licensee":
        raise NotALicensee(party=caller.reference)
    return caller
