"""``genbo funds``: the house's own money, from what it puts in to what it takes out again."""

from datetime import UTC, datetime

import pytest

from tests.api.test_cli import Desk, desk
from tests.services.money import OCTOBER, bill, receive, sell, settle

__all__ = ["desk"]

SAID = ("--reason", "accrued royalty", "--by", "Sato", "--on", "2026-11-06")


@pytest.fixture
def funded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A terminal in November, at a house that has an accrued line of 110,000 to divide."""
    sell(desk.database, 100_000, recognition="accrual")
    desk.today = datetime(2026, 11, 9, 3, tzinfo=UTC)
    monkeypatch.setattr("api.commands.funds.system_clock", lambda: desk.today)
    return desk


def test_own_money_goes_in_pays_ahead_and_comes_out_again(funded: Desk) -> None:
    (invoice,) = bill(funded.database)
    told = funded.done("funds", "put", "--amount", "101200", "--bank-reference", "A 1", *SAID)
    assert "Own money 101,200 JPY, of which 0 JPY paid ahead of firms" in told
    settle(funded.database, OCTOBER)
    take = ("funds", "take", "--bank-reference", "A 2", *SAID, "--amount")
    funded.refused("own_funds_in_use", *take, "1", currency="JPY")
    receive(funded.database, invoice)
    funded.done(*take, "8800")
    shown = funded.done("funds", "show")
    assert "101,200 JPY can be taken out" in shown  # A run is about to take the rest.
    assert "2026-11-06  out  8,800 JPY  A 2  Sato  accrued royalty" in shown


def test_a_move_that_cannot_be_so_moves_nothing(funded: Desk) -> None:
    put = ("funds", "put", "--bank-reference", "A 1", *SAID, "--amount")
    for code, amount in (("number_not_whole", "1.5"), ("number_out_of_range", "0")):
        funded.refused(code, *put, amount)
    funded.refused("currency_unknown", *put, "1", "--currency", "ZZZ")
    assert "Own money 0 JPY" in funded.done("funds", "show")
    funded.done(*put, "1")
    funded.refused("own_funds_moved_already", *put, "1", value="A 1")
