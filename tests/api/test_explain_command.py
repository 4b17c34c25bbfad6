"""``genbo explain``: a tree or JSON, for the house or as a party sees it, or a sentence why not."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.refusal import Refusal
from ledger.store.database import Database
from tests.database import connection_string
from tests.refusals import refusal
from tests.services.explained import october, world

Genbo = Callable[..., str]


@pytest.fixture
def genbo(database: Database, monkeypatch: pytest.MonkeyPatch) -> Genbo:
    """The command on a book with a month that is paid out."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "160")
    terminal.language.cache_clear()
    world(database)
    october(database)

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli.app, ["explain", *words])
        if isinstance(result.exception, Refusal):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_a_line_is_told_as_a_tree_or_as_json(genbo: Genbo) -> None:
    told = genbo("LINE-2026-10-1")
    assert told.startswith("Royalty line  LINE-2026-10-1  subject novel")
    assert "100 × 12.5 = JPY 1,250" in told
    assert len(genbo("LINE-2026-10-1", "--depth", "1")) < len(told)
    plain = json.loads(genbo("LINE-2026-10-1", "--format", "json"))
    assert (plain["code"], plain["reference"]) == ("line", "LINE-2026-10-1")


def test_an_event_is_named_by_its_firm_source_and_id(genbo: Genbo) -> None:
    words = ("d", "--source", "test", "--licensee", "efuda", "--month", "2026-10")
    assert "1,203 × 35 ÷ 1,000 = JPY 42.105" in genbo(*words)
    assert "--licensee" in CliRunner().invoke(cli.app, ["explain", "d", "--source", "x"]).output


def test_a_partys_view_is_what_the_party_would_see(genbo: Genbo) -> None:
    assert "settlement" in genbo("LINE-2026-10-1", "--format", "json")
    assert "settlement" not in genbo("LINE-2026-10-1", "--format", "json", "--as", "efuda")
    assert "settlement" in genbo("LINE-2026-10-1", "--format", "json", "--as", "genbo")
    with refusal("explanation_not_found", "reference"):
        genbo("LINE-2026-10-1", "--as", "lumen")
    with refusal("party_unknown", "party"):
        genbo("LINE-2026-10-1", "--as", "nobody")
