"""A month over the API: the house looks at it, has it closed, and sees how far that has come."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from api.demo.hosting import DemoClock
from api.jobs import Worker
from api.month_runs import House
from tests import builders
from tests.api.doors import Door, problem
from tests.services import money
from tests.services.usage import generation, report

MONTHS = "/v1/months"
HOUSE = ["read", "manage"]


@pytest.fixture
def house(door: Door, clock: DemoClock) -> str:
    """A key of the house, in December of 2026."""
    money.house(door.database)
    clock.move_to(money.noon(date(2026, 12, 5)))
    return builders.key(door.database, "genbo", label="house", scopes=HOUSE)


def worked(door: Door, clock: Callable[[], Any]) -> int:
    """Let a worker do what is due."""
    sender: Any = None  # No webhook is due.
    return Worker(database=door.database, sender=sender, clock=clock, house=House()).drain()


def test_a_month_is_previewed_asked_for_and_closed_by_a_worker(
    door: Door, clock: DemoClock, house: str
) -> None:
    report(door.database, generation(1_000, on=date(2026, 11, 5)))
    preview = door.get(f"{MONTHS}/2026-11/preview", key=house).json()
    assert preview["totals"][0]["now"] == "12000"
    assert preview["licensees"][0]["reference"] == "studio-a"
    assert [each["code"] for each in preview["warnings"]] == ["undeclared"]
    assert preview["blockers"] == []

    asked = door.ask("POST", f"{MONTHS}/2026-11/close", key=house)
    assert asked.status_code == 202, asked.text
    assert asked.json()["closed_at"] is None
    again = door.ask("POST", f"{MONTHS}/2026-11/close", key=house, json={})
    assert again.json()["run"]["asked_at"] == asked.json()["run"]["asked_at"]

    assert worked(door, clock) == 1
    state = door.get(f"{MONTHS}/2026-11", key=house).json()
    assert state["run"]["over"]
    assert [each["step"] for each in state["run"]["progress"] if each["state"] == "done"] == [
        *("audit", "close", "bill", "settle")
    ]
    assert state["closed_by"] == state["run"]["asked_by"]
    assert state["invoiced"] == [{"currency": "JPY", "amount": "13200"}]
    assert worked(door, clock) == 0


def test_what_stands_in_the_way_is_said_in_the_readers_language(door: Door, house: str) -> None:
    asked: dict[str, Any] = {"key": house, "headers": {"Accept-Language": "ja"}}
    found = door.get(f"{MONTHS}/2026-12/preview", **asked).json()
    assert found["blockers"][0]["code"] == "month_not_over"
    assert found["blockers"][0]["stops"] == "close"
    assert "締められません" in found["blockers"][0]["detail"]
    refused = door.ask("POST", f"{MONTHS}/2026-12/close", **asked)
    assert "2026-12" in problem(refused, 409, "month_not_over_yet")["detail"]


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "October", "0000-00", "2026-10-01"])
def test_a_month_that_is_none_is_not_looked_up(door: Door, house: str, month: str) -> None:
    for path in (f"{MONTHS}/{month}", f"{MONTHS}/{month}/preview"):
        assert door.get(path, key=house).status_code == 422
    assert door.ask("POST", f"{MONTHS}/{month}/close", key=house).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"through": "everything"},  # No step.
        {"accept_differences": ""},  # A reason says something.
        {"by": "somebody else"},  # It is asked for by whoever's key it is.
    ],
)
def test_an_order_that_cannot_be_read_is_refused(
    door: Door, house: str, body: dict[str, str]
) -> None:
    answer = door.ask("POST", f"{MONTHS}/2026-11/close", key=house, json=body)
    assert answer.status_code == 422
    assert door.get(f"{MONTHS}/2026-11", key=house).json()["run"] is None


def test_nobody_but_the_house_sees_a_month(door: Door, house: str) -> None:
    firm = builders.key(door.database, label="all", scopes=["report", "read", "manage"])
    problem(door.get(f"{MONTHS}/2026-11", key=firm), 403, "house_only")
    problem(door.get(f"{MONTHS}/2026-11/preview", key=firm), 403, "house_only")
    problem(door.ask("POST", f"{MONTHS}/2026-11/close", key=firm), 403, "house_only")
    reader = builders.key(door.database, "genbo", label="reader", scopes=["read"])
    problem(door.ask("POST", f"{MONTHS}/2026-11/close", key=reader), 403, "scope_missing")
    problem(door.get(f"{MONTHS}/2026-11", key=None), 401, "key_missing")
