"""
How a value that came from outside is read before it is used, and refused by name.

Owns the form of texts, references, words, numbers, instants and lists. Each refusal names the
field by its path in what was sent (``grants.0.terms.currency``), in its message too.
"""

import re
from collections import Counter
from collections.abc import Collection, Container, Hashable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from ledger.core.money import AMOUNT_MINOR_MAX, NotADecimal, parse_decimal
from ledger.core.refusal import Refusal

#: The most digits a decimal may have before its point, and after it.
DIGITS_MAX = 30

#: The years of an instant; one more on each side has months too, so no offset leads out.
YEARS = range(1953, 9998)

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

_Word = TypeVar("_Word", bound=StrEnum)


class FieldRefusal(Refusal):
    """A value cannot be taken as it was sent; the message names the field it came in."""

    def __init__(self, *, field: str, **values: object) -> None:
        super().__init__(field=field, **values)
        self.values["field"] = field


class TextMissing(FieldRefusal):
    """A text that has to be there is empty."""

    code = "text_missing"


class TextUnprintable(FieldRefusal):
    """A text holds a control character or half a character, which no document can print."""

    code = "text_unprintable"


class ReferenceMalformed(FieldRefusal):
    """A reference is not letters, digits and ``. _ : -``, beginning with a letter or digit."""

    code = "reference_malformed"


class WordNotKnown(FieldRefusal):
    """A field takes one of a few words, and this is none of them."""

    code = "word_not_known"


class NumberNotWhole(FieldRefusal):
    """A whole number is needed: not a fraction, not a text, not true or false."""

    code = "number_not_whole"


class NumberOutOfRange(FieldRefusal):
    """A whole number lies outside what the field can hold."""

    code = "number_out_of_range"


class NumberNotExact(FieldRefusal):
    """A rate or quantity came as a float, or as something that is no number."""

    code = "number_not_exact"


class CurrencyUnknown(FieldRefusal):
    """A currency is not an ISO 4217 code that the book knows."""

    code = "currency_unknown"


class NumberTooLong(FieldRefusal):
    """A decimal has more digits than any rate or quantity."""

    code = "number_too_long"


class ListEmpty(FieldRefusal):
    """A list that has to name something names nothing."""

    code = "list_empty"


class ListedTwice(FieldRefusal):
    """A list names the same thing twice."""

    code = "value_listed_twice"


class ReferenceTaken(FieldRefusal):
    """Something else in the book, or earlier in the same list, has the reference."""

    code = "reference_taken"


class InstantNeedsZone(FieldRefusal):
    """An instant came without its offset from UTC, so the day it falls on is not known."""

    code = "instant_needs_zone"


class InstantOutOfRange(FieldRefusal):
    """An instant lies where the book cuts no months: before 1953 or after 9997."""

    code = "instant_out_of_range"


class EndsBeforeItStarts(FieldRefusal):
    """A period ends at or before the instant at which it starts."""

    code = "ends_before_it_starts"


def check_text(value: str, *, field: str, may_be_empty: bool = False) -> str:
    """
    Return a text that can be stored and printed.

    :raises TextMissing: it is empty or only spaces.
    :raises TextUnprintable: it holds a control character.
    """
    if not may_be_empty and not value.strip():
        raise TextMissing(field=field)
    if _UNPRINTABLE.search(value):
        raise TextUnprintable(field=field)
    return value


def check_reference(value: str, *, field: str) -> str:
    """
    Return a reference that can stand in an address, a file name and a line of CSV.

    :raises ReferenceMalformed: it has other characters, or more than a hundred.
    """
    if not _REFERENCE.fullmatch(value):
        raise ReferenceMalformed(field=field, value=value[:100])
    return value


def check_list(values: Sequence[Hashable], *, field: str) -> None:
    """
    Make sure that a list names something, and nothing twice.

    :raises ListEmpty: it has no entries.
    :raises ListedTwice: carries what is there twice.
    """
    if not values:
        raise ListEmpty(field=field)
    for value, times in Counter(values).items():
        if times > 1:
            raise ListedTwice(field=field, value=value)


def check_new(references: Sequence[str], *, taken: Container[str], field: str) -> None:
    """
    Make sure that references are free in the book and differ from one another.

    :raises ReferenceTaken: names the first that is not.
    """
    seen: set[str] = set()
    for reference in references:
        if reference in taken or reference in seen:
            raise ReferenceTaken(field=field, value=reference)
        seen.add(reference)


def check_word(value: str, *, of: type[_Word] | Collection[_Word], field: str) -> _Word:
    """
    Return the one of a field's words that was meant; ``of`` narrows it to some of them.

    :raises WordNotKnown: carries the words there are.
    """
    for word in of:
        if word == value:
            return word
    raise WordNotKnown(field=field, value=value, known=", ".join(of))


def check_whole(value: int, *, field: str, least: int = 0, most: int = AMOUNT_MINOR_MAX) -> int:
    """
    Return a whole number between two bounds, both included.

    :raises NumberNotWhole: it is of another type, whatever its value.
    :raises NumberOutOfRange: carries the bounds.
    """
    if type(value) is not int:
        raise NumberNotWhole(field=field, value=value)
    if not least <= value <= most:
        raise NumberOutOfRange(field=field, value=value, least=least, most=most)
    return value


def check_exact(value: str | int | Decimal, *, field: str) -> Decimal:
    """
    Return an exact decimal; a float is never taken, because it was never what was agreed.

    :raises NumberNotExact: it is a float, not finite, or no number.
    :raises NumberTooLong: it has more than :data:`DIGITS_MAX` digits before or after the point.
    """
    try:
        number = parse_decimal(value)
    except NotADecimal:
        raise NumberNotExact(field=field, value=value) from None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and max(number.adjusted() + 1, -exponent) > DIGITS_MAX:
        raise NumberTooLong(field=field, value=value)
    return number


def check_instant(value: datetime, *, field: str) -> datetime:
    """
    Return an instant in UTC.

    :raises InstantNeedsZone: it has no offset.
    :raises InstantOutOfRange: its year is not one of :data:`YEARS`.
    """
    if value.tzinfo is None:
        raise InstantNeedsZone(field=field, value=value.isoformat())
    if value.year not in YEARS:
        raise InstantOutOfRange(
            field=field, value=value.isoformat(), least=YEARS[0], most=YEARS[-1]
        )
    return value.astimezone(UTC)


def check_period(starts_at: datetime, ends_at: datetime | None, *, field: str) -> None:
    """
    Make sure that a period which ends has some length; ``field`` is the one that ends it.

    :raises EndsBeforeItStarts: carries both instants.
    """
    if ends_at is not None and ends_at <= starts_at:
        raise EndsBeforeItStarts(
            field=field, starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat()
        )
