"""``POST /v1/generations/preview``: a report's answer with its prices; nothing is recorded."""

import json
from typing import Any

import pytest
from httpx import Response

from api import preview_answers, report_answers
from api.events import InvalidEvent
from ledger.core.agreement import NewTier
from ledger.services import granting
from ledger.services.previewing import Preview
from tests import builders
from tests.api.doors import NOW, Door, events, lines, packed, problem
from tests.api.reported import JSON, an_event
from tests.rows import row_counts

PREVIEW = "/v1/generations/preview"


def ask(door: Door, body: object, media_type: str = JSON, **more: Any) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "Content-Type": media_type,
        "Accept-Language": more.pop("language", "en"),
        **more.pop("headers", {}),
    }
    return door.ask("POST", PREVIEW, content=content, headers=headers, **more)


def test_an_event_is_told_what_it_would_be_and_cost(door: Door) -> None:
    answer = ask(door, [an_event(id="e-1", quantity="2.5")])
    assert answer.status_code == 200, answer.text
    rate = {"basis": "per_image", "rate": "12", "currency": "JPY", "tiered": False}
    assert answer.json() == {
        "results": [
            {
                "index": 0,
                "id": "e-1",
                "status": "accepted",
                "subjects": [
                    {
                        "id": "kaze-no-machi",
                        "status": "accepted",
                        "reasons": [],
                        "license": "LIC-2026-001",
                        "terms_version": 1,
                        "clause": "第5条第1項",
                        "rate": rate,
                        "counter_before": None,
                        "price_minor": "30",
                    }
                ],
                "warnings": [],
            }
        ],
        "counts": {
            "accepted": 1, "duplicate": 0, "held": 0, "refused": 0, "conflict": 0, "invalid": 0,
        },
        "lines": [
            {
                "month": "2026-08",
                "license": "LIC-2026-001",
                "subject": "kaze-no-machi",
                "terms_version": 1,
                "clause": "第5条第1項",
                "rate": rate,
                "generation_count": 1,
                "quantity": "2.5",
                "exact_minor": "30",
                "amount_minor": 30,
            }
        ],
        "totals": [{"currency": "JPY", "exact_minor": "30", "amount_minor": 30}],
        "shares": [
            {
                "holder": "hoshino",
                "currency": "JPY",
                "amount_minor": 30,
                "admin_fee_bp": 800,
                "admin_fee_minor": 2,
                "holder_minor": 28,
            }
        ],
        "quotas": [],
        "previewed_at": "2026-08-20T03:00:00Z",
    }  # fmt: skip


def test_results_are_those_of_the_report_that_follows(door: Door) -> None:
    door.report([an_event(id="known")])
    sent = [
        an_event(id="known"),
        an_event(id="known", quantity=9),
        an_event(id="new"),
        an_event(id="held", quantity=None),
        an_event(id="refused", territory="JP", license="LIC-UNKNOWN"),
        an_event(id="bad", quantity=1.5),
        an_event(id="late", time="2027-01-01T00:00:00Z"),
    ]
    counts = row_counts(door.database)
    foreseen = ask(door, sent)
    assert row_counts(door.database) == counts
    reported = door.report(sent)
    assert foreseen.status_code == reported.status_code == 207
    assert foreseen.json()["counts"] == reported.json()["counts"]
    for told, came in zip(foreseen.json()["results"], reported.json()["results"], strict=True):
        names = ("index", "id", "status", "reasons", "problem")
        assert [told.get(name) for name in names] == [came.get(name) for name in names]
        assert told.get("receipt") == (came.get("receipt") if came["id"] == "known" else None)
        is_priced = came["id"] == "new"
        assert [each["price_minor"] for each in told["subjects"]] == (
            ["12"] if is_priced else [None] if came["status"] in ("held", "refused") else []
        )


