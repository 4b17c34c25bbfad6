"""Fields that are looked at through a whole body say the same of each event as when it is alone."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.reported import CLOUD_EVENTS, an_event, decoded, in_envelope

GOOD = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1),
        "time": st.sampled_from(["2026-08-03T10:15:00+09:00", "2026-08-03T01:15:00.5Z"]),
        "subjects": st.sampled_from([[{"id": "a"}], [{"id": "b", "weight_bp": 1}, {"id": "a"}]]),
        "quantity": st.none() | st.sampled_from(["1", "1.0", "0.50", 1, 7]),
        "net_revenue": st.none() | st.sampled_from(["12.34", 3]),
        "currency": st.none() | st.sampled_from(["JPY", "USD"]),
        "model": st.none() | st.sampled_from(["m-1", "模型"]),
        "output_sha256": st.none() | st.sampled_from(["0" * 64, "ab" * 32]),
        "title": st.none() | st.sampled_from(["風の町\u3000二", "Town"]),
    },
)
BAD: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"id": "a\u0085b"},
        {"title": "\x7f"},
        {"territory": "Jp"},
        {"time": "1999-12-31T23:59:59Z"},
        {"currency": "XTS"},
        {"output_sha256": "AB" * 32},
        {"output_sha256": "0" * 63},
        {"output_sha256": ""},
        {"subjects": [{"id": "a"}, {"id": "a"}]},
        {"subjects": [{"id": "\x00"}]},
        {"quantity": "-1"},
        {"quantity": 1.5},
        {"net_revenue": "1" * 31},
        {"unit": "pixel"},
        {"surprise": 1},
    ]
)


@given(st.lists(GOOD | BAD, min_size=1, max_size=5))
@settings(max_examples=60)
def test_an_event_is_read_the_same_in_a_body_of_many(changes: list[dict[str, Any]]) -> None:
    events = [an_event(**{k: v for k, v in each.items() if v is not None}) for each in changes]
    assert decoded(events) == [each for event in events for each in decoded([event])]
    wrapped = [in_envelope(event) for event in events]
    alone = [each for event in wrapped for each in decoded([event], CLOUD_EVENTS)]
    assert decoded(wrapped, CLOUD_EVENTS) == alone


def test_numbers_that_are_equal_are_not_mixed_up_with_texts_that_are_not() -> None:
    one, text, padded = decoded([an_event(quantity=quantity) for quantity in (1, "1", "1.00")])
    assert one == text == padded
    assert [str(getattr(each, "quantity", None)) for each in (one, text, padded)] == [
        "1",
        "1",
        "1.00",
    ]
