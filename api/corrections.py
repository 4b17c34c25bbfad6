"""
Bodies of corrections: one, or a batch of many in which each is read by itself.

They are decoded like reported events, and the events in them by the very same decoder, so what
may be reported may be put in the place of something reported.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import Request
from msgspec import Meta, Raw, Struct

from api.event_bodies import PRINTABLE, Text
from api.events import BODY_BYTES_MAX, EVENTS_MAX, BodyUnreadable, InvalidEvent, decode
from api.places import FieldRefused, refused_field
from ledger.core.correction import NOTE_MAX, Correction, CorrectionKind, CorrectionReason
from ledger.core.correction_draft import RefusedCorrection, refused
from ledger.core.refusal import Refusal
from ledger.core.usage import ReportedGeneration

#: The most corrections of one batch.
CORRECTIONS_MAX = EVENTS_MAX

#: How a month is written.
MONTH = "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"

_NOTHING = Raw(b"null")


class CorrectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One correction of the generation named in the address."""

    kind: CorrectionKind
    reason: CorrectionReason
    note: Annotated[str, Meta(max_length=NOTE_MAX)] = ""
    revision: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    source: Text | None = None
    month: Annotated[str, Meta(pattern=MONTH)] | None = None
    replacement: Raw = _NOTHING


class NamedCorrectionBody(CorrectionBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One correction among many, which says what it corrects."""

    id: Text


class _BatchBody(Struct, frozen=True, forbid_unknown_fields=True):
    corrections: list[Raw]


class ReplacementUnreadable(Refusal):
    """The event that is to be put in place cannot be taken; the code says why."""

    code = "field_invalid"

    def __init__(self, event: InvalidEvent) -> None:
        place = f"/replacement{event.pointer}"
        super().__init__(
            field=place[1:].replace("/", "."),
            value=event.detail,
            reason=event.detail,
        )
        self.code = event.code
        self.values["field"] = place


_one = msgspec.json.Decoder(CorrectionBody)
_batch = msgspec.json.Decoder(_BatchBody)
_named = msgspec.json.Decoder(NamedCorrectionBody)
_members = msgspec.json.Decoder(dict[str, Raw])
_text = msgspec.json.Decoder(str)

#: All that msgspec raises on bytes that are not JSON; what nests too deeply is not JSON to us.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


async def json_body(request: Request) -> bytes:
    """
    Read a body of JSON, keeping no more of it than could be taken; a dependency of the routes.

    :raises BodyUnreadable: it is of another media type, compressed, or too large.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise BodyUnreadable("media_type_unsupported", 415, media_type=media_type)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise BodyUnreadable("encoding_unsupported", 415, encoding=encoding)
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise BodyUnreadable("body_too_large", 413, limit=BODY_BYTES_MAX)
        chunks.append(chunk)
    return b"".join(chunks)


def read_correction(body: bytes, *, event_id: str) -> Correction:
    """
    Read one correction of the generation with an id.

    :raises BodyUnreadable: the body is not JSON.
    :raises FieldRefused, ReplacementUnreadable: a field of it, or of its event, cannot be taken.
    """
    try:
        read = _one.decode(body)
    except msgspec.ValidationError as error:
        raise refused_field(str(error)) from None
    except _UNREADABLE as error:
        raise BodyUnreadable("body_not_json", 400, reason=error) from None
    (replacement,) = _replacements([read])
    return _correction(read, event_id, replacement)


def read_corrections(body: bytes) -> list[Correction | RefusedCorrection]:
    """
    Read a batch of corrections, each by itself: one that cannot be read is refused alone.

    :raises BodyUnreadable: the body as a whole is not JSON, or holds no or too many corrections.
    :raises FieldRefused: it is not ``{"corrections": […]}``.
    """
    try:
        rows = _batch.decode(body).corrections
    except msgspec.ValidationError as error:
        raise refused_field(str(error)) from None
    except _UNREADABLE as error:
        raise BodyUnreadable("body_not_json", 400, reason=error) from None
    if not rows:
        raise BodyUnreadable("no_corrections", 422)
    if len(rows) > CORRECTIONS_MAX:
        raise BodyUnreadable("too_many_corrections", 413, count=len(rows), limit=CORRECTIONS_MAX)
    read = [_named_or_refused(index, row) for index, row in enumerate(rows)]
    bodies = [each for each in read if isinstance(each, NamedCorrectionBody)]
    replacements = iter(_replacements(bodies))
    return [
        each
        if isinstance(each, RefusedCorrection)
        else _made_or_refused(index, each, next(replacements))
        for index, each in enumerate(read)
    ]


def _named_or_refused(index: int, row: Raw) -> NamedCorrectionBody | RefusedCorrection:
    try:
        return _named.decode(row)
    except msgspec.ValidationError as error:
        return refused(index, _event_id(row), refused_field(str(error)))


def _made_or_refused(
    index: int, read: NamedCorrectionBody, replacement: ReportedGeneration | InvalidEvent | None
) -> Correction | RefusedCorrection:
    try:
        return _correction(read, read.id, replacement)
    except Refusal as refusal:
        return refused(index, read.id, refusal)


def _replacements(
    bodies: Sequence[CorrectionBody],
) -> list[ReportedGeneration | InvalidEvent | None]:
    """Decode the events of some corrections together, as if they were reported."""
    events = [bytes(each.replacement) for each in bodies]
    given = [event for event in events if event != b"null"]
    if not given:
        return [None] * len(bodies)
    sent = b"[" + b",".join(given) + b"]"
    decoded = iter(decode(sent, media_type="application/json", content_encoding=None))
    return [None if event == b"null" else next(decoded) for event in events]


def _correction(
    read: CorrectionBody, event_id: str, replacement: ReportedGeneration | InvalidEvent | None
) -> Correction:
    if isinstance(replacement, InvalidEvent):
        raise ReplacementUnreadable(replacement)
    source = read.source or (replacement.source if replacement else None)
    if source is None:
        raise FieldRefused("field_missing", "source", "source")
    return Correction(
        source=source,
        event_id=event_id,
        kind=read.kind,
        reason=read.reason,
        note=read.note,
        revision=read.revision,
        month=None if read.month is None else date.fromisoformat(f"{read.month}-01"),
        replacement=replacement,
    )


def _event_id(row: Raw) -> str:
    """Return the id of a correction that cannot be read, if it has one."""
    try:
        return _text.decode(_members.decode(row)["id"])[:256]
    except (*_UNREADABLE, KeyError):
        return ""


def described(*, is_batch: bool) -> dict[str, Any]:
    """Return what OpenAPI is told of a body that is read by hand."""
    example = _EXAMPLE_BATCH if is_batch else _EXAMPLE
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _BATCH_SCHEMA if is_batch else _SCHEMA,
                    "example": example,
                }
            },
        }
    }


