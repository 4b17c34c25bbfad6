"""
A reporting program is killed at random moments: every event it promised is there exactly once.

Once at a server that drops connections and fails at random, where each request is seen; once at
the real one, where the book is counted.
"""

import gzip
import json
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.demo.hosting import DemoClock, served
from ledger.store.database import Database
from tests import builders
from tests.api.test_client_generation import AT
from tests.scenarios.spooling import event_id

EVENTS = 3_000
KILLS = 4


def run_and_kill(folder: Path, url: str, key: str, chance: random.Random) -> None:
    """Run the program until it is done, killing it several times on the way."""
    first = 0
    for _ in range(KILLS):
        first = _run(folder, url, key, first, kill_after=chance.randrange(1, EVENTS // KILLS))
    assert _run(folder, url, key, first, kill_after=None) == EVENTS


def _run(folder: Path, url: str, key: str, first: int, *, kill_after: int | None) -> int:
    """Run the program once; return the number after the last that it promised."""
    program = [sys.executable, "-m", "tests.scenarios.spooling", str(folder), url, key]
    child = subprocess.Popen([*program, str(first), str(EVENTS)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = [""]
    for line in child.stdout:
        said.append(line.strip())
        if kill_after is not None and len(said) > kill_after:
            child.kill()
            said += [line.strip() for line in child.stdout]
    child.wait()
    child.stdout.close()
    if kill_after is None:
        assert said[-1] == "all"
    numbers = [int(line) for line in said if line.isdecimal()]
    return numbers[-1] + 1 if numbers else first


class _Flaky(BaseHTTPRequestHandler):
    """Takes each identity once; one request in three fails, before or after it is taken."""

    protocol_version = "HTTP/1.1"
    chance = random.Random(7)
    taken: Counter[str]
    lock: threading.Lock

    def do_POST(self) -> None:
        """Answer a report, or not."""
        events = json.loads(self._body())
        fate = self.chance.randrange(9)
        if fate == 0:
            self.close_connection = True
            return
        if fate == 1:
            self._answer(503, {})
            return
        with self.lock:
            results = [self._take(index, event) for index, event in enumerate(events)]
        if fate == 2:
            self.close_connection = True
            return
        self._answer(200, {"results": results, "counts": {}})

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        return gzip.decompress(body) if is_packed else body

    def _take(self, index: int, event: dict[str, Any]) -> dict[str, Any]:
        status = "duplicate" if event["id"] in self.taken else "accepted"
        self.taken[event["id"]] += status == "accepted"
        return {"index": index, "id": event["id"], "status": status}

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def flaky_server() -> Iterator[tuple[str, Counter[str]]]:
    taken: Counter[str] = Counter()
    handler = type("Flaky", (_Flaky,), {"taken": taken, "lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_program_loses_nothing_at_a_flaky_server(tmp_path: Path, seed: int) -> None:
    with flaky_server() as (url, taken):
        run_and_kill(tmp_path / "spool", url, "gb_test_x", random.Random(seed))
    assert taken == Counter(event_id(number) for number in range(EVENTS))
    assert not (tmp_path / "spool" / "rejects.ndjson").exists()


@pytest.mark.slow
@pytest.mark.serial
def test_a_killed_program_finds_every_event_once_in_the_book(
    database: Database, owner: psycopg.Connection, tmp_path: Path
) -> None:
    builders.license(database)
    key = builders.key(database)
    with served(database, DemoClock(AT)) as url:
        run_and_kill(tmp_path / "spool", url, key, random.Random(3))
    recorded = owner.execute("SELECT event_id FROM generation").fetchall()
    assert Counter(row[0] for row in recorded) == Counter(
        event_id(number) for number in range(EVENTS)
    )
