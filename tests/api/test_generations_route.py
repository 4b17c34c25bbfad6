"""``POST /v1/generations``: every form of a body, and what the whole of it is answered."""

import json
from datetime import timedelta
from typing import Any

import pytest

from api.demo.hosting import DemoClock
from api.events import BODY_BYTES_MAX, EVENT_BYTES_MAX, EVENTS_MAX
from ledger.core.period import Month
from ledger.services import closing
from locales.catalogues import message
from tests import builders
from tests.api.doors import NOW, Door, events, lines, packed, problem, statuses
from tests.api.reported import CLOUD_EVENT, CLOUD_EVENTS, JSON, LINES, an_event, in_envelope
from tests.services.firms import firm, select

ONE = an_event()
TWO = events(2)

#: A body of each form, and how many events are in it.
BODIES: list[tuple[str, object, int]] = [
    (JSON, ONE, 1),
    (JSON, [ONE], 1),
    (JSON, TWO, 2),
    (JSON, {"events": TWO}, 2),
    (f"{JSON}; charset=utf-8", TWO, 2),
    ("Application/JSON ;charset=UTF-8", TWO, 2),
    (LINES, lines(TWO), 2),
    (LINES, lines(TWO) + b"\r\n\n", 2),
    (CLOUD_EVENT, in_envelope(ONE), 1),
    (CLOUD_EVENTS, [in_envelope(event) for event in TWO], 2),
]


@pytest.mark.parametrize(("media_type", "body", "count"), BODIES)
def test_each_form_of_a_body_is_taken_plain_and_compressed(
    door: Door, media_type: str, body: object, count: int
) -> None:
    answer = door.report(body, media_type)
    assert (answer.status_code, statuses(answer)) == (200, ["accepted"] * count)
    again = door.report(packed(body), media_type, headers={"Content-Encoding": "gzip"})
    assert (again.status_code, statuses(again)) == (200, ["duplicate"] * count)
    assert [each["receipt"] for each in again.json()["results"]] == [
        each["receipt"] for each in answer.json()["results"]
    ]


def test_an_event_is_the_same_in_every_form(door: Door) -> None:
    """A CloudEvent of the same facts is a replay, not another generation."""
    door.report(ONE)
    assert statuses(door.report(in_envelope(ONE), CLOUD_EVENT)) == ["duplicate"]
    assert statuses(door.report(lines([ONE]), LINES)) == ["duplicate"]


def test_an_answer_says_everything_about_each_event(door: Door) -> None:
    sent = [ONE, an_event(id="held", quantity=None), an_event(id="bad", quantity=1.5), ONE]
    answer = door.report(sent)
    assert answer.status_code == 207
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["counts"] == {
        "accepted": 1,
        "duplicate": 1,
        "held": 1,
        "refused": 0,
        "conflict": 0,
        "invalid": 1,
    }
    accepted, held, invalid, duplicate = body["results"]
    (batch,) = firm(door.database).batches()
    assert accepted["receipt"] == {
        "batch": 1,
        "position": 0,
        "leaf": accepted["receipt"]["leaf"],
        "root": batch.root.hex(),
        "head": batch.head.hex(),
    }
    assert accepted == {
        "index": 0,
        "id": ONE["id"],
        "status": "accepted",
        "receipt": accepted["receipt"],
    }
    assert (held["index"], held["status"], held["reasons"]) == (1, "held", ["quantity_unknown"])
    assert held["receipt"]["position"] == 1
    assert (invalid["index"], invalid["id"], invalid["status"]) == (2, "bad", "invalid")
    assert "receipt" not in invalid
    assert invalid["problem"]["pointer"] == "/2/quantity"
    assert (duplicate["index"], duplicate["receipt"]) == (3, accepted["receipt"])


REFUSED = an_event(id="refused", license="LIC-OF-NOBODY")
HELD = an_event(id="held", quantity=None)
INVALID = an_event(id="invalid", quantity=-1)
CONFLICT = an_event(id="known", quantity=2)
KNOWN = an_event(id="known")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ([ONE], 200),
        ([ONE, HELD, KNOWN], 200),  # All of it is in the book, and nothing needs mending.
        ([ONE, REFUSED], 207),
        ([REFUSED], 207),  # Recorded, so not 422; not what was hoped for, so not 200.
        ([ONE, INVALID], 207),
        ([ONE, CONFLICT], 207),
        ([REFUSED, INVALID], 207),
        ([INVALID], 422),
        ([CONFLICT], 422),
        ([INVALID, CONFLICT], 422),
    ],
)
def test_the_status_tells_whether_something_needs_a_look(
    door: Door, sent: list[Any], status: int
) -> None:
    door.report(KNOWN)
    assert door.report(sent).status_code == status


