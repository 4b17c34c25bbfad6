"""The API's description of itself is whole: nothing it names is missing, nothing is unsaid."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from api import event_bodies
from api.app import create_app
from api.context import Context
from api.problems import MEDIA_TYPE
from ledger.store.database import Database
from tests.api.doors import Door
from tests.api.reported import an_event, taken

#: Why a POST needs no Idempotency-Key.
REPEATABLE_WITHOUT_A_KEY = {
    "/v1/generations": "each event carries its own identity: docs/reporting.md",
    "/v1/generations/preview": "stores nothing",
    "/v1/clearances": "stores nothing",
    "/v1/generations/{id}/corrections": "the same correction again returns the first receipt",
    "/v1/correction-batches/{id}/commit": "again it returns the same receipts",
    "/v1/sandbox/reset": "again it begins the same beginning, and throws away what keys it kept",
    "/v1/months/{month}/close": "the one under way goes on; what is done is not done twice",
    "/v1/sandbox/months/{month}/close": "a month closes once, and says so",
}

_SHARED = ("schemas", "parameters", "headers")


@pytest.fixture
def described(database: Database) -> dict[str, Any]:
    """What the application says of itself."""
    return create_app(Context(database)).openapi()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def references(part: object) -> Iterator[str]:
    """Yield every reference in a part of the description."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def test_every_reference_leads_to_a_shape_and_every_shape_is_referred_to(
    described: dict[str, Any],
) -> None:
    named = set(references(described))
    parts = described["components"]
    shapes = {f"#/components/{kind}/{name}" for kind in _SHARED for name in parts[kind]}
    assert named == shapes
    assert "#/components/schemas/Event" in named


def test_every_operation_has_its_summary_tag_and_name(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(described)]
    assert len(names) == len(set(names))
    for name, operation in operations(described):
        assert operation["summary"], name
        assert operation["tags"], name


def test_every_operation_has_its_error_answers(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        answers = operation["responses"]
        assert "503" in answers, name
        if operation.get("security"):
            assert {"401", "403", "429"} <= answers.keys(), name
        if [each for each in operation.get("parameters", ()) if "$ref" not in each]:
            assert "422" in answers, name
        if operation.get("requestBody"):
            assert {"400", "413", "415"} <= answers.keys(), name
        if "{" in name:
            assert "404" in answers, name


def test_every_error_is_a_problem(described: dict[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            if int(status) < 400:
                continue
            assert answer["content"][MEDIA_TYPE] == problem, (name, status)
            # The results of a report in which no event could be taken are no problem of a whole.
            others = answer["content"].keys() - {MEDIA_TYPE}
            assert not others or (status, others) == ("422", {"application/json"}), name


#: Tables, whose examples need a page of their own: docs/client.md.
_TABLES = {"text/csv", "text/tab-separated-values"}


def test_everything_that_is_taken_or_answered_has_an_example_that_fits(
    described: dict[str, Any],
) -> None:
    """Give a field ``examples=[…]``, or a word to api/examples.py."""
    for name, operation in operations(described):
        bodies = [operation.get("requestBody", {})]
        bodies += [each for code, each in operation["responses"].items() if code.startswith("2")]
        for media_type, content in (pair for body in bodies for pair in _contents(body)):
            shown = [each["value"] for each in content.get("examples", {}).values()]
            assert shown or "example" in content, (name, media_type)
            whole = {**content["schema"], "components": described["components"]}
            for example in shown or [content["example"]]:
                fault = next(jsonschema_rs.Draft202012Validator(whole).iter_errors(example), None)
                assert fault is None, (name, media_type, fault)


def _contents(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what can be shown: no tables, no files, and no frozen values, which are many."""
    for media_type, content in body.get("content", {}).items():
        schema = content.get("schema")
        if schema and media_type not in _TABLES and schema.get("format") != "binary":
            yield media_type, content


def test_every_part_of_an_address_has_an_example(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        for parameter in operation.get("parameters", ()):
            if parameter.get("in") == "path":
                shown = {**parameter["schema"], **parameter}
                assert shown.keys() & {"example", "examples"}, (name, parameter["name"])


def test_every_post_can_be_sent_again_without_being_carried_out_again(
    described: dict[str, Any],
) -> None:
    """Depend on api.idempotency.once, or stand in the table above with a reason."""
    for path, methods in described["paths"].items():
        names = [each.get("name") for each in methods.get("post", {}).get("parameters", ())]
        if "post" in methods and path not in REPEATABLE_WITHOUT_A_KEY:
            assert "Idempotency-Key" in names, f"POST {path}"
        assert not (path in REPEATABLE_WITHOUT_A_KEY and "Idempotency-Key" in names), path


def test_the_event_that_is_described_is_the_one_that_is_taken(described: dict[str, Any]) -> None:
    body = described["paths"]["/v1/generations"]["post"]["requestBody"]["content"]
    assert taken(body["application/json"]["example"]).event_id
    (line,) = body["application/x-ndjson"]["example"].splitlines()
    assert taken(json.loads(line)).event_id
    event = described["components"]["schemas"]["Event"]
    fields = event_bodies.PlainEvent.__struct_fields__
    assert event["properties"].keys() == set(fields)
    assert set(event["required"]) <= an_event().keys()
    assert event["additionalProperties"] is False


def test_the_description_is_served(door: Door) -> None:
    answer = door.get("/v1/openapi.json", key=None)
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert door.get("/docs", key=None).status_code == 200


def test_what_is_answered_has_the_shape_that_is_described(door: Door) -> None:
    """Each field of an answer is described, and each that is required is there."""
    schemas = door.get("/v1/openapi.json", key=None).json()["components"]["schemas"]
    door.report(an_event(id="known"))
    sent = [an_event(), an_event(id="known", quantity=2), an_event(quantity=-1)]
    for result in door.report(sent).json()["results"]:
        _check(result, schemas["ResultBody"])
        if "receipt" in result:
            _check(result["receipt"], schemas["ReceiptBody"])
        if "problem" in result:
            _check(result["problem"], schemas["Problem"])
    _check(door.get("/nowhere").json(), schemas["Problem"])


def _check(body: dict[str, Any], schema: dict[str, Any]) -> None:
    assert body.keys() <= schema["properties"].keys()
    assert set(schema["required"]) <= body.keys()
