"""``genbo preview`` and ``genbo close`` as a person meets them, in both languages."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import cli, terminal
from api.commands import months as command
from ledger.core.refusal import Refusal
from ledger.services import closing
from ledger.store.database import Database
from locales.catalogues import message
from tests import builders
from tests.database import connection_string
from tests.rows import rows
from tests.services import money
from tests.services.usage import generation, report


@pytest.fixture
def book(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A book in which more was used in October than in September, seen on 5 November."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("COLUMNS", "200")
    at = datetime(2026, 11, 5, 3, tzinfo=UTC)
    monkeypatch.setattr(command, "system_clock", lambda: at)
    money.house(database)
    builders.license(database)
    report(database, generation(1_000, on=date(2026, 9, 3)))
    closing.close_month(
        database,
        month=money.OCTOBER.previous(),
        closed_by="keiri",
        closed_at=money.OCTOBER.starts_at,
    )
    report(
        database,
        generation(1_500),
        generation(None),
        generation(1, license_reference="LIC-UNKNOWN"),
    )
    report(
        database,
        generation(10, on=date(2026, 9, 4)),
        recorded_at=datetime(2026, 10, 20, tzinfo=UTC),
    )
    return database


def genbo(*words: str, language: str = "en", **given: Any) -> Result:
    """Run a command; what ends it is kept."""
    terminal.language.cache_clear()
    return CliRunner(env={"GENBO_LANGUAGE": language}).invoke(cli.app, words, **given)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_preview_shows_what_changed_what_waits_and_what_to_know(
    book: Database, language: str
) -> None:
    told = genbo("preview", "2026-10", language=language).output
    for figure in ("12,000", "18,120", "6,120", "51%", "hoshino", "studio-a", "2026-09"):
        assert figure in told, figure
    assert message(language, "refusal.reason.quantity_unknown") in told
    assert message(language, "cli.preview.cause.late") in told
    assert message(language, "finding.undeclared", count="1", licensees="studio-a") in told
    assert "{" not in told
    assert rows(book, "SELECT month FROM month_closing") == [(date(2026, 9, 1),)]


def test_a_preview_is_json_for_programs(book: Database) -> None:
    found = json.loads(genbo("preview", "2026-10", "--json").output)
    assert found["totals"] == [
        {
            "currency": "JPY",
            "before": "12000",
            "now": "18120",
            "difference": "6120",
            "percent": "51.0",
            "change": "changed",
        }
    ]
    assert found["adjustments"][0]["month"] == "2026-09"
    assert {each["reason"] for each in found["waiting"]} >= {"quantity_unknown"}


def test_a_preview_of_nothing_says_so(book: Database) -> None:
    told = genbo("preview", "2027-03").output
    assert message("en", "cli.preview.nothing") in told
    assert message("en", "finding.month_not_over", ends_on="2027-03-31") in told


def test_one_command_closes_invoices_and_settles(book: Database) -> None:
    told = genbo("close", "2026-10", "--by", "keiri", "--yes").output
    for step in ("audit", "close", "bill", "settle"):
        assert message("en", "cli.close.step", step=message("en", f"cli.step.{step}")) in told
    assert message("en", "cli.close.invoiced", count="1", total="JPY 19,932") in told
    assert rows(book, "SELECT count(*) FROM settlement") == [(1,)]
    again = genbo("close", "2026-10", "--by", "keiri", "--yes")
    assert again.exit_code == 0
    assert rows(book, "SELECT count(*) FROM invoice") == [(1,)]


def test_nothing_is_done_without_a_word(book: Database) -> None:
    refused = genbo("close", "2026-10", "--by", "keiri").exception
    assert isinstance(refused, Refusal)
    assert refused.code == "not_confirmed"
    assert rows(book, "SELECT count(*) FROM month_run") == [(0,)]


@pytest.mark.parametrize(("answer", "closed"), [("y\n", 2), ("n\n", 1), ("\n", 1)])
def test_a_person_is_asked_after_the_preview(
    book: Database, monkeypatch: pytest.MonkeyPatch, answer: str, closed: int
) -> None:
    monkeypatch.setattr(command, "_is_watched", lambda: True)
    told = genbo("close", "2026-10", "--by", "keiri", input=answer)
    assert told.output.index("18,120") < told.output.index("statements?")
    assert rows(book, "SELECT count(*) FROM month_closing") == [(closed,)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("2026-12", "--by", "keiri"), "month_not_over_yet"),
        (("2026-13", "--by", "keiri"), "not_a_month"),
        (("2026-10", "--by", " "), "text_missing"),
        (("2026-10", "--by", "keiri", "--pay-on", "soon"), "not_a_day"),
        (("2026-10", "--by", "keiri", "--accept-differences", ""), "text_missing"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_shown(
    book: Database, words: tuple[str, ...], code: str
) -> None:
    told = genbo("close", *words, "--yes")
    assert isinstance(told.exception, Refusal)
    assert told.exception.code == code
    assert told.output == ""
    assert rows(book, "SELECT count(*) FROM month_run") == [(0,)]
