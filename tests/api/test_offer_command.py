"""``genbo offer`` and the offers of ``genbo import``: what is printed, and what becomes of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.refusal import Refusal
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.services import offers

Genbo = Callable[..., str]

WORLD = """
[[offers]]
reference = "hoshino-2026"
holder = "hoshino"
subject = "saga"
modalities = ["image"]
use_classes = ["generation"]
wind_down_days = 30

[offers.terms]
effective_from = 2026-04-01T00:00:00+09:00
clause_reference = "Offer 2026, 3"
rate_lines = [{ basis = "per_image", rate = "12.5" }]

[[later_offers]]
offer = "hoshino-2026"
reason = "autumn prices"

[later_offers.version]
modalities = ["image"]
use_classes = ["generation"]

[later_offers.version.terms]
effective_from = 2026-10-01T00:00:00+09:00
clause_reference = "Offer 2026, 4"
rate_lines = [{ basis = "per_image", rate = 15 }]
"""


@pytest.fixture
def genbo(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Genbo:
    """The command on a book with offers that were imported; what it prints comes back."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    terminal.language.cache_clear()
    offers.catalogue(database)
    builders.licensee(database)
    file = tmp_path / "world.toml"
    file.write_text(WORLD)

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli.app, list(words))
        if isinstance(result.exception, Refusal):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    run("import", str(file), "--by", "Sato")
    return run


def test_what_is_imported_is_listed_in_words(genbo: Genbo, database: Database) -> None:
    told = genbo("offer", "list")
    assert "hoshino-2026  hoshino  franchise  saga  offered (2)" in told
    assert "JPY 15 per image" in told
    versions = offers.find(database, "hoshino-2026").versions
    assert [(each.recorded_by, each.reason) for each in versions] == [
        ("Sato", ""),
        ("Sato", "autumn prices"),
    ]


def test_an_offer_is_suspended_resumed_and_withdrawn(genbo: Genbo, database: Database) -> None:
    why = ("--by", "Sato", "--reason", "A dispute")
    assert "is now suspended" in genbo("offer", "suspend", "hoshino-2026", *why)
    assert "is now offered" in genbo("offer", "resume", "hoshino-2026", *why)
    assert "is now withdrawn" in genbo("offer", "withdraw", "hoshino-2026", *why)
    with pytest.raises(Refusal, match="offer_state_wrong"):
        genbo("offer", "resume", "hoshino-2026", *why)
    last = offers.find(database, "hoshino-2026").versions[-1]
    assert (last.version.state, last.recorded_by, last.reason) == ("withdrawn", "Sato", "A dispute")


def test_a_firm_accepts_by_command(genbo: Genbo, database: Database) -> None:
    who = ("--licensee", "studio-a", "--by", "Sato", "--subject", "hero")
    told = genbo("offer", "accept", "hoshino-2026", "--version", "2", *who)
    assert told.startswith("lic_")
    assert "accepted for 1 works" in told
    with pytest.raises(Refusal, match="offer_version_not_in_force"):
        genbo("offer", "accept", "hoshino-2026", "--version", "1", *who)


def test_both_sides_of_a_conflict_are_listed(genbo: Genbo, database: Database) -> None:
    assert "Conflicts: 0" in genbo("offer", "conflicts")
    offers.make(database, "other", subject="saga")
    told = genbo("offer", "conflicts")
    assert "Conflicts: 1" in told
    assert "hoshino-2026" in told
    assert "other" in told
