"""Late interest: what each day costs, how part payments count, that nothing is lost or added."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.late_interest import LateInterest, Received, late_interest

DUE = date(2026, 11, 30)
RATE = Decimal("14.6")


def on(late: int) -> date:
    return DUE + timedelta(days=late)


def owed(through: int, *received: tuple[int, int], **changes: Any) -> LateInterest:
    asked: dict[str, Any] = {
        "total_minor": 1_000_000,
        "due_on": DUE,
        "percent": RATE,
        "received": [Received(on=on(late), amount_minor=minor) for late, minor in received],
        "through": on(through),
        **changes,
    }
    return late_interest(**asked)


@pytest.mark.parametrize(
    ("through", "received", "amount"),
    [
        (-1, [], 0),
        (0, [], 0),  # The due day itself is not late.
        (1, [], 400),  # 1,000,000 at 14.6 % a year is 400 a day.
        (30, [], 12_000),
        (30, [(0, 1_000_000)], 0),  # Paid on the day.
        (30, [(-5, 1_000_000)], 0),
        (30, [(1, 1_000_000)], 400),  # The day of receipt counts.
        (30, [(10, 500_000)], 8_000),  # 10 days on all, 20 on half.
        (30, [(-3, 500_000)], 6_000),
        (30, [(10, 400_000), (10, 600_000)], 4_000),  # Two on one day.
        (30, [(10, 400_000), (20, 600_000)], 6_400),
        (30, [(40, 1_000_000)], 12_000),  # What comes later changes nothing before it.
        (366, [], 146_400),  # A leap year, too, has 365 parts; every day counts.
    ],
)
def test_interest_is_owed_for_each_day_on_what_is_open(
    through: int, received: list[tuple[int, int]], amount: int
) -> None:
    assert owed(through, *received).amount_minor == amount


def test_what_is_less_than_a_yen_is_dropped_once_and_not_by_day() -> None:
    found = owed(30, total_minor=1_001)  # 0.4004 a day: nothing each day, 12.012 together.
    assert found.exact == Fraction("12.012")
    assert found.amount_minor == 12


def test_the_steps_say_from_when_to_when_what_was_open() -> None:
    found = owed(30, (10, 500_000))
    assert [(each.first, each.last, each.days, each.open_minor) for each in found.steps] == [
        (on(1), on(10), 10, 1_000_000),
        (on(11), on(30), 20, 500_000),
    ]


_PAYMENTS = st.lists(st.tuples(st.integers(-40, 80), st.integers(1, 400_000)), max_size=6)


@given(payments=_PAYMENTS, through=st.integers(-10, 90), total=st.integers(1, 1_200_000),
       rate=st.decimals("0.01", "100", places=2))  # fmt: skip
def test_any_split_of_payments_comes_to_the_sum_of_its_days(
    payments: list[tuple[int, int]], through: int, total: int, rate: Decimal
) -> None:
    found = owed(through, *payments, total_minor=total, percent=rate)
    daily = Fraction(0)
    for late in range(1, through + 1):
        # What came on the day counts from the next.
        open_minor = total - sum(minor for paid, minor in payments if paid < late)
        daily += max(0, open_minor) * Fraction(rate) / 36_500
    assert found.exact == daily
    assert found.amount_minor == int(daily)
    assert found.amount_minor >= 0
    assert all(step.first > DUE and step.open_minor > 0 for step in found.steps)
    assert sorted({each.first for each in found.steps}) == [each.first for each in found.steps]


@given(payments=_PAYMENTS, through=st.integers(0, 60), more=st.integers(0, 30))
def test_it_never_falls_as_days_go_by(
    payments: list[tuple[int, int]], through: int, more: int
) -> None:
    assert owed(through + more, *payments).exact >= owed(through, *payments).exact
