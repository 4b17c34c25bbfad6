"""Which exchange rate a contract means, and what is said when there is none on the day."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from ledger.core.exchange import (
    Exchange,
    FxRate,
    FxRateNotPositive,
    FxRule,
    find_exchange,
    minor_units,
)
from ledger.core.period import Month

NOVEMBER = Month(2026, 11)


def rate(on: date, value: str, *, source: str = "mufg-ttm", currency: str = "USD") -> FxRate:
    return FxRate(source=source, on=on, currency=currency, into="JPY", rate=Decimal(value))


PUBLISHED = [
    rate(date(2026, 10, 30), "150.10"),
    rate(date(2026, 11, 2), "151.00"),
    rate(date(2026, 11, 27), "152.37"),
    rate(date(2026, 12, 1), "149.00"),  # Of a later month.
    rate(date(2026, 11, 30), "999", source="another-bank"),
    rate(date(2026, 11, 30), "999", currency="EUR"),
]


def found(rule: FxRule, month: Month = NOVEMBER, rates: list[FxRate] = PUBLISHED) -> Exchange:
    exchange = find_exchange(
        rates, source="mufg-ttm", currency="USD", into="JPY", month=month, rule=rule
    )
    assert exchange is not None
    return exchange


@pytest.mark.parametrize(
    ("rule", "month", "expected", "is_carried"),
    [
        (FxRule.LAST_DAY, NOVEMBER, "152.37", True),  # The 30th has none, so the 27th's is used.
        (FxRule.FIRST_DAY, NOVEMBER, "150.10", True),  # The 1st is a Sunday.
        (FxRule.FIRST_DAY, NOVEMBER.next(), "149.00", False),
        (FxRule.AVERAGE, NOVEMBER, "151.685", False),  # Of the two days that have one.
        (FxRule.AVERAGE, Month(2027, 1), "149.00", True),  # A month without any.
    ],
)
def test_a_rule_names_a_day_and_a_missing_one_says_so(
    rule: FxRule, month: Month, expected: str, is_carried: bool
) -> None:
    exchange = found(rule, month)
    assert exchange.rate == Fraction(expected)
    assert exchange.is_carried is is_carried


def test_in_whatever_order_rates_come_the_same_one_is_used() -> None:
    assert found(FxRule.LAST_DAY, rates=PUBLISHED[::-1]) == found(FxRule.LAST_DAY)


def test_a_rate_of_nobody_before_the_day_is_unknown() -> None:
    for rule in FxRule:
        unknown = find_exchange(
            PUBLISHED, source="mufg-ttm", currency="USD", into="JPY",
            month=Month(2026, 9), rule=rule,
        )  # fmt: skip
        assert unknown is None


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_is_above_zero(value: str) -> None:
    with pytest.raises(FxRateNotPositive):
        rate(date(2026, 11, 27), value)


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 2), ("USD", 200), ("KWD", 2000)])
def test_major_units_become_minor_ones(currency: str, minor: int) -> None:
    assert minor_units(Decimal(2), currency=currency) == minor
