"""``genbo report``: any format; what is not counted; files at fault; checking."""

import gzip
import json
import time
from functools import partial
from pathlib import Path

import pytest

from api.client import Client
from api.client.progress import progress_file
from api.commands import report as command
from tests.api.commanded import events, met, ndjson, rejects, run
from tests.api.fakes import FakeServer
from tests.api.reported import an_event
from tests.api.test_tabular import HEADER, record, report, row, table


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    return met(monkeypatch)


# Formats.

THREE = events(3)
ROWS = [row(id=str(number)) for number in range(3)]
DSR = report(
    *(record(number, id=str(number)) for number in range(3)),
    summaries=("GBSY\timage\timage\t3\t3",),
)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", ndjson(THREE)),
        ("a.jsonl", ndjson(THREE).rstrip().replace(b"\n", b"\n\n")),
        ("a.json", json.dumps(THREE, indent=1).encode()),
        ("a.csv", table(*ROWS)),
        ("a.tsv", table(*ROWS).replace(b",", b"\t")),
        ("a.tsv", DSR),
    ],
)
def test_every_format_says_the_same(
    tmp_path: Path, fake: FakeServer, name: str, content: bytes, is_packed: bool
) -> None:
    path = tmp_path / (f"{name}.gz" if is_packed else name)
    path.write_bytes(gzip.compress(content, mtime=0) if is_packed else content)
    code, said, _ = run(path)
    assert code == 0
    assert "accepted  3" in said
    assert fake.batches == [THREE]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]  # Nothing is left behind.


def test_a_format_may_be_said(tmp_path: Path, fake: FakeServer) -> None:
    path = tmp_path / "usage.log"
    path.write_bytes(ndjson(THREE))
    code, _, refused = run(path)
    assert refused is not None
    assert (code, refused.code) == (1, "format_unknown")
    assert run(path, "--format", "xml")[0] == 1
    assert run(path, "--format", "ndjson")[0] == 0


# What is not counted.


def test_what_is_not_counted_is_written_down_with_its_line(
    tmp_path: Path, fake: FakeServer
) -> None:
    path = tmp_path / "usage.ndjson"
    path.write_bytes(b"\n" + ndjson(THREE))
    fake.told["1"] = {"status": "refused", "reasons": ["license_ended"]}
    code, said, _ = run(path)
    assert code == command.EXIT_NOT_COUNTED
    (told,) = rejects(tmp_path / "usage.rejects.ndjson")
    assert (told["line"], told["event"]) == (3, THREE[1])
    assert told["result"]["reasons"] == ["license_ended"]
    assert "usage.rejects.ndjson" in said
    elsewhere = tmp_path / "elsewhere.ndjson"
    assert run(path, "--rejects", elsewhere)[0] == command.EXIT_NOT_COUNTED
    assert len(rejects(elsewhere)) == 1


# Files at fault.


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("u.csv", ",".join([*HEADER, "prompt"]).encode(), "table_needs_mapping"),
        ("u.tsv", DSR.replace(b"\t3\t3\n", b"\t3\t4\n"), "control_totals_differ"),
        ("u.tsv", DSR[: DSR.index(b"FOOT")], "table_unreadable"),
        ("u.tsv", b"HEAD\n" + record(1).encode(), "table_unreadable"),
        ("u.json", b'{"id": 1}', "line_unreadable"),
        ("u.json", b"[1]", "file_holds_no_events"),
        ("u.json", b"", "done"),
        ("u.json", b"[]", "done"),
        ("u.json", b"[{}", "line_unreadable"),
        ("u.json", b'[{"id": "1"}', "line_unreadable"),
        ("u.ndjson", b"x" * 2_000_000, "line_unreadable"),
        ("u.ndjson", b"\xff\n", "file_holds_no_events"),
        ("u.ndjson", table(*ROWS), "file_holds_no_events"),  # A table by the wrong name.
        ("u.csv", b"\xff\xfe" + "id,time".encode("utf-16-le"), "table_unreadable"),
        ("u.csv", b"", "table_needs_mapping"),
        ("u.ndjson", b"", "done"),
        ("u.ndjson.gz", gzip.compress(ndjson(events(50)), mtime=0)[:-20], "file_unreadable"),
        ("missing.ndjson", None, "file_unreadable"),
    ],
)
def test_a_file_at_fault_sends_nothing(
    tmp_path: Path, fake: FakeServer, name: str, content: bytes | None, code: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    status, _, refused = run(path)
    assert (status, refused.code if refused else "done") == (int(code != "done"), code)
    if code not in {"line_unreadable"}:
        assert fake.batches == []


def test_a_report_needs_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENBO_KEY", raising=False)
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson(THREE))
    refused = run(path)[2]
    assert refused is not None
    assert refused.code == "key_not_given"


# Lines at fault.


