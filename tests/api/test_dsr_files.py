"""A file in the shape of a DSR is taken whole or refused whole, by the API and by the command."""

from pathlib import Path

import pytest

from api.client.files import FileRefused, UsageFile
from api.events import BodyUnreadable
from tests.api.commanded import met, run
from tests.api.reported import decoded
from tests.api.test_tabular import TSV, record, report, unreadable

SUMMARIES = ("GBSY\timage\timage\t2\t3.5", "GBSY\taudio\tsecond\t1\t12")
WHOLE = report(
    record(1, id="1", quantity="1.25"),
    record(2, id="2", quantity="2.25"),
    record(3, id="3", quantity="12", modality="audio", unit="second"),
    summaries=SUMMARIES,
)
LINES = WHOLE.splitlines(keepends=True)


def test_the_whole_file_is_taken_however_its_lines_end() -> None:
    events = decoded(WHOLE, TSV)
    assert len(events) == 3
    assert decoded(WHOLE.replace(b"\n", b"\r\n"), TSV) == events
    assert decoded(WHOLE.rstrip(b"\n"), TSV) == events
    assert decoded(b"\xef\xbb\xbf" + WHOLE, TSV) == events


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_file_that_was_cut_off_anywhere_is_refused(end: bytes) -> None:
    whole = WHOLE.replace(b"\n", end)
    taken = []
    for length in range(1, len(whole)):
        try:
            decoded(whole[:length], TSV)
        except BodyUnreadable:
            continue
        taken.append(whole[length:])
    # Only the last cell, which DDEX lets a sender leave out, and the end of its line.
    assert {rest.removeprefix(b"\t").removeprefix(b"3").strip() for rest in taken} == {b""}
    assert len(taken) == 2 + len(end)


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize(
    ("kind", "cell", "line"),
    [
        *(("GBSY\timage", cell, 3) for cell in (3, 4)),
        *(("GBSY\taudio", cell, 4) for cell in (3, 4)),
        *(("FOOT", cell, 8) for cell in (1, 2, 3, 4, 5)),
    ],
)
def test_a_total_that_is_wrong_by_one_refuses_the_file_with_its_line(
    kind: str, cell: int, line: int, by: int
) -> None:
    (index,) = (at for at, each in enumerate(LINES) if each.startswith(kind.encode()))
    cells = LINES[index].decode().rstrip("\n").split("\t")
    whole, point, fraction = cells[cell].partition(".")
    cells[cell] = f"{int(whole) + by}{point}{fraction}"
    body = b"".join([*LINES[:index], "\t".join(cells).encode() + b"\n", *LINES[index + 1 :]])
    refused = unreadable(body, TSV)
    assert (refused.code, refused.status) == ("control_totals_differ", 422)
    assert refused.values["line"] == str(line)
    assert refused.values["stated"] == cells[cell]


def test_a_total_that_differs_is_told_as_a_decimal() -> None:
    refused = unreadable(WHOLE.replace(b"3.5", b"3.6"), TSV)
    assert (refused.values["stated"], refused.values["counted"]) == ("3.6", "3.5")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (WHOLE + LINES[-1], "9"),  # Two footers.
        (b"".join([*LINES[:3], LINES[2], *LINES[3:]]), "4"),  # One summary twice.
        (b"".join([*LINES[:4], LINES[-1], *LINES[4:]]), "6"),  # The footer before its records.
        (LINES[0] + WHOLE, "2"),  # Two heads.
        (b"".join(LINES[:-1]), "7"),  # No footer.
    ],
)
def test_a_file_out_of_shape_is_refused_by_its_line(body: bytes, line: str) -> None:
    refused = unreadable(body, TSV)
    assert refused.code == "table_unreadable"
    assert refused.values["line"] == line


@pytest.mark.parametrize("moved", [4, 5, 6])
def test_a_record_that_is_missing_or_there_twice_refuses_the_file(moved: int) -> None:
    for body in (
        b"".join([*LINES[:moved], *LINES[moved + 1 :]]),
        b"".join([*LINES[:moved], LINES[moved], *LINES[moved:]]),
    ):
        assert unreadable(body, TSV).code == "control_totals_differ"


def test_the_command_sends_nothing_of_a_file_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = met(monkeypatch)
    path = tmp_path / "usage.tsv"
    for body, line in (
        (WHOLE.replace(b"\t12\n", b"\t13\n", 1), "4"),
        (WHOLE + LINES[-1], "9"),
        (b"".join(LINES[:-1]), "7"),
    ):
        path.write_bytes(body)
        refused = run(path)[2]
        assert isinstance(refused, FileRefused)
        assert refused.values["line"] == line
    assert fake.requests == []
    path.write_bytes(WHOLE.replace(b"\n", b"\r\n"))
    assert run(path)[0] == 0
    with UsageFile(path, format="tsv") as usage:
        assert len(list(usage.events())) == 3
