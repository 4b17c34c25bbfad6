"""What is left of a repayable advance is transferred to the firm that paid it, and owed no more."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from api import cli, terminal
from ledger.core.recoup_agreement import NewAdvance, NewRecoupGroup
from ledger.services import refunding
from ledger.store.database import Database
from tests.database import connection_string
from tests.refusals import refusal
from tests.scenarios.test_advances import is_sound
from tests.scenarios.test_advances_ended import APRIL, JUNE, pay_advances, run, sign
from tests.services import money

pytestmark = pytest.mark.usefixtures("worked_out_again")

LOAN = NewAdvance(
    reference="loan", kind="repayable", amount_minor=1_000_000, due_on=APRIL.first_day
)
GROUP = NewRecoupGroup(reference="both", crossing="cross", grants=(0, 1), advances=(LOAN,))


@pytest.fixture
def owing(database: Database) -> Database:
    """A book whose firm recouped 600,000 of a million, and is owed 440,000 with the tax."""
    sign(database, GROUP)
    pay_advances(database)
    run(database, {JUNE: {"novel": 400_000, "comic": 200_000}})
    return database


def record(database: Database, **changes: Any) -> int:
    transfer: dict[str, Any] = {
        "licensee": "studio-a",
        "amount_minor": 440_000,
        "currency": "JPY",
        "transferred_on": date(2026, 11, 10),
        "bank_reference": "B-1",
        "recorded_by": "keiri",
        "recorded_at": datetime(2026, 11, 11, tzinfo=UTC),
    }
    return refunding.record_refund(database, **(transfer | changes))


def test_what_is_transferred_is_owed_no_more(owing: Database) -> None:
    before = money.balances(owing)
    assert before["refunds:studio-a"] == -440_000
    assert record(owing, amount_minor=400_000) == 40_000
    assert money.balances(owing)["refunds:studio-a"] == -40_000
    assert record(owing, amount_minor=40_000, bank_reference="B-2") == 0
    after = money.balances(owing)
    assert "refunds:studio-a" not in after
    assert after["bank"] == before["bank"] - 440_000
    found = refunding.list_refunds(owing)
    assert found.owed == ()
    assert [(each.amount_minor, each.recorded_by) for each in found.transfers] == [
        (40_000, "keiri"),
        (400_000, "keiri"),
    ]
    assert is_sound(owing)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount_minor": 440_001}, "refund_exceeds_owed", "amount_minor"),
        ({"currency": "USD"}, "refund_exceeds_owed", "amount_minor"),
        ({"amount_minor": 0}, "number_out_of_range", "amount_minor"),
        ({"transferred_on": date(2026, 11, 12)}, "refund_in_future", "transferred_on"),
        ({"bank_reference": ""}, "text_missing", "bank_reference"),
        ({"licensee": "hoshino"}, "party_not_a_licensee", "licensee"),
        ({"licensee": "nobody"}, "party_unknown", "licensee"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(
    owing: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    before = money.balances(owing)
    with refusal(code, field):
        record(owing, **changes)
    assert money.balances(owing) == before


def test_a_transfer_is_recorded_once(owing: Database) -> None:
    record(owing, amount_minor=100_000)
    with refusal("refund_recorded_already", "bank_reference"):
        record(owing, amount_minor=100_000)
    assert money.balances(owing)["refunds:studio-a"] == -340_000


def test_the_command_lists_and_records(owing: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", connection_string(owing))
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    terminal.language.cache_clear()

    def genbo(*words: str) -> str:
        result = CliRunner().invoke(cli.app, ["refund", *words])
        assert result.exit_code == 0, result.output
        return result.output

    assert genbo("list") == "studio-a is owed 440,000 JPY\n"
    done = ("--amount", "440000", "--on", "2026-10-30", "--bank-reference", "B-9", "--by", "Sato")
    assert "0 JPY" in genbo("record", "studio-a", *done)
    assert genbo("list") == "2026-10-30  studio-a  440,000 JPY  B-9  Sato\n"
