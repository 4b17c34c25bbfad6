"""A body of very many events is refused before each of them costs memory."""

import tracemalloc

import pytest

from api.events import BODY_BYTES_MAX, EVENTS_MAX, BodyUnreadable, InvalidEvent
from tests.api.reported import CLOUD_EVENTS, JSON, LINES, decoded

#: A body, a copy of it, and a list of as many events as may be.
BYTES_USED_MAX = 4 * BODY_BYTES_MAX


def filled(unit: bytes, last: bytes, *, around: tuple[bytes, bytes] = (b"[", b"]")) -> bytes:
    """Return a body of the largest size that is made of one small thing again and again."""
    room = BODY_BYTES_MAX - len(around[0] + last + around[1])
    return around[0] + unit * (room // len(unit)) + last + around[1]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (filled(b"1,", b"1"), JSON),
        (filled(b"{},", b"{}"), JSON),
        (filled(b"[],", b"[]"), JSON),
        (filled(b'"",', b'""'), CLOUD_EVENTS),
        (filled(b"1 ,\n", b"1"), JSON),
        (filled(b'",",', b'""'), JSON),  # Commas in texts divide nothing.
        (filled(b'{"a":1,"b":[1,2]},', b"1"), JSON),
        (filled(b"1,", b"1", around=(b'{"events":[', b"]}")), JSON),
        (filled(b"1     \n", b"1", around=(b"", b"")), LINES),
        (filled(b"1,", b""), JSON),  # Nor is it JSON at all, but that is at the end.
    ],
)
def test_very_many_events_cost_little(body: bytes, media_type: str) -> None:
    tracemalloc.start()
    with pytest.raises(BodyUnreadable) as refused:
        decoded(body, media_type)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.value.code, refused.value.status) == ("too_many_events", 413)
    assert peak < BYTES_USED_MAX


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":0' + b',"b":1' * 2_000_000 + b"}",  # One event of very many fields,
        b'{"a":[' + b"1," * 4_000_000 + b"1]}",
        b"[" + b'["a",",",{"b":[1,2]}],' * 60 + b"[" + b"1," * 4_000_000 + b"1]]",
        b'["' + b",],[" * 2_000_000 + b'"]',  # or one text, which divides nothing.
        b'["' + b'\\",' * 2_000_000 + b'"]',
        b"\n" * 10_000_000 + b"1",
    ],
)
def test_one_event_may_be_of_very_many_parts(body: bytes) -> None:
    """It is too large for an event, and no more than that."""
    events = decoded(body)
    assert {event.code for event in events if isinstance(event, InvalidEvent)} <= {
        *("event_too_large", "field_invalid")
    }
    assert len(events) in (1, 61)


def test_as_many_events_as_may_be_are_taken_however_many_commas_they_have() -> None:
    event = b'{"a":"' + b"," * 60 + b'","b":[' + b"1," * 60 + b"1]}"
    assert len(decoded(b"[" + (event + b",") * (EVENTS_MAX - 1) + event + b"]")) == EVENTS_MAX
    with pytest.raises(BodyUnreadable) as refused:
        decoded(b"[" + (event + b",") * EVENTS_MAX + event + b"]")
    assert refused.value.code == "too_many_events"
