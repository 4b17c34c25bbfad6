"""
The API's description of itself: what FastAPI finds in the routes, and what it cannot see.

Reports are decoded by hand, so their events are described from the very shapes that decode
them; every error is a problem, so nothing is said about the framework's own. What holds for
every route alike is written here once: the version that may be asked for, the headers of every
answer, and the refusals that any body or any key may meet.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.routing import compile_path

from api import examples
from api.event_bodies import CloudEvent, PlainEvent
from api.shapes import Problem, problems

_PLACE = "#/components/schemas/{name}"

#: The contract as it is; it gets a new date when something in it breaks.
VERSION = "2026-11-22"
#: Every version that may be asked for, the newest first.
VERSIONS = (VERSION,)

#: What any request to a path under /v1 may be answered.
_ANY = (400,)
_WITH_KEY = (401, 429)
_WITH_BODY = (413, 415)
_REPEATABLE = (409, 422)

_PARAMETERS = {
    "Genbo-Version": {
        "name": "Genbo-Version",
        "in": "header",
        "required": False,
        "description": "The version of this contract that you were written for.",
        "schema": {"type": "string", "enum": list(VERSIONS)},
        "example": VERSION,
    }
}


def _header(description: str, example: str, **schema: Any) -> dict[str, Any]:
    return {
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


#: Headers of every answer under /v1.
_HEADERS = {
    "X-Request-Id": _header("Names this request in our logs.", "9f86d081884c7d65", minLength=1),
    "Genbo-Version": _header("The version of this contract.", VERSION, enum=list(VERSIONS)),
}
#: Headers of the answers to a key, unless the operator has set no limit.
_HEADERS_OF_KEYS = {
    "RateLimit-Policy": _header(
        "The quota that this kind of call counts towards: so much (q) in so many seconds (w).",
        '"other";q=60000;w=60',
    ),
    "RateLimit": _header(
        "What is left of it (r), and in how many seconds (t) all of it will be there again.",
        '"other";r=59999;t=1',
    ),
}
#: Header of an answer that was given before.
_HEADERS_AGAIN = {
    "Idempotent-Replayed": _header(
        "There when the request was not carried out again.", "true", enum=["true"]
    )
}
_RETRY = {"Retry-After": _header("In how many seconds to come again.", "5", pattern="^[0-9]+$")}


class DescribedApp(FastAPI):
    """An application whose description names everything that it takes and answers."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, made once."""
        if self.openapi_schema is None:
            description = super().openapi()
            components = description["components"]
            components["schemas"] |= _schemas()
            components["parameters"] = _PARAMETERS
            components["headers"] = {
                **_HEADERS,
                **_HEADERS_OF_KEYS,
                **_HEADERS_AGAIN,
                **_RETRY,
            }
            for path, methods in description["paths"].items():
                if path.startswith("/v1/"):
                    for operation in methods.values():
                        _complete(operation)
            examples.show(description)
        assert self.openapi_schema is not None
        return self.openapi_schema


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Return the methods that an address takes, of all operations that stand there."""
    paths = app.openapi()["paths"]
    standing = [path] if path in paths else [*filter(lambda each: _fits(path, each), paths)]
    return sorted({method.upper() for each in standing for method in paths[each]})


def _fits(path: str, template: str) -> bool:
    return compile_path(template)[0].match(path) is not None


def _complete(operation: dict[str, Any]) -> None:
    """Add what holds for every operation to one."""
    operation.setdefault("parameters", []).append(_reference("parameters", "Genbo-Version"))
    answers = operation["responses"]
    for status, problem in problems(*_any_of(operation)).items():
        answers.setdefault(str(status), problem)
    for status, answer in answers.items():
        names = [*_HEADERS]
        if _is_repeatable(operation) and status.startswith("2"):
            names += _HEADERS_AGAIN
        if operation.get("security") and status != "401":
            names += _HEADERS_OF_KEYS
        if status in {"429", "503"}:
            names += _RETRY
        answer.setdefault("headers", {}).update(
            {name: _reference("headers", name) for name in names}
        )
    operation["responses"] = dict(sorted(answers.items()))


def _is_repeatable(operation: dict[str, Any]) -> bool:
    return any(each.get("name") == "Idempotency-Key" for each in operation["parameters"])


def _any_of(operation: dict[str, Any]) -> Iterator[int]:
    yield from _ANY
    if operation.get("security"):
        yield from _WITH_KEY
    if operation.get("requestBody"):
        yield from _WITH_BODY
    if _is_repeatable(operation):
        yield from _REPEATABLE


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _schemas() -> dict[str, Any]:
    _, events = msgspec.json.schema_components([PlainEvent, CloudEvent], ref_template=_PLACE)
    problem = Problem.model_json_schema(ref_template=_PLACE.replace("name", "model"))
    events["Event"] = events.pop("PlainEvent")
    return {**events, "Problem": problem}
