"""Keys over the API: what is shown, to whom, who may give what, and when a key stops working."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.services import keeping
from tests import builders
from tests.api.doors import NOW, Door, problem
from tests.rows import rows

KEYS = "/v1/keys"
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def manager(door: Door) -> str:
    """A key of the firm that may do everything."""
    return builders.key(door.database, label="office", scopes=["report", "read", "manage"])


def listed(door: Door, key: str, **asked: Any) -> list[dict[str, Any]]:
    answer = door.get(KEYS, key=key, params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["keys"])


def make(door: Door, key: str, **changes: Any) -> Response:
    return door.ask("POST", KEYS, key=key, json={"label": "new", "scopes": ["report"], **changes})


def made(door: Door, key: str, **changes: Any) -> dict[str, Any]:
    answer = make(door, key, **changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def rotate(door: Door, key: str, reference: str, **changes: Any) -> Response:
    body = {"reason": "yearly", **changes}
    return door.ask("POST", f"{KEYS}/{reference}/rotate", key=key, json=body)


def end(door: Door, key: str, reference: str, **params: str) -> Response:
    return door.ask("DELETE", f"{KEYS}/{reference}", key=key, params={"reason": "lost", **params})


def test_a_new_key_works_at_once_and_is_shown_once(door: Door, manager: str) -> None:
    new = made(door, manager, scopes=["read", "report"])
    assert new["key"].startswith(new["prefix"])
    assert new["created_at"] == NOW.isoformat().replace("+00:00", "Z")
    shown = listed(door, new["key"])
    assert [key["label"] for key in shown] == ["first", "office", "new"]
    mine = shown[-1]
    assert mine == {name: value for name, value in new.items() if name != "key"}
    assert mine["created_by"] == shown[1]["id"]
    assert new["key"] not in door.get(KEYS, key=manager).text


def test_a_list_comes_in_pages(door: Door, manager: str) -> None:
    first = door.get(KEYS, key=manager, params={"limit": 1}).json()
    rest = door.get(KEYS, key=manager, params={"cursor": first["next_cursor"]}).json()
    labels = [key["label"] for page in (first, rest) for key in page["keys"]]
    assert (labels, rest["next_cursor"]) == (["first", "office"], None)


def test_nobody_gives_away_more_than_they_hold(door: Door) -> None:
    clerk = builders.key(door.database, label="clerk", scopes=["manage", "read"])
    told = problem(make(door, clerk, scopes=["report"]), 403, "scope_not_held")
    assert told["pointer"] == "/scopes"
    [first, _] = listed(door, clerk)
    problem(rotate(door, clerk, first["id"]), 403, "scope_not_held")  # It may report.
    assert made(door, clerk, scopes=["read", "manage"])["scopes"] == ["manage", "read"]


def test_only_a_key_that_manages_changes_keys(door: Door) -> None:
    [first] = listed(door, door.key)
    for answer in (
        make(door, door.key),
        rotate(door, door.key, first["id"]),
        end(door, door.key, first["id"]),
    ):
        problem(answer, 403, "scope_missing")


def test_a_firm_neither_sees_nor_touches_anothers_keys(door: Door, manager: str) -> None:
    builders.licensee(door.database, "studio-b")
    other = builders.key(door.database, "studio-b", scopes=["report", "read", "manage"])
    [theirs] = listed(door, other)
    assert theirs["party"] == "studio-b"
    assert {key["party"] for key in listed(door, manager)} == {"studio-a"}
    problem(rotate(door, manager, theirs["id"]), 404, "key_not_found")
    problem(end(door, manager, theirs["id"]), 404, "key_not_found")
    problem(make(door, manager, party="studio-b"), 403, "key_of_another")
    assert made(door, manager, party="studio-a")["party"] == "studio-a"


def test_the_house_looks_after_all_keys(door: Door) -> None:
    builders.party(door.database, "genbo", role="operator", entrustment=None)
    house = builders.key(door.database, "genbo", scopes=["report", "read", "manage"])
    assert {key["party"] for key in listed(door, house)} == {"studio-a", "genbo"}
    new = made(door, house, party="studio-a")
    assert new["party"] == "studio-a"
    problem(make(door, house, party="nobody"), 422, "party_unknown")
    assert end(door, house, new["id"]).status_code == 204


def test_a_replaced_key_works_until_its_overlap_is_over(
    door: Door, manager: str, clock: DemoClock
) -> None:
    old = made(door, manager, scopes=["read"])
    new = rotate(door, manager, old["id"], overlap_hours=2).json()
    assert (new["label"], new["scopes"]) == ("new", ["read"])
    clock.move_to(NOW + 2 * HOUR - SECOND)
    for key in (old["key"], new["key"]):
        assert door.get(KEYS, key=key).status_code == 200
    clock.move_to(NOW + 2 * HOUR)
    told = problem(door.get(KEYS, key=old["key"]), 401, "key_expired")
    assert (NOW + 2 * HOUR).isoformat() in told["detail"]
    shown = {key["id"]: key for key in listed(door, new["key"])}
    assert shown[old["id"]]["replaced_by"] == new["id"]
    assert shown[old["id"]]["expires_at"] == "2026-08-20T05:00:00Z"
    problem(rotate(door, manager, old["id"]), 409, "key_ended")
    problem(end(door, manager, old["id"]), 409, "key_ended")


def test_an_overlap_lasts_a_day_when_nothing_is_said_and_ends_at_once_with_none(
    door: Door, manager: str, clock: DemoClock
) -> None:
    old = made(door, manager, scopes=["read"])
    new = rotate(door, manager, old["id"]).json()
    problem(rotate(door, manager, old["id"]), 409, "key_replaced")
    assert listed(door, manager)[-2]["expires_at"] == "2026-08-21T03:00:00Z"
    newest = rotate(door, manager, new["id"], overlap_hours=0).json()
    clock.move_to(NOW + SECOND)
    problem(door.get(KEYS, key=new["key"]), 401, "key_expired")
    assert door.get(KEYS, key=newest["key"]).status_code == 200


def test_an_ended_key_opens_nothing_a_second_later_and_stays_in_the_list(
    door: Door, manager: str, clock: DemoClock
) -> None:
    new = made(door, manager, scopes=["read"])
    listed(door, new["key"])
    assert end(door, manager, new["id"]).content == b""
    clock.move_to(NOW + SECOND)
    problem(door.get(KEYS, key=new["key"]), 401, "key_revoked")
    ended = listed(door, manager)[-1]
    assert (ended["revoked_because"], ended["revoked_at"]) == ("lost", "2026-08-20T03:00:00Z")
    problem(end(door, manager, new["id"]), 409, "key_ended")
    assert made(door, manager)["label"] == "new"  # The label is free again.


def test_a_key_may_end_itself(door: Door, manager: str, clock: DemoClock) -> None:
    me = listed(door, manager)[-1]["id"]
    assert end(door, manager, me).status_code == 204
    clock.move_to(NOW + SECOND)
    problem(door.get(KEYS, key=manager), 401, "key_revoked")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"label": ""}, "field_invalid"),
        ({"label": "\x00"}, "field_invalid"),
        ({"label": "first"}, "key_label_taken"),
        ({"scopes": []}, "field_invalid"),
        ({"scopes": ["write"]}, "field_invalid"),
        ({"scopes": ["read", "read"]}, "value_listed_twice"),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    door: Door, manager: str, changes: dict[str, Any], code: str
) -> None:
    problem(make(door, manager, **changes), 422, code)
    assert len(listed(door, manager)) == 2


def test_what_cannot_be_a_key_is_not_looked_for(door: Door, manager: str) -> None:
    for reference in ("key_0", "a" * 99):
        problem(end(door, manager, reference), 404, "key_not_found")
    problem(end(door, manager, "%00"), 422, "field_invalid")
    problem(rotate(door, manager, "key_0", overlap_hours=721), 422, "field_invalid")
    problem(rotate(door, manager, "key_0", reason=""), 422, "field_invalid")


def test_a_use_costs_no_write_until_the_minute_is_over(
    door: Door, manager: str, clock: DemoClock
) -> None:
    for _ in range(3):
        clock.move_to(clock() + SECOND)
        listed(door, manager)
    assert rows(door.database, "SELECT FROM api_key_use") == []
    uses = door.app.state.context.keys.uses
    asyncio.run(uses.write(door.database))
    assert [key["last_used_at"] for key in listed(door, manager)] == [None, "2026-08-20T03:00:03Z"]


def test_a_program_that_is_stopped_writes_the_uses_it_knows(door: Door) -> None:
    """The fixture's application ends after the test, and the next one finds what it wrote."""
    context = Context(door.database, clock=lambda: NOW)
    with listening(create_app(context)) as base_url:
        door.client.get(f"{base_url}{KEYS}", headers={"Authorization": f"Bearer {door.key}"})
    page = keeping.list_keys(door.database, owner_id=None, limit=10)
    assert [key.used_at for key in page.keys] == [NOW]
