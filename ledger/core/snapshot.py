"""
Frozen values as canonical JSON, and back: what a document says, byte for byte.

The same values give the same text on every machine: keys are sorted, decimals and fractions
are text in their shortest exact form, days and instants are ISO 8601 with instants in UTC, and
enums are their value. Reading is driven by the types of the dataclass, and refuses whatever
does not fit them, so that an archived document is either read as it was issued or not at all.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ledger.core.usage import canonical_decimal

T = TypeVar("T")

#: In the metadata of a field: it came later, and where it is None the text is what it was before.
UNSAID = "unsaid"


class CannotBeFrozen(TypeError):
    """A value has no canonical text: a float, an instant without a zone, an unknown type."""

    def __init__(self, value: object) -> None:
        super().__init__(f"{value!r} of type {type(value).__name__} has no canonical text")
        self.value = value


class NotASnapshot(ValueError):
    """The text is not JSON, or does not have the shape of what it is read as."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


def to_json(value: object) -> str:
    """
    Write a frozen value as canonical JSON.

    >>> to_json((Decimal("12.50"), Fraction(1, 3), date(2026, 11, 1), None))
    '["12.5","1/3","2026-11-01",null]'

    :raises CannotBeFrozen: the value, or one inside it, has no canonical text.
    """
    plain = to_plain(value)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(kind: type[T], text: str) -> T:
    """
    Read canonical JSON back into the type it was written from.

    >>> from_json(tuple[Decimal, ...], '["12.5"]')
    (Decimal('12.5'),)

    :raises NotASnapshot: the text is not JSON, or not of this shape.
    """
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise NotASnapshot("text", str(error)) from None
    return from_plain(kind, plain)


def to_plain(value: object) -> Any:
    """
    Return a frozen value as dictionaries, lists, text, integers, truth and None.

    :raises CannotBeFrozen: the value, or one inside it, has no canonical text.
    """
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case Decimal() if value.is_finite():
            return "0" if value == 0 else canonical_decimal(value)
        case Fraction():
            return str(value)
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat()
        case date() if not isinstance(value, datetime):
            return value.isoformat()
        case tuple():
            return [to_plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            given = ((name, getattr(value, name)) for name in _names(type(value)))
            unsaid = _unsaid(type(value))
            return {
                name: to_plain(item)
                for name, item in given
                if item is not None or name not in unsaid
            }
    raise CannotBeFrozen(value)


def from_plain(kind: type[T], plain: object) -> T:
    """
    Build a value of a type from what :func:`to_plain` returned.

    A field that has a default may be missing: what was frozen before there was such a field, such
    as an invoice from before advances, is read for as long as there are documents.

    :raises NotASnapshot: a field is missing, unknown or of another shape; says where.
    """
    built: T = _build(kind, plain, "$")
    return built


def sha256_of(text: str) -> bytes:
    """Return the SHA-256 of a text in UTF-8, as it is stored beside a snapshot."""
    return sha256(text.encode()).digest()


def _build(kind: Any, plain: object, place: str) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return _build_optional(kind, plain, place)
    if get_origin(kind) is tuple:
        return _build_tuple(get_args(kind), plain, place)
    if is_dataclass(kind):
        return _build_dataclass(kind, plain, place)
    if kind in (str, int, bool):
        if type(plain) is not kind:
            raise NotASnapshot(place, f"{plain!r} is not {kind.__name__}")
        return plain
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _read(kind, plain, place, kind)
    if kind in _READERS:
        if not isinstance(plain, str):
            raise NotASnapshot(place, f"{plain!r} is not text")
        return _read(_READERS[kind], plain, place, kind)
    raise NotASnapshot(place, f"{kind!r} cannot be read from a snapshot")


def _build_optional(kind: Any, plain: object, place: str) -> Any:
    if plain is None:
        return None
    (inner,) = (option for option in get_args(kind) if option is not NoneType)
    return _build(inner, plain, place)


def _build_tuple(items: tuple[Any, ...], plain: object, place: str) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise NotASnapshot(place, f"{plain!r} is not a list")
    kinds = [items[0]] * len(plain) if items[-1] is Ellipsis else list(items)
    if len(kinds) != len(plain):
        raise NotASnapshot(place, f"{len(plain)} items where {len(kinds)} belong")
    return tuple(
        _build(kind, item, f"{place}[{index}]")
        for index, (kind, item) in enumerate(zip(kinds, plain, strict=True))
    )


def _build_dataclass(kind: Any, plain: object, place: str) -> Any:
    if not isinstance(plain, Mapping) or not _required(kind) <= plain.keys() <= set(_names(kind)):
        raise NotASnapshot(place, f"does not have exactly the fields of {kind.__name__}")
    hints = _hints(kind)
    told = [name for name in _names(kind) if name in plain]
    return kind(**{name: _build(hints[name], plain[name], f"{place}.{name}") for name in told})


def _read(reader: Callable[[Any], Any], plain: object, place: str, kind: Any) -> Any:
    try:
        return reader(plain)
    except (ValueError, ArithmeticError):
        raise NotASnapshot(place, f"{plain!r} is not a {kind.__name__}") from None


_READERS: Mapping[Any, Callable[[str], Any]] = {
    Decimal: Decimal,
    Fraction: Fraction,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Name the fields a value is built from and compared by."""
    return tuple(item.name for item in fields(kind) if item.init and item.compare)


@cache
def _unsaid(kind: type) -> frozenset[str]:
    """Name the fields that came later, and are not written where there is nothing to say."""
    return frozenset(item.name for item in fields(kind) if UNSAID in item.metadata)


@cache
def _required(kind: type) -> frozenset[str]:
    """Name the fields without a default, which every version of the program wrote."""
    is_there = (MISSING, MISSING)
    return frozenset(
        item.name
        for item in fields(kind)
        if item.name in _names(kind) and (item.default, item.default_factory) == is_there
    )


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)
