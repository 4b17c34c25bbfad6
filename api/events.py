"""
Decoding of reported generations: bytes in, core values or one problem for each event out.

A body is cut into its events, and each is decoded by itself: one bad event never costs the
good ones, and each answers for its own size. The shape is checked by msgspec; characters are
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
from datetime import UTC
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from itertools import islice
from string import ascii_uppercase
from typing import Any

import msgspec
from msgspec import Raw

from api import tabular
from api.event_bodies import CloudEvent, Facts, PlainEvent, SubjectNamed, Wrapped
from ledger.core.money import CURRENCY_EXPONENTS, NotADecimal, parse_decimal
from ledger.core.usage import ReportedGeneration, SubjectUse

EVENTS_MAX = 10_000
BODY_BYTES_MAX = 16 * 1024 * 1024
EVENT_BYTES_MAX = 64 * 1024
#: Events before or after these years are a broken clock, not usage.
_YEARS = (2000, 2200)
#: More digits than any real quantity has; keeps sums exact and columns small.
DIGITS_MAX = 30
#: Digits before the point: a thousand trillion is more than any event has, and its price fits
#: the amounts of the book. A time in nanoseconds, sent as a quantity by mistake, does not.
WHOLE_DIGITS_MAX = 15
#: How much of a text that cannot be taken is said back.
_SHOWN_MAX = 200

_COUNTRIES = frozenset(first + second for first in ascii_uppercase for second in ascii_uppercase)
_SHA256 = re.compile("[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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


_plain = msgspec.json.Decoder(PlainEvent)
_cloud = msgspec.json.Decoder(CloudEvent)
_array = msgspec.json.Decoder(list[Raw])
_wrapped = msgspec.json.Decoder(Wrapped)
_members = msgspec.json.Decoder(dict[str, Raw])
_text = msgspec.json.Decoder(str)

#: All that msgspec raises on bytes that are not JSON; what nests too deeply is not JSON to us.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode(body: bytes, *, media_type: str, content_encoding: str | None) -> list[Decoded]:
    """
    Decode a request's body into one value for each event, in order.

    :raises BodyUnreadable: the body is too large, compressed in an unknown way, of an unknown
        media type, not JSON at all, or holds no or too many events.
    """
    if media_type not in _FORMS and media_type not in tabular.DELIMITERS:
        raise BodyUnreadable("media_type_unsupported", 415, media_type=media_type)
    body = _decompressed(body, content_encoding).removeprefix(BOM_UTF8)
    if not body or body.isspace():
        raise BodyUnreadable("no_events", 422)
    if media_type in tabular.DELIMITERS:
        return _decode_table(body, media_type)
    cut, decoder = _FORMS[media_type]
    events = cut(body)
    _check_count(len(events))
    return [_decode_one(event, decoder) for event in events]


def _cut_json(body: bytes) -> Sequence[bytes | Raw]:
    """Cut an array or ``{"events": […]}``; anything else is one event, whatever is in it."""
    if body.lstrip().startswith(b"["):
        return _cut_array(body)
    try:
        is_wrapped = "events" in _members.decode(body)
    except _UNREADABLE:
        is_wrapped = False
    return _cut_array(_unwrapped(body)) if is_wrapped else [body]


def _unwrapped(body: bytes) -> Raw:
    try:
        return _wrapped.decode(body).events
    except msgspec.ValidationError as error:
        code, pointer, detail = _located(str(error))
        raise BodyUnreadable(code, 422, field=pointer, reason=detail) from None


def _cut_array(body: bytes | Raw) -> Sequence[Raw]:
    try:
        return _array.decode(body)
    except _UNREADABLE as error:
        raise BodyUnreadable("body_not_json", 400, reason=error) from None


def _cut_lines(body: bytes) -> Sequence[bytes]:
    return [line for line in BytesIO(body) if not line.isspace()]


def _check_count(count: int) -> None:
    if count == 0:
        raise BodyUnreadable("no_events", 422)
    if count > EVENTS_MAX:
        raise BodyUnreadable("too_many_events", 413, count=count, limit=EVENTS_MAX)


#: How a body of each media type is cut into events, and how one of them is decoded.
_FORMS: Mapping[str, tuple[Callable[[bytes], Sequence[bytes | Raw]], msgspec.json.Decoder[Any]]] = {
    "application/json": (_cut_json, _plain),
    "application/x-ndjson": (_cut_lines, _plain),
    "application/cloudevents+json": (lambda body: [body], _cloud),
    "application/cloudevents-batch+json": (_cut_array, _cloud),
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
    decoded = _decode_one(row.event, _plain)
    if isinstance(decoded, InvalidEvent):
        return replace(decoded, pointer=f"/line/{row.line}{decoded.pointer}")
    return decoded


def _decode_one(event: bytes | Raw, decoder: msgspec.json.Decoder[Any]) -> Decoded:
    size = memoryview(event).nbytes
    if size > EVENT_BYTES_MAX:
        return InvalidEvent(None, "event_too_large", "", str(size))
    try:
        return _reported(decoder.decode(event))
    except msgspec.ValidationError as error:
        code, pointer, detail = _located(str(error))
        if code == "number_not_exact":
            detail = _shown(_raw_at(event, pointer))
        return InvalidEvent(_event_id(event), code, pointer, detail)
    except _UNREADABLE as error:
        return InvalidEvent(_event_id(event), "event_not_json", "", str(error))


def _reported(event: PlainEvent | CloudEvent) -> Decoded:
    facts: Facts = event.data if isinstance(event, CloudEvent) else event
    try:
        _check(event, facts)
        subjects = _subjects(facts.subjects)
        quantity = _decimal(facts.quantity, "quantity")
        net_revenue = _decimal(facts.net_revenue, "net_revenue")
    except _FieldRefused as refused:
        prefix = "/data" if facts is not event and refused.field not in _ENVELOPE else ""
        pointer = f"{prefix}/{refused.field}"
        return InvalidEvent(event.id, refused.code, pointer, refused.value)
    return ReportedGeneration(
        event.source,
        event.id,
        event.time.astimezone(UTC),
        facts.license,
        subjects,
        facts.use_class,
        facts.modality,
        facts.unit,
        facts.territory,
        quantity,
        net_revenue,
        facts.currency,
        facts.model,
        facts.output_sha256,
        facts.title,
    )


#: The fields that a CloudEvent carries outside its data.
_ENVELOPE = frozenset({"source", "id", "time"})


class _FieldRefused(Exception):
    def __init__(self, code: str, field: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = value


def _check(event: PlainEvent | CloudEvent, facts: Facts) -> None:
    texts = (event.source, event.id, facts.license, facts.model or "", facts.title or "")
    if not "".join(texts).isprintable():  # Perhaps only a space of another width.
        for field, text in zip(("source", "id", "license", "model", "title"), texts, strict=True):
            _check_characters(text, field)
    if facts.territory not in _COUNTRIES:
        reason = "Expected two capital letters, such as JP"
        raise _FieldRefused("field_invalid", "territory", reason)
    if not _YEARS[0] <= event.time.year <= _YEARS[1]:
        raise _FieldRefused("time_out_of_range", "time", event.time.isoformat())
    if facts.currency is not None and facts.currency not in CURRENCY_EXPONENTS:
        raise _FieldRefused("currency_unknown", "currency", facts.currency)
    if facts.output_sha256 is not None and not _SHA256.fullmatch(facts.output_sha256):
        reason = "Expected 64 digits of lower-case hex"
        raise _FieldRefused("field_invalid", "output_sha256", reason)


def _check_characters(text: str, field: str) -> None:
    if _CONTROL.search(text):
        raise _FieldRefused("field_invalid", field, "Expected no control characters")


@lru_cache(maxsize=1024)
def _subjects(bodies: tuple[SubjectNamed, ...]) -> tuple[SubjectUse, ...]:
    """Remembered, because a firm names the same works again and again."""
    for index, body in enumerate(bodies):
        _check_characters(body.id, f"subjects/{index}/id")
    if len({body.id for body in bodies}) < len(bodies):
        raise _FieldRefused("field_invalid", "subjects", "Expected each subject once")
    return tuple(SubjectUse(body.id, body.weight_bp) for body in bodies)


def _decimal(value: str | int | None, field: str) -> Decimal | None:
    return None if value is None else _parsed(str(value), field)


@lru_cache(maxsize=4096)
def _parsed(text: str, field: str) -> Decimal:
    try:
        number = parse_decimal(text)
    except NotADecimal:
        raise _FieldRefused("number_not_exact", field, _shown(text)) from None
    if number < 0:
        raise _FieldRefused("number_negative", field, _shown(text))
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if max(len(digits) + exponent, len(digits), -exponent) > DIGITS_MAX:
        raise _FieldRefused("number_too_long", field, _shown(text))
    if number and number.adjusted() >= WHOLE_DIGITS_MAX:
        raise _FieldRefused("number_too_large", field, _shown(text))
    return number


def _decompressed(body: bytes, content_encoding: str | None) -> bytes:
    match (content_encoding or "identity").strip().lower():
        case "identity":
            unpacked = body
        case "gzip" | "x-gzip":  # One and the same (RFC 9110 section 8.4.1.3).
            unpacked = _gunzip(body)
        case unknown:
            raise BodyUnreadable("encoding_unsupported", 415, encoding=unknown)
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
        pointer += "/" + _shown(named[2]).replace("~", "~0").replace("/", "~1")
    elif detail.endswith("got `float`") and pointer.endswith(("/quantity", "/net_revenue")):
        code = "number_not_exact"
    return code, pointer, _shown(detail)


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


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"
