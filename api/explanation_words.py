"""
Steps of an explanation in words and figures: the same line for a terminal and for a page.

A product is written as one: 7,660 × 12 = 91,920. What the catalogues have no words for is shown
by its code, so that the steps of new terms can be read before anybody has worded them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ledger.core.explanation_tree import Kind, Step, Value
from ledger.core.money import exponent_of
from ledger.core.period import TOKYO, Month
from locales import formats
from locales.catalogues import keys, message

#: Where the words of codes are looked for, one after another.
_STEPS = ("explanation.step.", "category.")
_VALUES = ("explanation.value.",)
_WORDS = ("explanation.word.", "category.", "modality.", "use_class.")

#: Values that make up the product of a step, which is written as one.
_FACTORS = frozenset({"quantity", "rate", "per", "exact", "base", "share", "amount"})
#: How many digits of a hash are shown; the data has all.
_DIGITS = 12
#: How many decimals of a fraction that never ends.
_DECIMALS = 6
#: What stands out in a step's line, because it is what the step comes to.
_RESULTS = frozenset({"amount", "total", "exact"})


@dataclass(frozen=True, kw_only=True)
class Told:
    """A value in words; ``is_result`` where it is what its step comes to."""

    name: str
    text: str
    is_result: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """A step in words: what it is, of what, its product, and its other figures."""

    name: str
    reference: str | None
    product: str | None
    values: tuple[Told, ...]


class Writer:
    """Writes steps in one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._keys = keys(language)

    def line(self, step: Step, currency: str | None) -> Line:
        """Return a step in words; ``currency`` is that of the step around it."""
        currency = step.currency or currency
        product = self._product(step, currency)
        return Line(
            name=self._word(_STEPS, step.code),
            reference=step.reference,
            product=product,
            values=tuple(
                Told(
                    name=self._word(_VALUES, value.code),
                    text=self._value(value, currency),
                    is_result=value.code in _RESULTS,
                )
                for value in step.values
                if not (product and value.code in _FACTORS) and not self._is_foreign(value)
            ),
        )

    def _product(self, step: Step, currency: str | None) -> str | None:
        """Return the product that a step is, None when it is none."""
        found = {value.code: value for value in step.values}

        def text(code: str) -> str:
            return self._value(found[code], currency)

        if {"quantity", "rate", "exact"} <= found.keys():
            per = f" ÷ {text('per')}" if "per" in found else ""
            return f"{text('quantity')} × {text('rate')}{per} = {text('exact')}"
        if {"base", "share", "amount"} <= found.keys():
            return f"{text('base')} × {text('share')} → {text('amount')}"
        return None

    def _is_foreign(self, value: Value) -> bool:
        """Tell whether a text is in the other language."""
        ending = value.code.rpartition("_")[2]
        return value.kind is Kind.TEXT and ending in ("ja", "en") and ending != self._language

    def _word(self, beginnings: tuple[str, ...], code: str) -> str:
        for beginning in beginnings:
            if (key := beginning + code) in self._keys:
                return message(self._language, key)
        return code.replace("_", " ")

    def _value(self, value: Value, currency: str | None) -> str:
        match value.kind:
            case Kind.AMOUNT:
                return self._amount(Fraction(value.text), currency)
            case Kind.QUANTITY | Kind.COUNT | Kind.RATE:
                return self._number(Fraction(value.text))
            case Kind.SHARE:
                return formats.percent_from_bp(language=self._language, rate_bp=int(value.text))
            case Kind.MONTH:
                return formats.month(
                    language=self._language, of=Month.parse(value.text[:7]).first_day
                )
            case Kind.INSTANT:
                instant = datetime.fromisoformat(value.text).astimezone(TOKYO)
                return f"{instant:%Y-%m-%d %H:%M:%S}"
            case Kind.HASH:
                return f"{value.text[:_DIGITS]}…"
            case Kind.WORD:
                return self._word(_WORDS, value.text)
        return value.text

    def _amount(self, exact: Fraction, currency: str | None) -> str:
        """Write minor units in their currency; a fraction of one with its decimals."""
        if currency is None:
            return self._number(exact)
        if exact.denominator == 1:
            return formats.money(
                language=self._language, amount_minor=int(exact), currency=currency
            )
        return f"{currency} {self._number(exact / 10 ** exponent_of(currency))}"

    def _number(self, exact: Fraction) -> str:
        decimal, is_whole_truth = _decimal(exact)
        text = formats.quantity(language=self._language, value=decimal)
        return text if is_whole_truth else f"{text}… ({exact})"


def _decimal(exact: Fraction) -> tuple[Decimal, bool]:
    """Return a fraction with its decimals, cut where they never end, and whether they do."""
    for places in _places():
        scaled = exact * 10**places
        if scaled.denominator == 1:
            return Decimal(scaled.numerator).scaleb(-places), True
    scaled = exact * 10**_DECIMALS
    cut = abs(scaled.numerator) // scaled.denominator
    return Decimal(cut if exact > 0 else -cut).scaleb(-_DECIMALS), False


def _places() -> Iterator[int]:
    yield from range(_DECIMALS * 3)
