"""``genbo report`` goes on from where it stopped, and begins anew where it must."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.client import BatchLimits, Client
from api.client.files import UsageFile
from api.client.progress import progress_file
from api.commands import report as command
from api.demo.hosting import DemoClock, served
from ledger.store.database import Database
from tests import builders
from tests.api.commanded import LOST, array, as_table, events, ids, met, ndjson, rejects, run
from tests.api.fakes import FakeServer
from tests.api.test_client_generation import AT


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    return met(monkeypatch)


@pytest.fixture
def in_batches_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_LIMITS", BatchLimits(events=2))


@pytest.mark.usefixtures("in_batches_of_two")
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("name", "written"), [("u.ndjson", ndjson), ("u.json", array), ("u.csv", as_table)]
)
def test_a_run_that_stopped_goes_on(
    tmp_path: Path,
    fake: FakeServer,
    name: str,
    written: Callable[[list[dict[str, Any]]], bytes],
    is_packed: bool,
) -> None:
    content = written(events(7))
    path = tmp_path / (f"{name}.gz" if is_packed else name)
    path.write_bytes(gzip.compress(content, mtime=0) if is_packed else content)
    fake.told["1"] = {"status": "refused", "reasons": ["license_ended"]}
    fake.told["6"] = {"status": "held", "reasons": ["quantity_unknown"]}
    fake.play(fake.take, fake.take, LOST)
    code, _, refused = run(path)
    assert refused is not None
    assert (code, refused.code) == (1, "server_away")
    assert run(path, "--check")[0] == 0  # Touches nothing of the run.
    code, said, _ = run(path)
    assert ids(fake) == [str(number) for number in range(7)]  # None of them twice.
    assert "going on" in said
    assert "accepted  5" in said  # Of the whole file.
    assert "held  1" in said
    assert code == command.EXIT_NOT_COUNTED
    assert len(rejects(path.with_suffix(".rejects.ndjson"))) == 1
    assert not progress_file(path).exists()


@pytest.mark.usefixtures("in_batches_of_two")
def test_rejects_after_the_last_progress_are_not_written_twice(
    tmp_path: Path, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson(events(4)))
    fake.told["2"] = {"status": "invalid"}
    saved = command._Job._save
    calls: list[int] = []

    def dies(job: Any, usage: UsageFile) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        saved(job, usage)

    monkeypatch.setattr(command._Job, "_save", dies)
    with pytest.raises((KeyboardInterrupt, AssertionError)):
        assert run(path)[0] == 0
    monkeypatch.setattr(command._Job, "_save", saved)
    assert run(path)[0] == command.EXIT_NOT_COUNTED
    assert [told["event"]["id"] for told in rejects(tmp_path / "usage.rejects.ndjson")] == ["2"]


@pytest.mark.usefixtures("in_batches_of_two")
@pytest.mark.parametrize(
    ("name", "broken", "mended"),
    [
        ("u.ndjson", ndjson(events(5)) + b"{" * 1_100_000, ndjson(events(6))),
        ("u.json", array(events(5))[:-2], array(events(6))),
    ],
)
def test_where_a_file_ends_to_make_sense_is_told_and_a_mended_file_goes_on(
    tmp_path: Path, fake: FakeServer, name: str, broken: bytes, mended: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(broken)
    code, _, refused = run(path)
    assert refused is not None
    assert (code, refused.code) == (1, "line_unreadable")
    assert int(refused.values["line"]) >= 6
    before = ids(fake)
    assert before == [str(number) for number in range(len(before))]
    path.write_bytes(mended)
    assert run(path)[0] == 0
    assert ids(fake) == [str(number) for number in range(6)]


@pytest.mark.usefixtures("in_batches_of_two")
def test_lines_at_fault_are_kept_once_over_several_runs(tmp_path: Path, fake: FakeServer) -> None:
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson(events(3)) + b"oops\n" + ndjson(events(3, start=3)) + b"[1]\n")
    fake.play(fake.take, fake.take, LOST)
    assert run(path)[0] == 1
    code, said, _ = run(path)
    assert code == command.EXIT_NOT_COUNTED
    assert "accepted  6" in said
    assert [told["line"] for told in rejects(tmp_path / "usage.rejects.ndjson")] == [4, 8]


@pytest.mark.usefixtures("in_batches_of_two")
@pytest.mark.parametrize(
    "change",
    [
        lambda path, _: path.write_bytes(ndjson(events(6, start=10))),  # Another file.
        lambda path, patch: patch.setenv("GENBO_KEY", "gb_test_y"),  # Another firm.
        lambda path, patch: patch.setenv("GENBO_URL", "http://elsewhere"),
        lambda path, _: progress_file(path).write_bytes(b"{"),
        lambda path, _: path.write_bytes(ndjson(events(1))),  # Shorter than it was.
    ],
)
def test_another_file_firm_or_server_begins_anew(
    tmp_path: Path, fake: FakeServer, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson(events(6)))
    fake.play(fake.take, LOST)
    assert run(path)[0] == 1
    assert b"gb_test_x" not in progress_file(path).read_bytes()
    sent = len(fake.batches)
    change(path, monkeypatch)
    code, said, _ = run(path)
    assert code == 0
    assert "going on" not in said
    again = [event["id"] for batch in fake.batches[sent:] for event in batch]
    assert again == [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


@pytest.mark.usefixtures("in_batches_of_two")
def test_whoever_stops_it_is_told_that_it_goes_on(tmp_path: Path, fake: FakeServer) -> None:
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson(events(6)))

    def stops(request: httpx.Request) -> httpx.Response:
        fake.take(request)
        raise KeyboardInterrupt

    fake.play(fake.take, stops)
    code, said, _ = run(path)
    assert code == command.EXIT_STOPPED
    assert "goes on from there" in said
    code, said, _ = run(path)
    assert code == 0
    assert "accepted  4" in said
    assert "duplicate  2" in said  # Taken, and their answer was lost.


# The whole way.


@pytest.mark.slow
@pytest.mark.serial
def test_a_killed_command_goes_on_and_the_book_has_each_event_once(
    database: Database, tmp_path: Path
) -> None:
    builders.license(database)
    key = builders.key(database)
    path = tmp_path / "usage.csv"
    path.write_bytes(as_table(events(12_000)))
    with served(database, DemoClock(AT)) as url:
        program = [sys.executable, "-m", "api.cli", "report", str(path), "--url", url, "--key", key]
        child = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None and not progress_file(path).exists():
            pass
        child.kill()
        child.wait()
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with Client(base_url=url, key=key) as client:
            assert client.report(events(12_000)).counts["duplicate"] == 12_000
