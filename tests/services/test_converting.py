"""What the bank really exchanged leaves the position at its average cost, with a gain or a loss."""

from datetime import date
from typing import Any

import pytest

from ledger.core.position import BankExchange
from ledger.services import auditing, converting
from ledger.services.converting import Exchanged
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.services import dollars, money
from tests.services.money import noon


def convert(
    database: Database, sold_minor: int, yen: int, *, reference: str = "FX-1", **changes: Any
) -> Exchanged:
    asked: dict[str, Any] = {"currency": "USD", "exchanged_on": date(2026, 12, 1), **changes}
    exchange = BankExchange(sold_minor=sold_minor, yen=yen, bank_reference=reference, **asked)
    return converting.record_exchange(
        database, exchange=exchange, recorded_by="keiri", recorded_at=noon(date(2026, 12, 1))
    )


@pytest.fixture
def received(database: Database) -> Database:
    """A book with 110.05 dollars in the bank, received when a dollar was 151 yen."""
    money.house(database)
    builders.party(database, "hoshino", minimum_payment_minor=0)
    dollars.translated(database)
    money.sell(database, 100_05, currency="USD")
    (number,) = money.bill(database)
    money.receive(database, number, on=date(2026, 11, 5), currency="USD")
    return database


def test_dollars_are_exchanged_before_holders_get_their_yen(received: Database) -> None:
    with refusal("insufficient_yen", None) as refused:
        money.settle(received)
    assert refused[0].values["foreign"] == "USD 110.05"
    done = convert(received, 110_05, 17_000)
    # Nothing is known to have cost anything yet: it is owed to holders.
    assert (done.gain_yen, done.position.foreign_minor) == (0, -11_005)
    money.settle(received)
    # 110.05 × 151 = 16,617.55 go to the holder, and 383 yen are the house's.
    balances = dollars.balances(received, "JPY")
    assert balances["exchange_gains"] == -(17_000 - 16_617)
    assert "exchange" not in balances
    assert dollars.balances(received) == {}
    assert not any(auditing.audit(received).values())


def test_what_is_left_keeps_its_part_of_the_cost(received: Database) -> None:
    dollars.yen_at_hand(received)
    money.settle(received)
    gain = convert(received, 50_00, 7_700)
    assert gain.gain_yen == 7_700 - 7_549  # 16,617 × 5,000 / 11,005, truncated
    assert (gain.position.foreign_minor, gain.position.cost_yen) == (6_005, 9_068)
    loss = convert(received, 60_05, 9_000, reference="FX-2")
    assert loss.gain_yen == 9_000 - 9_068
    assert (loss.position.foreign_minor, loss.position.cost_yen) == (0, 0)
    balances = dollars.balances(received, "JPY")
    assert (balances["exchange_gains"], balances["exchange_losses"]) == (-151, 68)
    assert dollars.balances(received) == {}
    assert not any(auditing.audit(received).values())


def test_an_exchange_is_counted_once_under_the_banks_reference(received: Database) -> None:
    first = convert(received, 50_00, 7_700)
    again = convert(received, 50_00, 7_700)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.position == first.position
    with refusal("exchange_recorded_otherwise", "bank_reference"):
        convert(received, 50_00, 7_701)
    assert not any(auditing.audit(received).values())


def test_what_cannot_have_been_exchanged_is_refused_by_name(received: Database) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"sold_minor": 110_06}, "foreign_cash_too_small", "amount"),
        ({"sold_minor": 0}, "number_out_of_range", "amount"),
        ({"yen": -1}, "number_out_of_range", "yen"),
        ({"currency": "JPY"}, "exchange_of_own_currency", "currency"),
        ({"exchanged_on": date(2026, 12, 2)}, "exchange_in_future", "exchanged_on"),
        ({"reference": ""}, "text_missing", "bank_reference"),
    ]
    for changes, code, field in cases:
        with refusal(code, field):
            convert(received, **{"sold_minor": 1, "yen": 1, **changes})
    assert converting.list_positions(received) == {}
