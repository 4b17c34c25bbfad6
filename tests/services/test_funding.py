"""The house's own money: put in, taken out while it is free, and refused when it is not."""

from datetime import date
from typing import Any

import pytest

from ledger.core.own_funds import MoveKind
from ledger.services import auditing, funding
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.services import dollars
from tests.services.accruals import NOVEMBER_6, move, put, take
from tests.services.money import (
    OCTOBER,
    balances,
    bill,
    house,
    receive,
    release,
    sell,
    settle,
)


def standing(database: Database) -> tuple[int, int, int]:
    """Return what the house has of its own, what is paid ahead, and what is free."""
    funds = funding.show_own_funds(database).funds
    return funds.own_minor, funds.advanced_minor, funds.free_minor


def test_own_money_is_put_in_and_taken_out(database: Database) -> None:
    house(database)
    put(database, 1_000)
    take(database, 400)
    assert balances(database) == {"bank": 600, "own_funds": -600}
    shown = funding.show_own_funds(database)
    assert [(each.kind, each.amount_minor) for each in shown.moves] == [
        (MoveKind.TAKE, 400),
        (MoveKind.PUT, 1_000),
    ]
    assert standing(database) == (600, 0, 600)
    assert not any(auditing.audit(database).values())


def test_what_is_paid_ahead_is_free_again_as_the_firm_pays(database: Database) -> None:
    house(database)
    put(database, 101_200)
    sell(database, 100_000, recognition="accrual")
    (invoice,) = bill(database)
    run = settle(database, OCTOBER).run_reference
    assert run is not None
    assert standing(database) == (110_000, 110_000, 0)  # The fee with its tax is own money, too.
    with refusal("own_funds_in_use", "amount"):
        take(database, 1)
    release(database, run)
    receive(database, invoice, amount_minor=40_000)
    assert standing(database) == (110_000, 70_000, 40_000)
    receive(database, invoice, amount_minor=70_000, on=date(2026, 12, 2))
    assert standing(database) == (110_000, 0, 110_000)
    take(database, 110_000)
    assert balances(database) == {"own_funds": 8_800, "admin_fee": -8_000, "output_tax": -800}


def test_what_is_held_for_others_is_not_taken(database: Database) -> None:
    house(database)
    sell(database, 100_000)
    (invoice,) = bill(database)
    receive(database, invoice)
    with refusal("own_funds_in_use", "amount"):
        take(database, 1)
    settle(database)
    assert standing(database) == (8_800, 0, 8_800)
    take(database, 8_800)  # What it earned.
    with refusal("own_funds_in_use", "amount"):
        take(database, 1, reference="own 3")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"reference": "own 1"}, "own_funds_moved_already", "bank_reference"),
        ({"reference": ""}, "text_missing", "bank_reference"),
        ({"on": date(2026, 11, 8), "recorded_on": NOVEMBER_6}, "own_funds_in_future", "moved_on"),
    ],
)
def test_a_move_that_cannot_be_so_is_refused(
    database: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    house(database)
    put(database, 1_000)
    said: dict[str, Any] = {"reference": "own 2"} | changes
    with refusal(code, field):
        move(database, MoveKind.PUT, 5, **said)
    assert standing(database) == (1_000, 0, 1_000)


def test_what_is_paid_ahead_in_dollars_is_counted_in_yen_until_it_is_paid(
    database: Database,
) -> None:
    house(database)
    builders.party(database, minimum_payment_minor=0)
    dollars.translated(database)
    put(database, 20_000)
    sell(database, 100_00, currency="USD", recognition="accrual")
    (invoice,) = bill(database)
    settle(database, OCTOBER)  # Divided on 10 November: $110.00 at ¥151.
    assert funding.show_own_funds(database).funds.advanced_minor == 16_610
    receive(database, invoice, amount_minor=55_00, currency="USD")
    assert funding.show_own_funds(database).funds.advanced_minor == 8_305
    receive(database, invoice, amount_minor=55_00, currency="USD", on=date(2026, 12, 2))
    assert funding.show_own_funds(database).funds.advanced_minor == 0
