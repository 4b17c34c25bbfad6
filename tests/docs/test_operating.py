"""docs/operating.md: its settings, defaults, commands and file are those the program reads."""

import re
from datetime import UTC, datetime
from pathlib import Path

from api.settings import Settings
from api.world import enter, read_world
from ledger.core.period import Month
from ledger.services import closing
from ledger.store.database import Database
from locales.catalogues import keys
from tests.docs.pages import blocks, code, table, text
from tests.tidy.sources import tracked

OPERATING = "docs/operating.md"


def test_the_settings_are_the_ones_that_are_read() -> None:
    read = {
        str(field.validation_alias or f"GENBO_{name.upper()}")
        for name, field in Settings.model_fields.items()
    }
    for path in tracked():
        if path.startswith(("api/", "locales/")) and path.endswith(".py"):
            read |= set(re.findall(r'"(GENBO_[A-Z_]+)"', text(path)))
    assert {code(row[0]) for row in table(OPERATING, "setting")} == read


def test_the_defaults_of_the_settings_are_as_told() -> None:
    defaults = {code(row[0]): row[1].strip("`") for row in table(OPERATING, "setting")}
    given = Settings.model_fields
    assert defaults["GENBO_DATA_DIRECTORY"] == str(given["data_directory"].default)
    assert defaults["GENBO_HOST"] == given["host"].default
    assert defaults["GENBO_PORT"] == str(given["port"].default)


def test_the_refusals_have_words() -> None:
    for row in table(OPERATING, "code", "what it means"):
        assert f"problem.{code(row[0])}.detail" in keys("ja"), row[0]


def test_the_file_of_the_example_can_be_entered(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    file.write_text(blocks(OPERATING, "toml")[0], encoding="utf-8")
    at = datetime(2026, 10, 21, tzinfo=UTC)
    enter(database, read_world(file), recorded_by="Sato", recorded_at=at)
    assert closing.preview(database, month=Month(2026, 11)) == ()
