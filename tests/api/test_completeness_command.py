"""``genbo reports`` and ``genbo close``: what was declared is shown before the month is closed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from unicodedata import east_asian_width

import pytest
from typer.testing import CliRunner, Result

from api import cli, terminal
from ledger.core.completeness import NewDeclaration, NewTotal
from ledger.core.period import Month
from ledger.services import declaring
from ledger.services.closing import DeclarationsDiffer
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.services.firms import firm, select
from tests.services.usage import generation, report

OCTOBER = Month(2026, 10)
NOW = datetime(2026, 11, 5, 3, tzinfo=UTC)

Genbo = Callable[..., Result]


@pytest.fixture
def genbo(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Genbo]:
    """The command line on this book, early in November."""
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setattr("api.commands.month.system_clock", lambda: NOW)

    def run(*words: str, language: str = "en") -> Result:
        monkeypatch.setenv("GENBO_LANGUAGE", language)
        terminal.language.cache_clear()
        return CliRunner().invoke(cli.app, words)

    yield run
    terminal.language.cache_clear()


def declare(database: Database, new: NewDeclaration) -> None:
    declaring.declare(
        database,
        licensee_id=firm(database).id,
        licensee="studio-a",
        month=OCTOBER,
        new=new,
        declared_at=NOW,
    )


def images(count: int) -> NewDeclaration:
    total = NewTotal(modality="image", unit="image", quantity=count)
    return NewDeclaration(generation_count=count, totals=(total,))


def test_a_month_is_shown_firm_by_firm(database: Database, genbo: Genbo) -> None:
    builders.license(database)
    builders.license(database, "LIC-B", licensee="studio-b")
    report(
        database, generation(1000), generation("0.5"), generation(None), generation(1, unit="clip")
    )
    declare(database, images(5))
    told = genbo("reports", "2026-10").output
    assert [re.split(" {2,}", line.strip()) for line in told.splitlines()] == [
        [*_HEADER],
        ["studio-a", "differs", "generations", "5", "4", "-1", "2", "2", "0"],
        ["Image, clips", "0", "1", "+1", "0", "1", "0"],
        ["Image, images", "5", "1,000.5", "+995.5", "1,000.5", "0", "0"],
        ["studio-b", "undeclared", "generations", "-", "0", "-", "0", "0", "0"],
    ]


_HEADER = (
    *("AI firm", "State", "Counted", "Declared", "Reported", "Difference"),
    *("Accepted", "Held", "Refused"),
)


def test_the_table_is_aligned_in_japanese(database: Database, genbo: Genbo) -> None:
    builders.license(database)
    declare(database, NewDeclaration(is_nil=True))
    header, row = genbo("reports", "2026-10", language="ja").output.splitlines()
    assert "利用なし" in row
    assert "一致" in row
    assert _width(header) == _width(row)


def _width(line: str) -> int:
    return sum(1 + (east_asian_width(character) in "WF") for character in line)


def test_a_month_that_concerns_nobody_says_so(genbo: Genbo) -> None:
    assert "2026-10" in genbo("reports", "2026-10").output


def test_closing_waits_for_a_declaration_that_differs(database: Database, genbo: Genbo) -> None:
    builders.license(database)
    builders.license(database, "LIC-B", licensee="studio-b")
    declare(database, images(5))
    close = ("close", "2026-10", "--by", "keiri", "--yes", "--through", "close")
    assert isinstance(genbo(*close).exception, DeclarationsDiffer)
    told = genbo(*close, "--accept-differences", "tests").output
    undeclared, accepted, closed = told.splitlines()[-3:]
    assert "studio-b" in undeclared
    assert "studio-a" in accepted
    assert "2026-10 is closed" in closed
    assert select(database, "SELECT accepted_by, reason FROM accepted_difference") == [
        ("keiri", "tests")
    ]
    assert "closed" in genbo("reports", "2026-10").output
