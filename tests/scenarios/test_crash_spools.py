"""
Servers, their workers, PostgreSQL and single connections of it are killed while firms report.

The firms' programs only record; their spools send whenever there is somebody to send to. In the
end every event is in the book once, and every receipt that anybody was ever given proves it.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random

import psutil
import pytest

from genbo_client import Client, Patience, Receipt, Result, verify_batch
from ledger.core.proof import EMPTY_HEAD
from ledger.services import auditing
from ledger.store import embedded
from ledger.store.clusters import find_cluster, find_postmaster
from ledger.store.database import Database, migrate, open_database
from tests import builders
from tests.api.doors import Event
from tests.api.reported import an_event
from tests.api.server import ServerProcess, private_server
from tests.scenarios.test_crash import SEED
from tests.services.firms import firm, select

pytestmark = [pytest.mark.slow, pytest.mark.serial]

FIRMS = ("studio-a", "studio-b")
SIZES = (1, 1, 3, 40, 400)
MANY = 4_000
KILLS = 4
SECONDS_TO_CALM_DOWN = 120

_PLACES = """
    SELECT event_id, batch_number, position, encode(content_hash, 'hex'), encode(root, 'hex'),
           encode(head, 'hex')
    FROM generation JOIN batch USING (licensee_id, batch_number)
    WHERE licensee_id = :firm
"""


class Program:
    """One firm's program: it records, and keeps what its spool is answered."""

    def __init__(self, database: Database, reference: str, folder: Path, base_url: str) -> None:
        builders.license(database, f"LIC-{reference}", licensee=reference)
        self.reference = reference
        self.recorded: dict[str, Event] = {}
        self.results: dict[str, list[Result]] = {}
        patience = Patience(base_seconds=0.02, wait_seconds_max=0.2)
        key = builders.key(database, reference)
        self._client = Client(base_url=base_url, key=key, patience=patience)
        self.spool = self._client.spool(folder, on_result=self._keep, sync_every_ms=20)

    def record_until(self, is_over: threading.Event, chance: Random) -> None:
        """Record a batch after another, in its own time; slowly once there are many."""
        while not is_over.wait(chance.uniform(0, 0.03)):
            size = chance.choice(SIZES) if len(self.recorded) < MANY else 1
            self.spool.record_all([self._new_event() for _ in range(size)])

    def close(self) -> None:
        """End the program."""
        self.spool.close(0)
        self._client.close()

    def _new_event(self) -> Event:
        event = an_event(
            id=f"{self.reference}-{len(self.recorded)}", license=f"LIC-{self.reference}"
        )
        self.recorded[event["id"]] = event
        return event

    def _keep(self, event: Event, result: Result) -> None:
        self.results.setdefault(event["id"], []).append(result)


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    """A server of a private book, not started yet."""
    with private_server() as server:
        yield server


@pytest.fixture
def book(server: ServerProcess) -> Iterator[Database]:
    """The same book, open here too."""
    database = open_database(None, server.folder / "data")
    migrate(database)
    yield database
    database.close()


@contextmanager
def reporting(
    book: Database, server: ServerProcess, folder: Path, chance: Random
) -> Iterator[list[Program]]:
    """Let the firms report while the block runs, and until all of it is answered."""
    is_over = threading.Event()
    with ExitStack() as stack:
        programs = []
        for reference in FIRMS:
            program = Program(book, reference, folder / reference, server.base_url)
            stack.callback(program.close)
            programs.append(program)
        threads = [
            threading.Thread(target=program.record_until, args=(is_over, Random(chance.random())))
            for program in programs
        ]
        for thread in threads:
            thread.start()
        try:
            yield programs
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        for program in programs:
            assert program.spool.flush(SECONDS_TO_CALM_DOWN), program.spool.trouble


def check(book: Database, program: Program) -> None:
    """Check that all that was recorded is there once, and that every receipt is true."""
    studio = firm(book, program.reference)
    studio.check_chain()
    rows = select(book, _PLACES, firm=studio.id)
    assert Counter(row[0] for row in rows) == Counter(list(program.recorded))
    assert set(program.results) == set(program.recorded)
    stored = {event_id: tuple(place) for event_id, *place in rows}
    batches: dict[int, list[Receipt]] = {}
    for event_id, results in program.results.items():
        assert {result.status for result in results} <= {"accepted", "duplicate"}
        (receipt,) = {result.receipt for result in results}
        assert receipt is not None
        receipt.verify(program.recorded[event_id])
        place = (receipt.batch, receipt.position, receipt.leaf, receipt.root, receipt.head)
        assert stored[event_id] == place
        batches.setdefault(receipt.batch, []).append(receipt)
    head = EMPTY_HEAD.hex()
    for number in sorted(batches):
        receipts = sorted(batches[number], key=lambda receipt: receipt.position)
        verify_batch(receipts, previous_head=head)
        head = receipts[0].head


def check_all(book: Database, programs: list[Program]) -> None:
    """Check every firm's log, and the book as a whole."""
    for program in programs:
        check(book, program)
    broken = {name: found for name, found in auditing.audit(book).items() if found}
    assert broken == {}


def test_what_a_spool_has_survives_every_kill_of_the_server(
    server: ServerProcess, book: Database, tmp_path: Path
) -> None:
    print(f"GENBO_SEED={SEED}")
    chance = Random(SEED)
    server.start()
    with reporting(book, server, tmp_path, chance) as programs:
        for number in range(KILLS):
            time.sleep(chance.uniform(0.1, 1.5))
            if number % 2:
                server.kill()
                time.sleep(chance.uniform(0, 0.3))
                server.start()
            else:
                server.kill_worker()
    assert all(len(program.recorded) > KILLS for program in programs)
    check_all(book, programs)
    assert "Traceback" not in server.said


def test_what_a_spool_has_survives_every_kill_of_the_database(
    server: ServerProcess, book: Database, tmp_path: Path
) -> None:
    print(f"GENBO_SEED={SEED}")
    chance = Random(SEED)
    server.start()
    kills: list[Callable[[Path, Random], None]] = [kill_connection, kill_postmaster]
    with reporting(book, server, tmp_path, chance) as programs:
        for number in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.5))
            kills[number % 2](server.folder / "data", chance)
    check_all(book, programs)
    assert "Traceback" not in server.said


def kill_postmaster(folder: Path, chance: Random) -> None:
    """Kill PostgreSQL, and start it again as whoever opens the book next does."""
    os.kill(_postmaster(folder).pid, signal.SIGKILL)
    time.sleep(chance.uniform(0, 0.3))
    embedded.start(folder).close()


def kill_connection(folder: Path, chance: Random) -> None:
    """Kill one of the processes that write; PostgreSQL drops all others and recovers."""
    deadline = time.monotonic() + SECONDS_TO_CALM_DOWN
    while not (serving := _connections(folder)):  # They come back once it has recovered.
        assert time.monotonic() < deadline
        time.sleep(0.05)
    chance.choice(serving).kill()


def _connections(folder: Path) -> list[psutil.Process]:
    """Return the processes that serve a connection."""
    found = []
    for each in _postmaster(folder).children():
        with suppress(psutil.NoSuchProcess):
            if "genbo genbo" in " ".join(each.cmdline()):
                found.append(each)
    return found


def _postmaster(folder: Path) -> psutil.Process:
    found = find_postmaster(find_cluster(folder / "postgres"))
    assert found is not None
    return psutil.Process(found.process)
