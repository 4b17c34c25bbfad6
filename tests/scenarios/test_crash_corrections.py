"""
A server is killed in the middle of committing a batch of corrections: all are made, or none.

Seeded, so that a run that fails can be told again by GENBO_SEED; only processes of its own are
killed.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any

import httpx
import pytest

from ledger.services import auditing
from ledger.store.database import Database, migrate, open_database
from tests import builders
from tests.api.reported import an_event
from tests.api.server import ServerProcess, private_server
from tests.services.firms import select

pytestmark = [pytest.mark.slow, pytest.mark.serial]

SEED = int(os.environ.get("GENBO_SEED") or (1 if os.environ.get("CI") else time.time_ns()))
KILLS = 1  # A week of runs kills at many moments.
CORRECTIONS = 500
SOURCE = an_event()["source"]


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


def test_a_batch_of_corrections_is_made_whole_or_not_at_all(
    server: ServerProcess, book: Database
) -> None:
    print(f"GENBO_SEED={SEED}")
    chance = Random(SEED)
    builders.license(book)
    headers = {"Authorization": f"Bearer {builders.key(book)}"}
    with httpx.Client(base_url=server.base_url, headers=headers, timeout=60) as client:
        server.start()
        draft = draw_up(client, 0)
        begun = time.monotonic()
        committed(client, draft)
        seconds = time.monotonic() - begun  # So long it takes when nobody is killed.
        for number in range(1, KILLS + 1):
            draft = draw_up(client, number)
            kill_while_committing(server, headers, draft, chance.uniform(0, seconds))
            before, after = number * CORRECTIONS, (number + 1) * CORRECTIONS
            is_made = count(book) == after
            assert is_made or count(book) == before
            assert broken(book) == {}
            server.start()
            path = commit_path(draft).removesuffix("/commit")
            assert client.get(path).json()["state"] == ("committed" if is_made else "open")
            receipts = committed(client, draft)
            assert committed(client, draft) == receipts
            check_receipts(book, receipts)
            assert count(book) == after
    assert broken(book) == {}


def commit_path(draft: str) -> str:
    return f"/v1/correction-batches/{draft}/commit"


def draw_up(client: httpx.Client, number: int) -> str:
    """Report a batch, and draw up a void of each of its events."""
    ids = [f"{number}-{index}" for index in range(CORRECTIONS)]
    reported = client.post("/v1/generations", json=[an_event(id=each) for each in ids])
    assert reported.status_code == 200, reported.text
    corrections = [
        {"id": each, "kind": "void", "reason": "test_data", "source": SOURCE} for each in ids
    ]
    drawn = client.post("/v1/correction-batches", json={"corrections": corrections})
    assert drawn.status_code == 201, drawn.text
    return str(drawn.json()["id"])


def kill_while_committing(
    server: ServerProcess, headers: dict[str, str], draft: str, seconds: float
) -> None:
    def commit() -> None:
        with suppress(httpx.TransportError):
            httpx.post(server.base_url + commit_path(draft), headers=headers, timeout=60)

    thread = threading.Thread(target=commit)
    thread.start()
    time.sleep(seconds)
    server.kill()
    thread.join(timeout=60)
    assert not thread.is_alive()
    time.sleep(0.5)  # What the database was still doing for the killed one comes to its end.


def committed(client: httpx.Client, draft: str) -> list[dict[str, Any]]:
    """Commit a draft, and return the receipts of its corrections, in order."""
    answer = client.post(commit_path(draft))
    assert answer.status_code == 200, answer.text
    return [each["receipt"] for each in answer.json()["corrections"]]


def check_receipts(book: Database, receipts: Sequence[dict[str, Any]]) -> None:
    """Check that every correction stands in the book where its receipt says."""
    number = receipts[0]["batch"]
    rows = select(
        book,
        "SELECT position, encode(content_hash, 'hex') AS leaf, encode(root, 'hex') AS root,"
        " encode(head, 'hex') AS head FROM correction JOIN batch USING (licensee_id, batch_number)"
        " WHERE batch_number = :number ORDER BY position",
        number=number,
    )
    assert [{"batch": number, **row._mapping} for row in rows] == list(receipts)


def count(book: Database) -> int:
    return int(select(book, "SELECT count(*) FROM correction")[0][0])


def broken(book: Database) -> dict[str, Any]:
    return {name: found for name, found in auditing.audit(book).items() if found}
