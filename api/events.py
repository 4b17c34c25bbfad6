"""
Decoding of reported generations: bytes in, core values or one problem for each event out.

The whole body is decoded at once by msgspec; only when that fails is it taken event by event,
so that one bad event never costs the good ones. Numbers with a point are refused where money
or quantities are concerned: a JSON number is a binary fraction in most programs that write it.
"""

import gzip
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ledger.core.money import CURRENCY_EXPONENTS, NotADecimal, parse_decimal
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse, Unit, UseClass

EVENTS_MAX = 10_000
BODY_BYTES_MAX = 16 * 1024 * 1024
EVENT_BYTES_MAX = 64 * 1024
#: Events before or after these years are a broken clock, not usage.
_YEARS = (2000, 2200)
#: More digits than any real quantity has; keeps sums exact and columns small.
DIGITS_MAX = 30

Text = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
Instant = Annotated[datetime, Meta(tz=True)]


class SubjectBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A subject named by a generation."""

    id: Text
    weight_bp: Annotated[int, Meta(ge=0, le=10_000)] | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """What both shapes of an event say about the generation itself."""

    license: Text
    subjects: Annotated[tuple[SubjectBody, ...], Meta(min_length=1, max_length=50)]
    use_class: UseClass
    modality: Modality
    unit: Unit
    territory: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
    quantity: str | int | None
    net_revenue: str | int | None = None
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] | None = None
    model: Text | None = None
    output_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    title: Text | None = None


class PlainEvent(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event as plain JSON: identity, time and facts side by side."""

    source: Text
    id: Text
    time: Instant


