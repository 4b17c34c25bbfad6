"""The trial balance by command and over the API, in both languages."""

import csv
import io
from pathlib import Path

import pytest

from tests import builders
from tests.api.doors import Door, problem
from tests.api.test_cli import Desk, desk
from tests.services import money
from tests.services.withheld import pay

__all__ = ["desk"]

ASKED = ("trial-balance", "--to", "2026-12-31")


def test_the_command_shows_and_writes_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert "Nothing was posted" in desk.done(*ASKED)
    pay(desk.database)
    told = desk.genbo(*ASKED, language="ja").out
    assert "権利者預り金" in told
    assert "預り金(源泉所得税)" in told
    assert "Hikari" not in told
    assert "minami" in desk.done(*ASKED, "--by-party")
    desk.done(*ASKED, "--csv", "out/trial.csv")
    text = Path("out/trial.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(int(row["closing_minor"]) for row in rows) == 0
    assert {"account": "withholding", "closing_minor": "-185132"}.items() <= rows[-1].items()
    desk.refused("days_reversed", *ASKED, "--from", "2027-01-01", first_day="2027-01-01")
    desk.refused("not_a_day", "trial-balance", "--to", "2026-12-32", value="2026-12-32")


def test_the_house_reads_it_and_nobody_else(door: Door) -> None:
    money.house(door.database)
    pay(door.database)
    house = builders.key(door.database, "genbo", label="house", scopes=["read"])
    path = "/v1/journal/trial-balance"
    found = door.get(f"{path}?to=2026-12-31&by_party=true", key=house).json()
    assert found["totals"][0]["closing"] == "0"
    assert {"account": "withholding", "name_ja": "預り金(源泉所得税)"}.items() <= (
        found["lines"][-1].items()
    )
    table = door.get(f"{path}.csv?to=2026-12-31", key=house)
    assert table.content.startswith(b"\xef\xbb\xbfaccount,")
    problem(door.get(f"{path}?to=2026-12-31"), 403, "house_only")
    problem(door.get(f"{path}.csv?to=2026-12-31"), 403, "house_only")
    reversed_days = f"{path}?from=2027-01-01&to=2026-12-31"
    problem(door.get(reversed_days, key=house), 422, "days_reversed")
