"""A published table of rates is read as it is, or not at all."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from ledger.core.exchange import FxRate, FxRule, find_exchange
from ledger.core.period import Month
from ledger.core.rate_table import read_rates
from tests.refusals import refusal

PAIRS = "date,EURUSD,EURJPY\n2026-11-02,1.16,174.00\n2026-11-03,,175.5\n"


def told(text: str) -> list[tuple[str, str, str, str]]:
    return [
        (each.on.isoformat(), each.currency, each.into, str(each.rate))
        for each in read_rates(text, source="ecb")
    ]


def test_columns_of_pairs_are_rates_of_a_day() -> None:
    assert told(PAIRS) == [
        ("2026-11-02", "EUR", "USD", "1.16"),
        ("2026-11-02", "EUR", "JPY", "174.00"),
        ("2026-11-03", "EUR", "JPY", "175.5"),  # The dollar has none on that day.
    ]


def test_the_table_of_the_ecb_is_against_the_euro() -> None:
    ecb = "\ufeffDate,USD,CYP,\n2026-11-02,1.16,N/A,\n\n"
    assert told(ecb) == [("2026-11-02", "EUR", "USD", "1.16")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "rates_head_wrong"),
        ("date\n", "rates_head_wrong"),
        ("day,EURUSD\n", "rates_head_wrong"),
        ("date,eurusd\n", "rates_head_wrong"),
        ("date,EURUSD\n2/11/2026,1\n", "rates_line_wrong"),
        ("date,EURUSD\n2026-11-02,1 160\n", "rates_line_wrong"),
        ("date,EURUSD\n2026-11-02,0\n", "rates_line_wrong"),
        ("date,EURUSD\n2026-11-02,NaN\n", "rates_line_wrong"),
    ],
)
def test_what_is_no_table_of_rates_is_refused(text: str, code: str) -> None:
    with refusal(code, "file"):
        read_rates(text, source="ecb")


@pytest.mark.parametrize(
    ("currency", "into", "expected"),
    [
        ("USD", "JPY", Fraction("174.00") / Fraction("1.16")),  # Crossed, and not rounded.
        ("JPY", "USD", Fraction("1.16") / Fraction("174.00")),
        ("EUR", "JPY", Fraction("175.5")),  # The 3rd has one.
        ("USD", "EUR", 1 / Fraction("1.16")),  # Turned round.
        ("GBP", "JPY", None),
    ],
)
def test_currencies_against_a_third_are_crossed_by_rates_of_one_day(
    currency: str, into: str, expected: Fraction | None
) -> None:
    exchange = find_exchange(
        read_rates(PAIRS, source="ecb"),
        source="ecb",
        currency=currency,
        into=into,
        month=Month(2026, 11),
        rule=FxRule.LAST_DAY,
    )
    assert (exchange and exchange.rate) == expected


def test_a_published_rate_wins_over_a_crossed_one() -> None:
    rates = [
        *read_rates(PAIRS, source="ecb"),
        FxRate(
            source="ecb",
            on=date(2026, 11, 2),
            currency="USD",
            into="JPY",
            rate=Decimal("150.5"),
        ),
    ]
    exchange = find_exchange(
        rates,
        source="ecb",
        currency="USD",
        into="JPY",
        month=Month(2026, 11),
        rule=FxRule.LAST_DAY,
    )
    assert exchange is not None
    assert exchange.rate == Fraction("150.5")
