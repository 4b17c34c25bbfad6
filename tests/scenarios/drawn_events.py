"""Events as Hypothesis draws them: from so few of each kind that the same comes again."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.scenarios.book_terms import HOSHI, KAZE, YORU, Event

#: Instants in several spellings, and at both sides of midnight in Japan.
TIMES = (
    *("2026-05-31T23:59:59.999999+09:00", "2026-05-31T15:00:00Z", "2026-06-01T00:00:00+09:00"),
    *("2026-06-10T12:00:00+09:00", "2026-06-10T03:00:00Z", "2026-06-10T03:00:01Z"),
    *("2026-07-01T00:00:00+09:00", "2026-07-09T12:00:00Z", "2026-08-15T12:00:00Z"),
)
QUANTITIES = (None, "0", "1", "1.0", "3", "0.5", "-0", "999999999999999", 2)
#: What is not taken, and by which code it is refused.
FAULTS: Sequence[tuple[Event, str]] = (
    ({"quantity": "-1"}, "number_negative"),
    ({"quantity": "1e999"}, "number_too_long"),
    ({"quantity": "0x10"}, "number_not_exact"),
    ({"id": "a\0b"}, "field_invalid"),
    ({"surprise": 1}, "field_unknown"),
    ({"time": "0001-01-01T00:00:00Z"}, "time_out_of_range"),
)
#: Most events are of what is licensed, so that there is something to charge.
SUBJECTS = st.one_of(
    st.just([KAZE]),
    st.just([HOSHI, KAZE]),
    st.lists(st.sampled_from((KAZE, HOSHI, YORU, "nobody")), min_size=1, unique=True),
)


@st.composite
def events(draw: st.DrawFn, *, may_have_faults: bool = True) -> Event:
    """Draw an event from so few of each kind that the same comes again."""
    modality = draw(st.sampled_from(("image", "image", "image", "video", "audio")))
    subjects = draw(SUBJECTS)
    event: Event = {
        "source": draw(st.sampled_from(("web", "batch"))),
        "id": draw(st.sampled_from("abcde")),
        "time": draw(st.sampled_from(TIMES)),
        "license": draw(st.sampled_from(("LIC-A", "LIC-A", "LIC-A", "LIC-B", "LIC-X"))),
        "subjects": [{"id": subject} for subject in subjects],
        "use_class": "generation",
        "modality": modality,
        "unit": {"image": "image", "video": "second", "audio": "character"}[modality],
        "territory": draw(st.sampled_from(("JP", "US"))),
        "quantity": draw(st.sampled_from(QUANTITIES)),
    }
    if draw(st.booleans()):
        event["title"] = "風の町"
    if may_have_faults and draw(st.integers(0, 9)) == 0:
        fault, code = draw(st.sampled_from(FAULTS))
        event |= {**fault, "fault": code}
    return event


def good_events(license: str) -> list[Event]:
    """Return events of which nothing is wrong, in three months."""
    return [
        {
            "source": "web",
            "id": f"good-{number}",
            "time": time,
            "license": license,
            "subjects": [{"id": KAZE}],
            "use_class": "generation",
            "modality": modality,
            "unit": unit,
            "territory": "JP",
            "quantity": quantity,
        }
        for number, (time, modality, unit, quantity) in enumerate(
            (
                ("2026-05-31T15:00:00Z", "image", "image", "3"),
                ("2026-06-10T03:00:00Z", "video", "second", "4.5"),
                ("2026-07-09T12:00:00Z", "image", "image", "7"),
            )
        )
    ]
