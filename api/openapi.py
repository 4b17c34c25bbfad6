"""
The API's description of itself: what FastAPI finds in the routes, and the shapes it cannot see.

Reports are decoded by hand, so their events are described from the very shapes that decode
them; every error is a problem, so nothing is said about the framework's own.
"""

from typing import Any

import msgspec
from fastapi import FastAPI

from api.event_bodies import CloudEvent, PlainEvent
from api.shapes import Problem

_PLACE = "#/components/schemas/{name}"


class DescribedApp(FastAPI):
    """An application whose description names everything that it takes and answers."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, made once."""
        if self.openapi_schema is None:
            description = super().openapi()
            description["components"]["schemas"] |= _schemas()
        assert self.openapi_schema is not None
        return self.openapi_schema


def _schemas() -> dict[str, Any]:
    _, events = msgspec.json.schema_components([PlainEvent, CloudEvent], ref_template=_PLACE)
    problem = Problem.model_json_schema(ref_template=_PLACE.replace("name", "model"))
    events["Event"] = events.pop("PlainEvent")
    return {**events, "Problem": problem}
