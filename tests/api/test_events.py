"""A body becomes one value for each event, in order; a bad event never costs the good ones."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.events import (
    BODY_BYTES_MAX,
    EVENT_BYTES_MAX,
    EVENTS_MAX,
    BodyUnreadable,
    InvalidEvent,
    decode,
)
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from tests.api.reported import (
    CLOUD_EVENT,
    CLOUD_EVENTS,
    JSON,
    LINES,
    an_event,
    decoded,
    in_envelope,
    taken,
)

MEDIA_TYPES = (JSON, LINES, CLOUD_EVENT, CLOUD_EVENTS)
BOM = b"\xef\xbb\xbf"


def ids(events: list[ReportedGeneration | InvalidEvent]) -> list[str | None]:
    return [event.event_id for event in events]


def lines(*events: object, end: bytes = b"\n") -> bytes:
    return b"".join(json.dumps(event).encode() + end for event in events)


def unreadable(body: object, media_type: str = JSON) -> BodyUnreadable:
    with pytest.raises(BodyUnreadable) as refused:
        decoded(body, media_type)
    return refused.value


def test_an_event_is_taken_with_all_that_it_says() -> None:
    sent = an_event(
        subjects=[{"id": "kaze-no-machi", "weight_bp": 6_000}, {"id": "yoru", "weight_bp": None}],
        quantity="12.50",
        net_revenue=300,
        currency="JPY",
        model="nagare-xl-2",
        output_sha256="ab" * 32,
        title="風の町\u3000第二部",  # A space of Japanese width is no control character.
    )
    assert taken(sent) == ReportedGeneration(
        source="studio-a/images",
        event_id="01K6Z3N8S2-0",
        occurred_at=datetime(2026, 8, 3, 1, 15, tzinfo=UTC),
        license_reference="LIC-2026-001",
        subjects=(SubjectUse("kaze-no-machi", 6_000), SubjectUse("yoru")),
        use_class=UseClass.GENERATION,
        modality=Modality.IMAGE,
        unit=Unit.IMAGE,
        territory="JP",
        quantity=Decimal("12.50"),
        net_revenue=Decimal(300),
        currency="JPY",
        model="nagare-xl-2",
        output_sha256="ab" * 32,
        title="風の町\u3000第二部",
    )
    assert taken(in_envelope(sent), CLOUD_EVENT) == taken(sent)


def test_an_event_that_says_no_more_than_it_must_is_taken() -> None:
    event = taken(an_event(quantity=None))
    assert event.quantity is None  # Unknown, not nothing.
    assert (event.net_revenue, event.currency, event.model, event.title) == (None,) * 4


@pytest.mark.parametrize(
    ("time", "occurred_at"),
    [
        ("2026-08-03T10:15:00Z", "2026-08-03T10:15:00+00:00"),
        ("2026-08-03T10:15:00.123456-03:30", "2026-08-03T13:45:00.123456+00:00"),
        ("2026-08-03t10:15:00z", "2026-08-03T10:15:00+00:00"),  # RFC 3339 allows small letters.
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00+00:00"),
        ("2200-12-31T23:59:59-12:00", "2201-01-01T11:59:59+00:00"),  # The sender's own year.
    ],
)
def test_times_become_utc(time: str, occurred_at: str) -> None:
    assert taken(an_event(time=time)).occurred_at.isoformat() == occurred_at


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("1", "1"),
        (1, "1"),
        ("0", "0"),  # Nothing is a quantity.
        ("-0", "0"),
        ("0.0000123", "0.0000123"),
        ("1E-7", "0.0000001"),  # As Python writes it.
        ("9" * 15, "9" * 15),
        (10**14, "1" + "0" * 14),
        ("0E+29", "0"),
        ("123456789012345.123456789012345", "123456789012345.123456789012345"),
        ("0." + "0" * 29 + "1", "1E-30"),
    ],
)
def test_a_quantity_is_exact_up_to_thirty_digits(quantity: str | int, value: str) -> None:
    assert taken(an_event(quantity=quantity)).quantity == Decimal(value)


EVENTS = [an_event(id=str(number)) for number in range(3)]
CLOUDY = [in_envelope(event) for event in EVENTS]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (json.dumps(EVENTS).encode(), JSON),
        (json.dumps({"events": EVENTS}).encode(), JSON),
        (json.dumps(EVENTS, indent=2).encode(), JSON),
        (b"\n\t " + json.dumps(EVENTS).encode(), JSON),
        (json.dumps(CLOUDY).encode(), CLOUD_EVENTS),
        (lines(*EVENTS), LINES),
        (lines(*EVENTS).rstrip(), LINES),  # The last line may be left open.
        (lines(*EVENTS, end=b"\r\n"), LINES),  # As Windows ends lines.
        (lines(*EVENTS, end=b"\n \n\n"), LINES),  # Empty lines are nothing.
        (b"\r\n" + lines(*EVENTS), LINES),
    ],
)
def test_every_way_to_send_several_events_keeps_their_order(body: bytes, media_type: str) -> None:
    assert decoded(body, media_type) == [taken(event) for event in EVENTS]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (an_event(), JSON),
        ([an_event()], JSON),
        ({"events": [an_event()]}, JSON),
        (an_event(), LINES),
        (in_envelope(an_event()), CLOUD_EVENT),
        ([in_envelope(an_event())], CLOUD_EVENTS),
    ],
)
def test_a_byte_order_mark_is_passed_over(body: object, media_type: str) -> None:
    sent = json.dumps(body).encode()
    assert decoded(BOM + sent, media_type) == decoded(sent, media_type) == [taken(an_event())]


def test_attributes_of_a_cloud_event_that_we_do_not_use_are_ignored() -> None:
    sent = in_envelope(an_event(), traceparent="00-0af7", datacontenttype=JSON, nested={"a": [1]})
    assert taken(sent, CLOUD_EVENT) == taken(an_event())


def test_of_a_field_named_twice_the_last_is_taken() -> None:
    """As nearly every program reads JSON; RFC 8259 leaves it open."""
    sent = json.dumps(an_event())[:-1] + ', "quantity": "7"}'
    assert taken(sent.encode()).quantity == 7


GOOD, BAD = an_event(), an_event(quantity="-1")
DEEP = b'{"id":' + b"[" * 2_000 + b"]" * 2_000 + b"}"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (json.dumps(BAD).encode(), "number_negative"),
        (b"{}", "field_missing"),
        (b"null", "field_invalid"),
        (b"[]", "field_invalid"),
        (b'"text"', "field_invalid"),
        (b'{"id": "1", "id" "2"}', "event_not_json"),
        (b'{"id": NaN}', "event_not_json"),  # As Python writes what is not a number.
        (b'{"source": "\xff"}', "event_not_json"),  # Not UTF-8.
        (b'{"\xff": 1}', "event_not_json"),
        (b'{"source": "\xed\xa0\x80"}', "event_not_json"),  # Half a surrogate pair.
        (b'{"source": "\\ud800"}', "event_not_json"),
        (DEEP, "field_invalid"),  # An id is a text; what is in it is not looked at.
        (b'{"a": ' + DEEP + b"}", "field_unknown"),
        (b'{"title": "' + b"a" * EVENT_BYTES_MAX + b'"}', "event_too_large"),
    ],
)
def test_a_bad_line_does_not_cost_the_good_ones(bad: bytes, code: str) -> None:
    good = json.dumps(GOOD).encode()
    first, invalid, last = decoded(b"\n".join([good, bad, good]), LINES)
    assert first == last == taken(GOOD)
    assert isinstance(invalid, InvalidEvent)
    assert invalid.code == code


@pytest.mark.parametrize("media_type", [JSON, CLOUD_EVENTS])
@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"{}", "field_missing"),
        (b"null", "field_invalid"),
        (b'{"source": "\xff", "specversion": "1.0"}', "event_not_json"),
        (b'{"title": "' + b"a" * EVENT_BYTES_MAX + b'"}', "event_too_large"),
    ],
)
def test_a_bad_event_in_an_array_does_not_cost_the_good_ones(
    bad: bytes, code: str, media_type: str
) -> None:
    good = json.dumps(GOOD if media_type == JSON else in_envelope(GOOD)).encode()
    first, invalid, last = decoded(b"[" + b",".join([good, bad, good]) + b"]", media_type)
    assert first == last == taken(GOOD)
    assert isinstance(invalid, InvalidEvent)
    assert invalid.code == code


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("body", [b"", b" \r\n\t", BOM, BOM + b"\n"])
def test_an_empty_body_has_no_events(body: bytes, media_type: str) -> None:
    refused = unreadable(body, media_type)
    assert (refused.code, refused.status) == ("no_events", 422)


@pytest.mark.parametrize(
    ("body", "media_type", "code", "status"),
    [
        ([], JSON, "no_events", 422),
        ({"events": []}, JSON, "no_events", 422),
        ([], CLOUD_EVENTS, "no_events", 422),
        (b"[{}", JSON, "body_not_json", 400),
        (b"[{},]", JSON, "body_not_json", 400),
        (b"[{}] and more", JSON, "body_not_json", 400),
        (b"[" + DEEP + b"]", JSON, "body_not_json", 400),  # Where it ends cannot be known.
        ({"events": an_event()}, JSON, "field_invalid", 422),
        ({"events": None}, JSON, "field_invalid", 422),
        ({}, CLOUD_EVENTS, "field_invalid", 422),
        # A wrapper that asks for more than it may: "atomic" is a parameter of the address.
        ({"events": [an_event()], "atomic": True}, JSON, "field_unknown", 422),
        ([{}] * (EVENTS_MAX + 1), JSON, "too_many_events", 413),
        ({"events": [{}] * (EVENTS_MAX + 1)}, JSON, "too_many_events", 413),
        (b"{}\n" * (EVENTS_MAX + 1), LINES, "too_many_events", 413),
        (b" " * (BODY_BYTES_MAX + 1), JSON, "body_too_large", 413),
        ([an_event()], "text/plain", "media_type_unsupported", 415),
        ([an_event()], "", "media_type_unsupported", 415),
        ([an_event()], "application/xml", "media_type_unsupported", 415),
    ],
)
def test_a_body_that_cannot_be_taken_says_why(
    body: object, media_type: str, code: str, status: int
) -> None:
    refused = unreadable(body, media_type)
    assert (refused.code, refused.status) == (code, status)


def test_as_many_events_as_are_allowed_are_taken() -> None:
    assert len(decoded(b"{}\n" * EVENTS_MAX, LINES)) == EVENTS_MAX


def test_a_wrapper_names_the_field_that_it_may_not_have() -> None:
    refused = unreadable({"events": [], "atomic": True})
    assert refused.values["field"] == "/atomic"
    assert "atomic" in refused.values["reason"]


def test_an_event_of_exactly_the_largest_size_is_taken() -> None:
    event = json.dumps(an_event())
    padded = event[:-1] + " " * (EVENT_BYTES_MAX - len(event)) + "}"
    assert taken(padded.encode()) == taken(an_event())
    for media_type, body in ((JSON, f"[{padded}]"), (LINES, padded)):
        assert taken(body.encode(), media_type) == taken(an_event())
    (larger,) = decoded(f"[{padded[:-1]} }}]".encode())
    assert larger == InvalidEvent(None, "event_too_large", "", str(EVENT_BYTES_MAX + 1))


TOKENS = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"1", b"null", b"\\", b"\n", b"\xff", BOM]
TOKENS += [b'"events"', b'"id"', b'"data"', b'"quantity"', b'"\\ud800"', b"1.5", b" "]
TOKENS += [json.dumps(an_event()).encode(), json.dumps(in_envelope(an_event())).encode()]
BODIES = st.binary(max_size=30) | st.lists(st.sampled_from(TOKENS), max_size=12).map(b"".join)


@given(BODIES, st.sampled_from(MEDIA_TYPES), st.sampled_from([None, "gzip"]))
@example(b"[" * 100_000, JSON, None)
@example(b'{"a":' * 100_000, JSON, None)
@example(b'{"events":' * 100_000, JSON, None)
@example(DEEP, CLOUD_EVENT, None)
@settings(max_examples=300)
def test_whatever_bytes_come_in_are_answered(
    body: bytes, media_type: str, encoding: str | None
) -> None:
    try:
        events = decode(body, media_type=media_type, content_encoding=encoding)
    except BodyUnreadable as refused:
        assert refused.status in {400, 413, 415, 422}
    else:
        assert events
        assert all(isinstance(event, ReportedGeneration | InvalidEvent) for event in events)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(places=1).map(str)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
SENT: st.SearchStrategy[Any] = st.builds(
    lambda field, value: an_event(**{field: value}), st.sampled_from([*an_event(), "x"]), JUNK
)


@given(st.lists(SENT | JUNK, min_size=1, max_size=4))
@settings(max_examples=100)
def test_there_are_as_many_results_as_events(events: list[Any]) -> None:
    from_array = decoded(events)
    assert len(from_array) == len(events)
    assert from_array == decoded(lines(*events), LINES)
