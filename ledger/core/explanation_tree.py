"""
The explanation of an amount as a tree: what it is, its figures as exact text, what it follows from.

A step's code names what it is and a value's kind how it is to be read; the words are in the
catalogues. A rule that is new brings its own codes, and they appear as they are, so nothing here
has to know every term of every contract.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from ledger.core.explanation import Figure
from ledger.core.period import Month
from ledger.core.usage import canonical_decimal


class Kind(StrEnum):
    """How the text of a value is to be read."""

    AMOUNT = "amount"  # minor units: a whole number, with decimals, or a fraction a/b
    RATE = "rate"  # as the contract says it: minor units, or percent of revenue
    SHARE = "share"  # basis points
    QUANTITY = "quantity"
    COUNT = "count"
    DAY = "day"
    MONTH = "month"  # YYYY-MM
    INSTANT = "instant"  # ISO 8601, UTC
    HASH = "hash"  # hexadecimal
    REFERENCE = "reference"
    WORD = "word"  # one of a set of words
    TEXT = "text"  # as it was written; a code ending in _ja or _en says the language


class Value(NamedTuple):
    """One figure or fact of a step, exact."""

    code: str
    kind: Kind
    text: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One step: what it is, its figures, and the steps it follows from or that follow from it.

    ``reference`` is what it is about; many can be explained by themselves. ``currency`` is that
    of its amounts and of those of the steps in it, until one of them has another.
    """

    code: str
    reference: str | None = None
    currency: str | None = None
    values: tuple[Value, ...] = ()
    steps: tuple["Step", ...] = ()

    def walk(self) -> Iterator["Step"]:
        """Yield this step and all in it, in the order in which they are read."""
        yield self
        for step in self.steps:
            yield from step.walk()

    def all(self, code: str) -> list["Step"]:
        """Return every step of a code, this one included."""
        return [step for step in self.walk() if step.code == code]

    def text(self, code: str) -> str | None:
        """Return the text of a value, None when the step has none of that code."""
        return next((value.text for value in self.values if value.code == code), None)


#: What a value is by the ending of its name, where a record is shown without being known.
_ENDINGS = (
    *(("_minor", Kind.AMOUNT), ("_bp", Kind.SHARE), ("_on", Kind.DAY), ("_at", Kind.INSTANT)),
    *(("_month", Kind.MONTH), ("_count", Kind.COUNT), ("_sha256", Kind.HASH)),
)

Given = str | int | Decimal | Fraction | date | Month | bytes | None


def step(
    code: str,
    *given: tuple[str, Kind, Given],
    reference: str | None = None,
    currency: str | None = None,
    steps: Iterable[Step | None] = (),
) -> Step:
    """
    Return a step; values and steps that are None are left out.

    >>> step("fee", ("base", Kind.AMOUNT, 999), ("cap", Kind.AMOUNT, None)).text("base")
    '999'
    """
    return Step(
        code=code,
        reference=reference,
        currency=currency,
        values=tuple(
            Value(name, kind, as_text(value)) for name, kind, value in given if value is not None
        ),
        steps=tuple(each for each in steps if each is not None),
    )


def as_text(value: str | int | Decimal | Fraction | date | Month | bytes) -> str:
    """
    Write a value in its one exact spelling.

    >>> as_text(Fraction(224798, 5)), as_text(Decimal("1.50")), as_text(date(2026, 11, 1))
    ('224798/5', '1.5', '2026-11-01')
    """
    match value:
        case Decimal():
            return canonical_decimal(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
    return str(value)


def of_record(
    record: Mapping[str, object], *, leaving_out: Iterable[str] = ()
) -> tuple[tuple[str, Kind, Given], ...]:
    """
    Return the plain values of a stored record, whatever terms it is about.

    Names say what they are by their endings; nothing, and what holds other records, is left out.

    >>> of_record({"carried_in_minor": 3, "hold_reason": None})
    (('carried_in', <Kind.AMOUNT: 'amount'>, 3),)
    """
    hidden = frozenset(leaving_out)
    return tuple(
        (*_kind_of(name), value)
        for name, value in record.items()
        if name not in hidden and isinstance(value, str | int) and not isinstance(value, bool)
    )


def of_figure(figure: Figure) -> Step:
    """Return the step of a figure that a rule handed out."""
    return step(
        figure.code,
        ("base", Kind.AMOUNT, figure.base),
        ("factor", Kind.QUANTITY, figure.rate),
        ("amount", Kind.AMOUNT, figure.amount),
        reference=figure.about,
    )


def _kind_of(name: str) -> tuple[str, Kind]:
    for ending, kind in _ENDINGS:
        if name.endswith(ending):
            keeps = kind in (Kind.DAY, Kind.INSTANT, Kind.MONTH, Kind.HASH)
            return name if keeps else name.removesuffix(ending), kind
    return name, Kind.TEXT
