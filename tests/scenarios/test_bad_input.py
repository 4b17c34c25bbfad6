"""
What comes in over the wire may be anything: each is answered, little is kept, nobody else waits.

The server is the product's own program, and its memory is watched from outside.
"""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx
import psutil
import pytest

from ledger.store.database import Database, migrate, open_database
from locales.catalogues import LANGUAGES
from tests import builders
from tests.api.reported import JSON, LINES, an_event
from tests.api.server import ServerProcess, private_server
from tests.scenarios.bad_input import GZIP, MIB, REFUSED_ALONE, REFUSED_WHOLE, spelled
from tests.services.firms import select

pytestmark = [pytest.mark.slow, pytest.mark.serial]

#: What a server may grow by while it answers one request, bodies of 16 MiB among them.
GROWTH_MAX = 160 * MIB


@dataclass(frozen=True)
class Site:
    """A server that runs, its book, and the key of a firm."""

    server: ServerProcess
    database: Database
    key: str
    manager: str

    def send(self, content: Any, media_type: str = JSON, **headers: str) -> httpx.Response:
        """Report."""
        return self.post("/v1/generations", content, {"Content-Type": media_type, **headers})

    def post(
        self, path: str, content: Any, headers: dict[str, str], key: str | None = None
    ) -> httpx.Response:
        """Send a body."""
        sent = {"Authorization": f"Bearer {key or self.key}", **headers}
        url = f"{self.server.base_url}{path}"
        return httpx.post(url, content=content, headers=sent, timeout=60)

    def stored(self) -> set[str]:
        """Return the ids of the events in the book."""
        return {row[0] for row in select(self.database, "SELECT event_id FROM generation")}

    @contextmanager
    def little_growth(self) -> Iterator[None]:
        """Check that none of the server's processes grows much while the block runs."""
        processes = self.server.processes()
        before = {each.pid: each.memory_info().rss for each in processes}
        peaks = dict(before)
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(0.005):
                for each in processes:
                    with suppress(psutil.NoSuchProcess):
                        peaks[each.pid] = max(peaks[each.pid], each.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()
        grown = {pid: peak - before[pid] for pid, peak in peaks.items()}
        assert max(grown.values()) < GROWTH_MAX, grown


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One server for all of these; that it still answers is part of each."""
    with private_server() as server:
        database = open_database(None, server.folder / "data")
        migrate(database)
        builders.license(database)
        key = builders.key(database)
        manager = builders.key(database, label="manager", scopes=["manage", "read"])
        server.start()
        yield Site(server, database, key, manager)
        database.close()
        assert "Traceback" not in server.said


@pytest.fixture(autouse=True)
def is_well(site: Site) -> Iterator[None]:
    """Whatever came, nothing of it is in the book, and the next event is taken."""
    before = site.stored()
    yield
    answer = site.send(json.dumps(an_event(id=f"after-{len(before)}")))
    assert (answer.status_code, answer.json()["counts"]["accepted"]) == (200, 1)
    assert site.stored() - before <= {f"after-{len(before)}", *KEPT}


#: Events that are good, beside others that are not.
KEPT = {f"good-{number}" for number in range(1_000)}


def check_problem(problem: dict[str, Any], language: str) -> None:
    """Check that a problem says what, where, and in which words what to do."""
    assert problem["type"].endswith(problem["code"].replace("_", "-"))
    assert problem["title"]
    assert problem["detail"]
    assert len(problem["detail"]) < 1_500
    assert not (problem["title"] + problem["detail"]).isascii() or language == "en"


@pytest.mark.parametrize(("case", "language"), [*zip(REFUSED_WHOLE, cycle(LANGUAGES))])
def test_a_body_that_cannot_be_taken_is_refused_whole(site: Site, case: str, language: str) -> None:
    body, media_type, headers, status, code = REFUSED_WHOLE[case]
    with site.little_growth():
        answer = site.send(body, media_type, **{"Accept-Language": language, **headers})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    check_problem(answer.json(), language)


@pytest.mark.parametrize(("case", "language"), [*zip(REFUSED_ALONE, cycle(LANGUAGES))])
def test_an_event_that_cannot_be_taken_says_where_and_why(
    site: Site, case: str, language: str
) -> None:
    body, media_type, code, pointer = REFUSED_ALONE[case]
    headers = {"Accept-Language": language}
    with site.little_growth():
        answer = site.send(gzip.compress(body, 1), media_type, **GZIP, **headers)
    assert (answer.status_code, answer.json()["counts"]["invalid"]) == (422, 1)
    (result,) = answer.json()["results"]
    assert result["status"] == "invalid"
    problem = result["problem"]
    assert (problem["code"], problem["pointer"]) == (code, pointer)
    check_problem(problem, language)


@pytest.mark.parametrize(
    "line",
    [
        spelled()[:50],
        b"[" + spelled() + b"]",
        b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        spelled(id='"a\\ud800b"'),
        spelled(id='"?"').replace(b"?", b"\xff"),
        b"\0",
        b"x" * 100_000,
    ],
)
def test_the_seven_hundredth_line_costs_only_itself(site: Site, line: bytes) -> None:
    lines = [json.dumps(an_event(id=f"good-{number}")).encode() for number in range(1_000)]
    lines[699] = line
    answer = site.send(b"\n".join(lines), LINES)
    assert answer.status_code == 207
    statuses = [result["status"] for result in answer.json()["results"]]
    assert statuses.pop(699) == "invalid"
    assert set(statuses) <= {"accepted", "duplicate"}
    assert len(site.stored() & KEPT) == 999


#: Doors, and whose key opens them.
DOORS = {
    "/v1/generations": "key",
    "/v1/generations/preview": "key",
    "/v1/clearances": "key",
    "/v1/correction-batches": "key",
    "/v1/webhooks": "manager",
    "/v1/keys": None,  # Bodies are read before keys are asked for.
}
GIGABYTE = 1024 * MIB


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("length", [f"Content-Length: {GIGABYTE}", "Transfer-Encoding: chunked"])
def test_a_gigabyte_is_answered_before_its_end(site: Site, path: str, length: str) -> None:
    """At most a few times too much is read, however long the body is said to be."""
    holder = DOORS[path]
    key = getattr(site, holder) if holder else ""
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {JSON}", length]
    if key:
        head.append(f"Authorization: Bearer {key}")
    part = b" " * MIB
    if "chunked" in length:
        part = b"%x\r\n" % MIB + part + b"\r\n"
    address = ("127.0.0.1", site.server.port)
    with site.little_growth(), closing(socket.create_connection(address, 30)) as connection:
        answered: list[bytes] = []
        listener = threading.Thread(target=_listen, args=(connection, answered))
        listener.start()
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        sent = 0
        with suppress(ConnectionError):
            while sent < GIGABYTE and not answered:
                connection.sendall(part)
                sent += MIB
        listener.join()
    answer = b"".join(answered)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in answer
    assert sent < GIGABYTE / 8


def _listen(connection: socket.socket, answered: list[bytes]) -> None:
    """Listen until the other side hangs up."""
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            answered.append(part)


def test_whoever_is_slow_keeps_nobody_waiting(site: Site) -> None:
    body = json.dumps(an_event(id="slow")).encode()
    head = (
        f"POST /v1/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {site.key}\r\n"
        f"Content-Type: {JSON}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    slow = []
    try:
        for number in range(300):
            connection = socket.create_connection(("127.0.0.1", site.server.port), timeout=30)
            connection.sendall(head[:40] if number % 2 else head + body[:40])
            slow.append(connection)
        began = time.monotonic()
        for number in range(20):
            assert site.send(json.dumps(an_event(id=f"good-{number}"))).status_code == 200
        assert time.monotonic() - began < 15
    finally:
        for connection in slow:  # And all of them hang up in the middle.
            connection.close()
    assert "slow" not in site.stored()
