"""``genbo dunning`` as the house meets it, and the days on which invoices may be due."""

import re
from datetime import UTC, date, datetime

import pytest

from api.banking import usual_due_day
from tests import builders
from tests.api.caught import catching
from tests.api.test_cli import Desk, desk
from tests.services.money import bill, receive, sell

__all__ = ["desk"]

INVOICE = "INV-2026-000001"


@pytest.fixture
def late(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An invoice of 110,000 that has been due since 30 November, seen on 10 December at noon."""
    sell(desk.database, 100_000)
    bill(desk.database)
    desk.today = datetime(2026, 12, 10, 3, tzinfo=UTC)
    monkeypatch.setattr("api.commands.dunning.system_clock", lambda: desk.today)
    return desk


def test_open_invoices_are_listed_by_age_with_totals(late: Desk) -> None:
    receive(late.database, INVOICE, amount_minor=10_000)
    told = late.done("dunning", "list")
    assert told.splitlines() == [
        f"studio-a  {INVOICE}  2026-11-30  10 days  JPY 100,000  nobody to write to",
        "1 to 30 days overdue: 1 invoices, JPY 100,000",
    ]
    assert "more than 90 days overdue: 1" in late.done("dunning", "list", "--on", "2027-03-01")
    assert "not yet due: 1" in late.done("dunning", "list", "--on", "2026-11-30")
    receive(late.database, INVOICE, amount_minor=100_000, external_reference="rest")
    assert late.done("dunning", "list") == "No invoice is open.\n"


def test_reminders_are_shown_first_and_then_sent_once(
    late: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.member(late.database, "studio-a", email="ap@studio-a.example", role="accountant")
    told = late.done("dunning", "send", "--dry-run")
    assert f"studio-a  first reminder  {INVOICE}  JPY 110,000  ap@studio-a.example" in told
    assert "Nothing was" in told
    assert late.done("dunning", "history") == ""
    with catching() as catcher:
        monkeypatch.setenv("GENBO_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("GENBO_SMTP_PORT", str(catcher.port))
        monkeypatch.setenv("GENBO_SMTP_GUARD", "none")
        assert "1 letters were written" in late.done("dunning", "send", "--by", "keiri")
        assert "0 letters were written" in late.done("dunning", "send", "--by", "keiri")
    assert len(catcher.taken) == 1
    assert "first reminder  JPY 110,000  ap@studio-a.example  sent" in late.done(
        "dunning", "history", "--invoice", INVOICE
    )


def test_a_hold_is_set_listed_and_released(late: Desk) -> None:
    given = ("--reason", "The quantity is wrong.", "--by", "keiri")
    told = late.done("dunning", "hold", "--invoice", INVOICE, *given)
    found = re.search("dhd_[0-9a-f]+", told)
    assert found is not None
    assert "held  disputed: The quantity is wrong." in late.done("dunning", "list")
    assert "disputed  The quantity is wrong." in late.done("dunning", "holds")
    ended = ("--reason", "It was right.", "--by", "bucho")
    late.done("dunning", "release", found[0], *ended)
    assert late.done("dunning", "holds") == ""
    assert "bucho  It was right." in late.done("dunning", "holds", "--all")
    late.refused("dunning_hold_released", "dunning", "release", found[0], *ended)
    late.refused("dunning_hold_unknown", "dunning", "release", "dhd_1", *ended)
    late.refused("dunning_hold_of_what", "dunning", "hold", *given)
    late.refused("invoice_unknown", "dunning", "hold", "--invoice", "INV-9", *given)
    late.refused(
        "word_not_known", "dunning", "hold", "--invoice", INVOICE, "--kind", "bored", *given
    )


def test_terms_are_agreed_and_listed(late: Desk) -> None:
    agree = ("dunning", "agree", "studio-a", "--by", "keiri", "--from")
    late.done(*agree, "2026-10-01", "--days=5,-5", "--interest", "14.6", "--suspend-after", "60")
    late.done(*agree, "2026-11-01", "--exempt", "A subsidiary.")
    assert late.done("dunning", "terms").splitlines() == [
        "2026-10-01  studio-a  -5,5  14.6%  suspended after 60 days",
        "2026-11-01  studio-a  A subsidiary.",
    ]
    assert "exempt  A subsidiary." in late.done("dunning", "list")
    late.refused("dunning_terms_of_that_day", *agree, "2026-11-01")
    late.refused("dunning_schedule_wrong", *agree, "2026-12-01", "--days=soon", value="soon")
    late.refused("dunning_schedule_wrong", *agree, "2026-12-01", "--days=1,1", value="1, 1")
    late.refused("late_interest_rate_wrong", *agree, "2026-12-01", "--interest", "14,6")
    late.refused("late_interest_rate_wrong", *agree, "2026-12-01", "--interest", "0")
    late.refused("number_out_of_range", *agree, "2026-12-01", "--suspend-after", "0")
    late.refused("email_malformed", *agree, "2026-12-01", "--contact", "nobody")
    late.refused("dunning_license_unknown", *agree, "2026-12-01", "--license", "LIC-9")
    late.refused("dunning_exemption_contradicts", *agree, "2026-12-01", "--exempt", "x", "--days=1")


def test_late_interest_is_worked_out_step_by_step(late: Desk) -> None:
    assert late.done("dunning", "interest") == "No late interest is owed.\n"
    agree = ("dunning", "agree", "studio-a", "--by", "keiri", "--from", "2026-10-01")
    late.done(*agree, "--interest", "14.6")
    receive(late.database, INVOICE, amount_minor=60_000, on=date(2026, 12, 5))
    assert late.done("dunning", "interest").splitlines() == [
        f"studio-a  {INVOICE}  14.6%  JPY 320",  # 5 days of 44 and 5 of 20.
        "2026-12-01 to 2026-12-05: 5 days on JPY 110,000",
        "2026-12-06 to 2026-12-10: 5 days on JPY 50,000",
    ]
    rest = {"amount_minor": 50_000, "external_reference": "rest"}
    receive(late.database, INVOICE, on=date(2026, 12, 7), **rest)
    asked = ("dunning", "interest", "--invoice", INVOICE, "--on", "2027-03-31")
    assert f"{INVOICE}  14.6%  JPY 260" in late.done(*asked)  # Paid, and late all the same.
    late.refused("invoice_unknown", "dunning", "interest", "--invoice", "INV-9")
    late.refused("not_a_day", "dunning", "interest", "--on", "soon")


def test_a_license_is_suspended_and_lifted_by_hand(late: Desk) -> None:
    builders.member(late.database, "studio-a", email="ap@studio-a.example", role="accountant")
    agree = ("dunning", "agree", "studio-a", "--by", "keiri", "--from", "2026-10-01")
    late.done(*agree, "--suspend-after", "10")
    given = ("--reason", "They pay in rates.", "--by", "bucho")
    license_ = "LIC-studio-a-kaze-no-machi-2026-10"
    late.refused("license_not_suspended", "dunning", "lift", license_, *given, license=license_)
    assert "warning of suspension" in late.done("dunning", "send")
    assert "There is nothing" in late.done("dunning", "suspend", "--by", "keiri")
    late.today = datetime(2026, 12, 17, 3, tzinfo=UTC)
    assert f"{license_} is suspended" in late.done("dunning", "suspend", "--by", "keiri")
    assert f"{license_}  studio-a  {INVOICE}  JPY 110,000  2026-12-17 12:00 keiri" in late.done(
        "dunning", "suspended"
    )
    assert "is in force again" in late.done("dunning", "lift", license_, *given)
    assert late.done("dunning", "suspended") == ""
    assert "bucho  They pay in rates." in late.done("dunning", "suspended", "--all")


def test_a_setting_that_is_no_schedule_is_named(
    late: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENBO_DUNNING_DAYS", "sometimes")
    late.refused("setting_unusable", "dunning", "list", name="GENBO_DUNNING_DAYS")
    monkeypatch.setenv("GENBO_DUNNING_DAYS", "")
    assert "exempt" in late.done("dunning", "list")


@pytest.mark.parametrize(
    ("issued_on", "due_on"),
    [
        (date(2026, 10, 5), date(2026, 11, 30)),  # A Monday.
        (date(2026, 9, 5), date(2026, 11, 2)),  # 31 October is a Saturday.
        (date(2026, 11, 5), date(2027, 1, 4)),  # 31 December to 3 January banks are closed.
        (date(2027, 3, 5), date(2027, 4, 30)),
        (date(2026, 3, 31), date(2026, 4, 30)),
        (date(2028, 3, 5), date(2028, 5, 1)),  # 30 April 2028 is a Sunday.
    ],
)
def test_an_invoice_is_due_on_a_day_on_which_banks_are_open(issued_on: date, due_on: date) -> None:
    assert usual_due_day(issued_on) == due_on


@pytest.mark.parametrize(
    "command",
    [
        ("bill", "2026-10", "--issued-on", "2026-11-05"),
        ("bill-advances", "--issued-on", "2026-11-05"),
        ("close", "2026-11", "--yes", "--by", "keiri", "--issued-on", "2026-12-05"),
    ],
)
def test_no_kind_of_invoice_is_due_when_banks_are_closed(
    command: tuple[str, ...], desk: Desk
) -> None:
    closed = {"2026-12-31": "2027-01-04", "2026-12-05": "2026-12-07", "2026-11-23": "2026-11-24"}
    for day, opened in closed.items():
        desk.refused("due_on_closed_day", *command, "--due-on", day, due_on=day, next_open=opened)
