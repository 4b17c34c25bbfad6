"""What a book says of money in other currencies, as values: the sides that must agree."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class TranslationFact:
    """What was translated together: in its own currency and in yen, tax included."""

    place: str  # settlement, receipt or line, and source
    currency: str
    amounts_foreign: tuple[int, ...]  # of its lines, then their tax
    amounts_yen: tuple[int, ...]
    rate: Fraction


@dataclass(frozen=True, kw_only=True)
class PositionFact:
    """One move of a position, in their order by currency; None where nothing was translated."""

    currency: str
    source: str
    foreign_minor: int
    yen: int
    gain_yen: int
    translated: tuple[int, int] | None = None  # of a settlement: amounts, and their yen
