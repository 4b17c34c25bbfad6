"""``genbo revise``, ``genbo statements`` and ``genbo party`` as a person meets them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import cli, terminal
from api.commands import statements as command
from ledger.core.refusal import Refusal
from ledger.core.statement import Statement
from ledger.store.database import Database
from locales.catalogues import message
from tests import builders
from tests.database import connection_string
from tests.services.revised import pay_a_committee


@pytest.fixture
def issued(database: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Statement]:
    """Statements of November, seen on 12 December."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("COLUMNS", "200")
    at = datetime(2026, 12, 12, 3, tzinfo=UTC)
    monkeypatch.setattr(command, "system_clock", lambda: at)
    return pay_a_committee(database)


def genbo(*words: str, language: str = "en", **given: Any) -> Result:
    """Run a command; what ends it is kept."""
    terminal.language.cache_clear()
    return CliRunner(env={"GENBO_LANGUAGE": language}).invoke(cli.app, words, **given)


WITHHELD = ("--withholding-base", "including_tax", "--withholding-from", "2027-01-01")
MOVE = ("--move", "100000", "--tax", "10000", "--to", "streamer")
WHY = ("--by", "Sato", "--because", "覚書（2026年12月1日）")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_revision_says_line_by_line_what_differs(
    issued: dict[str, Statement], language: str
) -> None:
    studio, streamer = issued["studio"].number, issued["streamer"].number
    told = genbo("revise", studio, *WHY, *MOVE, language=language).output
    for number in (f"{studio}-r2", f"{streamer}-r2"):
        assert number in told
    assert "948,231" in told
    assert "848,231" in told
    assert message(language, "category.distribution") in told
    listed = genbo("statements", "studio", language=language).output
    newest, first = (line for line in listed.splitlines() if studio in line)
    assert f"{studio}-r2" in newest
    assert "覚書" in newest
    assert message(language, "cli.statements.newest") in newest
    assert message(language, "cli.statements.replaced", number=f"{studio}-r2") in first
    explained = genbo("explain", f"{studio}-r2", language=language).output
    assert f"{studio}-r2" in explained
    assert studio in genbo("explain", studio, language=language).output


def test_a_revision_is_json_for_programs(issued: dict[str, Statement]) -> None:
    told = genbo("revise", issued["studio"].number, *WHY, *MOVE, "--json").output
    mine, theirs = json.loads(told)
    assert mine["revises"]["differences"][0]["after_minor"] == 848_231
    assert theirs["revises"]["moved_now_minor"] == 100_000


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_party_is_put_right_and_then_its_statement(
    issued: dict[str, Statement], language: str
) -> None:
    name = ("--name-ja", "株式会社青空動画")
    told = genbo("party", "correct", "studio", *name, *WHY, language=language)
    assert told.exit_code == 0, told.output
    revised = genbo("revise", issued["studio"].number, *WHY, language=language).output
    assert "株式会社青空動画" in revised
    assert message(language, "revision.field.name_ja") in revised


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("revise", "STM-2026-999999", *WHY), "statement_unknown"),
        (("revise", "STM-2026-000009", *WHY), "nothing_to_revise"),
        (("revise", "STM-2026-000009", *WHY, "--move", "1.5", "--to", "x"), "number_not_whole"),
        (("revise", "STM-2026-000009", *WHY, "--move", "1"), "party_unknown"),
        (("revise", "STM-2026-000009", *WHY, "--issued-on", "soon"), "not_a_day"),
        (("statements", "--month", "2026-13"), "not_a_month"),
        (("party", "correct", "studio", *WHY), "nothing_to_correct_party"),
        (("party", "correct", "studio", *WITHHELD, *WHY), "withholding_terms_not_for_party"),
        (("party", "correct", "studio", *WITHHELD[:2], *WHY), "withholding_terms_incomplete"),
        (("party", "correct", "studio", *WITHHELD[:3], "soon", *WHY), "not_a_day"),
    ],
)
def test_what_cannot_be_is_refused(
    issued: dict[str, Statement], words: tuple[str, ...], code: str
) -> None:
    told = genbo(*words)
    assert isinstance(told.exception, Refusal), told.output
    assert told.exception.code == code


def test_a_book_without_statements_says_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    assert message("en", "cli.statements.none") in genbo("statements").output


RELIEF = ("party", "relief", "hoshino", "--rate-bp", "1000", "--filed-on", "2020-01-06")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*RELIEF, *WHY), "treaty_relief_not_for_party"),  # It is at home in Japan.
        (("party", "relief", "studio-a", *RELIEF[3:], *WHY), "party_not_a_holder"),
        (("party", "relief", "nobody", *RELIEF[3:], *WHY), "party_unknown"),
        ((*RELIEF[:-1], "2020-13-06", *WHY), "not_a_day"),
        ((*RELIEF[:4], "ten", *RELIEF[5:], *WHY), "number_not_whole"),
    ],
)
def test_a_relief_is_refused_by_name(
    database: Database, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    builders.party(database, "hoshino")
    builders.licensee(database, "studio-a")
    told = genbo(*words)
    assert isinstance(told.exception, Refusal), told.output
    assert told.exception.code == code


def test_a_relief_is_entered_and_listed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    builders.parties(database, builders.new_person("han", country="KR"))
    assert message("en", "cli.relief.none") in genbo("party", "reliefs").output
    filed = ("--rate-bp", "0", "--filed-on", "2026-01-06")
    told = genbo("party", "relief", "han", *filed, *WHY).output
    assert "0%" in told
    assert "2026-01-07" in told
    assert "10%" in told  # The table of treaties has another rate.
    assert "2026-01-06" in genbo("party", "reliefs", "han", language="ja").output
