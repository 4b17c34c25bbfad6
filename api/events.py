"""
Decoding of reported generations: bytes in, core values or one problem for each event out.

A body in which nothing is wrong is decoded at once. Otherwise it is cut into its events, and
each is decoded by itself: one bad event never costs the good ones, and each answers for its own
size. The shape is checked by msgspec; characters are
checked here, because its regular expressions would take four times as long as the decoding.
Numbers with a point are refused where money or quantities are concerned: a JSON number is a
binary fraction in most programs that write it.
"""

import gzip
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from api import tabular
from api.event_bodies import CloudEvent, PlainEvent, Wrapped
from api.event_fields import FieldRefused, read, shown
from api.event_sizes import BYTES_MIN, most_bytes
from ledger.core.columns import Columns
from ledger.core.usage import ReportedGeneration

EVENTS_MAX = 10_000
BODY_BYTES_MAX = 16 * 1024 * 1024
EVENT_BYTES_MAX = 64 * 1024

#: A body that is no larger has no more good events than may be sent at once.
_WHOLE_BYTES_MAX = EVENTS_MAX * BYTES_MIN

#: An array that is larger, and has as many commas, is looked through before it is cut.
_LOOKED_THROUGH_BYTES = 512 * 1024
_COMMAS_MAX = 500_000
#: A text as a whole, or what divides an array.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class InvalidEvent:
    """An event that could not be read: which field is at fault, and how."""

    event_id: str | None
    code: str
    pointer: str
    detail: str


Decoded = ReportedGeneration | InvalidEvent


