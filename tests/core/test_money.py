"""Money is whole and of one currency; rates are exact; a division loses nothing."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.core.money import (
    AMOUNT_MINOR_MAX,
    CURRENCY_EXPONENTS,
    CurrencyMismatch,
    Money,
    NotADecimal,
    Rounding,
    UnknownCurrency,
    add_exactly,
    allocate,
    exponent_of,
    parse_decimal,
    round_to_minor,
    take_bp,
)

AMOUNTS = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)
WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any)
EXACT = st.fractions(-(10**9), 10**9, max_denominator=10**6)

FLOOR, CEILING = Rounding.FLOOR, Rounding.CEILING
TRUNCATE, HALF_UP = Rounding.TRUNCATE, Rounding.HALF_UP


def test_money_adds_subtracts_and_turns_its_sign() -> None:
    assert Money(1_200) + Money(34) == Money(1_234)
    assert Money(1_200) - Money(1_234) == Money(-34)
    assert -Money(5, "USD") == Money(-5, "USD")


def test_money_is_never_mixed_between_currencies() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "JPY") + Money(1, "USD")
    with pytest.raises(CurrencyMismatch):
        Money(1, "JPY") - Money(1, "USD")
    assert Money(1, "JPY") != Money(1, "USD")


@pytest.mark.parametrize(
    "minor",
    [
        1.0,  # A float, even a whole one.
        True,  # Truth is not an amount.
        Decimal(1),  # Exact, but perhaps not whole.
        "1",
    ],
)
def test_money_takes_whole_minor_units_alone(minor: int) -> None:
    with pytest.raises(NotADecimal):
        Money(minor)


@pytest.mark.parametrize("currency", ["ZZZ", "jpy", "", "JPY "])
def test_a_currency_that_is_not_listed_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        Money(1, currency)
    assert refused.value.currency == currency
    with pytest.raises(UnknownCurrency):
        exponent_of(currency)


@pytest.mark.parametrize(
    ("money", "major"),
    [
        (Money(1_234, "JPY"), "1234"),  # The yen has no smaller unit.
        (Money(1_234, "USD"), "12.34"),
        (Money(-5, "USD"), "-0.05"),
        (Money(1_234, "KWD"), "1.234"),  # The dinar has three decimals.
        (Money(10**30 + 1, "USD"), "10000000000000000000000000000.01"),  # Beyond 28 digits.
    ],
)
def test_money_in_major_units_is_exact(money: Money, major: str) -> None:
    assert str(money.to_decimal()) == major


@given(AMOUNTS, st.sampled_from(sorted(CURRENCY_EXPONENTS)))
@settings(max_examples=10)
def test_major_units_are_the_minor_ones_with_the_point_moved(minor: int, currency: str) -> None:
    major = Money(minor, currency).to_decimal()
    assert Fraction(major) * 10 ** exponent_of(currency) == minor


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.50", "12.50"),  # As it was written: the places are part of what was agreed.
        ("0", "0"),
        ("-0.5", "-0.5"),
        ("0.0000123", "0.0000123"),
        ("1E-7", "1E-7"),  # What Python writes for 0.0000001.
        ("1e+2", "1E+2"),
        (7, "7"),
        (Decimal("0.1"), "0.1"),
        (2**70, "1180591620717411303424"),
    ],
)
def test_an_exact_number_is_read(value: str | int | Decimal, number: str) -> None:
    assert str(parse_decimal(value)) == number


@pytest.mark.parametrize(
    "value",
    [
        0.1,  # A binary fraction, which is not a tenth.
        1.0,
        True,
        None,
        b"1",
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        "NaN",
        "Infinity",
        "-inf",
        "",
        " 1",  # Decimal would strip it: a slip that should be seen.
        "1\n",
        "1 000",
        "1_000",  # Python's own digit groups; no other program means them.
        "1,000",
        "１２",  # Full-width digits.
        "١٢",  # Decimal reads the digits of every script.
        "+1",  # One spelling for one number, as JSON has it.
        ".5",
        "5.",
        "007",
        "1e",
        "1E+9999",  # Would be a thousand times larger than the book.
        "0x10",
        "½",
        "1.2.3",
        "--1",
        "−1",  # The typographic minus.
    ],
)
def test_what_is_not_an_exact_number_is_refused(value: str) -> None:
    with pytest.raises(NotADecimal) as refused:
        parse_decimal(value)
    assert refused.value.value is value


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda d: abs(d.adjusted()) < 500))
@settings(max_examples=10)
def test_whatever_decimal_writes_is_read_back(number: Decimal) -> None:
    assert str(parse_decimal(str(number))) == str(number)


@pytest.mark.parametrize(
    ("exact", "rounding", "whole"),
    [
        ("44959.6", TRUNCATE, 44_959),  # DOMAIN E1.
        ("-44959.6", TRUNCATE, -44_959),  # A reversal mirrors its original.
        ("44959.6", FLOOR, 44_959),
        ("-44959.6", FLOOR, -44_960),
        ("44959.6", CEILING, 44_960),
        ("-44959.6", CEILING, -44_959),
        ("44959.5", HALF_UP, 44_960),
        ("-44959.5", HALF_UP, -44_960),  # Away from zero, as 四捨五入 has it.
        ("44959.4999", HALF_UP, 44_959),
        ("-44959.4999", HALF_UP, -44_959),
        ("0.5", HALF_UP, 1),  # Python's round() would say 0.
        ("1.5", HALF_UP, 2),
        ("2.5", HALF_UP, 3),  # And here 2.
        ("0.9", TRUNCATE, 0),
        ("-0.9", TRUNCATE, 0),
        ("-0.5", HALF_UP, -1),
    ],
)
def test_each_mode_rounds_as_it_is_named(exact: str, rounding: Rounding, whole: int) -> None:
    assert round_to_minor(Fraction(exact), rounding) == whole
    assert round_to_minor(Decimal(exact), rounding) == whole


@given(AMOUNTS, st.sampled_from(Rounding))
@settings(max_examples=10)
def test_what_is_whole_is_not_touched_by_any_mode(minor: int, rounding: Rounding) -> None:
    assert round_to_minor(minor, rounding) == minor
    assert round_to_minor(Decimal(minor), rounding) == minor


@given(EXACT, st.sampled_from(Rounding))
@settings(max_examples=10)
def test_rounding_moves_an_amount_by_less_than_one_unit(exact: Fraction, mode: Rounding) -> None:
    whole = round_to_minor(exact, mode)
    assert abs(whole - exact) < 1
    if mode is HALF_UP:
        assert abs(whole - exact) <= Fraction(1, 2)


@given(EXACT)
@settings(max_examples=10)
def test_a_reversal_is_rounded_to_the_mirror_image(exact: Fraction) -> None:
    assert round_to_minor(-exact, TRUNCATE) == -round_to_minor(exact, TRUNCATE)
    assert round_to_minor(-exact, HALF_UP) == -round_to_minor(exact, HALF_UP)
    assert round_to_minor(-exact, FLOOR) == -round_to_minor(exact, CEILING)


@pytest.mark.parametrize("inexact", [0.5, 1.0, True])
def test_a_float_is_not_rounded_into_money(inexact: int) -> None:
    with pytest.raises(NotADecimal):
        round_to_minor(inexact)


@pytest.mark.parametrize(
    ("amount", "rate_bp", "rounding", "fee"),
    [
        (999, 1_000, TRUNCATE, 99),  # DOMAIN E9.
        (-999, 1_000, TRUNCATE, -99),  # DOMAIN E9: the refund gives back what was taken.
        (999, 1_000, CEILING, 100),
        (999, 1_000, HALF_UP, 100),
        (100_001, 2_000, TRUNCATE, 20_000),  # DOMAIN E9: the window's 20 % first, then
        (80_001, 1_000, TRUNCATE, 8_000),  # the lead's 10 % of the rest,
        (100_001, 1_000, TRUNCATE, 10_000),  # or the lead's 10 % first, then
        (90_001, 2_000, TRUNCATE, 18_000),  # the window's 20 % of the rest.
        (315, 1_000, TRUNCATE, 31),  # JAPAN 1.3: three lines of 105, taxed once.
        (12_345, 0, CEILING, 0),
        (12_345, 10_000, TRUNCATE, 12_345),
        (AMOUNT_MINOR_MAX, 9_999, TRUNCATE, 9_222_449_699_651_090_329),  # No digit is lost.
    ],
)
def test_basis_points_are_taken_once(
    amount: int, rate_bp: int, rounding: Rounding, fee: int
) -> None:
    assert take_bp(amount, rate_bp, rounding) == fee


def test_a_published_tariff_drops_its_fraction_once() -> None:
    assert round_to_minor(3_500 * Fraction(9_999, 10_000) * Fraction(11, 10)) == 3_849  # DOMAIN E9.


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (101, [3333, 3333, 3334], [34, 33, 34]),  # DOMAIN E9.
        (-101, [3333, 3333, 3334], [-34, -33, -34]),  # DOMAIN E9: mirrored to the yen.
        (1, [50, 50], [1, 0]),  # DOMAIN E9: on a tie whoever is listed first.
        (-1, [50, 50], [-1, 0]),
        (100, [1, 1, 1], [34, 33, 33]),
        (1_200, [720, 480, 360], [554, 369, 277]),  # DOMAIN E6.
        (101, [1, 1, 2], [25, 25, 51]),  # The largest remainder wins over the first listed.
        (5, [0, 1], [0, 5]),  # No weight, no share,
        (1, [0, 1, 1], [0, 1, 0]),  # not even of what is left over.
        (0, [1, 2], [0, 0]),
        (7, [9], [7]),
    ],
)
def test_allocate_shares_every_yen(total: int, weights: list[int], parts: list[int]) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1], [2, -1]])
def test_there_is_no_division_without_a_positive_weight(weights: list[int]) -> None:
    with pytest.raises(ValueError):
        allocate(100, weights)


@given(AMOUNTS, WEIGHTS)
@settings(max_examples=10)
def test_every_part_is_within_one_of_its_exact_share(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(AMOUNTS, WEIGHTS)
@settings(max_examples=10)
def test_a_negative_total_is_the_mirror_image(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


@given(st.integers(0, 10**12), WEIGHTS, st.integers(1, 1_000))
@settings(max_examples=10)
def test_only_the_proportion_of_weights_matters(total: int, weights: list[int], scale: int) -> None:
    assert allocate(total, [weight * scale for weight in weights]) == allocate(total, weights)


@given(st.integers(0, 10**12), WEIGHTS)
@settings(max_examples=10)
def test_of_equal_weights_the_earlier_listed_never_gets_less(
    total: int, weights: list[int]
) -> None:
    parts = allocate(total, weights)
    for later, weight in enumerate(weights):
        for earlier in range(later):
            if weights[earlier] == weight:
                assert parts[earlier] >= parts[later]


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10_000), min_size=2, max_size=6), st.data())
@settings(max_examples=10)
def test_the_order_of_listing_decides_nothing_but_ties(
    total: int, weights: list[int], data: st.DataObject
) -> None:
    remainders = [total * weight % sum(weights) for weight in weights]
    assume(len(set(remainders)) == len(remainders))
    shuffled = data.draw(st.permutations(weights))
    by_weight = dict(zip(weights, allocate(total, weights), strict=True))
    assert dict(zip(shuffled, allocate(total, shuffled), strict=True)) == by_weight


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=25), max_size=6))
@settings(max_examples=10)
def test_a_sum_of_decimals_keeps_every_digit(numbers: list[Decimal]) -> None:
    assert Fraction(add_exactly(numbers)) == sum(map(Fraction, numbers))


def test_a_sum_is_exact_where_python_would_drop_digits() -> None:
    far_apart = [Decimal("1E+20"), Decimal("1E-20")]
    assert sum(far_apart) == Decimal("1E+20")  # What made the function necessary.
    assert Fraction(add_exactly(far_apart)) == 10**20 + Fraction(1, 10**20)