_WORDS = {"type": "string", "pattern": PRINTABLE}
_TEXT = {**_WORDS, "minLength": 1, "maxLength": 256}
_NULL = {"type": "null"}

_FIELDS: dict[str, Any] = {
    "reason": {"enum": [reason.value for reason in CorrectionReason]},
    "note": {
        **_WORDS,
        "maxLength": NOTE_MAX,
        "description": "Needed for the reason other. Nothing about a person.",
    },
    "revision": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1_000_000,
        "default": 1,
        "description": "Which revision of the generation this makes: 1 corrects the report.",
    },
    "month": {
        "anyOf": [{"type": "string", "pattern": MONTH}, _NULL],
        "description": "Of the generation, in Japan; needed when it is recorded in several.",
    },
}


def _schema(named: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a correction looks like: a void, which names a source, or a replacement."""
    void = {
        **named,
        "kind": {"const": "void", "description": "It counts no more."},
        **_FIELDS,
        "source": {**_TEXT, "description": "Of the generation."},
        "replacement": _NULL,
    }
    replace = {
        **named,
        "kind": {"const": "replace", "description": "The replacement counts instead."},
        **_FIELDS,
        "source": {"anyOf": [_TEXT, _NULL], "description": "That of the replacement."},
        "replacement": {
            "allOf": [{"$ref": "#/components/schemas/Event"}],
            "description": "The whole event as it should have been reported.",
        },
    }
    return {
        "anyOf": [
            _object("Void", void, [*named, "kind", "reason", "source"]),
            _object("Replace", replace, [*named, "kind", "reason", "replacement"]),
        ]
    }


def _object(title: str, properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": dict(properties),
    }


_SCHEMA = _schema({})
_BATCH_SCHEMA = _object(
    "Corrections",
    {
        "corrections": {
            "type": "array",
            "minItems": 1,
            "description": f"Up to {CORRECTIONS_MAX:,}. What is no correction is refused alone.",
            "items": {"anyOf": [*_schema({"id": _TEXT})["anyOf"], {}]},
        }
    },
    ["corrections"],
)
_EXAMPLE: dict[str, Any] = {
    "kind": "void",
    "reason": "not_generated",
    "source": "studio-a/images",
    "month": "2026-11",
}
_EXAMPLE_BATCH: dict[str, Any] = {
    "corrections": [
        {"id": "01K6Z3N8S2-0", **_EXAMPLE},
        {"id": "01K6Z3N8S2-1", **_EXAMPLE, "reason": "reported_twice"},
    ]
}
