"""The withholding register by command: listed, added up, remitted, and what cannot be."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.api.test_cli import Desk, desk
from tests.services.withheld import pay

__all__ = ["desk"]


@pytest.fixture
def paid(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A terminal on 12 January, after payments of 25 December."""
    pay(desk.database)
    desk.today = datetime(2027, 1, 12, 3, tzinfo=UTC)
    monkeypatch.setattr("api.commands.withholding.system_clock", lambda: desk.today)
    monkeypatch.setenv("COLUMNS", "200")
    return desk


def test_the_register_is_listed_and_written(paid: Desk) -> None:
    told = paid.done("withholding", "list", "--month", "2026-12")
    for shown in ("Hikari Minami (minami)", "10.21%", "93,932", "2026-12-25", "filed 2026-12-24"):
        assert shown in told, told
    assert "Nothing was withheld" in paid.done("withholding", "list", "--month", "2026-11")
    paid.done("withholding", "list", "--csv", "register.csv")
    rows = list(csv.DictReader(io.StringIO(Path("register.csv").read_text("utf-8-sig"))))
    assert [(row["payee"], row["withheld_minor"], row["due_on"]) for row in rows] == [
        ("han", "91200", "2027-01-12"),
        ("minami", "93932", "2027-01-12"),
    ]
    paid.done("withholding", "year", "2026", "--csv", "year.csv")
    totals = list(csv.DictReader(io.StringIO(Path("year.csv").read_text("utf-8-sig"))))
    assert [(row["payee"], row["is_reported"]) for row in totals] == [
        ("han", ""),
        ("minami", "true"),
    ]
    assert "93,932" in paid.done("withholding", "year", "2026")


def test_a_month_is_remitted_by_hand_once(paid: Desk) -> None:
    assert "to be remitted" in paid.done("withholding", "slips")
    given = ("withholding", "remit", "2026-12", "--on", "2027-01-12", "--by", "keiri")
    resident = (*given, "--amount", "93932", "--scope", "resident_individual")
    paid.refused("remittance_scope_needed", *given, "--amount", "93932")
    paid.refused("remittance_differs", *given, "--amount", "1", "--scope", "non_resident")
    paid.refused("word_not_known", *given, "--amount", "93932", "--scope", "everybody")
    paid.refused(
        "remitted_too_early",
        *("withholding", "remit", "2026-12", "--amount", "1", "--on", "2026-12-31", "--by", "k"),
        last_day="2026-12-31",
    )
    paid.refused(
        "nothing_to_remit",
        *("withholding", "remit", "2026-11", "--amount", "1", "--on", "2027-01-12", "--by", "k"),
        month="2026-11",
    )
    assert "93,932" in paid.done(*resident)
    paid.refused("remitted_already", *resident, recorded_by="keiri")
    assert "remitted on 2027-01-12 (keiri)" in paid.done("withholding", "slips")


def test_a_late_remittance_says_by_when_it_was_due(paid: Desk) -> None:
    paid.today = datetime(2027, 1, 20, 3, tzinfo=UTC)
    assert "overdue" in paid.done("withholding", "slips")
    told = paid.done(
        *("withholding", "remit", "2026-12", "--amount", "91200", "--on", "2027-01-20"),
        *("--scope", "non_resident", "--by", "keiri"),
    )
    assert "due by 2027-01-12" in told
