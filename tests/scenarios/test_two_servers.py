"""
Two servers on one book, and many programs at once: each event once, each answer the same story.

And programs that hang up in the middle of what they say, or before they are answered.
"""

import json
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from threading import Barrier
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.core.period import Month
from ledger.services import auditing, closing
from ledger.store.database import Database
from tests import builders
from tests.api.doors import NOW, Event, events
from tests.api.reported import an_event
from tests.services.firms import firm, select

THREADS = 6
JULY = datetime(2026, 7, 10, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Doors:
    """The addresses of servers that know nothing of one another, and a firm's key."""

    database: Database
    addresses: Sequence[str]
    key: str

    def report(self, number: int, batch: Sequence[Event]) -> dict[str, Any]:
        """Report at one of the servers."""
        url = self.addresses[number % len(self.addresses)] + "/v1/generations"
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.post(url, json=list(batch), headers=headers, timeout=30)
        assert answer.status_code in (200, 207, 422), answer.text
        told: dict[str, Any] = answer.json()
        return told

    def at_once(self, batches: Sequence[Sequence[Event]]) -> list[list[dict[str, Any]]]:
        """Report batches at the same moment, at one server and another in turn."""
        ready = Barrier(len(batches))

        def send(number: int) -> list[dict[str, Any]]:
            ready.wait(timeout=30)
            results: list[dict[str, Any]] = self.report(number, batches[number])["results"]
            return results

        with ThreadPoolExecutor(len(batches)) as senders:
            return list(senders.map(send, range(len(batches))))

    def check(self, ids: set[str]) -> None:
        """Check that the book has these events once, one unbroken chain, and no violation."""
        studio = firm(self.database)
        studio.check_chain()
        rows = select(self.database, "SELECT event_id FROM generation")
        assert Counter(row[0] for row in rows) == Counter(list(ids))
        broken = {name: found for name, found in auditing.audit(self.database).items() if found}
        assert broken == {}


@pytest.fixture
def doors(database: Database) -> Iterator[Doors]:
    """Two servers, and a firm with a license."""
    builders.license(database)
    key = builders.key(database)
    with ExitStack() as stack:
        apps = [create_app(Context(database, clock=DemoClock(NOW))) for _ in range(2)]
        addresses = [stack.enter_context(listening(app)) for app in apps]
        yield Doors(database, addresses, key)


@pytest.mark.parametrize("count", [1, 30, 400])
def test_the_same_batch_from_everybody_is_taken_once(doors: Doors, count: int) -> None:
    """Small batches that share a commit, and large ones that have their own."""
    batch = events(count)
    answers = doors.at_once([batch] * THREADS)
    for told in zip(*answers, strict=True):
        statuses = Counter(result["status"] for result in told)
        assert statuses == {"accepted": 1, "duplicate": THREADS - 1}
        assert len({json.dumps(result["receipt"]) for result in told}) == 1
    doors.check({event["id"] for event in batch})


def test_batches_that_overlap_are_taken_once(doors: Doors) -> None:
    chance = Random(11)
    all_events = events(200)
    batches = [chance.sample(all_events, chance.choice((5, 90, 150))) for _ in range(THREADS * 2)]
    answers = doors.at_once(batches)
    receipts: dict[str, set[str]] = {}
    accepted: Counter[str] = Counter()
    for results in answers:
        for result in results:
            assert result["status"] in ("accepted", "duplicate")
            accepted[result["id"]] += result["status"] == "accepted"
            receipts.setdefault(result["id"], set()).add(json.dumps(result["receipt"]))
    assert set(accepted.values()) == {1}
    assert {len(told) for told in receipts.values()} == {1}
    doors.check(set(accepted))


def test_of_many_stories_about_one_event_one_is_kept(doors: Doors) -> None:
    stories = [
        [an_event(id="told", quantity=str(number)), an_event(id=f"own-{number}")]
        for number in range(THREADS)
    ]
    answers = doors.at_once(stories)
    told = Counter(results[0]["status"] for results in answers)
    assert told == {"accepted": 1, "conflict": THREADS - 1}
    assert {results[1]["status"] for results in answers} == {"accepted"}
    won = next(index for index, results in enumerate(answers) if results[0]["status"] == "accepted")
    for results in answers:
        if results[0]["status"] == "conflict":
            assert results[0]["problem"]["fields"] == ["quantity"]
            assert results[0]["receipt"] == answers[won][0]["receipt"]
    ((quantity,),) = select(
        doors.database, "SELECT quantity FROM generation WHERE event_id = 'told'"
    )
    assert quantity == won
    doors.check({"told", *(f"own-{number}" for number in range(THREADS))})


def test_a_month_that_closes_meanwhile_has_an_event_or_has_not(doors: Doors) -> None:
    """What was accepted before the closing is charged with the month; nothing is in between."""
    july = Month.of(JULY)
    batches = [
        [an_event(id=f"{number}-{index}", time=JULY.isoformat()) for index in range(20)]
        for number in range(THREADS * 4)
    ]
    doors.report(0, [an_event(id="first", time=JULY.isoformat())])
    with ThreadPoolExecutor(THREADS + 1) as pool:
        sending = [pool.submit(doors.report, number, each) for number, each in enumerate(batches)]
        time.sleep(0.1)
        closed = closing.close_month(doors.database, month=july, closed_by="keiri", closed_at=NOW)
        answers = [each.result()["results"] for each in sending]
    charged = sum(line.generation_count for line in closed.lines)
    in_month = select(
        doors.database,
        "SELECT event_id FROM generation JOIN batch USING (licensee_id, batch_number)"
        " WHERE counted_month IS NULL",
    )
    assert charged == closed.generation_count == len(in_month)
    kept = {
        result["id"] for results in answers for result in results if result["status"] == "accepted"
    }
    doors.check({"first", *kept})
    again = [doors.report(1, batch)["results"] for batch in batches]
    for before, after in zip(answers, again, strict=True):
        for first, second in zip(before, after, strict=True):
            assert first.get("receipt") in (None, second.get("receipt"))


def test_whoever_hangs_up_is_told_the_same_afterwards(doors: Doors) -> None:
    """Half a body is nothing; a whole one may be in the book, and then it is there once."""
    sent = []
    for number in range(30):
        batch = [an_event(id=f"{number}-{index}") for index in range((1, 5, 150)[number % 3])]
        body = json.dumps(batch).encode()
        until = len(body) if number % 2 else len(body) // 2
        head = (
            f"POST /v1/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {doors.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        host, _, port = doors.addresses[number % 2].removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + body[:until])
        sent.append(batch)
    time.sleep(0.5)
    stored = {row[0] for row in select(doors.database, "SELECT event_id FROM generation")}
    assert not stored & {event["id"] for batch in sent[::2] for event in batch}
    for number, batch in enumerate(sent):
        statuses = {result["status"] for result in doors.report(number, batch)["results"]}
        assert statuses <= {"accepted", "duplicate"}
    doors.check({event["id"] for batch in sent for event in batch})