class BodyUnreadable(Exception):
    """The body as a whole cannot be taken; ``code`` says why and ``status`` is the answer's."""

    def __init__(self, code: str, status: int, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.values = {name: str(value) for name, value in values.items()}


class _Peeked(msgspec.Struct):
    """Whether a body wraps events, whatever else is in it."""

    events: Raw | msgspec.UnsetType = msgspec.UNSET


class _Shape(NamedTuple):
    """How events of one shape are decoded: one, or an array of them at once."""

    one: msgspec.json.Decoder[Any]
    array: msgspec.json.Decoder[Any]


_PLAIN = _Shape(msgspec.json.Decoder(PlainEvent), msgspec.json.Decoder(list[PlainEvent]))
_CLOUD = _Shape(msgspec.json.Decoder(CloudEvent), msgspec.json.Decoder(list[CloudEvent]))
_array = msgspec.json.Decoder(list[Raw])
_wrapped = msgspec.json.Decoder(Wrapped)
_members = msgspec.json.Decoder(dict[str, Raw])
_peek = msgspec.json.Decoder(_Peeked)
_text = msgspec.json.Decoder(str)

#: All that msgspec raises on bytes that are not JSON; what nests too deeply is not JSON to us.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode(body: bytes, *, media_type: str, content_encoding: str | None) -> Sequence[Decoded]:
    """
    Decode a request's body into one value for each event, in order.

    :raises BodyUnreadable: the body is too large, compressed in an unknown way, of an unknown
        media type, not JSON at all, or holds no or too many events.
    """
    if media_type not in _FORMS and media_type not in tabular.DELIMITERS:
        raise BodyUnreadable("media_type_unsupported", 415, media_type=shown(media_type))
    body = _decompressed(body, content_encoding).removeprefix(BOM_UTF8)
    if not body or body.isspace():
        raise BodyUnreadable("no_events", 422)
    if media_type in tabular.DELIMITERS:
        return _decode_table(body, media_type)
    return _FORMS[media_type](body)


def _decode_json(body: bytes) -> Sequence[Decoded]:
    """Decode an array or ``{"events": […]}``; anything else is one event, whatever is in it."""
    if body.lstrip().startswith(b"["):
        return _decode_array(body, _PLAIN)
    try:
        is_wrapped = _peek.decode(body).events is not msgspec.UNSET
    except _UNREADABLE:
        is_wrapped = False
    if is_wrapped:
        return _decode_array(_unwrapped(body), _PLAIN, "/events")
    return _decode_cut([body], _PLAIN.one)


def _unwrapped(body: bytes) -> Raw:
    try:
        return _wrapped.decode(body).events
    except msgspec.ValidationError as error:
        code, pointer, detail = _located(str(error))
        raise BodyUnreadable(code, 422, field=pointer, reason=detail) from None


def _decode_array(body: bytes | Raw, shape: _Shape, place: str = "/") -> Sequence[Decoded]:
    return _decode_whole(body, shape) or _decode_cut(_cut_array(body, place), shape.one)


def _decode_whole(body: bytes | Raw, shape: _Shape) -> Columns | None:
    """
    Decode an array at once, in which nothing is wrong and no event is too large.

    Otherwise return None: then it has to be cut into its events, to say of which and what.
    """
    size = memoryview(body).nbytes
    if size > _WHOLE_BYTES_MAX:
        return None
    try:
        events = shape.array.decode(body)
        reported = read(events) if events else None
    except (FieldRefused, *_UNREADABLE):
        return None
    if reported is None or most_bytes(reported, body_bytes=size) <= EVENT_BYTES_MAX:
        return reported
    return reported if _largest(_array.decode(body)) <= EVENT_BYTES_MAX else None


def _cut_array(body: bytes | Raw, place: str) -> Sequence[Raw]:
    try:
        if memoryview(body).nbytes > _LOOKED_THROUGH_BYTES:
            _look_through(bytes(body))
        return _array.decode(body)
    except msgspec.ValidationError as error:
        raise BodyUnreadable("field_invalid", 422, field=place, reason=error) from None
    except _UNREADABLE as error:
        raise BodyUnreadable("body_not_json", 400, reason=error) from None


def _look_through(array: bytes) -> None:
    """
    Refuse an array of far too many events before a list of them is made.

    Ten thousand events rarely have so many commas, so this is seldom more than a count.
    """
    if array.count(b",") < _COMMAS_MAX:
        return
    depth = count = 0
    for match in _TOKEN.finditer(array):
        match array[match.start()]:
            case 0x5B | 0x7B:  # [ {
                depth += 1
            case 0x5D | 0x7D:  # ] }
                depth -= 1
            case 0x2C if depth == 1:  # ,
                count += 1
                if count == EVENTS_MAX:
                    raise _too_many(f"{EVENTS_MAX}+")


def _cut_lines(body: bytes) -> Sequence[bytes]:
    if body.count(b"\n") >= EVENTS_MAX:
        _check_count(sum(not line.isspace() for line in BytesIO(body)))
    return [line for line in BytesIO(body) if not line.isspace()]


def _check_count(count: int) -> None:
    if count == 0:
        raise BodyUnreadable("no_events", 422)
    if count > EVENTS_MAX:
        raise _too_many(count)


def _too_many(count: int | str) -> BodyUnreadable:
    return BodyUnreadable("too_many_events", 413, count=count, limit=EVENTS_MAX)


#: How a body of each media type is decoded.
_FORMS: Mapping[str, Callable[[bytes], Sequence[Decoded]]] = {
    "application/json": _decode_json,
    "application/x-ndjson": lambda body: _decode_cut(_cut_lines(body), _PLAIN.one),
    "application/cloudevents+json": lambda body: _decode_cut([body], _CLOUD.one),
    "application/cloudevents-batch+json": lambda body: _decode_array(body, _CLOUD),
}


def _decode_table(body: bytes, media_type: str) -> list[Decoded]:
    try:
        rows = list(islice(tabular.cut(body, media_type), EVENTS_MAX + 1))
    except tabular.TableUnreadable as table:
        status = 400 if table.code == "table_unreadable" else 422
        raise BodyUnreadable(table.code, status, **table.values) from None
    _check_count(len(rows))
    return [_decode_row(row) for row in rows]


def _decode_row(row: tabular.Row) -> Decoded:
    if row.fault is not None:
        return InvalidEvent(None, "row_unreadable", f"/line/{row.line}", row.fault)
    decoded = _decode_one(row.event, _PLAIN.one)
    if isinstance(decoded, InvalidEvent):
        return replace(decoded, pointer=f"/line/{row.line}{decoded.pointer}")
    return decoded


def _decode_cut(
    events: Sequence[bytes | Raw], decoder: msgspec.json.Decoder[Any]
) -> Sequence[Decoded]:
    _check_count(len(events))
    return _decode_at_once(events, decoder) or [_decode_one(each, decoder) for each in events]


def _decode_at_once(
    events: Sequence[bytes | Raw], decoder: msgspec.json.Decoder[Any]
) -> Columns | None:
    """
    Decode events with nothing wrong in them, each field through all of them.

    That takes a third of the time of one after another. When something is wrong anywhere,
    return None: then each has to be looked at by itself, to say in which and what.
    """
    if _largest(events) > EVENT_BYTES_MAX:
        return None
    try:
        return read([decoder.decode(event) for event in events])
    except (FieldRefused, *_UNREADABLE):
        return None


def _largest(events: Sequence[bytes | Raw]) -> int:
    return max([memoryview(event).nbytes for event in events])


def _decode_one(event: bytes | Raw, decoder: msgspec.json.Decoder[Any]) -> Decoded:
    size = memoryview(event).nbytes
    if size > EVENT_BYTES_MAX:
        return InvalidEvent(None, "event_too_large", "", str(size))
    try:
        shaped = decoder.decode(event)
    except msgspec.ValidationError as error:
        code, pointer, detail = _located(str(error))
        if code == "number_not_exact":
            detail = shown(_raw_at(event, pointer))
        return InvalidEvent(_event_id(event), code, pointer, detail)
    except _UNREADABLE as error:
        return InvalidEvent(_event_id(event), "event_not_json", "", str(error))
    try:
        (reported,) = read([shaped])
    except FieldRefused as refused:
        pointer = _pointer(shaped, refused.field)
        return InvalidEvent(shaped.id, refused.code, pointer, refused.value)
    return reported


#: The fields that a CloudEvent carries outside its data.
_ENVELOPE = frozenset({"source", "id", "time"})


def _pointer(event: PlainEvent | CloudEvent, field: str) -> str:
    is_inside = isinstance(event, CloudEvent) and field not in _ENVELOPE
    return f"/data/{field}" if is_inside else f"/{field}"


def _decompressed(body: bytes, content_encoding: str | None) -> bytes:
    match (content_encoding or "identity").strip().lower():
        case "identity":
            unpacked = body
        case "gzip" | "x-gzip":  # One and the same (RFC 9110 section 8.4.1.3).
            unpacked = _gunzip(body)
        case unknown:
            raise BodyUnreadable("encoding_unsupported", 415, encoding=shown(unknown))
    if len(unpacked) > BODY_BYTES_MAX:
        raise BodyUnreadable("body_too_large", 413, limit=BODY_BYTES_MAX)
    return unpacked


def _gunzip(body: bytes) -> bytes:
    """Unpack at most one byte more than is allowed, whatever the archive claims."""
    try:
        with gzip.open(BytesIO(body)) as archive:
            return archive.read(BODY_BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BodyUnreadable("encoding_broken", 400, reason=error) from None


_PLACE = re.compile(r"(.*?)(?: - at `\$([\w.\[\]]*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)


def _located(message: str) -> tuple[str, str, str]:
    """Turn msgspec's ``… - at `$.data.quantity``` into a code, a JSON pointer and the rest."""
    place = _PLACE.fullmatch(message)
    assert place is not None, "the pattern takes any text"
    detail = place[1]
    pointer = re.sub(r"[.\[]", "/", place[2] or "").replace("]", "")
    code = "field_invalid"
    if named := _NAMED.fullmatch(detail):  # The field is in the text alone.
        code = "field_missing" if named[1] == "missing required" else "field_unknown"
        pointer += "/" + shown(named[2]).replace("~", "~0").replace("/", "~1")
    elif detail.endswith("got `float`") and pointer.endswith(("/quantity", "/net_revenue")):
        code = "number_not_exact"
    return code, pointer, shown(detail)


def _raw_at(event: bytes | Raw, pointer: str) -> str:
    """Return what stands at a place of an event, or nothing when it cannot be read."""
    try:
        for name in pointer.split("/")[1:]:
            event = _members.decode(event)[name]
    except (*_UNREADABLE, KeyError):
        return ""
    return bytes(event).decode(errors="replace")


def _event_id(event: bytes | Raw) -> str | None:
    try:
        return _text.decode(_raw_at(event, "/id"))
    except _UNREADABLE:
        return None
