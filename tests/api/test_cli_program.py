"""The command line as a program of its own, on a private book: it starts, it ends, it says why."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from api import terminal
from ledger.core.invariants import INVARIANTS
from locales.catalogues import message
from tests.tidy.sources import ROOT


def program(
    *words: str, folder: Path | str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does, on a private book of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GENBO_")}
    kept.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        env=kept | {"GENBO_DATA_DIRECTORY": str(folder), "PYTHONPATH": str(ROOT)} | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own account can reach, which pytest's are not."""
    with TemporaryDirectory(prefix="genbo-cli-") as name:
        yield Path(name)


@pytest.mark.slow
def test_a_private_book_serves_one_command_after_another(own_folder: Path) -> None:
    data = str(own_folder / "data")
    migrated = program("db", "migrate", folder=own_folder, GENBO_DATA_DIRECTORY=data)
    assert (migrated.returncode, migrated.stderr) == (0, "")
    told = program(
        *("close", "2026-10", "--by", ""),
        folder=own_folder,
        GENBO_DATA_DIRECTORY=data,
        GENBO_LANGUAGE="ja",
    )
    assert told.returncode == 1
    assert told.stderr.startswith(message("ja", "problem.text_missing.title"))
    audited = program("audit", folder=own_folder, GENBO_DATA_DIRECTORY=data)
    assert (audited.returncode, audited.stdout.count("holds")) == (0, len(INVARIANTS))


@pytest.mark.slow
def test_the_schema_is_checked_against_the_models(own_folder: Path) -> None:
    told = program("db", "check", folder=own_folder)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.strip() == message("en", "cli.db.matches")
    assert list(own_folder.iterdir()) == []  # The book of the settings is not opened for it.


def test_a_data_folder_that_is_a_file_is_said_so(own_folder: Path) -> None:
    (own_folder / "data").write_text(json.dumps("in the way"))
    told = program("audit", folder=own_folder, GENBO_DATA_DIRECTORY=str(own_folder / "data"))
    assert told.returncode == terminal.EXIT_REFUSED
    assert told.stderr.startswith(message("en", "problem.file_cannot_be_used.title"))
