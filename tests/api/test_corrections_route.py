"""Corrections over HTTP: what is answered, refused, and never shown to another firm."""

from typing import Any

import pytest
from httpx import Response

from api.demo.hosting import DemoClock
from ledger.core.period import Month
from locales.catalogues import message
from tests import builders
from tests.api.doors import Door, problem
from tests.api.reported import an_event
from tests.services.firms import firm

EVENT = an_event(id="event", quantity="5")
SOURCE = EVENT["source"]
VOID: dict[str, Any] = {"kind": "void", "reason": "not_generated", "source": SOURCE}


def instead(**changes: Any) -> dict[str, Any]:
    """A correction that puts the changed event in the place of what was reported."""
    return {
        "kind": "replace",
        "reason": "wrong_quantity",
        "replacement": an_event(id="event", quantity="5") | changes,
    }


def correct(door: Door, body: object, event_id: str = "event", **options: Any) -> Response:
    return door.ask("POST", f"/v1/generations/{event_id}/corrections", json=body, **options)


def read(door: Door, event_id: str = "event", **asked: str) -> Response:
    return door.get(f"/v1/generations/{event_id}", params={"source": SOURCE, **asked})


def draw_up(door: Door, *corrections: dict[str, Any], **options: Any) -> Response:
    sent = {"corrections": list(corrections)}
    return door.ask("POST", "/v1/correction-batches", json=sent, **options)


@pytest.fixture
def reported(door: Door) -> Door:
    """A door through which one generation of five images came."""
    assert door.report(EVENT).status_code == 200
    return door


def test_a_correction_is_answered_with_a_receipt_and_what_it_changed(reported: Door) -> None:
    answer = correct(reported, instead(quantity="2"))
    assert answer.status_code == 200
    body = answer.json()
    batch = firm(reported.database).batches()[1]
    assert body == {
        "id": "event",
        "source": SOURCE,
        "month": "2026-08",
        "revision": 1,
        "kind": "replace",
        "status": "recorded",
        "decision": "accepted",
        "reasons": [],
        "counted_in": None,
        "receipt": {
            "batch": 2,
            "position": 0,
            "leaf": body["receipt"]["leaf"],
            "root": batch.root.hex(),
            "head": batch.head.hex(),
        },
        "difference": [
            {
                "month": "2026-08",
                "counted_in": None,
                "subject": "kaze-no-machi",
                "decision": "accepted",
                "reason": None,
                "generation_count": 0,
                "quantity": "-3",
                "net_revenue": "0",
                "currency": "JPY",
                "price_minor": "-36",
            }
        ],
    }
    again = correct(reported, instead(quantity="2")).json()
    assert again == {**body, "status": "duplicate"}


def test_a_generation_is_shown_with_its_revisions(reported: Door) -> None:
    correct(reported, instead(quantity="2"))
    correct(reported, {**VOID, "revision": 2, "note": "二重"})
    body = read(reported).json()
    assert (body["id"], body["month"], body["standing"]) == ("event", "2026-08", 2)
    told = [(each["kind"], each["decision"], each["reason"]) for each in body["revisions"]]
    assert told == [
        ("report", "accepted", None),
        ("replace", "accepted", "wrong_quantity"),
        ("void", None, "not_generated"),
    ]
    first, second, third = body["revisions"]
    assert (first["event"]["quantity"], second["event"]["quantity"]) == ("5", "2")
    assert first["event"]["time"] == "2026-08-03T01:15:00Z"
    assert (third["event"], third["note"]) == (None, "二重")
    assert [each["receipt"]["batch"] for each in body["revisions"]] == [1, 2, 3]


def test_an_id_may_hold_slashes(door: Door) -> None:
    door.report(an_event(id="a/b"))
    assert read(door, "a/b").json()["id"] == "a/b"
    assert read(door, "a%2Fb").json()["id"] == "a/b"
    assert correct(door, VOID, "a/b").status_code == 200