@pytest.mark.parametrize(
    ("body", "media_type", "headers"),
    [
        (an_event(), JSON, {}),
        ({"events": events(1)}, JSON, {}),
        (lines(events(1)), "application/x-ndjson", {}),
        (packed(events(1)), JSON, {"Content-Encoding": "gzip"}),
        (
            {
                "specversion": "1.0",
                "type": "generation",
                "source": "s",
                "id": "1",
                "time": an_event()["time"],
                "data": {
                    name: value
                    for name, value in an_event().items()
                    if name not in ("source", "id", "time")
                },
            },
            "application/cloudevents+json",
            {},
        ),
    ],
)
def test_every_form_of_a_report_can_be_previewed(
    door: Door, body: object, media_type: str, headers: dict[str, str]
) -> None:
    answer = ask(door, body, media_type, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["totals"] == [{"currency": "JPY", "exact_minor": "12", "amount_minor": 12}]


def test_a_price_that_follows_a_counter_says_so(door: Door) -> None:
    tiers = (NewTier(up_to="2", rate="12"), NewTier(up_to=None, rate="10"))
    line = builders.new_rate_line(tier_mode="marginal", tiers=tiers)
    granting.add_terms_version(
        door.database,
        license_reference="LIC-2026-001",
        terms=builders.new_terms(effective_from=NOW.replace(day=1), rate_lines=(line,)),
        recorded_at=NOW,
    )
    door.report(events(1))
    results = ask(door, [an_event(id=f"p-{number}") for number in range(2)]).json()["results"]
    assert [
        (
            each["warnings"],
            each["subjects"][0]["counter_before"],
            each["subjects"][0]["price_minor"],
        )
        for each in results
    ] == [(["counter_moves"], "1", "12"), (["counter_moves"], "2", "10")]


def test_an_event_of_which_a_part_is_charged_says_so(door: Door) -> None:
    builders.work(door.database, "umi-no-uta")
    event = an_event(subjects=[{"id": "umi-no-uta"}, {"id": "kaze-no-machi"}])
    (result,) = ask(door, event).json()["results"]
    assert (result["status"], result["warnings"]) == ("refused", ["charged_in_part"])
    assert [each["price_minor"] for each in result["subjects"]] == [None, "12"]


def test_nothing_that_could_be_taken_is_422_with_the_reasons(door: Door) -> None:
    answer = ask(door, [an_event(quantity="x")], language="ja")
    assert answer.status_code == 422
    (result,) = answer.json()["results"]
    assert (result["status"], result["subjects"], result["warnings"]) == ("invalid", [], [])
    assert result["problem"]["pointer"] == "/0/quantity"
    assert answer.headers["content-language"] == "ja"
    assert answer.json()["totals"] == []


@pytest.mark.parametrize(
    ("body", "media_type", "headers", "status", "code"),
    [
        (b"[{]", JSON, {}, 400, "body_not_json"),
        (b"", JSON, {}, 422, "no_events"),
        (events(1), "text/plain", {}, 415, "media_type_unsupported"),
        (events(1), JSON, {"Content-Encoding": "br"}, 415, "encoding_unsupported"),
        (b"x", JSON, {"Content-Encoding": "gzip"}, 400, "encoding_broken"),
        (packed(b" " * (17 << 20)), JSON, {"Content-Encoding": "gzip"}, 413, "body_too_large"),
        (b" " * (17 << 20), JSON, {}, 413, "body_too_large"),
        (b"[" + b",".join([b"1"] * 10_001) + b"]", JSON, {}, 413, "too_many_events"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_a_report_is(
    door: Door, body: object, media_type: str, headers: dict[str, str], status: int, code: str
) -> None:
    problem(ask(door, body, media_type, headers=headers), status, code)


def test_only_a_firm_that_may_report_previews(door: Door) -> None:
    problem(ask(door, events(1), key=None), 401, "key_missing")
    reading = builders.key(door.database, label="reading", scopes=["read"])
    problem(ask(door, events(1), key=reading), 403, "scope_missing")
    holder = builders.key(door.database, "hoshino")
    problem(ask(door, events(1), key=holder), 403, "not_a_licensee")


def test_what_is_answered_has_the_shape_that_is_described(door: Door) -> None:
    schemas = door.get("/v1/openapi.json", key=None).json()["components"]["schemas"]
    door.report(an_event(id="known"))
    answer = ask(door, [an_event(), an_event(id="known"), an_event(quantity=-1)]).json()
    _check(answer, schemas["PreviewAnswer"])
    for name, schema in (("lines", "Line"), ("totals", "Total"), ("shares", "Share")):
        for each in answer[name]:
            _check(each, schemas[f"Previewed{schema}"])
    for result in answer["results"]:
        _check(result, schemas["PreviewedResult"])
        for subject in result["subjects"]:
            _check(subject, schemas["PreviewedSubject"])


def _check(body: dict[str, Any], schema: dict[str, Any]) -> None:
    assert body.keys() <= schema["properties"].keys()
    assert set(schema["required"]) <= body.keys()


def test_the_address_takes_what_is_described_of_it_and_not_of_an_event_of_that_name(
    door: Door,
) -> None:
    answer = door.ask("OPTIONS", PREVIEW)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_what_a_report_would_warn_of_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    late = {"code": "late", "counted_in": "2026-11"}
    told = {"results": [{"index": 0, "id": "e", "status": "invalid", "warnings": [late]}]}
    monkeypatch.setattr(report_answers, "write", lambda *_, **__: json.dumps(told))
    nothing = Preview(
        generations=(), growths=(), shares=(), holders={}, subjects={}, quotas=(), previewed_at=NOW
    )
    event = InvalidEvent("e", "event_not_json", "", "")
    written, _ = preview_answers.write([event], nothing, language="en")
    (result,) = json.loads(written)["results"]
    assert (result["warnings"], result["counted_in"]) == (["late"], "2026-11")
