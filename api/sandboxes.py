"""
Which book a request is for: a key ``gb_test_…`` opens its firm's sandbox, and no other book.

This is the one place that chooses. A sandbox has a context of its own, with its own database,
clock, terms and intake, so no route and no use case knows that it is in one. A request with any
other key costs one look at the beginning of its header.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.context import CHOSEN, Context
from api.intake import Intake
from api.sandbox_making import ensure_sandbox, reset_sandbox
from ledger.core.refusal import Refusal
from ledger.services.keeping import PREFIXES, Mode
from ledger.store.database import Database, migrate
from ledger.store.keys import KeyOwner
from ledger.store.sandboxes import SandboxState, open_sandbox

#: Sandboxes that a process keeps connections to; the one not used for longest makes room.
OPEN_MAX = 6

_SANDBOX = "sandbox"
_TEST = f" {PREFIXES[Mode.TEST]}".encode()


class SandboxKeyNeeded(Refusal):
    """Only a sandbox has a clock that moves. The key that was sent opens the book that counts."""

    code = "test_key_needed"


class SandboxClock:
    """The real clock, and how far ahead of it a sandbox is."""

    def __init__(self, live: Context) -> None:
        self._live = live
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        """Return what the sandbox takes for the present instant."""
        return self._live.clock() + self.ahead


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """One beginning of one firm's sandbox, as this process serves it."""

    owner_id: int
    party: str
    mark: str
    started_at: datetime
    clock: SandboxClock
    context: Context
    intake: Intake


@dataclass(kw_only=True)
class Sandboxes:
    """The sandboxes that one process has open."""

    live: Context
    _lock: Lock = field(default_factory=Lock)
    _databases: OrderedDict[int, Database] = field(default_factory=OrderedDict)
    _served: dict[int, Sandbox] = field(default_factory=dict)

    async def enter(self, key: str) -> Sandbox:
        """
        Return the sandbox that a test key opens, as it stands now.

        :raises Refusal: the key is not good, or the sandbox cannot be reached.
        """
        live = self.live
        owner = await live.keys.owner(key, database=live.database, clock=live.clock)
        return await run_in_threadpool(self._enter, owner)

    def ensure(self, *, party_id: int, party: str, by: str) -> None:
        """
        Make a firm's sandbox when it has none.

        :raises SandboxNotAllowed: the program may not make its database.
        """
        database = self._database(party_id)
        now = self.live.clock()
        ensure_sandbox(self.live.database, database, party_id=party_id, party=party, at=now, by=by)

    def of_firm(self, *, party_id: int, party: str, by: str) -> Sandbox:
        """
        Return a firm's sandbox as it stands now, making it when it has none.

        :raises SandboxNotAllowed: the program may not make its database.
        """
        database = self._database(party_id)
        state = ensure_sandbox(
            self.live.database,
            database,
            party_id=party_id,
            party=party,
            at=self.live.clock(),
            by=by,
        )
        return self._serve(database, party_id, party, state)

    def reset(self, sandbox: Sandbox, *, by: str) -> Sandbox:
        """Begin a firm's sandbox anew, and return it; its clock is the real one again."""
        database = self._database(sandbox.owner_id)
        state = reset_sandbox(
            self.live.database,
            database,
            party_id=sandbox.owner_id,
            party=sandbox.party,
            at=self.live.clock(),
            by=by,
        )
        return self._serve(database, sandbox.owner_id, sandbox.party, state)

    def close(self) -> None:
        """Let go of every connection."""
        while self._databases:
            _, database = self._databases.popitem()
            database.close()

    def _enter(self, owner: KeyOwner) -> Sandbox:
        return self.of_firm(party_id=owner.party_id, party=owner.reference, by=owner.key_reference)

    def _database(self, party_id: int) -> Database:
        """Return the database of a sandbox, up to date the first time that it is opened."""
        with self._lock:
            database = self._databases.get(party_id)
            if database is not None:
                self._databases.move_to_end(party_id)
                return database
        opened = open_sandbox(self.live.database, party_id=party_id)
        migrate(opened)
        with self._lock:
            database = self._databases.setdefault(party_id, opened)
            if len(self._databases) > OPEN_MAX:
                _, closed = self._databases.popitem(last=False)
                closed.close()
        if database is not opened:
            opened.close()
        return database

    def _serve(self, database: Database, owner_id: int, party: str, state: SandboxState) -> Sandbox:
        """Return what this process remembers of a sandbox, unless it has begun anew since."""
        with self._lock:
            sandbox = self._served.get(owner_id)
            if (
                sandbox is None
                or sandbox.mark != state.mark
                or sandbox.context.database is not database
            ):
                sandbox = self._served[owner_id] = self._new(database, owner_id, party, state)
            # It goes forward only, so what was read later is the greater.
            sandbox.clock.ahead = max(sandbox.clock.ahead, state.ahead)
        return sandbox

    def _new(self, database: Database, owner_id: int, party: str, state: SandboxState) -> Sandbox:
        clock = SandboxClock(self.live)
        given = Context(
            database, clock, seal=self.live.seal.apart(f"sandbox {state.mark}"), live=self.live
        )
        return Sandbox(
            owner_id=owner_id,
            party=party,
            mark=state.mark,
            started_at=state.started_at,
            clock=clock,
            context=given,
            intake=Intake(given),
        )


class ChoosesBook:
    """Gives each request with a test key the context of its sandbox, or what refuses it."""

    def __init__(self, app: ASGIApp, sandboxes: Sandboxes) -> None:
        self._app = app
        self._sandboxes = sandboxes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; whoever asks for its context is told."""
        if scope["type"] == "http" and (key := _test_key(scope)):
            state = scope.setdefault("state", {})
            try:
                state[_SANDBOX] = sandbox = await self._sandboxes.enter(key)
            except Refusal as refusal:
                state[CHOSEN] = refusal
            else:
                state[CHOSEN] = sandbox.context
        await self._app(scope, receive, send)


def intake_of(request: Request) -> Intake:
    """Return the way in for a request's reports."""
    sandbox = request.scope.get("state", {}).get(_SANDBOX)
    found = request.app.state.intake if sandbox is None else sandbox.intake
    assert isinstance(found, Intake)
    return found


def sandbox_of(request: Request) -> Sandbox:
    """
    Return the sandbox that a request is for.

    :raises SandboxKeyNeeded: it is for the book that counts.
    """
    sandbox = request.scope.get("state", {}).get(_SANDBOX)
    if sandbox is None:
        raise SandboxKeyNeeded
    assert isinstance(sandbox, Sandbox)
    return sandbox


def sandboxes_of(request: Request) -> Sandboxes:
    """Return the sandboxes of an application; a dependency of the routes."""
    found = request.app.state.sandboxes
    assert isinstance(found, Sandboxes)
    return found


def _test_key(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            if _TEST not in value:
                return None
            scheme, _, key = value.decode("latin-1").partition(" ")
            return (
                key if scheme.lower() == "bearer" and key.startswith(PREFIXES[Mode.TEST]) else None
            )
    return None
