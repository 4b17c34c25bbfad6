"""An event that is too large is found in a body of many, however the rest of it is written."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.event_sizes import BYTES_MIN, most_bytes
from api.events import EVENT_BYTES_MAX, InvalidEvent
from ledger.core.columns import Columns
from tests.api.reported import CLOUD_EVENTS, JSON, an_event, decoded, in_envelope

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=256)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXT,
        "source": TEXT,
        "license": TEXT,
        "model": TEXT,
        "title": TEXT,
        "output_sha256": st.just("0" * 64),
        "subjects": st.lists(TEXT, min_size=1, max_size=3, unique=True).map(
            lambda ids: [{"id": each} for each in ids]
        ),
    },
).map(lambda changes: an_event(**changes))


@given(
    st.lists(EVENTS, min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")]),
)
@settings(max_examples=60)
def test_no_event_has_more_bytes_than_are_told(
    events: list[dict[str, Any]], is_ascii: bool, separators: tuple[str, str]
) -> None:
    written = [
        json.dumps(event, ensure_ascii=is_ascii, separators=separators).encode() for event in events
    ]
    body = b"[" + b",".join(written) + b"]"
    reported = [event for event in decoded(body) if not isinstance(event, InvalidEvent)]
    assert len(reported) == len(events)
    told = most_bytes(Columns.of(reported), body_bytes=len(body))
    assert told >= max(map(len, written)) >= BYTES_MIN


def test_what_is_told_of_an_ordinary_body_is_enough_to_take_it() -> None:
    """Otherwise each body would be cut, which is what this is there to save."""
    events = [an_event(id=str(number), model="m-1") for number in range(1_000)]
    body = json.dumps(events, separators=(",", ":")).encode()
    reported = [event for event in decoded(body) if not isinstance(event, InvalidEvent)]
    assert most_bytes(Columns.of(reported), body_bytes=len(body)) <= EVENT_BYTES_MAX


@pytest.mark.parametrize("media_type", [JSON, CLOUD_EVENTS])
@pytest.mark.parametrize("place", [0, 150, 299])
@pytest.mark.parametrize(
    ("size", "codes"),
    [(EVENT_BYTES_MAX, []), (EVENT_BYTES_MAX + 1, ["event_too_large"])],
)
def test_one_large_event_among_many_is_refused_alone(
    media_type: str, place: int, size: int, codes: list[str]
) -> None:
    events = [an_event(id=str(number)) for number in range(300)]
    written = [json.dumps(event if media_type == JSON else in_envelope(event)) for event in events]
    written[place] = written[place][:-1] + " " * (size - len(written[place])) + "}"
    told = decoded(f"[{','.join(written)}]".encode(), media_type)
    assert [each.code for each in told if isinstance(each, InvalidEvent)] == codes
    assert isinstance(told[place], InvalidEvent) is bool(codes)
    assert len(told) == 300
