"""The spool keeps what it was given, whatever breaks off, and forgets what was answered."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from api.client import BatchLimits
from api.client.records import HEADER_BYTES, MAGIC
from api.client.spool import Spool
from tests.refusals import refusal

LIMITS = BatchLimits(events=4, bytes=200)


def event(number: int, size: int = 1) -> bytes:
    return json.dumps({"id": number, "pad": "x" * size}).encode()


def drained(spool: Spool, limits: BatchLimits = LIMITS) -> list[bytes]:
    """Answer everything, and return it in the order in which it came out."""
    events: list[bytes] = []
    while batch := spool.next_batch(limits):
        events += batch.events
        spool.acknowledge(batch)
    return events


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def filled(folder: Path, events: Sequence[bytes], **given: Any) -> None:
    spool = Spool(folder, **given)
    for each in events:
        spool.append([each])
    spool.close()


def reopened(folder: Path, **given: Any) -> list[bytes]:
    spool = Spool(folder, **given)
    events = drained(spool)
    assert spool.waiting == 0
    spool.close()
    return events


EVENTS = [event(number, number) for number in range(12)]


def test_what_is_written_to_the_end_of_a_segment_while_it_is_left_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writers come between the last look at a segment and the first at the next."""
    spool = Spool(tmp_path, segment_bytes_max=60)
    spool.append([event(0)])
    assert drained(spool) == [event(0)]
    read = spool._segments.read

    def comes_between(*asked: Any, **how: Any) -> Any:
        records = read(*asked, **how)
        monkeypatch.setattr(spool._segments, "read", read)
        spool.append([event(1)])  # Ends the segment,
        spool.append([event(2)])  # and this begins another.
        return records

    monkeypatch.setattr(spool._segments, "read", comes_between)
    seen = [*drained(spool), *drained(spool)]
    assert seen == [event(1), event(2)]
    assert len(segments(tmp_path)) == 1
    spool.close()


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    filled(tmp_path, EVENTS, segment_bytes_max=100)
    assert len(segments(tmp_path)) > 3
    assert reopened(tmp_path) == EVENTS
    assert reopened(tmp_path) == []


def test_what_was_answered_does_not_come_again(tmp_path: Path) -> None:
    filled(tmp_path, EVENTS)
    spool = Spool(tmp_path)
    batch = spool.next_batch(LIMITS)
    assert batch is not None
    spool.acknowledge(batch)
    spool.next_batch(LIMITS)  # Sent, and the program ends before the answer.
    spool.close()
    spool = Spool(tmp_path)
    assert spool.waiting == len(EVENTS) - len(batch.events)
    assert drained(spool) == EVENTS[len(batch.events) :]
    spool.close()


def test_a_lost_mark_sends_again_and_loses_nothing(tmp_path: Path) -> None:
    filled(tmp_path, EVENTS)
    for mark in (None, "", "one two", "7"):
        (tmp_path / "answered").unlink(missing_ok=True)
        if mark is not None:
            (tmp_path / "answered").write_text(mark)
        spool = Spool(tmp_path)
        batch = spool.next_batch(BatchLimits())
        assert batch is not None
        assert batch.events == EVENTS
        spool.close()


def test_segments_are_deleted_when_they_are_answered(tmp_path: Path) -> None:
    spool = Spool(tmp_path, segment_bytes_max=100)
    for each in EVENTS:
        spool.append([each])
    drained(spool)
    assert len(segments(tmp_path)) == 1
    spool.close()


def test_numbers_of_segments_are_never_used_again(tmp_path: Path) -> None:
    filled(tmp_path, EVENTS[:1])
    reopened(tmp_path)
    for path in segments(tmp_path):
        path.unlink()
    filled(tmp_path, EVENTS[1:2])
    assert [path.name for path in segments(tmp_path)] == ["0000000002.seg"]
    assert reopened(tmp_path) == EVENTS[1:2]


@pytest.mark.parametrize("cut", range(1, HEADER_BYTES + len(EVENTS[3])))
def test_a_write_that_broke_off_costs_only_itself(tmp_path: Path, cut: int) -> None:
    filled(tmp_path, EVENTS[:4])
    (path,) = segments(tmp_path)
    os.truncate(path, path.stat().st_size - cut)
    spool = Spool(tmp_path)
    spool.append(EVENTS[4:5])
    assert drained(spool) == [*EVENTS[:3], EVENTS[4]]
    spool.close()
    assert not list(tmp_path.glob("damaged-*"))