@pytest.mark.parametrize("language", ["ja", "en"])
def test_problems_of_events_are_told_in_the_language_asked_for(door: Door, language: str) -> None:
    door.report(KNOWN)
    late = an_event(id="soon", time="2026-08-20T12:05:01+09:00")
    answer = door.report([INVALID, CONFLICT, late], language=language)
    assert answer.headers["content-language"] == language
    problems = [result["problem"] for result in answer.json()["results"]]
    codes = ["number_negative", "identity_conflict", "time_in_future"]
    assert [each["code"] for each in problems] == codes
    assert [each["title"] for each in problems] == [
        message(language, f"problem.{code}.title") for code in codes
    ]
    assert [each["pointer"] for each in problems] == ["/0/quantity", "/1/quantity", "/2/time"]
    assert problems[1]["fields"] == ["quantity"]
    assert "quantity" in problems[1]["detail"]
    assert "known" in problems[1]["detail"]
    assert "2026-08-20T03:05:01" in problems[2]["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time": "2026-08-03T10:15:00.000001+09:00"}, "time"),
        ({"license": "LIC-2"}, "license"),
        ({"subjects": [{"id": "yoru-no-umi"}]}, "subjects"),
        ({"unit": "token"}, "unit"),
    ],
)
def test_a_conflict_names_fields_as_the_body_does(
    door: Door, changes: dict[str, Any], field: str
) -> None:
    door.report(KNOWN)
    (result,) = door.report(KNOWN | changes).json()["results"]
    assert (result["status"], result["problem"]["fields"]) == ("conflict", [field])
    assert result["problem"]["pointer"] == f"/0/{field}"


def test_what_comes_late_is_told_where_it_is_counted(door: Door, clock: DemoClock) -> None:
    door.report(KNOWN)
    august = Month(2026, 8)
    clock.move_to(august.ends_at + timedelta(days=3))
    closing.close_month(door.database, month=august, closed_by="keiri", closed_at=clock())
    late = {"code": "late", "counted_in": "2026-09"}
    for status in ("accepted", "duplicate"):
        answer = door.report([KNOWN, ONE])
        assert (answer.status_code, statuses(answer)) == (200, ["duplicate", status])
        on_time, told = answer.json()["results"]
        assert ("warnings" in on_time, told["warnings"]) == (False, [late])
        assert told["receipt"]["batch"] == 2


def test_what_lies_too_far_back_is_told_so(door: Door) -> None:
    answer = door.report([ONE, an_event(id="old", time="2019-08-03T10:15:00+09:00")])
    assert (answer.status_code, statuses(answer)) == (207, ["accepted", "invalid"])
    told = answer.json()["results"][1]["problem"]
    assert (told["code"], told["pointer"]) == ("time_too_old", "/1/time")
    assert "2019-08" in told["detail"]


def test_a_bad_event_costs_its_neighbours_nothing(door: Door) -> None:
    sent = lines([ONE]) + b"\n{broken\n" + lines([HELD, INVALID, REFUSED])
    assert statuses(door.report(sent, LINES)) == [
        "accepted",
        "invalid",
        "held",
        "invalid",
        "refused",
    ]


# Bodies that are refused as a whole: nothing of them is recorded.


