"""What is wrong with an event is said by a code, a pointer to the field, and words."""

import json
from typing import Any

import pytest

from api.events import InvalidEvent
from tests.api.reported import (
    CLOUD_EVENT,
    CLOUD_EVENTS,
    LINES,
    an_event,
    decoded,
    in_envelope,
    refused,
    taken,
    without,
)

LONG = "a" * 257
SUBJECT = {"id": "kaze-no-machi"}

#: An event with one fault, its code, and where it is in a plain event.
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (without("source"), "field_missing", "/source"),
    (without("id"), "field_missing", "/id"),
    (without("time"), "field_missing", "/time"),  # There is no default: now is not when.
    (without("license"), "field_missing", "/license"),
    (without("subjects"), "field_missing", "/subjects"),
    (without("use_class"), "field_missing", "/use_class"),
    (without("modality"), "field_missing", "/modality"),
    (without("unit"), "field_missing", "/unit"),
    (without("territory"), "field_missing", "/territory"),
    (without("quantity"), "field_missing", "/quantity"),  # Null says that it is not known.
    (an_event(subjects=[{}]), "field_missing", "/subjects/0/id"),
    (an_event(quantty="1"), "field_unknown", "/quantty"),  # Misspelled, not ignored.
    (an_event(user="u-1"), "field_unknown", "/user"),  # Nothing about who generated is kept.
    (an_event(subjects=[SUBJECT, SUBJECT | {"share": 1}]), "field_unknown", "/subjects/1/share"),
    (an_event(**{"a/b~c": 1}), "field_unknown", "/a~1b~0c"),  # RFC 6901.
    (an_event(id=None), "field_invalid", "/id"),
    (an_event(id=7), "field_invalid", "/id"),
    (an_event(id=1.5), "field_invalid", "/id"),  # Not a question of exactness.
    (an_event(id=""), "field_invalid", "/id"),
    (an_event(id=LONG), "field_invalid", "/id"),
    (an_event(source=LONG), "field_invalid", "/source"),
    (an_event(license=""), "field_invalid", "/license"),
    (an_event(model=LONG), "field_invalid", "/model"),
    (an_event(title=""), "field_invalid", "/title"),  # No title is null.
    (an_event(id="a\n"), "field_invalid", "/id"),  # A line break at the end is one too.
    (an_event(id="a\0b"), "field_invalid", "/id"),
    (an_event(source="\tstudio"), "field_invalid", "/source"),
    (an_event(license="LIC\x7f"), "field_invalid", "/license"),
    (an_event(model="\x1b[31m"), "field_invalid", "/model"),
    (an_event(title="風\x85町"), "field_invalid", "/title"),  # The controls beyond ASCII.
    (an_event(subjects=[SUBJECT, {"id": "yoru\r"}]), "field_invalid", "/subjects/1/id"),
    (an_event(subjects=[]), "field_invalid", "/subjects"),
    (an_event(subjects=None), "field_invalid", "/subjects"),
    (an_event(subjects=["kaze-no-machi"]), "field_invalid", "/subjects/0"),
    (an_event(subjects=[{"id": str(n)} for n in range(51)]), "field_invalid", "/subjects"),
    (an_event(subjects=[SUBJECT, SUBJECT]), "field_invalid", "/subjects"),  # Charged twice?
    (an_event(subjects=[SUBJECT | {"weight_bp": -1}]), "field_invalid", "/subjects/0/weight_bp"),
    (
        an_event(subjects=[SUBJECT | {"weight_bp": 10_001}]),
        "field_invalid",
        "/subjects/0/weight_bp",
    ),
    (an_event(subjects=[SUBJECT | {"weight_bp": 0.5}]), "field_invalid", "/subjects/0/weight_bp"),
    (an_event(subjects=[SUBJECT | {"weight_bp": "1"}]), "field_invalid", "/subjects/0/weight_bp"),
    (an_event(use_class="painting"), "field_invalid", "/use_class"),
    (an_event(modality="Image"), "field_invalid", "/modality"),
    (an_event(unit=""), "field_invalid", "/unit"),
    # What a word says is not read as a word of our own.
    (an_event(use_class="Object missing required field `id`"), "field_invalid", "/use_class"),
    (an_event(unit="x` - at `$.id`"), "field_invalid", "/unit"),
    (an_event(territory="jp"), "field_invalid", "/territory"),
    (an_event(territory="JPN"), "field_invalid", "/territory"),
    (an_event(territory="J"), "field_invalid", "/territory"),
    (an_event(territory="JP\n"), "field_invalid", "/territory"),
    (an_event(territory="ＪＰ"), "field_invalid", "/territory"),
    (an_event(territory="81"), "field_invalid", "/territory"),
    (an_event(territory="WORLD"), "field_invalid", "/territory"),  # A use is in one country.
    (an_event(time="2026-08-03T10:15:00"), "field_invalid", "/time"),  # In whose noon?
    (an_event(time="2026-08-03"), "field_invalid", "/time"),
    (an_event(time="2026-02-30T10:15:00Z"), "field_invalid", "/time"),
    (an_event(time="2026-08-03T24:00:00Z"), "field_invalid", "/time"),
    (an_event(time=1_785_744_000), "field_invalid", "/time"),
    (an_event(time="1999-12-31T23:59:59Z"), "time_out_of_range", "/time"),
    (an_event(time="2201-01-01T00:00:00Z"), "time_out_of_range", "/time"),
    (an_event(time="0001-01-01T00:00:00+14:00"), "time_out_of_range", "/time"),  # No such UTC.
    (an_event(time="9999-12-31T23:59:59-14:00"), "time_out_of_range", "/time"),
    (an_event(quantity=1.5), "number_not_exact", "/quantity"),
    (an_event(quantity=1.0), "number_not_exact", "/quantity"),
    (an_event(net_revenue=0.1), "number_not_exact", "/net_revenue"),
    (an_event(quantity="1,000"), "number_not_exact", "/quantity"),
    (an_event(quantity="1_000"), "number_not_exact", "/quantity"),
    (an_event(quantity=" 1"), "number_not_exact", "/quantity"),
    (an_event(quantity=""), "number_not_exact", "/quantity"),
    (an_event(quantity="１"), "number_not_exact", "/quantity"),
    (an_event(quantity="NaN"), "number_not_exact", "/quantity"),
    (an_event(quantity="Infinity"), "number_not_exact", "/quantity"),
    (an_event(quantity="0" * 50_000 + "1"), "number_not_exact", "/quantity"),
    (an_event(quantity=True), "field_invalid", "/quantity"),
    (an_event(quantity=["1"]), "field_invalid", "/quantity"),
    (an_event(quantity=-1), "number_negative", "/quantity"),
    (an_event(quantity="-0.001"), "number_negative", "/quantity"),
    (an_event(net_revenue="-1"), "number_negative", "/net_revenue"),
    (an_event(unit="turn", quantity="1.5"), "count_not_whole", "/quantity"),
    (an_event(unit="grounding", quantity="0.1"), "count_not_whole", "/quantity"),
    (an_event(unit="citation", quantity="2.000000001"), "count_not_whole", "/quantity"),
    (an_event(quantity="1" * 31), "number_too_long", "/quantity"),
    (an_event(quantity=10**30), "number_too_long", "/quantity"),
    (an_event(quantity="1E+30"), "number_too_long", "/quantity"),
    (an_event(quantity="0." + "0" * 30 + "1"), "number_too_long", "/quantity"),
    (an_event(quantity="1E-31"), "number_too_long", "/quantity"),
    (an_event(quantity="1." + "0" * 50_000), "number_too_long", "/quantity"),
    (an_event(net_revenue="1E+999"), "number_too_long", "/net_revenue"),
    (an_event(quantity="1" * 16), "number_too_large", "/quantity"),
    (an_event(quantity=10**15), "number_too_large", "/quantity"),
    (an_event(quantity="1E+15"), "number_too_large", "/quantity"),
    (an_event(quantity="1" * 16 + ".5"), "number_too_large", "/quantity"),
    (an_event(quantity=1_785_719_700_000_000_000), "number_too_large", "/quantity"),  # A time.
    (an_event(net_revenue="1E+29"), "number_too_large", "/net_revenue"),
    (an_event(currency="ZZZ"), "currency_unknown", "/currency"),
    (an_event(currency="jpy"), "currency_unknown", "/currency"),
    (an_event(currency=""), "currency_unknown", "/currency"),
    (an_event(currency="DOLLAR"), "field_invalid", "/currency"),
    (an_event(output_sha256="AB" * 32), "field_invalid", "/output_sha256"),
    (an_event(output_sha256="ab" * 31), "field_invalid", "/output_sha256"),
    (an_event(output_sha256="ab" * 33), "field_invalid", "/output_sha256"),
    (an_event(output_sha256="zz" * 32), "field_invalid", "/output_sha256"),
]