def test_a_line_that_is_no_event_costs_none_but_itself(tmp_path: Path, fake: FakeServer) -> None:
    sent = events(1_000)
    lines = ndjson(sent).splitlines(keepends=True)
    lines[699] = b'{"id": "699", "quantity": \n'
    path = tmp_path / "usage.ndjson"
    path.write_bytes(b"".join(lines))
    code, said, _ = run(path)
    assert code == command.EXIT_NOT_COUNTED
    assert "accepted  999" in said
    assert "invalid  1" in said
    assert "  Line 700 cannot be read" in said
    (told,) = rejects(tmp_path / "usage.rejects.ndjson")
    assert (told["line"], told["event"]) == (700, '{"id": "699", "quantity":')
    assert told["result"]["problem"]["code"] == "line_no_event"
    path.write_bytes(ndjson(sent))
    assert run(path)[0] == 0  # Mended: what is known is not counted twice.
    assert len(fake.known) == 1_000
    assert not (tmp_path / "usage.rejects.ndjson").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("u.csv", table(row(id="0")) + b"a,b\n" + table(row(id="2")).splitlines()[1] + b"\n"),
        ("u.json", b"[%b, {oops}, %b]" % tuple(json.dumps(each).encode() for each in THREE[:2])),
    ],
)
def test_a_row_or_element_at_fault_costs_none_but_itself(
    tmp_path: Path, fake: FakeServer, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, said, _ = run(path)
    assert code == command.EXIT_NOT_COUNTED
    assert "accepted  2" in said
    assert "invalid  1" in said


def test_only_the_first_reasons_are_shown(tmp_path: Path, fake: FakeServer) -> None:
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson(events(9)))
    for number in range(9):
        fake.told[str(number)] = {"status": "refused", "reasons": ["license_ended"]}
    _, said, _ = run(path)
    assert said.count("The license had ended") == command.SHOWN_MAX
    assert "and 4 more" in said
    assert len(rejects(tmp_path / "usage.rejects.ndjson")) == 9


def test_a_folder_is_no_file(tmp_path: Path, fake: FakeServer) -> None:
    refused = run(tmp_path)[2]
    assert refused is not None
    assert refused.code == "file_unreadable"


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, fake: FakeServer) -> None:
    path = tmp_path / "usage.ndjson"
    path.write_bytes(b"\n")
    assert run(path)[:2] == (0, "There are no events in the file.\n")


def test_waiting_for_a_server_is_said(
    tmp_path: Path, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    command._wait(2.5)
    assert slept == [2.5]
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson(THREE))
    fake.play(503)
    monkeypatch.setattr(command, "Client", partial(Client, transport=fake))
    code, said, _ = run(path)
    assert code == 0
    assert "Asking again in" in said


# A firm's own columns.

OWN = b"""[columns]
id = "request"
time = "at"
subjects = "work"
quantity = "n"

[constants]
source = "studio-a/images"
license = "LIC-2026-001"
use_class = "generation"
modality = "image"
unit = "image"
territory = "JP"
"""


def test_a_mapping_says_what_the_columns_are(tmp_path: Path, fake: FakeServer) -> None:
    path = tmp_path / "usage.csv"
    path.write_bytes(
        b"request,prompt,at,work,n\n1,secret,2026-08-03T10:15:00+09:00,kaze-no-machi,1\n"
    )
    mapping = tmp_path / "mapping.toml"
    mapping.write_bytes(OWN)
    assert run(path, "--mapping", mapping)[0] == 0
    assert fake.batches == [[an_event(id="1")]]


def test_a_mapping_at_fault_sends_nothing(tmp_path: Path, fake: FakeServer) -> None:
    path = tmp_path / "usage.csv"
    path.write_bytes(b"request,at,work,n\n")
    mapping = tmp_path / "mapping.toml"
    for content, code in (
        (OWN.replace(b"\nid =", b"\nidentity ="), "mapping_field_unknown"),
        (OWN.replace(b'"request"', b'"req"'), "column_missing"),
    ):
        mapping.write_bytes(content)
        refused = run(path, "--mapping", mapping)[2]
        assert refused is not None
        assert refused.code == code
    refused = run(tmp_path / "usage.ndjson", "--mapping", mapping)[2]
    assert refused is not None
    assert refused.code == "mapping_needs_table"
    assert fake.requests == []


# Checking.


def test_a_check_sends_nothing_and_names_each_fault(
    tmp_path: Path, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENBO_KEY")
    path = tmp_path / "usage.ndjson"
    path.write_bytes(ndjson([*THREE, an_event(id="3", quantity=1.5), an_event(territory="jp")]))
    code, said, _ = run(path, "--check")
    assert code == command.EXIT_NOT_COUNTED
    assert "valid  3" in said
    assert "invalid  2" in said
    told = rejects(tmp_path / "usage.check.ndjson")
    assert [(each["line"], each["result"]["problem"]["code"]) for each in told] == [
        (4, "number_not_exact"),
        (5, "field_invalid"),
    ]
    assert fake.requests == []
    assert not progress_file(path).exists()
