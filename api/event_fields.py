"""
What the fields of an event may hold: characters, ranges, numbers; and core values made of them.

The shapes are checked before (:mod:`api.event_bodies`). Here the events of a body are looked at
field by field, each field through all events at once, because a batch has thousands of events
and few different licenses, subjects and quantities. Of one event alone the same functions tell
which field is at fault.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from string import ascii_uppercase
from typing import cast

from msgspec.structs import astuple

from api.event_bodies import CloudEvent, Facts, PlainEvent, SubjectNamed
from ledger.core.columns import Columns
from ledger.core.language import is_tag
from ledger.core.money import CURRENCY_EXPONENTS, NotADecimal, parse_decimal
from ledger.core.usage import SubjectUse, Unit, canonical_decimal

#: Events before or after these years are a broken clock, not usage.
_YEARS = (2000, 2200)
#: More digits than any real quantity has; keeps sums exact and columns small.
DIGITS_MAX = 30
#: Digits before the point: a thousand trillion is more than any event has, and its price fits
#: the amounts of the book. A time in nanoseconds, sent as a quantity by mistake, does not.
WHOLE_DIGITS_MAX = 15
#: How much of a text that cannot be taken is said back.
_SHOWN_MAX = 200

_COUNTRIES = frozenset(first + second for first in ascii_uppercase for second in ascii_uppercase)
_SHA256_DIGITS = 64
#: What happens or does not, and is never half of itself.
_COUNTS = frozenset({Unit.GROUNDING, Unit.TURN, Unit.CITATION})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class FieldRefused(Exception):
    """A field of an event cannot be taken; in a body of several, one of some event."""

    def __init__(self, code: str, field: str, value: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = value


def read(events: Sequence[PlainEvent] | Sequence[CloudEvent]) -> Columns:
    """
    Return what was reported, in order.

    :raises FieldRefused: something is wrong with an event; of several events it is not told
        with which.
    """
    columns = zip(*map(astuple, _facts(events)), strict=True)
    (
        licenses, subjects, use_classes, modalities, units, territories, quantities, revenues,
        currencies, models, outputs, titles, c2pa_states, languages, clearances, *_,
    ) = columns  # fmt: skip
    sources = [event.source for event in events]
    ids = [event.id for event in events]
    times = [event.time for event in events]
    _check_characters("source", set(sources))
    _check_characters("id", ids)
    for field, texts in (("license", licenses), ("model", models), ("title", titles)):
        _check_characters(field, filter(None, set(texts)))
    _check_territories(set(territories))
    _check_years(times)
    _check_currencies(set(currencies))
    _check_hashes(outputs)
    _check_languages(set(languages))
    counted = _decimals("quantity", quantities)
    _check_counts(units, counted)
    return Columns(
        sources=sources,
        event_ids=ids,
        times=[time if time.tzinfo is UTC else time.astimezone(UTC) for time in times],
        licenses=licenses,
        subjects=[*map(_subjects, subjects)],
        use_classes=use_classes,
        modalities=modalities,
        units=units,
        territories=territories,
        quantities=counted,
        net_revenues=_decimals("net_revenue", revenues),
        currencies=currencies,
        models=models,
        outputs=outputs,
        titles=titles,
        c2pa_states=c2pa_states,
        languages=languages,
        clearances=clearances,
    )


def _facts(events: Sequence[PlainEvent] | Sequence[CloudEvent]) -> Sequence[Facts]:
    if isinstance(events[0], PlainEvent):  # As all are; a body has one shape.
        return cast(Sequence[PlainEvent], events)
    return [event.data for event in cast(Sequence[CloudEvent], events)]


def shown(text: str) -> str:
    """Return as much of a text that cannot be taken as is said back."""
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"


def _check_characters(field: str, texts: Iterable[str]) -> None:
    joined = "".join(texts)
    # What is not printable may be only a space of another width.
    if not joined.isprintable() and _CONTROL.search(joined):
        raise FieldRefused("field_invalid", field, "Expected no control characters")


def _check_territories(territories: set[str]) -> None:
    if not territories <= _COUNTRIES:
        reason = "Expected two capital letters, such as JP"
        raise FieldRefused("field_invalid", "territory", reason)


def _check_years(times: Iterable[datetime]) -> None:
    first, last = _YEARS
    for out_of_range in [time for time in times if not first <= time.year <= last]:
        raise FieldRefused("time_out_of_range", "time", out_of_range.isoformat())


def _check_currencies(currencies: set[str | None]) -> None:
    for unknown in currencies - CURRENCY_EXPONENTS.keys() - {None}:
        raise FieldRefused("currency_unknown", "currency", str(unknown))


def _check_languages(languages: set[str | None]) -> None:
    for language in languages - {None}:
        if not is_tag(str(language)):
            reason = "Expected a language tag, such as ja or en-US"
            raise FieldRefused("field_invalid", "language", reason)


def _check_counts(units: Sequence[str], quantities: Sequence[Decimal | None]) -> None:
    """Refuse a part of a grounding, turn or citation: these are counted, and not measured."""
    if _COUNTS.isdisjoint(units):
        return
    for unit, quantity in zip(units, quantities, strict=True):
        if unit in _COUNTS and quantity is not None and quantity != quantity.to_integral_value():
            raise FieldRefused("count_not_whole", "quantity", shown(canonical_decimal(quantity)))


def _check_hashes(outputs: Iterable[str | None]) -> None:
    given = [output for output in outputs if output is not None]
    if set(map(len, given)) - {_SHA256_DIGITS} or not _is_hex("".join(given)):
        reason = "Expected 64 digits of lower-case hex"
        raise FieldRefused("field_invalid", "output_sha256", reason)


def _is_hex(digits: str) -> bool:
    try:
        return bytes.fromhex(digits).hex() == digits  # Capitals and spaces are not the same.
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _subjects(bodies: tuple[SubjectNamed, ...]) -> tuple[SubjectUse, ...]:
    """Remembered, because a firm names the same works again and again."""
    for index, body in enumerate(bodies):
        _check_characters(f"subjects/{index}/id", [body.id])
    if len({body.id for body in bodies}) < len(bodies):
        raise FieldRefused("field_invalid", "subjects", "Expected each subject once")
    return tuple(SubjectUse(body.id, body.weight_bp) for body in bodies)


def _decimals(field: str, values: Sequence[str | int | None]) -> Sequence[Decimal | None]:
    numbers = {
        value: None if value is None else _parsed(str(value), field) for value in set(values)
    }
    return [*map(numbers.__getitem__, values)]


@lru_cache(maxsize=4096)
def _parsed(text: str, field: str) -> Decimal:
    try:
        number = parse_decimal(text)
    except NotADecimal:
        raise FieldRefused("number_not_exact", field, shown(text)) from None
    if number < 0:
        raise FieldRefused("number_negative", field, shown(text))
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if max(len(digits) + exponent, len(digits), -exponent) > DIGITS_MAX:
        raise FieldRefused("number_too_long", field, shown(text))
    if number and number.adjusted() >= WHOLE_DIGITS_MAX:
        raise FieldRefused("number_too_large", field, shown(text))
    return number
