"""
Money in whole minor units, named rounding, and division that loses nothing.

Everything that is owed is an ``int`` of minor units beside its currency code. Rates and
exact intermediate results are ``Decimal`` or ``Fraction``; they become money in one named
place, :func:`round_to_minor`. No float is accepted anywhere.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from enum import StrEnum
from fractions import Fraction
from functools import reduce

#: ISO 4217 exponents of the currencies the book knows. One that is not listed is refused,
#: because guessing two decimals would move the point of somebody's money.
CURRENCY_EXPONENTS = {
    "AUD": 2, "BHD": 3, "CAD": 2, "CHF": 2, "CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2,
    "INR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "SGD": 2, "THB": 2, "TWD": 2, "USD": 2,
}  # fmt: skip

#: Basis points in a whole: 10,000 bp = 100 %.
BASIS_POINTS = 10_000

#: Largest amount a posting may carry (PostgreSQL bigint).
AMOUNT_MINOR_MAX = 2**63 - 1

#: A number as JSON writes one. What ``Decimal`` would read beside it (``1_000``, a space, a
#: full-width digit, ``+1``) is a slip or a trick, and a longer exponent is an attack.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")

#: Python adds decimals to 28 digits and drops the rest unasked. Here a lost digit is an error.
_EXACT = Context(prec=10_000, traps=[Inexact])


class UnknownCurrency(ValueError):
    """The code is not one of :data:`CURRENCY_EXPONENTS`."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"currency {currency!r} is not known")
        self.currency = currency


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were to be added or subtracted."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be combined without an exchange rate")


class NotADecimal(ValueError):
    """The value is not an exact number: a float, a bool, a NaN, an infinity, unreadable text."""

    def __init__(self, value: object) -> None:
        super().__init__(f"{value!r} is not an exact decimal; send digits as text")
        self.value = value


class Rounding(StrEnum):
    """How an exact amount becomes whole minor units. The mode is a term of the contract."""

    TRUNCATE = "truncate"  # Toward zero, so a reversal mirrors its original. The default.
    FLOOR = "floor"
    CEILING = "ceiling"
    HALF_UP = "half_up"  # Half away from zero, as Japanese invoices use 四捨五入.


def exponent_of(currency: str) -> int:
    """
    Return the number of decimals of the currency's minor unit (JPY 0, USD 2, KWD 3).

    :raises UnknownCurrency: the code is not in the table.
    """
    try:
        return CURRENCY_EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


@dataclass(frozen=True, order=False)
class Money:
    """Whole minor units of one currency; addition refuses to mix currencies."""

    minor: int
    currency: str = "JPY"

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise NotADecimal(self.minor)
        exponent_of(self.currency)

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return self + -other

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def to_decimal(self) -> Decimal:
        """Return the amount in major units, exactly: ``Money(1234, "USD")`` is 12.34."""
        return Decimal(f"{self.minor}E-{exponent_of(self.currency)}")  # scaleb would round.


def parse_decimal(value: str | int | Decimal) -> Decimal:
    """
    Read an exact decimal from text or an integer.

    Text is a number as JSON writes one: ``-0.5`` and ``1E-7``, not ``1_000``, ``+1`` or ``.5``.

    >>> parse_decimal("0.0000123")
    Decimal('0.0000123')

    :raises NotADecimal: the value is a float, a bool, not finite, or spelled another way.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NotADecimal(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        raise NotADecimal(value)
    number = Decimal(value)
    if not number.is_finite():
        raise NotADecimal(value)
    return number


def add_exactly(numbers: Iterable[Decimal]) -> Decimal:
    """
    Add decimals and keep every digit, however far apart the numbers are.

    >>> add_exactly([Decimal("1E+20"), Decimal("1E-20")])
    Decimal('100000000000000000000.00000000000000000001')
    """
    return reduce(_EXACT.add, numbers, Decimal(0))


def multiply_exactly(number: Decimal, count: int) -> Decimal:
    """Return a decimal a number of times, with every digit."""
    return _EXACT.multiply(number, Decimal(count))


def round_to_minor(exact: Decimal | Fraction | int, rounding: Rounding = Rounding.TRUNCATE) -> int:
    """
    Turn an exact number of minor units into whole ones, by the named mode.

    >>> round_to_minor(Fraction("44959.6")), round_to_minor(Fraction("-44959.6"))
    (44959, -44959)

    :raises NotADecimal: the number is a float or a bool.
    """
    if isinstance(exact, bool | float):
        raise NotADecimal(exact)
    value = Fraction(exact)
    floor = value.numerator // value.denominator
    if value.denominator == 1:
        return floor
    match rounding:
        case Rounding.TRUNCATE:
            return floor if value > 0 else floor + 1
        case Rounding.FLOOR:
            return floor
        case Rounding.CEILING:
            return floor + 1
        case Rounding.HALF_UP:
            magnitude = (abs(value) + Fraction(1, 2)).__floor__()
            return magnitude if value > 0 else -magnitude


def take_bp(amount_minor: int, rate_bp: int, rounding: Rounding = Rounding.TRUNCATE) -> int:
    """
    Return ``rate_bp`` basis points of an amount, rounded once.

    >>> take_bp(999, 1000), take_bp(-999, 1000)
    (99, -99)
    """
    return round_to_minor(Fraction(amount_minor * rate_bp, BASIS_POINTS), rounding)


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """
    Divide an amount by whole weights; the parts always sum to the amount.

    The units left over after exact division go to the largest remainders, and on a tie to
    whoever is listed first, so the same input gives the same parts. A negative total is the
    mirror image of the positive one.

    >>> allocate(100, [1, 1, 1])
    [34, 33, 33]

    :raises ValueError: no weight is positive, or one is negative.
    """
    weight_total = sum(weights)
    if weight_total <= 0 or min(weights) < 0:
        raise ValueError("weights must be whole, not negative, and at least one positive")
    if total_minor < 0:
        return [-part for part in allocate(-total_minor, weights)]
    parts = [total_minor * weight // weight_total for weight in weights]
    left_over = total_minor - sum(parts)
    by_remainder = sorted(
        range(len(weights)),
        key=lambda index: (-(total_minor * weights[index] % weight_total), index),
    )
    for index in by_remainder[:left_over]:
        parts[index] += 1
    return parts
