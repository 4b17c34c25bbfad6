"""Whatever the OpenAPI page allows or forbids is answered as the page says, to everybody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from httpx import Client

from api.app import create_app
from api.context import Context
from api.cursors import write_cursor
from api.demo.hosting import DemoClock, listening
from api.rate_limits import RateLimits
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.api.descriptions import (
    Finding,
    answered,
    description,
    findings,
    lists,
    operations,
)
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
    is_thorough = caller in {"firm", "operator"}  # The shapes are the same for everybody.
    key = world.keys[caller]
    found = findings(world.base_url, key, method, path, is_thorough=is_thorough)
    if found:
        pytest.fail(_told(f"{method} {path}, asked by {caller}", found), pytrace=False)


def _told(what: str, found: list[Finding]) -> str:
    return "\n\n".join([f"{what}, does not answer as /docs says:", *map(str, found)])


#: Places that no list is at, and some that are beyond what the book can be asked for.
PLACES: list[object] = [
    *(None, True, -1, 2**31, 2**63, 10**40, 1.5, "", "x" * 1_000, "\0", [], {}),
    *([1], [-1], [2**63], ["x"], [0, 0, "x"], [99, 10**6, "\0"], [1, 2, 3, 4], {"key": 2**70}),
]


@pytest.mark.parametrize("path", sorted(lists()))
def test_a_cursor_from_elsewhere_is_refused_or_leads_to_a_page(world: World, path: str) -> None:
    caller = "operator" if _is_for_the_house(world, path) else "firm"
    headers = {"Authorization": f"Bearer {world.keys[caller]}"}
    with Client(base_url=world.base_url, headers=headers) as client:
        for cursor in [*map(write_cursor, PLACES), "", "…", "AAAA", "%00"]:
            query = {"cursor": cursor, "limit": "2", "q": "x"}
            answer = client.get(re.sub(r"\{\w+\}", "x", path), params=query)
            assert answer.status_code in {200, 404, 422}, (cursor, answer.text)
            if answer.status_code == 422:
                assert answer.json()["code"] == "cursor_malformed", answer.text


def _is_for_the_house(world: World, path: str) -> bool:
    headers = {"Authorization": f"Bearer {world.keys['firm']}"}
    with Client(base_url=world.base_url, headers=headers) as client:
        return client.get(re.sub(r"\{\w+\}", "x", path)).status_code == 403


#: Answers that are one thing with all its parts: a month as a firm stated it, or before it closes;
#: accounts whose sides are equal; two slips a month; a year's sheet; the ways to pay one invoice.
WHOLE = {
    *("/v1/reports/{month}/revenue", "/v1/months/{month}/preview"),
    *("/v1/journal/trial-balance", "/v1/withholding/slips", "/v1/withholding/totals"),
    "/v1/documents/{reference}/payment-requests",
}


def test_every_list_has_a_limit_a_cursor_and_an_order_that_is_told() -> None:
    assert {"/v1/licenses", "/v1/webhooks"} <= set(lists())
    for path, methods in description()["paths"].items():
        fields = answered(methods.get("get", {"responses": {}}))
        if path in lists():
            names = {each.get("name") for each in methods["get"]["parameters"]}
            assert {"limit", "cursor"} <= names, path
            assert methods["get"]["description"], f"{path}: in which order?"
        elif path.startswith("/v1/") and not path.endswith("}") and path not in WHOLE:
            arrays = [name for name, field in fields.items() if field.get("type") == "array"]
            assert not arrays, f"{path} answers all of {arrays} at once"
