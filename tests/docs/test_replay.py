"""docs/replay.md: its example is taken, its table is what a replay shows, its problems exist."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import cli, replays, terminal
from api.replays import read_changes
from ledger.core import replay_changes
from ledger.core.refusal import Refusal
from ledger.core.replay_revenue import ChangedShare
from ledger.services import replaying
from ledger.store.database import Database
from tests.database import connection_string
from tests.docs.pages import blocks, table, text
from tests.services.explained import october, world

PAGE = "docs/replay.md"


@pytest.fixture
def folder(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's file, and a book that is paid out."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "80")
    terminal.language.cache_clear()
    world(database)
    october(database)
    (tmp_path / "changes.toml").write_text(blocks(PAGE, "toml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(line: str) -> str:
    result = CliRunner().invoke(cli.app, line.split()[1:])
    if isinstance(result.exception, Refusal):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_the_commands_work_and_show_the_table(folder: Path) -> None:
    assert read_changes(folder / "changes.toml").rates
    first, *others = blocks(PAGE, "sh")[0].strip().splitlines()
    shown = [" ".join(line.split()) for line in ran(first).splitlines()]
    for line in blocks(PAGE, "text")[0].splitlines()[:-1]:
        assert " ".join(line.split()) in shown, line
    for line in others:
        assert ran(line)


def test_an_advance_is_rolled_forward_month_by_month(folder: Path) -> None:
    (folder / "advance.toml").write_text(blocks(PAGE, "toml")[1], encoding="utf-8")
    shown = [
        " ".join(line.split()) for line in ran("genbo replay advance.toml 2026-10").splitlines()
    ]
    # 2,627 are earned: an advance of 2,000 pays most of it, and is paid itself.
    assert any(line.startswith("2026-10 2,000 2,627 2,000 627 2,627") for line in shown), shown
    found = json.loads(ran("genbo replay advance.toml 2026-10 --format json"))
    assert found["recoupment"]["before"] == []
    assert found["recoupment"]["after"][-1]["paid"] == "2627"


def test_csv_and_json_have_the_columns_that_are_told(folder: Path) -> None:
    header = ran("genbo replay changes.toml 2026-10 --format csv").splitlines()[0].split(",")
    assert all(f"`{name}`" in text(PAGE) for name in header)
    assert '"differences"' in ran("genbo replay changes.toml 2026-10 --format json")


def test_the_fields_are_those_of_the_code() -> None:
    told = {name for row in table(PAGE, "field") for name in re.findall(r"`(\w+)`", row[0])}
    kinds = (
        replay_changes.ChangedRate,
        replay_changes.ChangedCommittee,
        replay_changes.ChangedFee,
        replay_changes.ChangedRecoupment,
        ChangedShare,
    )
    assert told == {name for kind in kinds for name in kind.__dataclass_fields__}


def test_the_problems_are_those_of_the_code() -> None:
    told = {name for row in table(PAGE, "problem") for name in re.findall(r"`(\w+)`", row[0])}
    modules = (replay_changes, replaying, replays)
    known = {
        each.code
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Refusal) and each.code.startswith("replay_")
    }
    assert told == known


@pytest.mark.parametrize(
    ("written", "refused"),
    [
        ("[[rates]\n", "replay_file_unreadable"),
        ("[[rates]]\nlicence = 'x'\n", "replay_file_wrong"),
        ("[[rates]]\nrate = 1\n", "replay_file_wrong"),
        ("[[fees]]\nholder = 'x'\nadmin_fee_bp = 'much'\n", "replay_file_wrong"),
        ("", "replay_changes_nothing"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(folder: Path, written: str, refused: str) -> None:
    (folder / "changes.toml").write_text(written, encoding="utf-8")
    with pytest.raises(Refusal) as raised:
        ran("genbo replay changes.toml 2026-10")
    assert raised.value.code == refused