@pytest.mark.parametrize(
    ("body", "media_type", "headers", "status", "code"),
    [
        (b"", JSON, {}, 422, "no_events"),
        ([], JSON, {}, 422, "no_events"),
        ({"events": []}, JSON, {}, 422, "no_events"),
        (b"\n \n", LINES, {}, 422, "no_events"),
        (b"[{", JSON, {}, 400, "body_not_json"),
        (b"\xff\xfe", CLOUD_EVENTS, {}, 400, "body_not_json"),
        ({"events": 1}, JSON, {}, 422, "field_invalid"),
        ({"events": [], "atomic": True}, JSON, {}, 422, "field_unknown"),
        (b"not gzip", JSON, {"Content-Encoding": "gzip"}, 400, "encoding_broken"),
        (packed([ONE])[:-9], JSON, {"Content-Encoding": "gzip"}, 400, "encoding_broken"),
        (b"x", JSON, {"Content-Encoding": "br"}, 415, "encoding_unsupported"),
        (TWO, "text/plain", {}, 415, "media_type_unsupported"),
        (TWO, "application/xml", {}, 415, "media_type_unsupported"),
        (TWO, "multipart/form-data; boundary=x", {}, 415, "media_type_unsupported"),
        (TWO, "", {}, 415, "media_type_unsupported"),
        (TWO, "json", {}, 415, "media_type_unsupported"),
    ],
)
def test_a_body_that_cannot_be_taken_is_a_problem(
    door: Door, body: object, media_type: str, headers: dict[str, str], status: int, code: str
) -> None:
    for language in ("ja", "en"):
        answer = door.report(body, media_type, headers=headers, language=language)
        told = problem(answer, status, code)
        assert told["title"] == message(language, f"problem.{code}.title")
        assert answer.headers["content-language"] == language
        assert ("pointer" in told) is code.startswith("field_")
    assert firm(door.database).batches() == []


def test_more_events_than_the_limit_are_told_the_limit(door: Door) -> None:
    sent = b"[" + b",".join([b"{}"] * (EVENTS_MAX + 1)) + b"]"
    told = problem(door.report(sent), 413, "too_many_events")
    assert str(EVENTS_MAX) in told["detail"]
    assert str(EVENTS_MAX + 1) in told["detail"]


def test_the_largest_report_is_taken(door: Door) -> None:
    answer = door.report(events(EVENTS_MAX))
    assert (answer.status_code, answer.json()["counts"]["accepted"]) == (200, EVENTS_MAX)


def test_a_body_larger_than_the_limit_is_told_the_limit_also_when_it_is_compressed(
    door: Door,
) -> None:
    large = b" " * (BODY_BYTES_MAX + 1)
    told = problem(door.report(packed(large), headers={"Content-Encoding": "gzip"}), 413,
                   "body_too_large")  # fmt: skip
    assert str(BODY_BYTES_MAX) in told["detail"]
    told = problem(door.report(large), 413, "body_too_large")
    assert str(BODY_BYTES_MAX) in told["detail"]


def test_an_event_larger_than_the_limit_is_refused_by_itself(door: Door) -> None:
    answer = door.report([ONE, an_event(model="m" * EVENT_BYTES_MAX)])
    assert statuses(answer) == ["accepted", "invalid"]
    assert answer.json()["results"][1]["problem"]["code"] == "event_too_large"


ODD_TEXTS = ["\ud800", "\x00", "a\0b", "\ufffe", "\U0010ffff", "\u202e", "%00", "'", '"', "\\"]


@pytest.mark.parametrize("field", ["id", "source", "license", "title", "model"])
def test_no_text_of_an_event_is_a_failure_of_ours(door: Door, field: str) -> None:
    """Also half a character, which JSON can spell and no database can keep."""
    for text in ODD_TEXTS:
        answer = door.report(json.dumps(an_event(**{field: text})).encode())
        assert answer.status_code in (200, 207, 400, 422), (text, answer.text)


def test_a_report_is_stored_for_the_firm_of_the_key_and_nobody_else(door: Door) -> None:
    builders.license(door.database, "LIC-B", licensee="studio-b")
    rival = builders.key(door.database, "studio-b")
    assert statuses(door.report(ONE, key=rival)) == ["refused"]
    assert statuses(door.report(ONE)) == ["accepted"]
    owners = select(
        door.database,
        "SELECT p.reference FROM generation g JOIN party p ON p.party_id = g.licensee_id"
        " ORDER BY 1",
    )
    assert [owner for (owner,) in owners] == ["studio-a", "studio-b"]


def test_the_clock_of_the_application_is_the_one_that_counts(door: Door, clock: DemoClock) -> None:
    soon = an_event(time=(NOW + timedelta(minutes=6)).isoformat())
    assert statuses(door.report(soon)) == ["invalid"]
    clock.move_to(NOW + timedelta(minutes=1))
    assert statuses(door.report(soon)) == ["accepted"]
    (batch,) = firm(door.database).batches()
    assert batch.recorded_at == clock()
