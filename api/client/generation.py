"""
One generation as a program reports it, checked before anything is sent.

The check is the server's own: the event is spelled as JSON and read by the code that reads it
there, so that what passes here is not answered as invalid there. Only the month and the book's
clock, which the server alone knows, are left to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from api.events import EVENT_BYTES_MAX, InvalidEvent, decode
from ledger.core.refusal import Refusal
from ledger.core.usage import C2paState, Modality, ReportedGeneration, Unit, UseClass


class GenerationInvalid(Refusal):
    """
    A generation that the server would answer as invalid.

    ``field`` names what to mend, such as ``quantity`` or ``subjects/0/weight_bp``; ``problem``
    is the code the server would have answered.
    """

    code = "generation_invalid"

    def __init__(self, *, field: str, problem: str, reason: str) -> None:
        super().__init__(field=field or "event", name=field or "event", reason=reason)
        self.problem = problem


class EventTooLarge(Refusal):
    """An event is larger than any request that could carry it."""

    code = "event_oversized"


#: An exact number, or None when it is not known; never a float, which is a binary fraction.
Quantity = Decimal | int | str | None


@dataclass(frozen=True)
class SubjectUse:
    """A work, character or voice, and its weight in basis points if it is known."""

    id: str
    weight_bp: int | None = None


@dataclass(frozen=True, kw_only=True)
class Generation:
    """
    One event, field by field as ``docs/reporting.md`` describes them.

    ``quantity`` and ``net_revenue`` are a ``Decimal``, digits as text, or an ``int``; never a
    float, which is a binary fraction. ``quantity`` None says that it is not known. A subject
    may be given by its id alone.

    :raises GenerationInvalid: naming the first field that cannot be taken.
    """

    source: str
    id: str
    time: datetime
    license: str
    subjects: tuple[SubjectUse | str, ...]
    use_class: UseClass | str
    modality: Modality | str
    quantity: Quantity
    unit: Unit | str
    territory: str
    net_revenue: Quantity = None
    currency: str | None = None
    model: str | None = None
    output_sha256: str | None = None
    title: str | None = None
    c2pa: C2paState | str | None = None
    language: str | None = None
    clearance: str | None = None

    def __post_init__(self) -> None:
        for field in ("quantity", "net_revenue"):
            check_exact(getattr(self, field), field=field)
        if isinstance(self.subjects, str):
            reason = "Expected a tuple of subjects, got one text"
            raise GenerationInvalid(field="subjects", problem="field_invalid", reason=reason)
        if not _is_instant(self.time):
            reason = "Expected a datetime with its offset from UTC"
            raise GenerationInvalid(field="time", problem="field_invalid", reason=reason)
        check_event(self.encoded())

    def encoded(self) -> bytes:
        """Return the event as JSON, without what was not given."""
        members: dict[str, Any] = {
            name: _spelled(getattr(self, name))
            for name in self.__dataclass_fields__
            if name == "quantity" or getattr(self, name) is not None
        }
        members["subjects"] = [_subject(each) for each in self.subjects]
        return _json(members)


def check_exact(value: object, *, field: str) -> None:
    """
    Check that a number is not a float.

    :raises GenerationInvalid: it is one.
    """
    if isinstance(value, float):
        reason = "Expected a Decimal, digits as text, or an int; got a float"
        raise GenerationInvalid(field=field, problem="number_not_exact", reason=reason)


#: What can be reported: a generation; a mapping as JSON would say it; or JSON already.
Event = Generation | Mapping[str, Any] | msgspec.Raw


def encode_event(event: Event) -> bytes:
    """
    Return an event as JSON; a mapping, or JSON already, is sent as it is and judged there.

    :raises GenerationInvalid: a mapping holds something that JSON cannot spell.
    """
    if isinstance(event, msgspec.Raw):
        return bytes(event)
    return event.encoded() if isinstance(event, Generation) else _json(event)


def leaf_of(event: Event) -> bytes:
    """
    Return the hash under which the book keeps an event.

    :raises GenerationInvalid: naming the first field that cannot be taken.
    """
    return _read(encode_event(event)).content_hash()


def check_event(encoded: bytes) -> None:
    """
    Check an event's JSON as the server will.

    :raises GenerationInvalid: naming the first field that cannot be taken.
    """
    _read(encoded)


def _read(encoded: bytes) -> ReportedGeneration:
    if len(encoded) > EVENT_BYTES_MAX:
        reason = f"Expected at most {EVENT_BYTES_MAX} bytes, got {len(encoded)}"
        raise GenerationInvalid(field="", problem="event_too_large", reason=reason)
    # In an array, so that no member of the event can pass for a batch of events.
    (told,) = decode(b"[%b]" % encoded, media_type="application/json", content_encoding=None)
    if isinstance(told, InvalidEvent):
        raise GenerationInvalid(
            field=told.pointer.removeprefix("/"), problem=told.code, reason=told.detail
        )
    return told


def _is_instant(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _spelled(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _subject(subject: SubjectUse | str) -> dict[str, Any]:
    if isinstance(subject, str):
        return {"id": subject}
    weight = {} if subject.weight_bp is None else {"weight_bp": subject.weight_bp}
    return {"id": subject.id, **weight}


def _json(members: Mapping[str, Any]) -> bytes:
    for field in ("quantity", "net_revenue"):
        value = members.get(field)
        if isinstance(value, float) and not isfinite(value):  # JSON would spell it as null.
            reason = f"Expected a number, got {value}"
            raise GenerationInvalid(field=field, problem="number_not_exact", reason=reason)
    try:
        return msgspec.json.encode(members)
    except (TypeError, UnicodeEncodeError, msgspec.MsgspecError) as error:
        raise GenerationInvalid(field="", problem="event_not_json", reason=str(error)) from None
