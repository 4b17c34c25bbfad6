"""Reporting through a spool: everything goes out once there is a server, in order, once."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.client import BatchLimits, Client, Patience, SpooledReporter
from tests.api.fakes import FakeServer, asking_to_wait, problem
from tests.api.reported import an_event
from tests.api.test_client_generation import a_generation
from tests.refusals import refusal

LOST = httpx.ConnectError("connection refused")
SOON = Patience(base_seconds=0.001, wait_seconds_max=0.01)


def a_reporter(folder: Path, server: FakeServer, **given: Any) -> SpooledReporter:
    limits = given.pop("limits", BatchLimits())
    client = Client(
        base_url="http://genbo", key="gb_test_x", transport=server, patience=SOON, limits=limits
    )
    return client.spool(folder, **{"linger_seconds": 0.005, "sync_every_ms": 1_000, **given})


def ids(server: FakeServer) -> list[str]:
    return [event["id"] for batch in server.batches for event in batch]


def rejects(folder: Path) -> list[Any]:
    path = folder / "rejects.ndjson"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_events_go_out_in_order_and_in_batches(tmp_path: Path) -> None:
    server = FakeServer()
    with a_reporter(tmp_path, server, limits=BatchLimits(events=10)) as reporter:
        reporter.record_all(a_generation(id=str(number)) for number in range(35))
        reporter.record(an_event(id="35"))
        assert reporter.flush(10)
        assert (reporter.waiting, reporter.trouble) == (0, None)
    assert ids(server) == [str(number) for number in range(36)]
    assert max(len(batch) for batch in server.batches) == 10


def test_a_server_that_comes_and_goes_loses_nothing(tmp_path: Path) -> None:
    server = FakeServer(LOST, 503, LOST, asking_to_wait("0"), 500, LOST)
    with a_reporter(tmp_path, server) as reporter:
        reporter.record_all(an_event(id=str(number)) for number in range(5))
        assert reporter.flush(10)
    assert sorted(server.known) == [str(number) for number in range(5)]


def test_what_could_not_be_sent_is_sent_by_the_next_program(tmp_path: Path) -> None:
    away = FakeServer(*[LOST] * 10_000)
    reporter = a_reporter(tmp_path, away)
    reporter.record(an_event(id="1"))
    assert not reporter.flush(0.1)
    assert reporter.trouble is not None
    assert reporter.trouble.code == "server_away"
    assert not reporter.close(0.05)
    back = FakeServer()
    with a_reporter(tmp_path, back) as reporter:
        assert reporter.flush(10)
    assert ids(back) == ["1"]


def test_a_lost_answer_is_asked_for_again(tmp_path: Path) -> None:
    server = FakeServer()

    def takes_and_falls_silent(request: httpx.Request) -> httpx.Response:
        server.take(request)
        raise httpx.ReadError("connection reset")

    server._script = iter([takes_and_falls_silent])
    with a_reporter(tmp_path, server) as reporter:
        reporter.record(an_event(id="1"))
        assert reporter.flush(10)
    assert ids(server) == ["1", "1"]
    assert rejects(tmp_path) == []


@pytest.mark.parametrize(
    ("told", "is_rejected"),
    [
        ({"status": "refused", "reasons": ["license_unknown"]}, True),
        ({"status": "conflict", "problem": {"code": "identity_conflict"}}, True),
        ({"status": "invalid", "problem": {"code": "time_in_future"}}, True),
        # The answer to the first report was lost; this is the answer to the second.
        ({"status": "duplicate", "reasons": ["license_unknown"]}, True),
        ({"status": "duplicate", "reasons": ["quantity_unknown"]}, False),  # It is held.
        ({"status": "duplicate", "reasons": ["license_winding_down"]}, False),  # It earns.
        ({"status": "duplicate", "reasons": []}, False),
        ({"status": "held", "reasons": ["quantity_unknown"]}, False),
    ],
)
def test_what_will_never_be_counted_is_written_down(
    tmp_path: Path, told: dict[str, Any], is_rejected: bool
) -> None:
    server = FakeServer()
    server.told["2"] = told
    with a_reporter(tmp_path, server) as reporter:
        reporter.record_all(an_event(id=number) for number in "123")
        assert reporter.flush(10)
    written = [(each["event"], each["result"]) for each in rejects(tmp_path)]
    expected = (an_event(id="2"), {"index": 1, "id": "2", **told})
    assert written == ([expected] if is_rejected else [])


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_event_that_spoils_every_request_is_found_and_rejected(
    tmp_path: Path, status: int
) -> None:
    server = FakeServer()

    def take(request: httpx.Request) -> httpx.Response:
        is_spoiled = b'"id":"13"' in request.content
        return problem(status, "spoiled")(request) if is_spoiled else server.take(request)

    server._script = iter([take] * 1_000)
    with a_reporter(tmp_path, server) as reporter:
        reporter.record_all(an_event(id=str(number)) for number in range(40))
        assert reporter.flush(20)
    assert sorted(server.known) == sorted(str(number) for number in range(40) if number != 13)
    (told,) = rejects(tmp_path)
    assert told["event"]["id"] == told["result"]["id"] == "13"
    assert told["result"]["problem"]["code"] == "spoiled"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_key_that_is_refused_keeps_the_events(tmp_path: Path, status: int) -> None:
    server = FakeServer(*[problem(status)] * 20)
    with a_reporter(tmp_path, server) as reporter:
        reporter.record(an_event(id="1"))
        assert reporter.flush(10)  # The key was mended in the meantime.
    assert ids(server) == ["1"]
    assert len(server.requests) == 21
    assert rejects(tmp_path) == []


def test_results_are_handed_over_in_order(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    with a_reporter(
        tmp_path,
        FakeServer(),
        on_result=lambda event, result: told.append((event["id"], result.status)),
    ) as reporter:
        reporter.record_all(an_event(id=number) for number in "123")
        assert reporter.flush(10)
    assert told == [("1", "accepted"), ("2", "accepted"), ("3", "accepted")]


def test_a_callback_that_fails_costs_no_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(event: dict[str, Any], result: Any) -> None:
        raise RuntimeError(event["id"])

    server = FakeServer()
    with a_reporter(tmp_path, server, on_result=fails) as reporter:
        reporter.record_all(an_event(id=number) for number in "12")
        assert reporter.flush(10)
    assert ids(server) == ["1", "2"]
    assert "on_result failed for event 1" in caplog.text


def test_an_event_that_is_no_event_is_not_kept(tmp_path: Path) -> None:
    with a_reporter(tmp_path, FakeServer()) as reporter:
        with refusal("generation_invalid", "quantity"):
            reporter.record_all([an_event(id="1"), an_event(id="2", quantity=1.5)])
        assert reporter.waiting == 0


def test_a_full_spool_is_told_and_empties_again(tmp_path: Path) -> None:
    gate = threading.Event()
    server = FakeServer()

    def waits(request: httpx.Request) -> httpx.Response:
        gate.wait(10)
        return server.take(request)

    server._script = iter([waits])
    with a_reporter(tmp_path, server, bytes_max=3_000) as reporter:
        kept = _fill(lambda number: reporter.record(an_event(id=str(number))))
        gate.set()
        assert reporter.flush(10)
        reporter.record(an_event(id="after"))
        assert reporter.flush(10)
    assert sorted(server.known) == sorted([*map(str, range(kept)), "after"])


def _fill(record: Callable[[int], None]) -> int:
    kept = 0
    with refusal("spool_full", None):
        while True:
            record(kept)
            kept += 1
    return kept


def test_a_fault_of_ours_is_not_hidden(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    reporter = a_reporter(tmp_path, FakeServer(breaks))
    reporter.record(an_event(id="1"))
    with pytest.raises(ZeroDivisionError):
        reporter.flush(10)
    with pytest.raises(ZeroDivisionError):
        reporter.record(an_event(id="2"))
    with pytest.raises(ZeroDivisionError):
        reporter.close()
    server = FakeServer()
    with a_reporter(tmp_path, server) as reporter:  # The folder is free, the event is there.
        assert reporter.flush(10)
    assert ids(server) == ["1"]
