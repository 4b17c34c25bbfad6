"""What each movement of the balance at Stripe debits and credits."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.core.journal import balances
from ledger.core.movement import MovementUnknown, entries_of
from ledger.core.processor import Movement

DAY = date(2026, 11, 6)


def _moved(category: str, amount_minor: int, **changes: Any) -> Movement:
    usual: dict[str, Any] = {
        "reference": "txn_1",
        "category": category,
        "source": "ch_1",
        "currency": "JPY",
        "amount_minor": amount_minor,
        "fee_minor": 0,
        "created_at": datetime(2026, 11, 6, tzinfo=UTC),
        "charge": "ch_1",
    }
    return Movement(**(usual | changes))


def _debits(movement: Movement) -> dict[str, int]:
    made = entries_of(movement, licensee_id=7, posted_on=DAY)
    assert len({entry.asset for entry in made}) == len(made)
    return {
        f"{account.code} {asset}": amount
        for (account, asset), amount in balances(made).items()
        if amount
    }


@pytest.mark.parametrize(
    ("movement", "debits"),
    [
        # What a firm paid is posted with its receipt; here is only what Stripe keeps of it.
        (
            _moved("charge", 10_000, fee_minor=360),
            {"processor_fees JPY/0": 360, "stripe JPY/0": -360},
        ),
        (_moved("charge", 10_000), {}),
        (_moved("refund", -4_000), {"taken_back JPY/0": 4_000, "stripe JPY/0": -4_000}),
        (_moved("refund_failure", 4_000), {"taken_back JPY/0": -4_000, "stripe JPY/0": 4_000}),
        # A chargeback costs a fee beside the amount; one that is won brings back the amount.
        (
            _moved("dispute", -10_000, fee_minor=1_300),
            {"taken_back JPY/0": 10_000, "processor_fees JPY/0": 1_300, "stripe JPY/0": -11_300},
        ),
        (_moved("dispute_reversal", 10_000), {"taken_back JPY/0": -10_000, "stripe JPY/0": 10_000}),
        (_moved("payout", -8_000), {"bank JPY/0": 8_000, "stripe JPY/0": -8_000}),
        (_moved("payout_reversal", 8_000), {"bank JPY/0": -8_000, "stripe JPY/0": 8_000}),
        (_moved("topup", 3_000), {"stripe JPY/0": 3_000, "bank JPY/0": -3_000}),
        # To a payee, whose payout waits on an account of its own, and what came back of it.
        (_moved("transfer", -900), {"transfers JPY/0": 900, "stripe JPY/0": -900}),
        (_moved("transfer_reversal", 900), {"transfers JPY/0": -900, "stripe JPY/0": 900}),
        (_moved("fee", -500), {"processor_fees JPY/0": 500, "stripe JPY/0": -500}),
        # $100.00 that Stripe exchanged into ¥15,000: the dollars of the receipt leave its account.
        (
            _moved("charge", 15_000, fee_minor=840, paid_currency="USD", paid_minor=10_000),
            {
                "exchange USD/2": 10_000,
                "stripe USD/2": -10_000,
                "stripe JPY/0": 15_000 - 840,
                "exchange JPY/0": -15_000,
                "processor_fees JPY/0": 840,
            },
        ),
        # Charged back at another rate: the difference stays on the exchange account.
        (
            _moved("dispute", -15_200, paid_currency="USD", paid_minor=-10_000),
            {
                "taken_back USD/2": 10_000,
                "exchange USD/2": -10_000,
                "stripe JPY/0": -15_200,
                "exchange JPY/0": 15_200,
            },
        ),
    ],
)
def test_a_movement_is_posted(movement: Movement, debits: dict[str, int]) -> None:
    assert _debits(movement) == debits


@pytest.mark.parametrize("category", ["issuing_transaction", ""])
def test_what_is_not_known_is_not_posted(category: str) -> None:
    with pytest.raises(MovementUnknown):
        entries_of(_moved(category, -1_000), licensee_id=None, posted_on=DAY)


def test_the_balance_moves_by_the_amount_less_the_fee() -> None:
    assert _moved("dispute", -10_000, fee_minor=1_300).net_minor == -11_300
