"""
Making a firm's sandbox: its database, a copy of what it may use, and things to try out on.

The first test key of a firm makes it, and a reset makes it anew. Whoever comes meanwhile waits.
"""

from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

from api.world import World, enter, read_world
from ledger.services import rehearsing
from ledger.store import sandboxes
from ledger.store.database import Database
from ledger.store.sandboxes import SandboxState

#: What is invented for every sandbox; see docs/sandbox.md.
INVENTED = Path(__file__).with_name("sandbox.toml")


def ensure_sandbox(
    live: Database, sandbox: Database, *, party_id: int, party: str, at: datetime, by: str
) -> SandboxState:
    """
    Return where a firm's sandbox stands, and begin it when it was not.

    :raises DatabaseBusy: somebody else is making it, and it takes too long.
    """
    state = rehearsing.read_state(sandbox)
    if state is not None:
        return state
    with sandboxes.only_one_at(live, party_id=party_id):
        state = rehearsing.read_state(sandbox)  # Somebody else may have been quicker.
        if state is not None:
            return state
        return _make(live, sandbox, party_id=party_id, party=party, at=at, by=by)


def reset_sandbox(
    live: Database, sandbox: Database, *, party_id: int, party: str, at: datetime, by: str
) -> SandboxState:
    """
    Throw away what a firm did in its sandbox, and begin it anew with what it may use by now.

    :raises DatabaseBusy: somebody else uses it, and does not end.
    """
    with sandboxes.only_one_at(live, party_id=party_id):
        return _make(live, sandbox, party_id=party_id, party=party, at=at, by=by)


def _make(
    live: Database, sandbox: Database, *, party_id: int, party: str, at: datetime, by: str
) -> SandboxState:
    sandboxes.make_anew(live, sandbox, party_id=party_id)
    enter(sandbox, _invented(party), recorded_by="sandbox", recorded_at=at)
    rehearsing.begin(sandbox, party_id=party_id, started_at=at, started_by=by)
    state = rehearsing.read_state(sandbox)
    assert state is not None, "it was begun above"
    return state


@cache
def _world() -> World:
    return read_world(INVENTED)


def _invented(party: str) -> World:
    world = _world()
    licenses = tuple(replace(license_, licensee=party) for license_ in world.licenses)
    return replace(world, licenses=licenses)