@pytest.mark.parametrize(("event", "code", "pointer"), FAULTS)
def test_a_fault_is_named_and_pointed_at(event: dict[str, Any], code: str, pointer: str) -> None:
    fault = refused([event])
    assert (fault.code, fault.pointer) == (code, pointer)
    assert fault.detail or "" in event.values()  # What was sent, when that is at fault.
    assert refused(event, LINES) == fault


@pytest.mark.parametrize(("event", "code", "pointer"), FAULTS)
def test_a_fault_of_a_cloud_event_is_pointed_at_where_it_is(
    event: dict[str, Any], code: str, pointer: str
) -> None:
    is_in_envelope = pointer.split("/")[1] in {"source", "id", "time"}
    fault = refused([in_envelope(event)], CLOUD_EVENTS)
    assert (fault.code, fault.pointer) == (code, pointer if is_in_envelope else f"/data{pointer}")


@pytest.mark.parametrize(
    ("attributes", "code", "pointer"),
    [
        ({"specversion": "0.3"}, "field_invalid", "/specversion"),
        ({"specversion": "1.0\n"}, "field_invalid", "/specversion"),
        ({"specversion": 1.0}, "field_invalid", "/specversion"),
        ({"type": ""}, "field_invalid", "/type"),
        ({"data": None}, "field_invalid", "/data"),
        ({"data": json.dumps(an_event())}, "field_invalid", "/data"),  # A text is not the facts.
        ({"data": an_event()}, "field_unknown", "/data/source"),
    ],
)
def test_an_envelope_is_checked_too(attributes: dict[str, Any], code: str, pointer: str) -> None:
    fault = refused(in_envelope(an_event(), **attributes), CLOUD_EVENT)
    assert (fault.code, fault.pointer) == (code, pointer)


