"""The average cost of a position: nothing is gained until something leaves, and nothing is lost."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.exchange import RateCopy
from ledger.core.money import round_to_minor
from ledger.core.position import Position, moved
from ledger.core.translation import translate_amounts

DAY = date(2026, 11, 5)
_RATES = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=10**6)
_AMOUNTS = st.integers(min_value=-(10**9), max_value=10**9)


def copied(rate: Fraction, currency: str = "USD") -> RateCopy:
    return RateCopy(source="ttm", currency=currency, asked_on=DAY, rate_on=DAY, rate=rate)


@given(st.lists(_AMOUNTS, min_size=1, max_size=9), _RATES, st.sampled_from(["USD", "KWD", "KRW"]))
def test_parts_of_a_translation_are_the_whole_rounded_once(
    amounts: list[int], rate: Fraction, currency: str
) -> None:
    copy = copied(rate, currency)
    (whole,) = translate_amounts([sum(amounts)], rate=copy)
    parts = translate_amounts(amounts, rate=copy)
    assert sum(parts) == whole
    if sum(amounts):
        mirrored = translate_amounts([-amount for amount in amounts], rate=copy)
        assert mirrored == [-part for part in parts]
    exponent = {"USD": 2, "KWD": 3, "KRW": 0}[currency]
    for amount, part in zip(amounts, parts, strict=True):
        assert abs(part - Fraction(amount, 10**exponent) * rate) <= 1


_TRADES = st.lists(
    st.tuples(st.integers(min_value=-(10**7), max_value=10**7).filter(bool), _RATES), max_size=12
)


@given(_TRADES)
def test_what_was_paid_and_received_is_cost_and_gain(trades: list[tuple[int, Fraction]]) -> None:
    position, paid, gains = Position(), 0, 0
    for foreign_minor, rate in trades:
        yen = round_to_minor(foreign_minor * rate)
        move = moved(position, foreign_minor=foreign_minor, yen=yen)
        position, paid, gains = position.after(move), paid + yen, gains + move.gain_yen
        assert position.cost_yen == paid + gains
        if position.foreign_minor == 0:
            assert position.cost_yen == 0
        assert position.cost_yen * position.foreign_minor >= 0  # A cost has its position's sign.


@given(_TRADES)
def test_only_what_makes_a_position_smaller_gains(trades: list[tuple[int, Fraction]]) -> None:
    position = Position()
    for foreign_minor, rate in trades:
        same_way = position.foreign_minor * foreign_minor >= 0
        move = moved(
            position, foreign_minor=foreign_minor, yen=round_to_minor(foreign_minor * rate)
        )
        assert not (same_way and move.gain_yen)
        position = position.after(move)


def test_half_of_a_position_takes_half_of_its_cost() -> None:
    held = Position(foreign_minor=100_00, cost_yen=15_001)
    half = moved(held, foreign_minor=-50_00, yen=-7_700)
    assert half.gain_yen == 200
    rest = held.after(half)
    assert rest == Position(foreign_minor=50_00, cost_yen=7_501)
    assert moved(rest, foreign_minor=-50_00, yen=-7_000).gain_yen == -501


def test_beyond_zero_the_rest_costs_what_the_bank_paid() -> None:
    held = Position(foreign_minor=100_00, cost_yen=15_000)
    move = moved(held, foreign_minor=-150_00, yen=-23_100)
    assert move.gain_yen == 400
    assert held.after(move) == Position(foreign_minor=-50_00, cost_yen=-7_700)
