"""``genbo bill --draft`` as the house meets it: papers that say what they are, and no number."""

from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.refusal import Refusal
from ledger.services import archiving
from ledger.store.database import Database
from tests.database import connection_string
from tests.services.billed import OCTOBER, close, license_of, operator
from tests.services.usage import generation, report

DAYS = ("--issued-on", "2026-11-05", "--due-on", "2026-11-30")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_drafts_are_papers_of_their_own_in_a_folder_of_their_own(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    terminal.language.cache_clear()
    genbo = CliRunner(env={"GENBO_LANGUAGE": language})
    words = ["bill", "2026-10", "--draft", "--out", str(tmp_path), *DAYS]
    operator(database)
    license_of(database)
    report(database, generation(10))
    early = genbo.invoke(cli.app, words)
    assert isinstance(early.exception, Refusal)
    assert early.exception.code == "month_not_closed"
    close(database, OCTOBER)
    told = genbo.invoke(cli.app, words, catch_exceptions=False)
    (path,) = (tmp_path / "drafts" / "2026-10").iterdir()
    assert path.name == "draft_001_studio-a_JPY.pdf"
    assert str(path) in told.output
    text = "".join(page.extract_text() for page in PdfReader(path).pages)
    assert "下書き" in text
    assert "INV-" not in text
    assert not list(archiving.all_documents(database))