@pytest.mark.parametrize("size", range(len(MAGIC) + 1))
def test_a_segment_that_was_only_begun_is_no_trouble(tmp_path: Path, size: int) -> None:
    (tmp_path / "0000000001.seg").write_bytes(MAGIC[:size])
    filled(tmp_path, EVENTS[:1])
    assert reopened(tmp_path) == EVENTS[:1]
    assert not list(tmp_path.glob("damaged-*"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:60] + b"\0" * (len(content) - 60),  # Blocks never written.
        lambda content: content[:70] + bytes([content[70] ^ 1]) + content[71:],
        lambda content: b"another file\n" + content,
    ],
)
def test_what_has_changed_is_set_aside_and_not_sent(tmp_path: Path, damage: Any) -> None:
    filled(tmp_path, EVENTS[:6], segment_bytes_max=150)
    first, *others = segments(tmp_path)
    before = first.read_bytes()
    first.write_bytes(damage(before))
    rest = Spool(tmp_path)
    kept = drained(rest)
    rest.close()
    assert set(kept) < set(EVENTS[:6])
    assert len(others) >= 1
    assert kept[-1] == EVENTS[5]  # Later segments are not touched by it.
    (aside,) = tmp_path.glob("damaged-0000000001-*.bin")
    assert damage(before).endswith(aside.read_bytes())


def test_damage_behind_the_back_of_an_open_spool_is_set_aside_too(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(EVENTS[:2])
    (path,) = segments(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    assert drained(spool) == EVENTS[:1]
    assert spool.next_batch(LIMITS) is None
    assert spool.waiting == 0
    spool.append(EVENTS[2:3])
    assert drained(spool) == EVENTS[2:3]
    spool.close()
    assert len(list(tmp_path.glob("damaged-*"))) == 1


# Room.


def test_a_full_spool_says_so_and_keeps_nothing_of_the_call(tmp_path: Path) -> None:
    spool = Spool(tmp_path, bytes_max=500)
    kept = 0
    with refusal("spool_full", None) as caught:
        for _ in range(100):
            spool.append([event(kept, 10), event(kept + 1, 10)])
            kept += 2
    assert caught[0].values["limit"] == "500"
    assert sum(path.stat().st_size for path in segments(tmp_path)) <= 500
    assert spool.waiting == kept
    assert len(drained(spool)) == kept
    spool.append([event(0)])  # There is room again.
    spool.close()


def test_a_full_disk_is_a_full_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path)
    spool.append(EVENTS[:2])
    write = os.write

    def half(file: int, content: bytes) -> int:
        if len(content) <= HEADER_BYTES:
            raise OSError(28, "No space left on device")
        return write(file, content[: len(content) // 2])

    monkeypatch.setattr(os, "write", half)
    with refusal("spool_full", None):
        spool.append(EVENTS[2:3])
    monkeypatch.undo()
    spool.append(EVENTS[3:4])
    assert drained(spool) == [*EVENTS[:2], EVENTS[3]]
    spool.close()


def test_an_event_larger_than_a_batch_comes_by_itself(tmp_path: Path) -> None:
    large = event(1, 1_000)
    filled(tmp_path, [EVENTS[0], large, EVENTS[1]])
    spool = Spool(tmp_path)
    sizes = []
    while batch := spool.next_batch(LIMITS):
        sizes.append(len(batch.events))
        spool.acknowledge(batch)
    assert sizes == [1, 1, 1]
    spool.close()


# One writer.


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with refusal("spool_in_use", None) as caught:
        Spool(tmp_path)
    assert caught[0].values["process"] == str(os.getpid())
    spool.close()
    Spool(tmp_path).close()


def test_the_lock_of_a_killed_process_is_gone(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from api.client.spool import Spool\n"
        f"spool = Spool(Path({str(tmp_path)!r})); spool.append([b'1'])\n"
        "print('open', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    with refusal("spool_in_use", None):
        Spool(tmp_path)
    child.kill()
    child.wait()
    child.stdout.close()
    assert reopened(tmp_path) == [b"1"]
