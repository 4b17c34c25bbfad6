"""An export holds what it says, gives the same bytes again, and shows what was done to it."""

import csv
import zipfile
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from invoices import archive_zip
from invoices.archive_zip import NotAnExport, PaperInExport, export, verify

NAMES = ("sent/invoice/INV-1_studio-a.pdf", "received/contract/ARC-000001_契約書.pdf")


def paper(path: str, content: list[bytes], **changes: Any) -> PaperInExport:
    values: dict[str, Any] = {
        "path": path,
        "dealt_on": date(2026, 11, 22),
        "amount": "110000",
        "currency": "JPY",
        "counterparty": "株式会社スタジオA",
        "document_number": "INV-1",
        "kind": "invoice",
        "direction": "sent",
        "reference": "INV-1",
        "version": 1,
        "state": "kept",
        "reason": "",
        "recorded_by": "",
        "kept_through": date(2034, 5, 31),
        "content": content,
    }
    return PaperInExport(**values | changes)


def papers() -> list[PaperInExport]:
    return [
        paper(NAMES[0], [b"one ", b"paper"]),
        paper(NAMES[1], [b"another"], counterparty="=HYPERLINK(1)", kept_through=None),
    ]


def written() -> bytes:
    return b"".join(export(papers(), readme="What this is.\n"))


def rewritten(changes: dict[str, bytes | None], path: Path) -> Path:
    """Write the export anew with other files in it; None leaves one out."""
    with zipfile.ZipFile(BytesIO(written())) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            content = changes.get(name, before.read(name))
            if content is not None:
                after.writestr(name, content)
        for name in changes.keys() - set(before.namelist()):
            after.writestr(name, changes[name] or b"")
    return path


def test_the_index_says_of_each_file_what_it_is() -> None:
    with zipfile.ZipFile(BytesIO(written())) as archive:
        assert archive.testzip() is None
        index = archive.read("index.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(StringIO(index)))
        assert [row["file"] for row in rows] == list(NAMES)
        for row in rows:
            assert row["sha256"] == sha256(archive.read(row["file"])).hexdigest()
        assert rows[0]["counterparty"] == "株式会社スタジオA"
        assert rows[1]["counterparty"] == "'=HYPERLINK(1)"  # No formula.
        assert [row["kept_through"] for row in rows] == ["2034-05-31", ""]
        hashes = archive.read("SHA256SUMS").decode().splitlines()
        assert len(hashes) == len(NAMES) + 2  # With the index and the explanation.


def test_the_same_papers_give_the_same_bytes() -> None:
    assert written() == written()


def test_an_export_that_nobody_touched_has_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(written())
    assert verify(path) == (4, ())


@pytest.mark.parametrize(
    ("changes", "differences"),
    [
        ({NAMES[0]: b"forged"}, {("changed", NAMES[0]), ("index_differs", NAMES[0])}),
        ({NAMES[0]: None}, {("missing", NAMES[0]), ("index_differs", NAMES[0])}),
        ({"new.pdf": b"x"}, {("unlisted", "new.pdf"), ("not_in_index", "new.pdf")}),
        ({"README.txt": b"x"}, {("changed", "README.txt")}),
        ({"SHA256SUMS": None}, {("no_hashes", "SHA256SUMS")}),
        (
            {"index.csv": b"date,file,sha256\r\n"},
            {("changed", "index.csv"), *(("not_in_index", name) for name in NAMES)},
        ),
    ],
)
def test_every_difference_is_named(
    changes: dict[str, bytes | None], differences: set[tuple[str, str]], tmp_path: Path
) -> None:
    _, found = verify(rewritten(changes, tmp_path / "export.zip"))
    assert {(each.code, each.path) for each in found} == differences


@pytest.mark.parametrize("damage", [lambda whole: whole[:-30], lambda _: b"", lambda _: b"PK"])
def test_what_is_no_zip_is_said_to_be_none(damage: Any, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(damage(written()))
    with pytest.raises(NotAnExport):
        verify(path)


def test_a_flipped_bit_shows(tmp_path: Path) -> None:
    whole = bytearray(written())
    whole[whole.index(b"one paper")] ^= 1
    path = tmp_path / "export.zip"
    path.write_bytes(whole)
    assert ("changed", NAMES[0]) in {(each.code, each.path) for each in verify(path)[1]}


def test_thousands_of_files_are_never_held_together() -> None:
    piece = b"x" * 20_000

    def many() -> Iterator[PaperInExport]:
        for number in range(3_000):
            yield paper(f"sent/invoice/{number}.pdf", [piece])

    largest = max(map(len, export(many(), readme="")))
    assert largest < archive_zip._READ_BYTES + 64 * 1024 * 20  # The index, not the files.