@pytest.mark.parametrize("missing", ["specversion", "type", "data"])
def test_an_envelope_is_whole(missing: str) -> None:
    event = in_envelope(an_event())
    del event[missing]
    fault = refused(event, CLOUD_EVENT)
    assert (fault.code, fault.pointer) == ("field_missing", f"/{missing}")


@pytest.mark.parametrize(
    ("event", "event_id"),
    [
        (an_event(quantity="-1"), "01K6Z3N8S2-0"),
        (an_event(quantity=1.5), "01K6Z3N8S2-0"),
        (without("source"), "01K6Z3N8S2-0"),
        (without("id"), None),
        (an_event(id=7), None),
        (an_event(id="風の町", quantity="-1"), "風の町"),
    ],
)
def test_an_invalid_event_is_still_told_apart_by_its_id(
    event: dict[str, Any], event_id: str | None
) -> None:
    assert refused(event).event_id == event_id
    assert refused(in_envelope(event), CLOUD_EVENT).event_id == event_id


def test_an_event_that_is_not_text_keeps_its_id_when_that_can_be_read() -> None:
    broken = json.dumps(an_event(title="?")).encode().replace(b'"?"', b'"\xff"')
    assert refused(broken) == InvalidEvent(
        "01K6Z3N8S2-0", "event_not_json", "", refused(broken).detail
    )


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [("1.50", "1.50"), ("-2.5e3", "-2.5e3"), ("1E2", "1E2")],
)
def test_a_number_with_a_point_is_shown_as_it_was_sent(quantity: str, shown: str) -> None:
    plain = json.dumps(an_event()).replace('"quantity": "1"', f'"quantity": {quantity}')
    assert refused(plain.encode()).detail == shown
    cloud = json.dumps(in_envelope(an_event())).replace(
        '"quantity": "1"', f'"quantity": {quantity}'
    )
    assert refused(cloud.encode(), CLOUD_EVENT).detail == shown


@pytest.mark.parametrize(
    "event",
    [
        an_event(quantity="9" * 60_000),
        an_event(use_class="a" * 60_000),
        an_event(**{"a" * 60_000: 1}),
        an_event(quantity="9" * 60_000 + "x"),
    ],
)
def test_an_answer_does_not_grow_with_the_fault(event: dict[str, Any]) -> None:
    fault = refused(event)
    assert len(fault.detail) + len(fault.pointer) < 1_000


@pytest.mark.parametrize(
    ("digits", "code"),
    [
        (31, "number_too_long"),
        (4_300, "number_too_long"),
        (4_301, "field_invalid"),  # Longer than an integer may be at all.
        (60_000, "field_invalid"),
    ],
)
def test_an_integer_may_be_of_any_length_without_failing_us(digits: int, code: str) -> None:
    sent = json.dumps(an_event(quantity=0)).replace(": 0,", f": {'1' * digits},")
    fault = refused(sent.encode())
    assert (fault.code, fault.pointer) == (code, "/quantity")


@pytest.mark.parametrize(
    "event",
    [
        an_event(id="a" * 256),
        an_event(id="風" * 256),  # Characters are counted, not bytes.
        an_event(id='a"b\\c'),
        an_event(title="no-break\u00a0space, zero\u200bwidth, 👩\u200d🎨"),
        an_event(subjects=[{"id": str(number)} for number in range(50)]),
        an_event(subjects=[SUBJECT | {"weight_bp": 0}, {"id": "yoru", "weight_bp": 10_000}]),
        an_event(quantity=None, net_revenue=None, currency=None, model=None, title=None),
        an_event(output_sha256=None),
        an_event(territory="ZZ"),  # Two letters; which are countries is not decided here.
    ],
)
def test_what_comes_close_to_a_fault_is_taken(event: dict[str, Any]) -> None:
    assert taken(event).event_id == event["id"]
    assert decoded([in_envelope(event)], CLOUD_EVENTS) == [taken(event)]
