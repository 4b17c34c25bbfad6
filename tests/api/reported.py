"""Events as an AI firm would send them, and what becomes of a body."""

import json
from typing import Any

from api.events import Decoded, InvalidEvent, decode
from ledger.core.usage import ReportedGeneration

JSON = "application/json"
LINES = "application/x-ndjson"
CLOUD_EVENT = "application/cloudevents+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"

#: What a CloudEvent carries outside its data.
_ENVELOPE = ("source", "id", "time")


def an_event(**changes: Any) -> dict[str, Any]:
    """Return a plain event with only what is needed, some fields changed."""
    event = {
        "source": "studio-a/images",
        "id": "01K6Z3N8S2-0",
        "time": "2026-08-03T10:15:00+09:00",
        "license": "LIC-2026-001",
        "subjects": [{"id": "kaze-no-machi"}],
        "use_class": "generation",
        "modality": "image",
        "quantity": "1",
        "unit": "image",
        "territory": "JP",
    }
    return event | changes


def without(*fields: str) -> dict[str, Any]:
    """Return a plain event that lacks some fields."""
    return {name: value for name, value in an_event().items() if name not in fields}


def in_envelope(event: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """Return a plain event as a CloudEvent."""
    data = {name: value for name, value in event.items() if name not in _ENVELOPE}
    envelope = {name: event[name] for name in _ENVELOPE if name in event}
    return {"specversion": "1.0", "type": "genbo.generation", **envelope, "data": data} | attributes


def decoded(body: object, media_type: str = JSON, encoding: str | None = None) -> list[Decoded]:
    """Decode bytes, or what JSON writes of anything else."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [*decode(sent, media_type=media_type, content_encoding=encoding)]


def taken(body: object, media_type: str = JSON, encoding: str | None = None) -> ReportedGeneration:
    """Return the only event of a body, which was taken."""
    (event,) = decoded(body, media_type, encoding)
    assert isinstance(event, ReportedGeneration), event
    return event


def refused(body: object, media_type: str = JSON) -> InvalidEvent:
    """Return the only event of a body, which was not taken."""
    (event,) = decoded(body, media_type)
    assert isinstance(event, InvalidEvent), event
    return event
