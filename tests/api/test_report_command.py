"""``genbo report``: any format; what is not counted; files at fault; checking."""

import gzip
import json
from pathlib import Path

import pytest

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
        ("u.csv", ",".join([*HEADER, "prompt"]).encode(), "table_header_wrong"),
        ("u.tsv", DSR.replace(b"\t3\t3\n", b"\t3\t4\n"), "control_totals_differ"),
        ("u.tsv", DSR[: DSR.index(b"FOOT")], "table_unreadable"),
        ("u.tsv", b"HEAD\n" + record(1).encode(), "table_unreadable"),
        ("u.json", b'{"id": 1}', "line_unreadable"),
        ("u.json", b"[1]", "line_unreadable"),
        ("u.json", b"", "done"),
        ("u.json", b"[]", "done"),
        ("u.json", b"[{}", "line_unreadable"),
        ("u.json", b'[{"id": "1"},]', "line_unreadable"),
        ("u.ndjson", b"x" * 2_000_000, "line_unreadable"),
        ("u.ndjson", b"\xff\n", "line_unreadable"),
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


# A firm's own columns.

OWN = b"""[columns]
request = "id"
at = "time"
work = "subjects"
n = "quantity"

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
    mapping = tmp_path / "columns.toml"
    mapping.write_bytes(OWN)
    assert run(path, "--columns", mapping)[0] == 0
    assert fake.batches == [[an_event(id="1")]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "columns_unreadable"),
        (b"[columns", "columns_unreadable"),
        (b"columns = 1", "columns_unreadable"),
        (b"[colums]", "columns_unreadable"),
        (b"[constants]\nquantity = 1.5", "columns_unreadable"),  # Text, as in a cell.
        (OWN.replace(b'"id"', b'"identity"'), "table_header_wrong"),
    ],
)
def test_a_mapping_at_fault_is_told(
    tmp_path: Path, fake: FakeServer, content: bytes | None, code: str
) -> None:
    path = tmp_path / "usage.csv"
    path.write_bytes(b"request,at,work,n\n")
    mapping = tmp_path / "columns.toml"
    if content is not None:
        mapping.write_bytes(content)
    refused = run(path, "--columns", mapping)[2]
    assert refused is not None
    assert refused.code == code
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
