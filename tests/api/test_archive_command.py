"""The archive by command: filed, found, corrected, exported and verified, and refused clearly."""

import re
import zipfile
from pathlib import Path

import pytest

from tests.api.test_cli import Desk, desk
from tests.invoices.statement_files import statement
from tests.services import money
from tests.services.usage import generation, report

__all__ = ["desk"]

KEIRI = ("--by", "keiri")


@pytest.fixture
def papers(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A terminal on a book with an invoice, and a supplier's invoice in the folder."""
    for module in ("archive", "filing"):
        monkeypatch.setattr(f"api.commands.{module}.system_clock", lambda: desk.today)
    money.sell(desk.database, 100_000)
    report(desk.database, generation(license_reference="LIC-studio-a-kaze-no-machi-2026-10"))
    money.bill(desk.database)
    (tmp_path / "請求書.pdf").write_bytes(b"%PDF-1.7 paper")
    return desk


def add(desk: Desk, *more: str) -> str:
    return desk.done(
        *("archive", "add", "請求書.pdf", "--kind", "supplier_invoice", *KEIRI),
        *("--date", "2026-11-04", "--amount", "5500", "--counterparty", "㈱タカサキ", *more),
    )


def test_a_paper_is_filed_found_corrected_and_taken_back(papers: Desk) -> None:
    assert "ARC-000001" in add(papers)
    assert "ARC-000001" in papers.done("archive", "search", "--counterparty", "たかさき")
    papers.done(
        *("archive", "correct", "ARC-000001", "--amount", "", "--reason", "Not known.", *KEIRI)
    )
    assert "(blank)" in papers.done("archive", "search", "--blank", "amount", "--kind",
                                    "supplier_invoice")  # fmt: skip
    papers.done("archive", "remove", "ARC-000001", "--reason", "Filed twice.", *KEIRI)
    assert "No paper fits." in papers.done("archive", "search", "--kind", "supplier_invoice")
    history = papers.done("archive", "history", "ARC-000001")
    assert [line[:2] for line in history.splitlines() if line[0] == "v"] == ["v1", "v2", "v3"]
    assert "Filed twice." in history


def test_an_export_verifies_and_a_changed_one_does_not(papers: Desk, tmp_path: Path) -> None:
    add(papers)
    (tmp_path / "11月.txt").write_bytes(statement())
    papers.done("bank", "import", "11月.txt", *KEIRI)
    papers.done("archive", "year", "2026-04-01", "2027-03-31", "--no-loss", *KEIRI)
    assert "2034-05-31" in papers.done("archive", "years")
    told = papers.done("archive", "export", "--out", "a.zip")
    (sha256,) = re.findall("[0-9a-f]{64}", told)
    papers.done("archive", "export", "--out", "again.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    assert "All" in papers.done("archive", "verify", "a.zip", "--sha256", sha256)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
        assert archive.read("received/bank_statement/BANK-1_11月.txt") == statement()
        usage = archive.read("received/usage/USAGE-2026-10-studio-a.csv").decode("utf-8-sig")
    assert any(name.endswith("ARC-000001_請求書.pdf") for name in names)
    assert any(re.fullmatch(r"sent/invoice/INV-2026-\d+_studio-a\.json", name) for name in names)
    assert len(usage.splitlines()) == 2  # The heading, and what was reported.
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.writestr("sent/invoice/forged.pdf", b"x")
    answered = papers.genbo("archive", "verify", "a.zip", "--sha256", sha256)
    assert answered.code == 2
    assert "forged.pdf" in answered.err
    assert "does not have the hash that was given" in answered.err


def test_what_cannot_be_filed_or_found_is_said(papers: Desk, tmp_path: Path) -> None:
    add(papers)
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "paper").write_bytes(b"x")
    file = ("--kind", "other", *KEIRI)
    papers.refused("file_already_filed", "archive", "add", "請求書.pdf", *file,
                   reference="ARC-000001")  # fmt: skip
    papers.refused("archive_file_empty", "archive", "add", "empty.pdf", *file)
    papers.refused("archive_media_type_malformed", "archive", "add", "paper", *file, value="paper")
    papers.refused("not_a_day", "archive", "search", "--from", "yesterday")
    papers.refused("archive_blank_not_known", "archive", "search", "--blank", "color")
    papers.refused("archive_export_not_read", "archive", "verify", "empty.pdf")
    papers.refused("fiscal_year_not_one", "archive", "year", "2026-04-01", "2027-04-01", *KEIRI)
    papers.refused("paper_not_found", "archive", "history", "ARC-9")
