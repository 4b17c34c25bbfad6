"""Advances to payees by command and by file, and what cannot be entered."""

from pathlib import Path

from tests import builders
from tests.api.test_cli import Desk, desk

__all__ = ["desk"]

ADVANCE = """
[[payee_advances]]
reference = "ADV-1"
payee = "hoshino"
amount_minor = 300000
pay_from = 2026-11-30
"""


def test_an_advance_is_entered_listed_and_withdrawn(desk: Desk) -> None:
    builders.party(desk.database)
    given = ("--payee", "hoshino", "--amount", "300000", "--pay-from", "2026-11-30")
    desk.done("payee-advance", "add", "ADV-1", *given, "--by", "keiri", "--reason", "signature")
    listed = desk.done("payee-advance", "list")
    assert listed.split("  ") == [
        "ADV-1",
        "hoshino",
        "300,000",
        "to be paid from 2026-11-30",
        "signature\n",
    ]
    desk.done("payee-advance", "withdraw", "ADV-1", "--by", "keiri", "--reason", "Typed twice.")
    assert "withdrawn: Typed twice." in desk.done("payee-advance", "list")
    desk.refused(
        "payee_advance_unknown",
        *("payee-advance", "withdraw", "ADV-2", "--by", "keiri", "--reason", "x"),
        reference="ADV-2",
    )


def test_an_advance_is_imported(desk: Desk) -> None:
    builders.party(desk.database)
    Path("world.toml").write_text(ADVANCE, encoding="utf-8")
    desk.done("import", "world.toml", "--by", "keiri")
    assert "ADV-1  hoshino  300,000" in desk.done("payee-advance", "list")
    wrong = ADVANCE.replace("ADV-1", "ADV-2").replace("300000", "0")
    Path("world.toml").write_text(wrong, encoding="utf-8")
    desk.refused("number_out_of_range", "import", "world.toml", "--by", "keiri", value="0")
