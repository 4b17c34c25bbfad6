"""
An example for everything that the page describes: what a route does not show is made from shapes.

A field shows its own example, or one of its words, or what its kind usually looks like; so every
answer can be looked at before there is one, and none has to be written and kept true by hand.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from api.shapes import EVENT_EXAMPLE

Schema = Mapping[str, Any]

_ENVELOPE = ("source", "id", "time")
CLOUD_EVENT_EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "type": "genbo.generation",
    **{name: EVENT_EXAMPLE[name] for name in _ENVELOPE},
    "data": {name: each for name, each in EVENT_EXAMPLE.items() if name not in _ENVELOPE},
}

#: What a text of a format looks like.
_FORMATS = {"date-time": "2026-11-03T01:15:00Z", "date": "2026-11-03"}

#: What a text without a format looks like, by the name of its field.
_TEXTS = {
    "id": "kaze-no-machi",
    "reference": "LIC-2026-001",
    "license": "LIC-2026-001",
    "licensee": "studio-a",
    "party": "studio-a",
    "month": "2026-11",
    "currency": "JPY",
    "stacking_group": "trio",
    "next_cursor": "WzEwMF0",
    "title_ja": "Kaze no Machi",
    "title_kana": "Kaze no Machi",
    "title_en": "The Windy Town",
}
_DIGITS = {"leaf": 64, "root": 64, "head": 64, "snapshot_sha256": 64}

#: What parameters look like, by the beginning of the path and the name.
_PARAMETERS = (
    ("/v1/webhooks", "reference", "whk_5f2c9d0e7a1b4c6d8e9f0a1b"),
    ("/v1/licenses", "reference", "LIC-2026-001"),
    ("/v1/offers", "reference", "hoshino-2026"),
    ("/v1/documents", "reference", "INV-2026-000001"),
    ("/v1/keys", "reference", "key_1f0c6f1d7a0b4a1d9f3e5b7c2d4e6f80"),
    ("/v1/works", "q", "kaze no machi"),
    ("/v1", "licensee", "studio-a"),
)

#: How deep an example goes into shapes that hold shapes.
_DEEP = 8


def show(description: dict[str, Any]) -> None:
    """Give an example to every parameter, body and answer of a description that has none."""
    shapes = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                _show_parameter(path, parameter)
            for content in _contents(operation):
                if "example" not in content and "examples" not in content:
                    example = example_of(content.get("schema", {}), shapes)
                    if example is not None:
                        content["example"] = example


def example_of(schema: Schema, shapes: Schema, name: str = "", depth: int = 0) -> Any:
    """Return what a schema describes, as it usually looks; None when nothing tells."""
    if "$ref" in schema:
        shape = schema["$ref"].rpartition("/")[2]
        if shape == "CloudEvent":
            return CLOUD_EVENT_EXAMPLE
        return EVENT_EXAMPLE if shape == "Event" else example_of(shapes[shape], shapes, name, depth)
    for told in ("example", "const", "default"):
        if schema.get(told) is not None:
            return schema[told]
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example_of(schema[choice][0], shapes, name, depth)
    return _of_type(schema, shapes, name, depth)


def _of_type(schema: Schema, shapes: Schema, name: str, depth: int) -> Any:
    match schema.get("type"):
        case "object" if depth < _DEEP:
            properties = schema.get("properties", {})
            return {
                field: example_of(inner, shapes, field, depth + 1)
                for field, inner in properties.items()
            }
        case "array" if depth < _DEEP:
            item = example_of(schema.get("items", {}), shapes, name, depth + 1)
            return [] if item is None else [item]
        case "string":
            return _text(schema, name)
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    return None


def _text(schema: Schema, name: str) -> str | None:
    if schema.get("format") == "binary":
        return None
    if name in _DIGITS:
        return "9f86d081884c7d65" * (_DIGITS[name] // 16)
    return _FORMATS.get(schema.get("format", "")) or _TEXTS.get(name, name.replace("_", " "))


def _show_parameter(path: str, parameter: dict[str, Any]) -> None:
    schema = parameter.get("schema", {})
    if parameter.keys() & {"$ref", "example", "examples"} or "examples" in schema:
        return
    for beginning, name, example in _PARAMETERS:
        if path.startswith(beginning) and parameter["name"] == name:
            parameter["example"] = example


def _contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the bodies that an operation takes, and those that it answers when all is well."""
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from answer.get("content", {}).values()
