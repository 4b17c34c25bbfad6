"""``genbo party account`` and ``genbo release`` by hand, with the stand-in for Stripe."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import cli, terminal
from ledger.store.database import Database
from tests.api.doubled import client_of
from tests.api.stripe_scenes import Scene, scene
from tests.refusals import refused
from tests.rows import row_counts, rows
from tests.scenarios.test_stripe_transfers import AMOUNT, PAID, RUN, transfers
from tests.services.money import noon, settle

ENTER = ("party", "account", "hoshino", "--holder", "ホシノ", "--from", "2026-12-01")
WHY = ("--because", "form", "--by", "Sato")


@pytest.fixture
def paying(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with scene(database) as made:
        url = database.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("GENBO_STRIPE_KEY", made.double.api_key)
        monkeypatch.setenv("GENBO_STRIPE_URL", made.double.url)
        monkeypatch.setenv("GENBO_LANGUAGE", "en")
        terminal.language.cache_clear()
        for module in ("accounts", "month"):
            monkeypatch.setattr(f"api.commands.{module}.system_clock", made.watch)
        made.pay("card")
        made.hear()
        made.caller.carry_on()
        yield made


def genbo(*words: str) -> Result:
    done = CliRunner().invoke(cli.app, words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_a_payee_is_paid_through_stripe_by_hand(paying: Scene, tmp_path: Path) -> None:
    account = client_of(paying.double).v1.accounts.create({"country": "JP"}).id
    assert genbo(*ENTER, "--stripe", account, *WHY).exit_code == 0
    settle(paying.database)
    paying.watch.instant = noon(PAID)
    told = genbo("release", RUN, "--by", "bucho", "--out", str(tmp_path)).output
    assert "1 payments are transferred by Stripe on 2026-12-25" in told
    assert list(tmp_path.iterdir()) == []
    assert transfers(paying) == [(AMOUNT, f"{RUN}:hoshino")]
    shown = genbo("payouts", "show", RUN).output
    assert "hoshino" in shown
    paying.hear()
    assert paying.reconciler.look() == []


def test_a_balance_that_is_not_free_at_stripe_stops_the_release(paying: Scene) -> None:
    """The book has not heard yet that Stripe paid its balance to the bank."""
    account = client_of(paying.double).v1.accounts.create({"country": "JP"}).id
    genbo(*ENTER, "--stripe", account, *WHY)
    settle(paying.database)
    paying.watch.instant = noon(PAID)
    paying.double.world.pays_out()
    before = row_counts(paying.database)
    with refused("insufficient_stripe_balance", available="0"):
        genbo("release", RUN, "--by", "bucho")
    assert row_counts(paying.database) == before


def test_an_account_that_stripe_cannot_pay_is_refused(
    paying: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = row_counts(paying.database)
    away = client_of(paying.double).v1.accounts.create({"country": "US"}).id
    with refused("transfer_abroad", country="US"):
        genbo(*ENTER, "--stripe", away, *WHY)
    with refused("stripe_did_not_answer"):
        genbo(*ENTER, "--stripe", "acct_nobody", *WHY)
    unfinished = client_of(paying.double).v1.accounts.create({"country": "JP"}).id
    paying.double.state.find("account", unfinished)["capabilities"]["transfers"] = "pending"
    with refused("account_takes_no_transfers"):
        genbo(*ENTER, "--stripe", unfinished, *WHY)
    with refused("account_of_what_kind"):
        genbo(*ENTER, *WHY)
    with refused("account_of_what_kind"):
        genbo(*ENTER, "--stripe", away, "--bank", "0001", *WHY)
    monkeypatch.delenv("GENBO_STRIPE_KEY")
    with refused("stripe_not_set_up"):
        genbo(*ENTER, "--stripe", away, *WHY)
    assert row_counts(paying.database) == before


def test_another_bank_account_is_entered(paying: Scene) -> None:
    told = genbo(*ENTER, "--bank", "0001", "--branch", "001", "--number", "7654321", *WHY).output
    assert "from 2026-12-01 on" in told
    abroad = ("--bic", "WESTGB2L", "--bank-name", "West", "--bank-country", "GB")
    later = (*ENTER[:-1], "2027-01-01", "--iban", "GB82WEST12345698765432")
    genbo(*(word.replace("ホシノ", "Hoshino") for word in later), *abroad, *WHY)
    kinds = "SELECT account_type FROM bank_account WHERE recorded_by = 'Sato' ORDER BY 1"
    assert rows(paying.database, kinds) == [("iban",), ("ordinary",)]
