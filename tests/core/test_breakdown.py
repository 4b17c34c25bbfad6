"""Earnings broken down: parts that add up to their line, whatever the quantities are."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.breakdown import Earned, LineKey, LineUse, Sum, add_up, divided, spread

OCTOBER = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),  # The spare yen goes to the first listed.
        (-100, [1, 1, 1], [-34, -33, -33]),  # A correction mirrors its original.
        (-300, [-5, 2], [-500, 200]),  # What was taken out and what came in, by one line.
        (100, ["0.5", "1.5"], [25, 75]),  # Seconds have decimals.
        (0, [3, 4], [0, 0]),
    ],
)
def test_an_amount_is_spread_by_quantities(
    total: int, weights: list[int | str], parts: list[int]
) -> None:
    assert spread(total, [Decimal(weight) for weight in weights]) == parts


@given(
    st.integers(min_value=-(10**12), max_value=10**12),
    st.lists(st.decimals(min_value=-1000, max_value=1000, places=3), min_size=1).filter(sum),
)
def test_parts_always_add_up(total: int, weights: list[Decimal]) -> None:
    assert sum(spread(total, weights)) == total


def line(amount_minor: int, *, subject_id: int = 1) -> Earned:
    """Return a line of October."""
    return Earned(
        key=LineKey(OCTOBER, OCTOBER, 7, subject_id),
        licensee_id=2,
        modality="image",
        currency="JPY",
        generation_count=3,
        amount_minor=amount_minor,
    )


def test_a_line_is_divided_by_its_use_and_a_fixed_fee_stays_whole() -> None:
    fee = line(500, subject_id=9)
    use = {
        line(0).key: [
            LineUse("JP", None, 2, Decimal(20)),
            LineUse("US", None, 1, Decimal(10)),
        ]
    }
    parts = list(divided([line(100), fee], use))
    assert [(each.territory, each.generation_count, each.amount_minor) for each in parts] == [
        ("JP", 2, 67),
        ("US", 1, 33),
        (None, 3, 500),
    ]


def test_sums_come_the_most_first_and_by_currency() -> None:
    rows = add_up([line(5), line(7, subject_id=2), line(1)], of=lambda each: each.key.subject_id)
    assert rows == (Sum(2, "JPY", 3, 7), Sum(1, "JPY", 6, 6))
