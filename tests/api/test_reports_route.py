"""``/v1/reports``: a firm declares its month, and both sides see how the book differs."""

import json
from typing import Any

import pytest
from httpx import Response

from api.cursors import write_cursor
from api.demo.hosting import DemoClock
from ledger.core.period import Month
from ledger.services import closing
from tests import builders
from tests.api.doors import Door, events, problem
from tests.api.reported import an_event

#: The month that the clock of the tests stands in.
AUGUST = "/v1/reports/2026-08"
NIL = {"nil": True}


def declare(door: Door, body: object, path: str = AUGUST, **more: Any) -> Response:
    headers = {
        "Content-Type": "application/json",
        "Accept-Language": "en",
        **more.pop("headers", {}),
    }
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return door.ask("PUT", path, content=content, headers=headers, **more)


def images(count: int, quantity: object = None) -> dict[str, Any]:
    total = {"modality": "image", "unit": "image", "quantity": quantity or str(count)}
    return {"generation_count": count, "totals": [total]}


def said(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def house(door: Door) -> str:
    builders.party(door.database, "house", role="operator", entrustment=None)
    return builders.key(door.database, "house")


def test_a_month_is_shown_as_declared_and_as_reported(door: Door) -> None:
    door.report([*events(2), an_event(id="unknown", quantity=None)])
    assert said(declare(door, images(4, "4.50"))) == {
        "licensee": "studio-a",
        "month": "2026-08",
        "state": "differs",
        "generation_count": 3,
        "reported": [
            {
                "modality": "image",
                "unit": "image",
                "accepted": {"generation_count": 2, "quantity": "2"},
                "held": {"generation_count": 1, "quantity": "0"},
                "refused": {"generation_count": 0, "quantity": "0"},
            }
        ],
        "declarations": [
            {
                "version": 1,
                "declared_at": "2026-08-20T03:00:00Z",
                "nil": False,
                "generation_count": 4,
                "totals": [{"modality": "image", "unit": "image", "quantity": "4.5"}],
            }
        ],
        "difference": {
            "generation_count": -1,
            "quantities": [
                {
                    "modality": "image",
                    "unit": "image",
                    "declared": "4.5",
                    "reported": "2",
                    "difference": "-2.5",
                }
            ],
        },
    }


def test_the_state_follows_what_is_declared_and_reported(door: Door) -> None:
    assert said(door.get(AUGUST))["state"] == "undeclared"
    assert said(door.get(AUGUST))["difference"] is None
    assert said(declare(door, NIL))["state"] == "agreed"
    door.report(events(2))
    assert said(door.get(AUGUST))["state"] == "differs"
    agreed = said(declare(door, images(2)))
    assert agreed["difference"] == {"generation_count": 0, "quantities": []}
    assert [each["nil"] for each in agreed["declarations"]] == [True, False]
    assert said(door.get(AUGUST)) == agreed


def test_the_same_again_is_the_same_answer(door: Door, clock: DemoClock) -> None:
    first = declare(door, images(2, 2))
    clock.move_to(Month(2026, 8).ends_at)
    again = declare(door, images(2, "2.00"))
    assert first.json() == again.json()


def test_a_closed_month_is_said_to_be(door: Door, clock: DemoClock) -> None:
    door.report(events(1))
    declare(door, images(1))
    end = Month(2026, 8).ends_at
    closing.close_month(door.database, month=Month(2026, 8), closed_by="keiri", closed_at=end)
    clock.move_to(end)
    assert said(door.get(AUGUST))["state"] == "closed"
    body = problem(declare(door, NIL), 409, "declaration_too_late")
    assert (body["pointer"], "2026-08" in body["detail"]) == ("/month", True)


@pytest.mark.parametrize(
    ("month", "status", "code"),
    [
        ("2026-13", 422, "not_a_month"),
        ("2026-00", 422, "not_a_month"),
        ("2026-8", 422, "not_a_month"),
        ("0001-01", 422, "not_a_month"),
        ("9999-12", 422, "not_a_month"),
        ("２０２６-08", 422, "not_a_month"),
        ("2026-08%00", 422, "not_a_month"),
        ("x" * 3000, 422, "not_a_month"),
        ("2026-09", 422, "month_not_begun"),
        ("9998-12", 422, "month_not_begun"),
    ],
)
def test_a_month_that_cannot_be_declared_is_named(
    door: Door, month: str, status: int, code: str
) -> None:
    body = problem(declare(door, NIL, f"/v1/reports/{month}"), status, code)
    assert body["pointer"] == "/month"
    assert len(body["detail"]) < 400


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"", 400, "body_not_json", None),
        (b"{", 400, "body_not_json", None),
        (b'{"generation_count": NaN}', 400, "body_not_json", None),
        (b'{"nil": tr\xff}', 400, "body_not_json", None),
        (b"[" * 60_000, 422, "field_invalid", None),
        ([], 422, "field_invalid", None),
        ({}, 422, "nil_not_stated", "/generation_count"),
        ({"nil": False}, 422, "nil_not_stated", "/generation_count"),
        ({"generation_count": 0}, 422, "nil_not_stated", "/generation_count"),
        ({"nil": True, **images(1)}, 422, "nil_report_has_figures", "/generation_count"),
        ({**NIL, "totals": images(1)["totals"]}, 422, "nil_report_has_figures", "/totals"),
        ({"generation_count": -1}, 422, "field_invalid", "/generation_count"),
        ({"generation_count": 1.5}, 422, "field_invalid", "/generation_count"),
        ({"generation_count": "1"}, 422, "field_invalid", "/generation_count"),
        ({"generation_count": 10**16}, 422, "field_invalid", "/generation_count"),
        (images(1, 1.5), 422, "field_invalid", "/totals/0/quantity"),
        (images(1, True), 422, "field_invalid", "/totals/0/quantity"),
        (images(1, "-1"), 422, "number_out_of_range", "/totals/0/quantity"),
        (images(1, "NaN"), 422, "number_not_exact", "/totals/0/quantity"),
        (images(1, "1e999"), 422, "number_too_long", "/totals/0/quantity"),
        (images(1, "1" * 5000), 422, "number_too_long", "/totals/0/quantity"),
        ({**images(1), "month": "2026-08"}, 422, "field_unknown", "/month"),
        ({"generation_count": 1, "totals": [{}]}, 422, "field_missing", "/totals/0/modality"),
        (
            {"generation_count": 1, "totals": images(1)["totals"] * 2},
            422,
            "value_listed_twice",
            "/totals",
        ),
        ({"generation_count": 1, "totals": images(1)["totals"] * 100}, 422, "field_invalid", None),
        (b" " * 70_000, 413, "body_too_large", None),
    ],
)
def test_a_declaration_that_cannot_be_taken_names_the_field(
    door: Door, body: object, status: int, code: str, pointer: str | None
) -> None:
    answered = problem(declare(door, body), status, code)
    if pointer is not None:
        assert answered["pointer"] == pointer
    assert said(door.get(AUGUST))["declarations"] == []


