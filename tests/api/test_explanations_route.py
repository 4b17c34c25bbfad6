"""``GET /v1/explain/{id}``: each party its own side, exact, and nothing of another's."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Client, Response

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.store.database import Database
from tests import builders
from tests.api.doors import Door, problem
from tests.services.explained import october, world


@pytest.fixture
def paid(database: Database, clock: DemoClock) -> Iterator[Door]:
    """An application on a book with a month that is paid out."""
    world(database)
    october(database)
    app = create_app(Context(database, clock=clock))
    with listening(app) as base_url, Client(base_url=base_url) as client:
        yield Door(app=app, client=client, database=database, key=builders.key(database, "efuda"))


def ask(door: Door, reference: str, party: str, **asked: Any) -> Response:
    key = builders.key(door.database, party, label=f"{party} {reference} {sorted(asked)}")
    return door.get(f"/v1/explain/{quote(reference)}", key=key, params=asked)


def codes(step: dict[str, Any]) -> set[str]:
    return {step["code"]}.union(*map(codes, step.get("steps", [])))


def values(step: dict[str, Any]) -> dict[str, str]:
    return {value["code"]: value["value"] for value in step["values"]}


def found(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_firm_is_told_what_its_line_follows_from(paid: Door) -> None:
    line = found(ask(paid, "INV-2026-000001:3", "efuda"))
    assert values(line)["amount"] == "42"
    charge = next(step for step in line["steps"] if step["code"] == "charge")
    assert values(charge) == {
        "exact": "8421/200",
        "rounding": "truncate",
        "residual": "21/200",
        "amount": "42",
    }
    assert "settlement" not in codes(line)
    assert "null" not in str(line)  # What a step does not have is left out.


def test_the_house_and_a_payee_are_told_where_it_went(paid: Door) -> None:
    assert "payout" in codes(found(ask(paid, "LINE-2026-10-3", "genbo")))
    assert "payout" in codes(found(ask(paid, "LINE-2026-10-3", "hoshino")))
    assert "payout" in codes(found(ask(paid, "PAY-2026-11", "author")))


def test_an_event_is_found_by_its_source_and_id(paid: Door) -> None:
    own = found(ask(paid, "d", "efuda", source="test"))
    assert "worth_exact" in codes(own)
    assert own == found(ask(paid, "d", "genbo", source="test", licensee="efuda", month="2026-10"))
    assert own == found(ask(paid, "GEN-efuda-1-3", "efuda"))


@pytest.mark.parametrize(
    ("party", "reference", "asked", "status", "code"),
    [
        ("lumen", "LINE-2026-10-1", {}, 404, "explanation_not_found"),
        ("lumen", "INV-2026-000001", {}, 404, "explanation_not_found"),
        ("hoshino", "INV-2026-000001", {}, 404, "explanation_not_found"),
        ("author", "PAY-2026-11:press", {}, 404, "explanation_not_found"),
        ("lumen", "GEN-efuda-1-0", {}, 404, "explanation_not_found"),
        ("lumen", "d", {"source": "test", "licensee": "efuda"}, 404, "explanation_not_found"),
        ("hoshino", "d", {"source": "test"}, 404, "generation_not_recorded"),  # It reports none.
        ("efuda", "x/y", {"source": "test"}, 404, "generation_not_recorded"),
        ("genbo", "d", {"source": "test"}, 422, "explanation_firm_not_named"),
        ("genbo", "LINE-2026-99-1", {}, 404, "explanation_not_found"),
        ("genbo", "LINE-0000-01-1", {}, 404, "explanation_not_found"),
        ("genbo", "GEN-efuda-999999999999999999-1", {}, 404, "explanation_not_found"),
        (
            "genbo",
            "d",
            {"source": "test", "licensee": "efuda", "month": "10"},
            422,
            "field_invalid",
        ),
    ],
)
def test_what_is_not_the_callers_is_not_there(
    paid: Door, party: str, reference: str, asked: dict[str, str], status: int, code: str
) -> None:
    problem(ask(paid, reference, party, **asked), status, code)


def test_a_key_that_may_not_read_is_refused(paid: Door) -> None:
    key = builders.key(paid.database, "efuda", label="writer", scopes=["report"])
    assert paid.get("/v1/explain/LINE-2026-10-1", key=key).status_code == 403
    assert paid.get("/v1/explain/LINE-2026-10-1", key=None).status_code == 401
