"""Whatever the OpenAPI page allows or forbids is answered as the page says, to everybody."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from api.rate_limits import RateLimits
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.api.descriptions import Finding, findings, operations
from tests.api.doors import NOW
from tests.database import fresh_database


@dataclass(frozen=True, kw_only=True)
class World:
    """An application that answers, and the key of everybody who may ask."""

    base_url: str
    keys: dict[str, str | None]


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    """A book with a license, and a key of each kind with every scope."""
    with fresh_database(server) as database:
        builders.license(database)
        builders.party(database, "house", role="operator", entrustment=None)
        everything = ("report", "read", "manage")
        parties = {"firm": "studio-a", "holder": "hoshino", "operator": "house"}
        keys: dict[str, str | None] = {
            kind: builders.key(database, party, scopes=everything)
            for kind, party in parties.items()
        }
        # Wrong keys are sent by the hundred, and each is to be answered by its route.
        app = create_app(Context(database, clock=DemoClock(NOW)), limits=RateLimits(tries=0))
        with listening(app) as base_url:
            yield World(base_url=base_url, keys={**keys, "nobody": None})


@pytest.mark.parametrize("caller", ["firm", "holder", "operator", "nobody"])
@pytest.mark.parametrize(
    ("method", "path"), [pytest.param(*each, id=" ".join(each)) for each in operations()]
)
def test_an_operation_answers_as_it_is_described(
    world: World, caller: str, method: str, path: str
) -> None:
    found = findings(world.base_url, world.keys[caller], method, path)
    if found:
        pytest.fail(_told(f"{method} {path}, asked by {caller}", found), pytrace=False)


def _told(what: str, found: list[Finding]) -> str:
    return "\n\n".join([f"{what}, does not answer as /docs says:", *map(str, found)])
