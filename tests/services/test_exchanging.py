"""Published rates enter the book once, and what is there is never replaced."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.rate_table import read_rates
from ledger.services import BOOK_ID, exchanging
from ledger.services.exchanging import ImportedRates
from ledger.store import rates
from ledger.store.database import Database
from tests.database import connection_string
from tests.refusals import refusal
from tests.rows import rows

NOW = datetime(2026, 12, 1, tzinfo=UTC)
TABLE = "date,EURUSD,EURJPY\n2026-11-02,1.16,174.00\n2026-11-03,1.17,175.5\n"


def take(database: Database, table: str = TABLE, source: str = "ecb") -> ImportedRates:
    read = read_rates(table, source=source)
    return exchanging.import_rates(database, rates=read, recorded_at=NOW)


def test_the_same_rates_again_are_nothing_new(database: Database) -> None:
    assert take(database) == ImportedRates(given=4, new=4)
    before = rows(database, "SELECT * FROM fx_rate ORDER BY 1, 2, 3, 4, 5")
    assert take(database) == ImportedRates(given=4, new=0)
    assert take(database, TABLE + "2026-11-04,1.18,\n") == ImportedRates(given=5, new=1)
    assert rows(database, "SELECT * FROM fx_rate ORDER BY 1, 2, 3, 4, 5")[:4] == before
    with database.transaction() as session:
        read = rates.read_rates(
            session,
            book_id=BOOK_ID,
            sources=["ecb"],
            first=date(2026, 11, 3),
            last=date(2026, 11, 3),
        )
    assert [(each.into, each.rate) for each in read] == [
        ("JPY", Decimal("175.5")),
        ("USD", Decimal("1.17")),
    ]


def test_another_rate_for_a_day_is_refused_with_all_that_came_with_it(database: Database) -> None:
    take(database)
    other = TABLE.replace("175.5", "175.6") + "2026-11-04,1.18,\n"
    with refusal("rate_known_otherwise", "file") as refused:
        take(database, other)
    assert (refused[0].values["known"], refused[0].values["given"]) == ("175.5", "175.6")
    assert rows(database, "SELECT count(*) FROM fx_rate") == [(4,)]
    assert take(database, other, source="ecb-corrected").new == 5


def test_rates_are_imported_on_the_command_line(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(database))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    terminal.language.cache_clear()
    file = tmp_path / "rates.csv"
    file.write_text(TABLE, encoding="utf-8")
    told = CliRunner().invoke(cli.app, ["rates", "import", str(file), "--source", "ecb"])
    assert (told.exit_code, told.output) == (0, "4 rates of ecb, of which 4 are new.\n")
    terminal.language.cache_clear()
