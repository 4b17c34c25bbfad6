"""The reporter: batches out, results in order, and patience with a server that is away."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import genbo_client
from api.client import BatchLimits, Client, Event, Patience, ServerRefused
from api.client.batches import GZIP_ABOVE_BYTES, body_of, cut
from api.demo.hosting import DemoClock, served
from api.events import BODY_BYTES_MAX, EVENTS_MAX
from ledger.store.database import Database
from tests import builders
from tests.api.fakes import FakeServer, asking_to_wait, problem
from tests.api.reported import an_event
from tests.api.test_client_generation import AT, a_generation
from tests.refusals import refusal

URL = "http://genbo"
LOST = httpx.ConnectError("connection refused")
RETRY_AFTER_MAX = Patience().retry_after_seconds_max


def a_client(server: FakeServer, waits: list[float] | None = None, **given: Any) -> Client:
    slept = [] if waits is None else waits
    return Client(base_url=URL, key="gb_test_x", transport=server, sleep=slept.append, **given)


def events(count: int) -> list[dict[str, Any]]:
    return [an_event(id=str(number)) for number in range(count)]


def test_results_come_back_in_order_over_all_batches() -> None:
    server = FakeServer()
    with a_client(server, limits=BatchLimits(events=3)) as client:
        answer = client.report(events(8))
    assert [len(batch) for batch in server.batches] == [3, 3, 2]
    assert [(result.index, result.id) for result in answer.results] == [
        (number, str(number)) for number in range(8)
    ]
    assert answer.counts["accepted"] == 8
    assert sum(answer.counts.values()) == 8


def test_each_event_is_handed_over_with_its_result() -> None:
    server = FakeServer()
    server.told["2"] = {"status": "invalid", "problem": {"pointer": "/0/quantity"}}
    told: list[tuple[Any, Any]] = []
    sent: list[Event] = [a_generation(id="1"), an_event(id="2"), a_generation(id="3")]
    with a_client(server, limits=BatchLimits(events=1)) as client:
        counts = client.report_each(iter(sent), on_result=lambda *each: told.append(each))
    assert [event for event, _ in told] == sent
    assert [result.status for _, result in told] == ["accepted", "invalid", "accepted"]
    assert told[1][1].problem.pointer == "/1/quantity"  # Of all events, not of its batch.
    assert (counts["accepted"], counts["invalid"]) == (2, 1)


def test_nothing_is_sent_for_no_events() -> None:
    server = FakeServer()
    with a_client(server) as client:
        assert client.report([]).results == []
    assert server.requests == []


def test_who_asks_and_in_which_language_is_said() -> None:
    server = FakeServer()
    with a_client(server, language="ja") as client:
        client.report(events(1))
    (request,) = server.requests
    assert request.headers["Authorization"] == "Bearer gb_test_x"
    assert request.headers["Accept-Language"] == "ja"
    assert "Content-Encoding" not in request.headers


# Batches.


@settings(max_examples=50)
@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=30),
    st.integers(1, 10),
    st.integers(1, 100),
)
def test_batches_keep_the_limits_and_the_order(encoded: list[bytes], count: int, size: int) -> None:
    batches = list(cut(iter(encoded), BatchLimits(events=count, bytes=size)))
    assert [event for batch in batches for event in batch] == encoded
    for batch in batches:
        assert 1 <= len(batch) <= count
        assert len(batch) == 1 or len(b",".join(batch)) + 2 <= size


def test_an_event_no_request_could_carry_is_refused() -> None:
    largest = b" " * (BODY_BYTES_MAX - 2)
    assert list(cut([largest], BatchLimits())) == [[largest]]
    with refusal("event_oversized", None):
        list(cut([largest + b" "], BatchLimits()))


@pytest.mark.parametrize("limits", [{"events": EVENTS_MAX + 1}, {"bytes": BODY_BYTES_MAX + 1}])
def test_limits_beyond_those_of_the_api_are_a_bug(limits: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        BatchLimits(**limits)


def test_a_large_body_is_compressed_and_a_small_one_is_not() -> None:
    event = json.dumps(an_event()).encode()
    body, headers = body_of([event])
    assert (body, headers) == (b"[" + event + b"]", {"Content-Type": "application/json"})
    many = [event] * (GZIP_ABOVE_BYTES // len(event) + 1)
    body, headers = body_of(many)
    assert headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(body))) == len(many)
    assert len(body) < GZIP_ABOVE_BYTES / 5


# Patience.


@pytest.mark.parametrize(
    "failure",
    [
        *(LOST, httpx.ReadTimeout("timed out"), httpx.RemoteProtocolError("closed")),
        *(408, 425, 429, 500, 502, 503, 504),
        lambda _: httpx.Response(200, text="<html>Sign in</html>"),  # Somebody else's page.
        lambda _: httpx.Response(302, headers={"Location": "https://login.example"}),
        lambda _: httpx.Response(200, json={"results": [], "counts": {}}),  # Not all of them.
        lambda _: httpx.Response(200, json={"results": [{"index": 1, "status": "accepted"}]}),
    ],
)
def test_what_is_no_answer_is_asked_again(failure: Any) -> None:
    waits: list[float] = []
    server = FakeServer(failure, failure)
    with a_client(server, waits) as client:
        assert client.report(events(1)).counts["accepted"] == 1
    assert len(server.requests) == 3
    assert len(waits) == 2


def test_an_answer_that_was_lost_comes_back_as_a_duplicate() -> None:
    server = FakeServer()

    def takes_and_falls_silent(request: httpx.Request) -> httpx.Response:
        server.take(request)
        raise httpx.ReadError("connection reset")

    server._script = iter([takes_and_falls_silent])
    with a_client(server) as client:
        assert client.report(events(2)).counts["duplicate"] == 2
    assert len(server.known) == 2


def test_waits_are_drawn_up_to_a_growing_bound() -> None:
    patience = Patience(base_seconds=1, wait_seconds_max=10)
    bounds = [2, 4, 8, 10, 10]
    for failures, bound in enumerate(bounds, start=1):
        drawn = [patience.wait_seconds(failures) for _ in range(300)]
        assert 0 <= min(drawn) < bound * 0.1  # Full jitter: from nothing
        assert bound * 0.9 < max(drawn) <= bound  # to the bound.
    assert patience.wait_seconds(10_000) <= 10


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7", 7, 9),
        ("99999999999", RETRY_AFTER_MAX, RETRY_AFTER_MAX + 2),  # Not for years.
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 2),  # It is over.
        ("Wed, 21 Oct 2215 07:28:00 GMT", RETRY_AFTER_MAX, RETRY_AFTER_MAX + 2),
        ("soon", 0, 2),
    ],
)
def test_a_wait_that_is_asked_for_is_kept(value: str, least: int, most: int) -> None:
    waits: list[float] = []
    patience = Patience(base_seconds=1, wait_seconds_max=2)
    with a_client(FakeServer(asking_to_wait(value)), waits, patience=patience) as client:
        client.report(events(1))
    assert least <= waits[0] <= most


def test_a_server_that_stays_away_is_told_in_the_end() -> None:
    waits: list[float] = []
    server = FakeServer(*[LOST] * 5)
    with (
        a_client(server, waits, patience=Patience(tries=5)) as client,
        refusal("server_away", None) as caught,
    ):
        client.report(events(1))
    assert caught[0].values == {"url": URL, "reason": "connection refused"}
    assert (len(server.requests), len(waits)) == (5, 4)


def test_what_was_answered_before_the_server_went_away_was_handed_over() -> None:
    told: list[Any] = []
    server = FakeServer(lambda request: server.take(request), LOST)
    patience = Patience(tries=1)
    limits = BatchLimits(events=2)
    with (
        a_client(server, patience=patience, limits=limits) as client,
        refusal("server_away", None),
    ):
        client.report_each(events(4), on_result=lambda _, result: told.append(result.id))
    assert told == ["0", "1"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422])
def test_a_refusal_of_the_whole_request_is_not_asked_again(status: int) -> None:
    server = FakeServer(problem(status))
    with a_client(server) as client, refusal("server_refused", None) as caught:
        client.report(events(1))
    (refused,) = caught
    assert isinstance(refused, ServerRefused)
    assert (refused.status, refused.problem) == (status, "key_unknown")
    assert refused.values["detail"] == "Ask the operator."
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", ["", "<html>", "[]"])
def test_a_refusal_without_a_problem_is_told_by_its_status(body: str) -> None:
    server = FakeServer(lambda _: httpx.Response(403, text=body))
    with a_client(server) as client, refusal("server_refused", None) as caught:
        client.report(events(1))
    assert caught[0].values == {"status": "403", "title": "HTTP 403", "detail": "Forbidden"}


# What an answer may hold.


def test_members_that_a_newer_server_adds_are_left_out() -> None:
    told = {"index": 0, "id": "1", "status": "accepted", "reasons": ["license_winding_down"]}
    late = {"warnings": [{"code": "late", "counted_in": "2026-11"}], "colour": "red"}
    answer = {"results": [told | late], "counts": {}, "more": 1}
    server = FakeServer(lambda _: httpx.Response(200, json=answer))
    with a_client(server) as client:
        (result,) = client.report(events(1)).results
    assert (result.status, result.codes) == ("accepted", ("license_winding_down",))
    assert [(each.code, each.counted_in) for each in result.warnings] == [("late", "2026-11")]
    assert not result.is_rejected


# The real server.


@pytest.mark.serial
def test_the_real_server_takes_what_the_client_sends(database: Database) -> None:
    builders.license(database)
    key = builders.key(database)
    sent = [a_generation(id=str(number)) for number in range(250)]
    sent.append(a_generation(id="x", license="LIC-OTHER"))
    with (
        served(database, DemoClock(AT)) as url,
        Client(base_url=url, key=key, limits=BatchLimits(events=100)) as client,
    ):
        first = client.report(sent)
        second = client.report(sent)
    assert (first.counts["accepted"], first.counts["refused"]) == (250, 1)
    assert first.results[-1].reasons == ("license_unknown",)
    assert second.counts["duplicate"] == 251
    receipts = [result.receipt for result in first.results]
    assert [result.receipt for result in second.results] == receipts
    assert {receipt.batch for receipt in receipts if receipt} == {1, 2, 3}


# The price of the package.

_IMPORT = """
import sys, time
started = time.process_time()
import genbo_client
spent = time.process_time() - started
heavy = {"alembic", "babel", "fastapi", "psycopg", "pydantic", "sqlalchemy", "sqlmodel"}
heavy |= {"asyncio", "httpx", "rich", "stripe", "typer", "uvicorn", "weasyprint"}
loaded = {name.partition(".")[0] for name in sys.modules}
ours = {"__main__", "api", "genbo_client", "ledger"}
ours |= {"msgspec", "typing_extensions"}  # msgspec's own, if there
others = {name for name in loaded if name not in sys.stdlib_module_names}
print(spent, sorted(loaded & heavy), sorted(others - ours))
"""


def test_importing_the_client_is_quick_and_brings_no_server() -> None:
    # As it was installed, without what an editable installation looks for at start-up.
    places = [*sys.path, str(Path(genbo_client.__file__).parents[1])]
    told = [
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path = {places!r}\n{_IMPORT}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split(" ", 1)
        for _ in range(3)
    ]
    assert {modules.strip() for _, modules in told} == {"[] []"}
    assert min(float(spent) for spent, _ in told) < 0.15
