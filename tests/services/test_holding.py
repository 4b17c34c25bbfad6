"""Payees who are held back, or whom no bank's file can carry, wait before a run is planned."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from api.banking import bank_names, is_open_for_banking
from api.transfers import can_be_written, zengin_file
from ledger.services import answering, approving, auditing, holding, paying
from ledger.store.database import Database
from tests import builders
from tests.api.test_paid_abroad import abroad
from tests.core.test_account_abroad import account
from tests.refusals import refusal, refused
from tests.rows import row_counts
from tests.services.money import (
    BANK_NAMES,
    DECEMBER,
    NOVEMBER,
    balances,
    bill,
    house,
    is_banking_day,
    noon,
    receive_all,
    release,
    sell,
    settle,
    statements,
)

RUN = "PAY-2026-11"
DAY = date(2026, 12, 1)


def hold(database: Database, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "payee": "hoshino",
        "reason": "an attachment order arrived",
        "held_by": "keiri",
        "held_at": noon(DAY),
    }
    holding.hold_payee(database, **asked | changes)


def let_go(database: Database, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "payee": "hoshino",
        "reason": "it was lifted",
        "ended_by": "bucho",
        "ended_at": noon(date(2027, 1, 5)),
    }
    holding.let_go(database, **asked | changes)


@pytest.fixture
def earned(database: Database) -> Database:
    """A book in which Hoshino and Umino earned 10,000 each."""
    house(database)
    for owner, work in (("hoshino", "kaze-no-machi"), ("umino", "umi")):
        builders.party(database, owner)
        builders.work(database, work, owner=owner)
        sell(database, 10_000, work=work)
    receive_all(database, bill(database))
    return database


def is_whole(database: Database) -> bool:
    return not any(auditing.audit(database).values()) and sum(balances(database).values()) == 0


def test_who_is_held_is_carried_with_the_reason_and_paid_when_let_go(earned: Database) -> None:
    hold(earned)
    assert [each.payee for each in holding.list_holds(earned)] == ["hoshino"]
    settle(earned)
    told = {name: each.settlement for name, each in statements(earned).items()}
    assert (told["hoshino"].hold_reason, told["hoshino"].carried_out_minor) == ("hold", 9_200)
    assert [each.payee.reference for each in paying.order(earned, run_reference=RUN).payments] == [
        "umino"
    ]
    let_go(earned)
    assert holding.list_holds(earned) == []
    assert [each.ended_by for each in holding.list_holds(earned, is_open=False)] == ["bucho"]
    receive_all(earned, bill(earned, NOVEMBER), on=date(2026, 12, 25))
    settled = settle(earned, DECEMBER)
    assert settled.run_reference is not None
    release(earned, settled.run_reference)
    assert statements(earned)["hoshino"].settlement.payable_minor == 9_200
    assert is_whole(earned)


def test_a_run_that_pays_who_was_held_later_is_not_released(earned: Database) -> None:
    settle(earned)
    hold(earned, held_at=noon(date(2026, 12, 20)))
    before = row_counts(earned)
    with refused("payee_held_back", payee="hoshino"):
        release(earned, RUN)
    assert row_counts(earned) == before
    approving.cancel_run(
        earned,
        run_reference=RUN,
        cancelled_by="keiri",
        cancelled_at=noon(date(2026, 12, 21)),
        reason="Hoshino is held",
    )
    with refused("payee_is_held", payee="hoshino"):
        _again(earned)
    again = _again(earned, payees_paid=["umino"])
    release(earned, again.reference)
    assert is_whole(earned)


def _again(database: Database, **changes: Any) -> Any:
    asked: dict[str, Any] = {
        "pay_on": date(2026, 12, 25),
        "planned_by": "keiri",
        "planned_at": noon(date(2026, 12, 21)),
        "bank_names": BANK_NAMES,
        "is_banking_day": is_banking_day,
    }
    return answering.plan_again(database, **asked | changes)


def test_whom_no_file_can_carry_waits_before_the_run_is_planned(database: Database) -> None:
    house(database)
    wrong = builders.new_bank_account(holder_kana="ホシノ＠")
    builders.party(database, "hoshino", bank_account=wrong)
    builders.parties(database, abroad(account_abroad=account(holder_name="A" * 200)))
    builders.party(database, "umino")
    for owner in ("hoshino", "pemberton", "umino"):
        builders.work(database, f"work-of-{owner}", owner=owner)
        sell(database, 10_000, work=f"work-of-{owner}")
    receive_all(database, bill(database))
    settled = settle(
        database,
        bank_names=bank_names(),
        is_banking_day=is_open_for_banking,
        can_be_written=can_be_written,
    )
    assert settled.run_reference == RUN
    told = {name: each.settlement.hold_reason for name, each in statements(database).items()}
    assert told["hoshino"] == "account_not_writable"
    assert told["umino"] is None
    order = paying.order(database, run_reference=RUN)
    assert "hoshino" not in [each.payee.reference for each in order.payments]
    assert zengin_file(order, client_code="1234567890")  # What is planned can be written.
    assert is_whole(database)


@pytest.mark.parametrize(
    ("act", "changes", "code", "field"),
    [
        (hold, {"payee": "nobody"}, "party_unknown", "payee"),
        (hold, {"payee": "studio-a"}, "party_not_a_holder", "payee"),
        (hold, {"reason": " "}, "text_missing", "reason"),
        (let_go, {}, "payee_not_held", "payee"),
    ],
)
def test_what_cannot_be_is_refused(
    earned: Database, act: Callable[..., None], changes: dict[str, Any], code: str, field: str
) -> None:
    before = row_counts(earned)
    with refusal(code, field):
        act(earned, **changes)
    assert row_counts(earned) == before


def test_a_payee_is_held_once(earned: Database) -> None:
    hold(earned)
    with refusal("payee_held_already", "payee"):
        hold(earned)
    let_go(earned)
    hold(earned, reason="another order", held_at=noon(date(2027, 1, 6)))
    assert [each.reason for each in holding.list_holds(earned)] == ["another order"]