def test_another_content_under_an_old_revision_is_a_conflict(reported: Door) -> None:
    correct(reported, instead(quantity="2"))
    told = problem(correct(reported, VOID), 409, "correction_conflict")
    assert "revision 1 (replace)" in told["detail"]
    assert told["pointer"] == "/revision"
    japanese = correct(reported, VOID, headers={"Accept-Language": "ja"}).json()
    assert japanese["title"] == message("ja", "problem.correction_conflict.title")


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({**VOID, "source": "another"}, 404, "generation_not_recorded", "/id"),
        ({**VOID, "month": "2026-07"}, 404, "generation_not_recorded", "/id"),
        ({**VOID, "month": "2026-13"}, 422, "field_invalid", "/month"),
        ({**VOID, "revision": 2}, 409, "revision_missing", "/revision"),
        ({**VOID, "revision": 0}, 422, "field_invalid", "/revision"),
        ({**VOID, "kind": "erase"}, 422, "field_invalid", "/kind"),
        ({**VOID, "reason": "because"}, 422, "field_invalid", "/reason"),
        ({**VOID, "reason": "other"}, 422, "note_missing", "/note"),
        ({**VOID, "note": "x" * 501}, 422, "field_invalid", "/note"),
        ({**VOID, "note": "a\u0000b"}, 422, "text_unprintable", "/note"),
        ({**VOID, "who": "me"}, 422, "field_unknown", "/who"),
        ({"kind": "void", "source": SOURCE}, 422, "field_missing", "/reason"),
        ({"kind": "void", "reason": "test_data"}, 422, "field_missing", "/source"),
        ({**VOID, "replacement": EVENT}, 422, "replacement_not_expected", "/replacement"),
        ({**VOID, "kind": "replace"}, 422, "replacement_missing", "/replacement"),
        (instead(), 409, "nothing_to_correct", "/replacement"),
        (instead(id="other"), 422, "replacement_of_another", "/replacement"),
        (instead(quantity=1.5), 422, "number_not_exact", "/replacement/quantity"),
        (instead(quantity="-1"), 422, "number_negative", "/replacement/quantity"),
        (instead(unit="turn", quantity="1.5"), 422, "count_not_whole", "/replacement/quantity"),
        (
            instead(time="2026-07-03T10:15:00+09:00"),
            422,
            "replacement_in_other_month",
            "/replacement/time",
        ),
        (
            instead(time="2026-08-30T10:15:00+09:00"),
            422,
            "time_in_future",
            "/replacement/time",
        ),
        ([VOID], 422, "field_invalid", None),
    ],
)
def test_what_cannot_be_made_says_why(
    body: object, status: int, code: str, pointer: str | None, reported: Door
) -> None:
    told = problem(correct(reported, body), status, code)
    if pointer is not None:
        assert told["pointer"] == pointer
    assert len(firm(reported.database).batches()) == 1


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "body_not_json"),
        (b"\xff", {}, 400, "body_not_json"),
        (b"{}", {"Content-Type": "text/csv"}, 415, "media_type_unsupported"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "encoding_unsupported"),
        (b" " * (16 * 1024 * 1024 + 1), {}, 413, "body_too_large"),
    ],
    ids=["half", "bytes", "csv", "gzip", "large"],
)
@pytest.mark.parametrize("path", ["/v1/generations/event/corrections", "/v1/correction-batches"])
def test_a_body_that_is_no_json_is_refused(
    path: str, content: bytes, headers: dict[str, str], status: int, code: str, reported: Door
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    problem(reported.ask("POST", path, content=content, headers=sent), status, code)


@pytest.mark.parametrize("name", ["replacement", "corrections", "note"])
@pytest.mark.parametrize("path", ["/v1/generations/event/corrections", "/v1/correction-batches"])
def test_a_body_that_nests_without_end_is_refused(path: str, name: str, reported: Door) -> None:
    content = f'{{"{name}":'.encode() + b"[" * 100_000
    sent = {"Content-Type": "application/json"}
    assert reported.ask("POST", path, content=content, headers=sent).status_code in {400, 422}


def test_a_batch_is_drawn_up_looked_at_and_made(reported: Door) -> None:
    reported.report(an_event(id="second", quantity="7"))
    second = {"id": "second", **VOID}
    drawn = draw_up(reported, {"id": "event", **instead(quantity="2")}, second)
    assert drawn.status_code == 201
    body = drawn.json()
    assert (body["state"], body["correction_count"], body["refused"]) == ("open", 2, [])
    (line,) = body["difference"]
    assert (line["generation_count"], line["quantity"], line["price_minor"]) == (-1, "-10", "-120")
    address = f"/v1/correction-batches/{body['id']}"
    assert reported.get(address).json() == body
    assert len(firm(reported.database).batches()) == 2
    made = reported.ask("POST", f"{address}/commit")
    assert [each["status"] for each in made.json()["corrections"]] == ["recorded"] * 2
    assert [each["receipt"]["position"] for each in made.json()["corrections"]] == [0, 1]
    again = reported.ask("POST", f"{address}/commit").json()
    assert [each["status"] for each in again["corrections"]] == ["duplicate"] * 2
    assert reported.get(address).json()["state"] == "committed"
    problem(reported.ask("DELETE", address), 409, "draft_committed")


def test_every_line_that_cannot_be_made_is_named(reported: Door) -> None:
    drawn = draw_up(
        reported,
        {"id": "event", **VOID},
        {"kind": "void", "reason": "test_data", "source": SOURCE},
        {"id": "event", **instead(quantity="x")},
        {"id": "gone", **VOID},
        {"id": "event", **VOID},
    ).json()
    told = [
        (each["index"], each["id"], each["problem"]["code"], each["problem"]["pointer"])
        for each in drawn["refused"]
    ]
    assert told == [
        (1, "", "field_missing", "/corrections/1/id"),
        (2, "event", "number_not_exact", "/corrections/2/replacement/quantity"),
        (3, "gone", "generation_not_recorded", "/corrections/3/id"),
        (4, "event", "corrected_twice", "/corrections/4/id"),
    ]
    address = f"/v1/correction-batches/{drawn['id']}"
    problem(reported.ask("POST", f"{address}/commit"), 409, "draft_has_refused")
    assert reported.ask("DELETE", address).status_code == 204
    assert reported.get(address).json()["state"] == "discarded"
    problem(reported.ask("POST", f"{address}/commit"), 409, "draft_discarded")


def test_a_batch_that_was_overtaken_is_not_made(reported: Door) -> None:
    drawn = draw_up(reported, {"id": "event", **VOID}).json()
    correct(reported, instead(quantity="2"))
    address = f"/v1/correction-batches/{drawn['id']}"
    problem(reported.ask("POST", f"{address}/commit"), 409, "draft_outdated")


def test_a_batch_holds_some_corrections_and_not_too_many(door: Door) -> None:
    problem(draw_up(door), 422, "no_corrections")
    problem(draw_up(door, *[{}] * 10_001), 413, "too_many_corrections")


def test_nobody_sees_or_corrects_what_is_anothers(reported: Door) -> None:
    builders.licensee(reported.database, "studio-b")
    rival = builders.key(reported.database, "studio-b")
    drawn = draw_up(reported, {"id": "event", **VOID}).json()
    address = f"/v1/correction-batches/{drawn['id']}"
    asked = {"params": {"source": SOURCE}, "key": rival}
    problem(reported.get("/v1/generations/event", **asked), 404, "generation_not_recorded")
    problem(correct(reported, VOID, key=rival), 404, "generation_not_recorded")
    for method, path in (("GET", address), ("POST", f"{address}/commit"), ("DELETE", address)):
        problem(reported.ask(method, path, key=rival), 404, "draft_unknown")
    reader = builders.key(reported.database, label="reader", scopes=["read"])
    problem(correct(reported, VOID, key=reader), 403, "scope_missing")
    problem(correct(reported, VOID, key=None), 401, "key_missing")


def test_what_is_corrected_for_a_closed_month_says_where_it_counts(
    reported: Door, clock: DemoClock
) -> None:
    clock.move_to(Month(2026, 9).starts_at)
    builders.close_through(reported.database, Month(2026, 8))
    body = correct(reported, VOID).json()
    assert body["counted_in"] == "2026-09"
    assert [each["counted_in"] for each in body["difference"]] == ["2026-09"]
    assert read(reported).json()["revisions"][1]["counted_in"] == "2026-09"
