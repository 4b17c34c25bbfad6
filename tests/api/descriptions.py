"""
The application held against its own description: requests drawn from it, right ones and wrong.

Owns the world in which that happens, who asks, and what is looked at in every answer. Every
operation of the OpenAPI page is covered by itself, also those that are added later; a finding
says what was sent, what came back, and where the mend belongs.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import schemathesis
from schemathesis.engine import events, from_schema

from api.app import create_app
from api.context import Context
from ledger.core import fields
from ledger.core.fields import FieldRefusal
from ledger.store.database import Database

Description = dict[str, Any]

#: Requests drawn for each operation and caller, beside some dozens that are always the same.
EXAMPLES = int(os.environ.get("GENBO_EXAMPLES", "10"))

#: Refusals that say "this is not what the page describes": a valid request must not meet one.
OF_SHAPE = frozenset(
    {"field_invalid", "field_missing", "field_unknown", "body_not_json"}
    | {
        kind.code
        for kind in vars(fields).values()
        if isinstance(kind, type) and issubclass(kind, FieldRefusal) and kind is not FieldRefusal
    }
)
#: Those that no schema can keep a request from meeting, and why.
BEYOND_A_SCHEMA = {
    "value_listed_twice": "a list may name one thing in two ways, by its id and as an object",
    "text_missing": "a text of spaces alone is one to a schema",
    "number_not_exact": "JSON Schema takes 1.0 for an integer",
    "reference_taken": "what is taken stands in the book",
    "ends_before_it_starts": "a schema does not compare two fields",
    "instant_out_of_range": "the format date-time has no bounds",
}
#: The same, under a code that says many things. JSON Schema takes 1.0 for an integer; we do not,
#: because numbers with a point are refused everywhere.
_BEYOND_IN_WORDS = ("it was a number with a point", "each subject may be named once")

#: Bodies that are any text to a schema.
_TEXTS = frozenset({"application/x-ndjson", "text/csv", "text/tab-separated-values"})

_MEND = {
    "schema_tells_what_is_taken": "say the limit in the schema (Field, Query, Path, Meta: pattern, "
    "ge, le, min_length, max_length), so that nobody sends it",
    "negative_data_rejection": "refuse what the schema forbids, or take it out of the schema",
    "status_code_conformance": "add the status to responses=problems(…) of the route",
    "response_schema_conformance": "let the response model be what is answered",
    "content_type_conformance": "name the media type of the answer in responses=",
    "not_a_server_error": "refuse it with a named Refusal before it fails",
    "response_headers_conformance": "send the header that is described, in api/conventions.py",
    "ignored_auth": "let the route depend on require(scope)",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that an answer should not have been."""

    check: str
    told: str
    sent: str
    answered: str

    def __str__(self) -> str:
        cure = _MEND.get(self.check, "make the page and the answer agree")
        return f"{self.check}: {self.told}\n  sent: {self.sent}\n  got: {self.answered}\n  → {cure}"


@schemathesis.check
def schema_tells_what_is_taken(
    ctx: schemathesis.CheckContext,
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> None:
    """Refuse a valid request only for what it means, never for its shape."""
    if case.meta is None or not case.meta.generation.mode.is_positive or case.media_type in _TEXTS:
        return
    if response.status_code in {400, 415}:
        raise AssertionError("a request that the page allows was not even read")
    if response.status_code in {207, 422}:
        told = OF_SHAPE - BEYOND_A_SCHEMA.keys() & set(_codes(response.json()))
        if told:
            raise AssertionError(f"a request that the page allows was refused as {min(told)}")


@schemathesis.serializer("application/x-ndjson", "text/tab-separated-values")
def lines_as_they_are(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Send text as text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@cache
def description() -> Description:
    """What the application says of itself; it needs no book for that."""
    return create_app(Context(cast(Database, None))).openapi()


def operations() -> Iterator[tuple[str, str]]:
    """Yield the method and path of every operation."""
    for path, methods in description()["paths"].items():
        for method in methods:
            yield method.upper(), path


def findings(
    base_url: str, key: str | None, method: str, path: str, *, is_thorough: bool = True
) -> list[Finding]:
    """
    Send one operation what the description allows and forbids; return what is wrong.

    Thoroughly is also with every bound and every omission, each by itself.
    """
    config = schemathesis.Config.from_dict(
        {
            "base-url": base_url,
            "headers": {} if key is None else {"Authorization": f"Bearer {key}"},
            "continue-on-failure": True,
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": bool(os.environ.get("CI")),
                "database": "none",
            },
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": is_thorough}},
        }
    )
    schema = schemathesis.openapi.from_dict(description(), config=config)
    found: dict[tuple[str, str], Finding] = {}
    for event in from_schema(schema.include(method=method, path=path)).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            error = getattr(event, "value", None) or getattr(event, "exception", None)
            raise AssertionError(f"{method} {path} cannot be drawn from: {error}")
        if isinstance(event, events.ScenarioFinished):
            for each in _failed(event):
                found.setdefault((each.check, each.told), each)
    return list(found.values())


def lists() -> Iterator[str]:
    """Yield the path of every operation that answers with a page of a list."""
    for path, methods in description()["paths"].items():
        if "get" in methods and "next_cursor" in answered(methods["get"]):
            yield path


def answered(operation: Description) -> Description:
    """Return the fields of what an operation answers when all is well."""
    schemas = description()["components"]["schemas"]
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    properties: Description = schema.get("properties", {})
    return properties


def _failed(event: events.ScenarioFinished) -> Iterator[Finding]:
    for case, checks in event.recorder.checks.items():
        interaction = event.recorder.interactions.get(case)
        response = interaction.response if interaction else None
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                yield Finding(
                    check=check.name,
                    told=f"{failure.title}. {failure.message}"[:600],
                    sent=(check.failure_info.code_sample or "")[:1500],
                    answered=f"{response.status_code} {response.text[:600]}" if response else "",
                )


def _codes(body: object) -> Iterator[str]:
    """Yield the codes of all problems in an answer."""
    if isinstance(body, dict):
        detail = str(body.get("detail"))
        if isinstance(body.get("code"), str) and not any(w in detail for w in _BEYOND_IN_WORDS):
            yield body["code"]
        for each in body.values():
            yield from _codes(each)
    elif isinstance(body, list):
        for each in body:
            yield from _codes(each)