@pytest.mark.parametrize("field", ["modality", "unit"])
def test_a_word_that_is_not_known_is_named(door: Door, field: str) -> None:
    body = images(1)
    body["totals"][0][field] = "smell"
    answered = problem(declare(door, body), 422, "field_invalid")
    assert answered["pointer"] == f"/totals/0/{field}"
    assert "smell" in answered["detail"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "text/csv"}, "media_type_unsupported"),
        ({"Content-Encoding": "gzip"}, "encoding_unsupported"),
    ],
)
def test_only_plain_json_is_a_declaration(door: Door, headers: dict[str, str], code: str) -> None:
    problem(declare(door, NIL, headers=headers), 415, code)
    assert declare(
        door, NIL, headers={"Content-Type": "application/json; charset=utf-8"}
    ).is_success


# Whose.


def test_nobody_declares_without_a_key_for_it(door: Door) -> None:
    problem(declare(door, NIL, key=None), 401, "key_missing")
    reading = builders.key(door.database, label="reading", scopes=["read"])
    problem(declare(door, NIL, key=reading), 403, "scope_missing")
    reporting = builders.key(door.database, label="reporting", scopes=["report"])
    problem(door.get(AUGUST, key=reporting), 403, "scope_missing")
    assert declare(door, NIL, key=reporting).is_success


def test_the_house_reads_every_firms_month_and_declares_none(door: Door) -> None:
    declare(door, NIL)
    key = house(door)
    problem(declare(door, NIL, key=key), 403, "not_a_licensee")
    assert problem(door.get(AUGUST, key=key), 422, "licensee_not_named")["pointer"] == "/licensee"
    assert said(door.get(f"{AUGUST}?licensee=studio-a", key=key))["state"] == "agreed"
    for nobody in ("hoshino", "no-such-firm", "%00"):
        answer = door.get(f"{AUGUST}?licensee={nobody}", key=key)
        assert answer.status_code == (422 if nobody == "%00" else 404)


def test_a_firm_sees_its_own_months_alone(door: Door) -> None:
    declare(door, NIL)
    builders.licensee(door.database, "studio-b")
    rival = builders.key(door.database, "studio-b")
    assert said(door.get(AUGUST, key=rival))["licensee"] == "studio-b"
    problem(door.get(f"{AUGUST}?licensee=studio-a", key=rival), 404, "licensee_not_found")
    assert said(door.get("/v1/reports", key=rival))["reports"] == []


def test_a_rights_holder_has_no_months_to_declare(door: Door) -> None:
    key = builders.key(door.database, "hoshino")
    problem(door.get(AUGUST, key=key), 403, "not_a_licensee")
    problem(door.get("/v1/reports", key=key), 403, "not_a_licensee")
    problem(declare(door, NIL, key=key), 403, "not_a_licensee")


# Lists.


def test_months_are_listed_from_the_latest_page_by_page(door: Door) -> None:
    declare(door, NIL)
    found: list[tuple[str, str]] = []
    path = "/v1/reports?limit=2"
    while path:
        page = said(door.get(path))
        found += [(each["month"], each["state"]) for each in page["reports"]]
        cursor = page["next_cursor"]
        path = f"/v1/reports?limit=2&cursor={cursor}" if cursor else ""
    assert found == [
        ("2026-08", "agreed"),
        *((f"2026-0{month}", "undeclared") for month in (7, 6, 5, 4)),
    ]


@pytest.mark.parametrize(
    "cursor",
    ["x", write_cursor(1), write_cursor(["2026-08-01", "\x00"]), write_cursor(["2026", "a"])],
)
def test_a_cursor_that_this_list_did_not_give_is_refused(door: Door, cursor: str) -> None:
    problem(door.get("/v1/reports", params={"cursor": cursor}), 422, "cursor_malformed")


@pytest.mark.parametrize("limit", [0, 101, "x"])
def test_a_page_has_a_limit(door: Door, limit: object) -> None:
    problem(door.get("/v1/reports", params={"limit": limit}), 422, "field_invalid")
