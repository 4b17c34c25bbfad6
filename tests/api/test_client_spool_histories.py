"""Rejects and durability of a spool, and a spool beside a list: any order, many threads."""

import json
import os
import random
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import convert

from api.client import BatchLimits
from api.client.answers import Result
from api.client.records import framed
from api.client.spool import Spool
from tests.api.test_client_spool import EVENTS, LIMITS, drained, event, filled, segments

#: Where fsync costs nothing, when there is such a place.
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None


# Durability.


@pytest.mark.parametrize(("sync_every_ms", "at_once"), [(0, True), (30, False)])
def test_an_event_is_synced_as_the_policy_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync_every_ms: int, at_once: bool
) -> None:
    spool = Spool(tmp_path, sync_every_ms=sync_every_ms)
    spool.append(EVENTS[:1])  # Makes the file, which is synced in any case.
    time.sleep(0.1)
    synced: list[int] = []
    fsync = os.fsync

    def watched(file: int) -> None:
        synced.append(file)
        fsync(file)

    monkeypatch.setattr(os, "fsync", watched)
    spool.append(EVENTS[1:2])
    assert bool(synced) == at_once
    for _ in range(200):
        if synced:
            break
        time.sleep(0.01)
    assert synced
    spool.close()


# Rejects.

REFUSED = Result(index=0, id="1", status="refused", reasons=("license_unknown",))


def rejects(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "rejects.ndjson").read_text().splitlines()]


def test_a_reject_is_written_with_its_result(tmp_path: Path) -> None:
    filled(tmp_path, EVENTS[:3])
    spool = Spool(tmp_path)
    batch = spool.next_batch(LIMITS)
    assert batch is not None
    spool.acknowledge(batch, [(1, REFUSED)])
    spool.close()
    (told,) = rejects(tmp_path)
    assert (told["event"], convert(told["result"], Result)) == (json.loads(EVENTS[1]), REFUSED)


@pytest.mark.parametrize("cut", [0, 5])
def test_a_reject_is_written_once_though_the_mark_was_lost(tmp_path: Path, cut: int) -> None:
    """As when the program dies between the two writes, or in the middle of the first."""
    filled(tmp_path, EVENTS[:3])
    for _ in range(2):
        spool = Spool(tmp_path)
        batch = spool.next_batch(LIMITS)
        assert batch is not None
        spool.acknowledge(batch, [(0, REFUSED), (2, REFUSED)])
        spool.close()
        (tmp_path / "answered").unlink()
        path = tmp_path / "rejects.ndjson"
        os.truncate(path, path.stat().st_size - cut)
    if cut:
        reopened = Spool(tmp_path)  # Cuts the line that broke off.
        reopened.close()
    assert [told["event"]["id"] for told in rejects(tmp_path)] == ([0] if cut else [0, 2])


def test_rejects_may_be_taken_away(tmp_path: Path) -> None:
    filled(tmp_path, EVENTS[:3])
    spool = Spool(tmp_path)
    for _ in range(3):
        batch = spool.next_batch(BatchLimits(events=1))
        assert batch is not None
        spool.acknowledge(batch, [(0, REFUSED)])
        assert len(rejects(tmp_path)) == 1
        (tmp_path / "rejects.ndjson").unlink()
    spool.close()


# Everything at once.


class SpoolMachine(RuleBasedStateMachine):
    """A spool beside a list: kept, read, answered, torn, closed and opened in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="genbo-spool-", dir=FAST))
        self.waiting: list[bytes] = []
        self.number = 0
        self.open()

    def open(self) -> None:
        self.spool = Spool(self.folder, sync_every_ms=1, segment_bytes_max=120)

    @rule(sizes=st.lists(st.integers(0, 60), min_size=1, max_size=3))
    def keep(self, sizes: list[int]) -> None:
        events = [event(self.number + index, size) for index, size in enumerate(sizes)]
        self.number += len(sizes)
        self.spool.append(events)
        self.waiting += events

    @rule(count=st.integers(1, 5), is_answered=st.booleans())
    def send(self, count: int, is_answered: bool) -> None:
        batch = self.spool.next_batch(BatchLimits(events=count, bytes=150))
        if batch is None:
            assert not self.waiting
            return
        assert list(batch.events) == self.waiting[: len(batch.events)]
        if is_answered:
            self.spool.acknowledge(batch)
            del self.waiting[: len(batch.events)]

    @rule(torn=st.binary(max_size=30).map(lambda rest: framed(rest + b"!")[: len(rest) + 7]))
    def die_while_writing(self, torn: bytes) -> None:
        self.spool.close()
        if paths := segments(self.folder):
            with paths[-1].open("ab") as file:
                file.write(torn[:-1])
        self.open()

    @precondition(lambda self: self.waiting)
    @rule()
    def lose_the_mark_and_answer_all(self) -> None:
        sent = drained(self.spool)
        assert sent == self.waiting
        self.waiting = []

    @invariant()
    def counts_agree(self) -> None:
        assert self.spool.waiting == len(self.waiting)

    def teardown(self) -> None:
        assert drained(self.spool) == self.waiting
        self.spool.close()
        assert not list(self.folder.glob("damaged-*"))
        shutil.rmtree(self.folder)


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=15, stateful_step_count=20)


def test_many_threads_lose_nothing() -> None:
    folder = Path(tempfile.mkdtemp(prefix="genbo-spool-", dir=FAST))
    spool = Spool(folder, segment_bytes_max=2_000)  # Each write syncs.
    sent: list[bytes] = []

    def write(thread: int) -> None:
        for number in range(100):
            spool.append([event(thread * 1_000 + number, random.randrange(40))])

    with ThreadPoolExecutor(5) as pool:
        writing = [pool.submit(write, thread) for thread in range(5)]
        while not all(each.done() for each in writing):
            if batch := spool.next_batch(LIMITS):
                sent += batch.events
                spool.acknowledge(batch)
        for each in writing:
            each.result()
    sent += drained(spool)
    spool.close()
    shutil.rmtree(folder)
    ids = [json.loads(each)["id"] for each in sent]
    assert sorted(ids) == [thread * 1_000 + n for thread in range(5) for n in range(100)]
    for thread in range(5):  # Each thread's own events in their order.
        own = [each for each in ids if each // 1_000 == thread]
        assert own == sorted(own)
