"""
The figure: one line of the explanation of an amount, as every rule hands it out.

A rule returns its figures in the order in which it works, so that whoever is paid can follow
the amount from what it was taken of to what it came to. The code names what a figure is; its
words are in the catalogues. Sources, parties and clauses are named by their references.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Number = Fraction | Decimal | int


@dataclass(frozen=True, kw_only=True)
class Figure:
    """
    An exact amount, in minor units unless its code says otherwise, and what it follows from.

    With a base and a rate it is their product, before or after rounding; without, it was given,
    or follows from the figures before it.
    """

    code: str
    amount: Fraction
    base: Fraction | None = None
    rate: Fraction | None = None
    about: str | None = None  # a reference: whose, or of what


def figure(
    code: str,
    amount: Number,
    *,
    base: Number | None = None,
    rate: Number | None = None,
    about: str | None = None,
) -> Figure:
    """
    Return a figure from whatever exact numbers it has.

    >>> figure("fee", 99, base=999, rate=Decimal("0.1")).rate
    Fraction(1, 10)
    """
    return Figure(
        code=code,
        amount=Fraction(amount),
        base=None if base is None else Fraction(base),
        rate=None if rate is None else Fraction(rate),
        about=about,
    )