class CloudEventData(Facts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts as the ``data`` of a CloudEvent."""


class CloudEvent(Struct, frozen=True, kw_only=True):
    """A CloudEvents 1.0 envelope; attributes we do not use are allowed and ignored."""

    specversion: Annotated[str, Meta(pattern=r"^1\.0$")]
    type: Text
    source: Text
    id: Text
    time: Instant
    data: CloudEventData


class Wrapped(Struct, frozen=True, forbid_unknown_fields=True):
    """``{"events": […]}``."""

    events: list[msgspec.Raw]


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


_plain_batch = msgspec.json.Decoder(list[PlainEvent])
_cloud_batch = msgspec.json.Decoder(list[CloudEvent])
_plain_one = msgspec.json.Decoder(PlainEvent)
_cloud_one = msgspec.json.Decoder(CloudEvent)
_raw_batch = msgspec.json.Decoder(list[msgspec.Raw])
_wrapped = msgspec.json.Decoder(Wrapped)
_identity = msgspec.json.Decoder(dict[str, Any])


def decode(body: bytes, *, media_type: str, content_encoding: str | None) -> list[Decoded]:
    """
    Decode a request's body into one value for each event, in order.

    :raises BodyUnreadable: the body is too large, compressed in an unknown way, of an unknown
        media type, not JSON at all, or holds no or too many events.
    """
    body = _decompressed(body, content_encoding)
    if media_type == "application/cloudevents-batch+json":
        return _decode_array(body, _cloud_batch, _cloud_one)
    if media_type == "application/cloudevents+json":
        return _decode_each([body], _cloud_one)
    if media_type == "application/x-ndjson":
        lines = [line for line in body.split(b"\n") if line.strip()]
        return _decode_each(lines, _plain_one)
    if media_type == "application/json":
        return _decode_plain(body)
    raise BodyUnreadable("media_type_unsupported", 415, media_type=media_type)


def _decode_plain(body: bytes) -> list[Decoded]:
    start = body.lstrip()[:1]
    if start == b"[":
        return _decode_array(body, _plain_batch, _plain_one)
    try:
        wrapped = _wrapped.decode(body)
    except msgspec.DecodeError:
        return _decode_each([body], _plain_one)
    return _decode_each([bytes(raw) for raw in wrapped.events], _plain_one)


def _decode_array(
    body: bytes, batch: msgspec.json.Decoder[Any], one: msgspec.json.Decoder[Any]
) -> list[Decoded]:
    try:
        events = batch.decode(body)
    except msgspec.DecodeError:
        return _decode_each([bytes(raw) for raw in _raw_events(body)], one)
    _check_count(len(events))
    if len(body) > EVENT_BYTES_MAX:
        # Only then can a single event be over its own limit.
        sizes = [len(raw) for raw in map(bytes, _raw_batch.decode(body))]
        if max(sizes) > EVENT_BYTES_MAX:
            return _decode_each([bytes(raw) for raw in _raw_batch.decode(body)], one)
    return [_reported(event) for event in events]


def _raw_events(body: bytes) -> Sequence[msgspec.Raw]:
    try:
        return _raw_batch.decode(body)
    except msgspec.DecodeError as error:
        raise BodyUnreadable("body_not_json", 400, reason=error) from None


def _decode_each(bodies: Sequence[bytes], one: msgspec.json.Decoder[Any]) -> list[Decoded]:
    _check_count(len(bodies))
    return [_decode_one(body, one.decode) for body in bodies]


def _decode_one(body: bytes, decode_event: Callable[[bytes], Any]) -> Decoded:
    if len(body) > EVENT_BYTES_MAX:
        return InvalidEvent(None, "event_too_large", "", str(len(body)))
    try:
        return _reported(decode_event(body))
    except msgspec.ValidationError as error:
        pointer, detail = _located(str(error))
        return InvalidEvent(_event_id(body), _code_of(pointer, detail), pointer, detail)
    except msgspec.DecodeError as error:
        return InvalidEvent(None, "event_not_json", "", str(error))


def _reported(event: PlainEvent | CloudEvent) -> Decoded:
    facts: Facts = event.data if isinstance(event, CloudEvent) else event
    prefix = "/data" if isinstance(event, CloudEvent) else ""
    try:
        quantity = _decimal(facts.quantity, "quantity")
        net_revenue = _decimal(facts.net_revenue, "net_revenue")
    except _NumberRefused as refused:
        pointer = f"{prefix}/{refused.field}"
        return InvalidEvent(event.id, refused.code, pointer, refused.value)
    if not _YEARS[0] <= event.time.year <= _YEARS[1]:
        return InvalidEvent(event.id, "time_out_of_range", "/time", event.time.isoformat())
    if facts.currency is not None and facts.currency not in CURRENCY_EXPONENTS:
        return InvalidEvent(event.id, "currency_unknown", f"{prefix}/currency", facts.currency)
    return ReportedGeneration(
        event.source,
        event.id,
        event.time.astimezone(UTC),
        facts.license,
        tuple([SubjectUse(subject.id, subject.weight_bp) for subject in facts.subjects]),
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


class _NumberRefused(Exception):
    def __init__(self, code: str, field: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = value


def _decimal(value: str | int | None, field: str) -> Decimal | None:
    return None if value is None else _parsed(value, field)


@lru_cache(maxsize=4096)
def _parsed(value: str | int, field: str) -> Decimal:
    text = str(value)
    try:
        number = parse_decimal(text)
    except NotADecimal:
        raise _NumberRefused("number_not_exact", field, text) from None
    if number < 0:
        raise _NumberRefused("number_negative", field, text)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if len(digits) + abs(exponent) > DIGITS_MAX:
        raise _NumberRefused("number_too_long", field, text)
    return number


def _decompressed(body: bytes, content_encoding: str | None) -> bytes:
    if content_encoding in (None, "", "identity"):
        unpacked = body
    elif content_encoding == "gzip":
        unpacked = _gunzip(body)
    else:
        raise BodyUnreadable("encoding_unsupported", 415, encoding=content_encoding)
    if len(unpacked) > BODY_BYTES_MAX:
        raise BodyUnreadable("body_too_large", 413, limit=BODY_BYTES_MAX)
    return unpacked


def _gunzip(body: bytes) -> bytes:
    """Unpack at most one byte more than is allowed, whatever the archive claims."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        return unpacker.decompress(body, BODY_BYTES_MAX + 1)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise BodyUnreadable("encoding_broken", 400, reason=error) from None


def _check_count(count: int) -> None:
    if count == 0:
        raise BodyUnreadable("no_events", 422)
    if count > EVENTS_MAX:
        raise BodyUnreadable("too_many_events", 413, count=count, limit=EVENTS_MAX)


def _located(message: str) -> tuple[str, str]:
    """Turn msgspec's ``… - at `$.data.quantity``` into a JSON pointer and the rest."""
    detail, _, path = message.partition(" - at `$")
    pointer = path.rstrip("`").replace("[...]", "").replace("[", "/").replace("]", "")
    pointer = pointer.replace(".", "/")
    if " field `" in detail:  # A missing or unknown field is named in the text alone.
        pointer += "/" + detail.split("`")[1]
    return pointer, detail


def _code_of(pointer: str, detail: str) -> str:
    if "missing required field" in detail:
        return "field_missing"
    if "unknown field" in detail:
        return "field_unknown"
    if detail.endswith("got `float`"):
        return "number_not_exact"
    return "field_invalid"


def _event_id(body: bytes) -> str | None:
    try:
        event_id = _identity.decode(body).get("id")
    except msgspec.DecodeError:
        return None
    return event_id if isinstance(event_id, str) else None
