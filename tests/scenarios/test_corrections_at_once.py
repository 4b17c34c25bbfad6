"""Corrections told to two servers at the same moment: one is made, and all hear of the same one."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.services import auditing
from ledger.store.database import Database
from tests import builders
from tests.api.doors import NOW
from tests.api.reported import an_event
from tests.services.firms import select

THREADS = 6
IDS = tuple(f"made-{number}" for number in range(40))
SOURCE = an_event()["source"]
Body = dict[str, Any]


@dataclass(frozen=True)
class Servers:
    """Two servers that know nothing of one another, as one firm asks them."""

    database: Database
    clients: Sequence[httpx.Client]

    def post(self, number: int, path: str, body: object = None) -> httpx.Response:
        """Ask one of them."""
        return self.clients[number % 2].post(f"/v1{path}", json=body)

    def correct(self, number: int, event_id: str, correction: Body) -> httpx.Response:
        """Correct a generation at one of them."""
        return self.post(number, f"/generations/{event_id}/corrections", correction)

    def standing(self, event_id: str) -> Body:
        """Return the revision of a generation that counts."""
        query = {"source": SOURCE}
        told = self.clients[0].get(f"/v1/generations/{event_id}", params=query).json()
        assert told["standing"] == len(told["revisions"]) - 1
        revision: Body = told["revisions"][-1]
        return revision

    def draw_up(self, corrections: Sequence[Body]) -> str:
        """Draw corrections up, and return the name of the draft."""
        drawn = self.post(0, "/correction-batches", {"corrections": corrections}).json()
        assert drawn["refused"] == []
        return str(drawn["id"])

    def check(self, corrections: int) -> None:
        """Check that so many corrections are in the book, and that it is sound."""
        assert select(self.database, "SELECT count(*) FROM correction") == [(corrections,)]
        broken = {name: found for name, found in auditing.audit(self.database).items() if found}
        assert broken == {}


@pytest.fixture
def servers(database: Database) -> Iterator[Servers]:
    """Two servers, and a firm that has reported."""
    builders.license(database)
    headers = {"Authorization": f"Bearer {builders.key(database)}"}
    with ExitStack() as stack:
        clients = []
        for _ in range(2):
            app = create_app(Context(database, clock=DemoClock(NOW)))
            base_url = stack.enter_context(listening(app))
            client = httpx.Client(base_url=base_url, headers=headers, timeout=30)
            # Makes its routes ready, which hushes warnings for every thread of the process.
            assert stack.enter_context(client).get("/v1/nowhere").status_code == 404
            clients.append(client)
        reported = clients[0].post("/v1/generations", json=[an_event(id=each) for each in IDS])
        assert reported.status_code == 200
        yield Servers(database, clients)


def void(**changes: Any) -> Body:
    return {"kind": "void", "reason": "not_generated", "source": SOURCE} | changes


def instead(event_id: str, quantity: int) -> Body:
    event = an_event(id=event_id, quantity=str(quantity))
    return {"kind": "replace", "reason": "wrong_quantity", "replacement": event}


def at_once(work: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """Do something everywhere at the same moment."""
    ready = Barrier(THREADS)

    def start(number: int) -> httpx.Response:
        ready.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(start, range(THREADS)))


def test_the_same_correction_from_everybody_is_made_once(servers: Servers) -> None:
    event_id = IDS[0]
    answers = at_once(lambda number: servers.correct(number, event_id, void()))
    told = [answer.json() for answer in answers]
    statuses = Counter(each["status"] for each in told)
    assert statuses == {"recorded": 1, "duplicate": THREADS - 1}
    receipts = [each["receipt"] for each in told]
    assert receipts == [servers.standing(event_id)["receipt"]] * THREADS
    servers.check(1)


def test_of_many_corrections_of_one_generation_one_is_made(servers: Servers) -> None:
    event_id = IDS[0]
    answers = at_once(
        lambda number: servers.correct(number, event_id, instead(event_id, 10 + number))
    )
    codes = Counter(answer.json().get("code", "recorded") for answer in answers)
    assert codes == {"recorded": 1, "correction_conflict": THREADS - 1}
    won = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    standing = servers.standing(event_id)
    assert standing["event"]["quantity"] == str(10 + won)
    assert standing["receipt"] == answers[won].json()["receipt"]
    servers.check(1)


def test_a_batch_that_everybody_commits_is_made_once(servers: Servers) -> None:
    draft = servers.draw_up([void(id=each) for each in IDS])
    answers = at_once(lambda number: servers.post(number, f"/correction-batches/{draft}/commit"))
    assert {answer.status_code for answer in answers} == {200}
    receipts = [[each["receipt"] for each in answer.json()["corrections"]] for answer in answers]
    assert receipts == [receipts[0]] * THREADS
    assert [each["position"] for each in receipts[0]] == list(range(len(IDS)))
    servers.check(len(IDS))


def test_batches_that_overlap_are_made_once_or_refused_whole(servers: Servers) -> None:
    """Each has one generation in common with all others: the first is made, the others are not."""
    drafts = [
        servers.draw_up([void(id=IDS[0]), void(id=IDS[number], reason="test_data")])
        for number in range(1, THREADS + 1)
    ]
    answers = at_once(
        lambda number: servers.post(number, f"/correction-batches/{drafts[number]}/commit")
    )
    codes = Counter(answer.json().get("code", "made") for answer in answers)
    assert codes == {"made": 1, "draft_outdated": THREADS - 1}
    servers.check(2)


def test_corrections_and_reports_share_one_unbroken_chain(servers: Servers) -> None:
    def tell(number: int) -> httpx.Response:
        if number % 3 == 0:
            events = [an_event(id=f"new-{number}-{index}") for index in range(5)]
            return servers.post(number, "/generations", events)
        return servers.correct(number, IDS[number], void())

    answers = at_once(tell)
    assert {answer.status_code for answer in answers} == {200}
    numbers = select(servers.database, "SELECT batch_number FROM batch ORDER BY batch_number")
    assert [row[0] for row in numbers] == list(range(1, len(numbers) + 1))
    servers.check(THREADS - THREADS // 3)
