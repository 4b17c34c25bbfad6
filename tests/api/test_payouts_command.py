"""``genbo payouts``: two people take a run from its plan to the bank, back, and out again."""

from datetime import UTC, datetime

import pytest

from tests.api.test_cli import Desk, desk
from tests.services.money import bill, receive_all, sell, settle

__all__ = ["desk"]

RUN = "PAY-2026-11"
CLIENT_CODE = "9900000001"


@pytest.fixture
def planned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A terminal on 24 December, the day before a planned run is to be paid."""
    sell(desk.database, 10_000)
    receive_all(desk.database, bill(desk.database))
    settle(desk.database)
    desk.today = datetime(2026, 12, 24, 3, tzinfo=UTC)
    monkeypatch.setenv("COLUMNS", "120")
    for module in ("payouts", "month"):
        monkeypatch.setattr(f"api.commands.{module}.system_clock", lambda: desk.today)
    return desk


def test_a_run_is_approved_by_a_second_person_and_released(planned: Desk) -> None:
    planned.refused("same_person_cannot_approve", "payouts", "approve", RUN, "--by", "keiri")
    planned.refused("payout_run_unknown", "payouts", "show", "PAY-2026-10")
    assert "awaits approval" in planned.done("payouts", "list")
    assert "approved" in planned.done("payouts", "approve", RUN, "--by", "bucho")
    shown = planned.done("payouts", "show", RUN)
    for words in ("Planned by keiri", "Approved by bucho, 2026-12-24 12:00", "not sent yet"):
        assert words in shown, shown
    planned.done("release", RUN, "--by", "keiri", "--client-code", CLIENT_CODE)
    planned.refused(
        *("bank_answered_early", "payouts", "confirm", RUN, "--by", "keiri"),
        *("--on", "2026-12-25"),
        today="2026-12-24",
    )
    planned.today = datetime(2026, 12, 28, 3, tzinfo=UTC)
    told = planned.done("payouts", "confirm", RUN, "--by", "keiri", "--on", "2026-12-25")
    assert "1 of 1" in told


def test_what_comes_back_is_planned_again_on_a_day_of_its_own(planned: Desk) -> None:
    planned.done("release", RUN, "--by", "bucho", "--client-code", CLIENT_CODE)
    planned.today = datetime(2027, 1, 5, 3, tzinfo=UTC)
    back = ("payouts", "return", RUN, "hoshino", "--by", "keiri", "--on", "2026-12-28")
    planned.refused("text_missing", *back, "--reason", "")
    assert "hoshino" in planned.done(*back, "--reason", "account closed")
    assert "1 returned" in planned.done("payouts", "list")
    planned.refused(
        *("not_a_banking_day", "payouts", "again", "--by", "keiri", "--pay-on", "2027-01-09"),
        next_banking_day="2027-01-12",
    )
    planned.refused("not_a_day", "payouts", "again", "--by", "keiri", "--pay-on", "8 January")
    told = planned.done("payouts", "again", "--by", "keiri", "--pay-on", "2027-01-08")
    assert "PAY-2027-01-R1" in told
    assert "paid again by PAY-2027-01-R1" in planned.done("payouts", "show", RUN)
    planned.refused(
        "nothing_to_pay_again", "payouts", "again", "--by", "k", "--pay-on", "2027-01-08"
    )


def test_a_cancelled_run_says_why(planned: Desk) -> None:
    planned.done("payouts", "cancel", RUN, "--by", "bucho", "--reason", "wrong day")
    shown = planned.done("payouts", "show", RUN)
    for words in ("Cancelled by bucho", "Because: wrong day"):
        assert words in shown, shown
    assert "wait to be made again" in planned.done("payouts", "list")
    planned.refused(
        *("payout_run_cancelled", "release", RUN, "--by", "bucho"),
        *("--client-code", CLIENT_CODE),
        reason="wrong day",
    )
