"""Frozen values survive the archive: the same text every time, and the same values back."""

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.invoice import Invoice, PartyCopy
from ledger.core.revenue_terms import RevenueBase, RevenueTerms
from ledger.core.royalty import ChargeStep
from ledger.core.snapshot import (
    CannotBeFrozen,
    NotASnapshot,
    from_json,
    from_plain,
    sha256_of,
    to_json,
    to_plain,
)
from ledger.core.statement import Statement
from ledger.core.terms import Basis, RateLine, TermsVersion

INSTANTS = st.integers(-(10**9), 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(),
    bool: st.booleans(),
    date: st.dates(),
    Fraction: st.fractions(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=12),
    NoneType: st.none(),
}


def _values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return arbitrary values of a dataclass, whatever fields it has."""
    if get_origin(kind) is UnionType:
        return st.one_of([_values_of(option) for option in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(_values_of(get_args(kind)[0]), max_size=2).map(tuple)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{item.name: _values_of(hints[item.name]) for item in fields(kind)})
    return VALUES[kind] if kind in VALUES else st.sampled_from(kind)


@settings(max_examples=10)
@given(_values_of(Invoice))
def test_an_invoice_comes_back_as_it_was_frozen(invoice: Invoice) -> None:
    text = to_json(invoice)
    assert from_json(Invoice, text) == invoice
    assert to_json(from_json(Invoice, text)) == text


@settings(max_examples=10)
@given(_values_of(Statement))
def test_a_statement_comes_back_as_it_was_frozen(statement: Statement) -> None:
    assert from_json(Statement, to_json(statement)) == statement


@settings(max_examples=10)
@given(st.lists(_values_of(ChargeStep), max_size=3))
def test_the_steps_of_a_charge_come_back_exactly(steps: list[ChargeStep]) -> None:
    plain = to_plain(tuple(steps))
    assert from_plain(tuple[ChargeStep, ...], plain) == tuple(steps)


@settings(max_examples=10)
@given(INSTANTS)
def test_one_instant_has_one_text_in_every_zone(instant: datetime) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(hours=9)))
    assert to_json(instant) == to_json(elsewhere)
    assert from_json(datetime, to_json(elsewhere)) == instant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), '"1.5"'),  # The database may return more zeros than were written.
        (Decimal("1E+2"), '"100"'),
        (Decimal("-0.00"), '"0"'),  # There is one nothing.
        (Decimal("0.0000123"), '"0.0000123"'),
        (Fraction(224798, 5), '"224798/5"'),
        (2**63, "9223372036854775808"),
        ("原簿", '"原簿"'),  # Written as it is, so that an archive can be searched.
        (True, "true"),
    ],
)
def test_each_value_has_one_text(value: object, text: str) -> None:
    assert to_json(value) == text


def test_keys_are_sorted_so_that_a_field_may_move_in_the_code() -> None:
    step = ChargeStep(code="unit", quantity=Decimal(2), rate=None, exact=Fraction(1, 2))
    assert to_json(step) == '{"code":"unit","exact":"1/2","quantity":"2","rate":null}'


def test_a_hash_is_of_the_text_in_utf8() -> None:
    assert sha256_of("原簿") == sha256(bytes.fromhex("e58e9fe7b0bf")).digest()


@pytest.mark.parametrize(
    "value",
    [
        0.1,  # Nothing in a document is a float.
        datetime(2026, 11, 1),  # noqa: DTZ001 - an instant without a zone is what is refused
        Decimal("NaN"),
        {"a": 1},  # A dictionary has no declared shape to be read back by.
        RateLine,
    ],
)
def test_what_has_no_canonical_text_is_refused(value: object) -> None:
    with pytest.raises(CannotBeFrozen):
        to_json(value)


class Color(StrEnum):
    """An enum of the test."""

    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A small value of the test."""

    color: Color
    sides: tuple[int, ...]
    pair: tuple[str, int]
    drawn_on: date | None
    scale: int = 1


SHAPE = Shape(color=Color.RED, sides=(3, 4), pair=("a", 1), drawn_on=date(2026, 11, 1))


def test_the_shape_itself_is_read() -> None:
    assert from_json(Shape, to_json(SHAPE)) == SHAPE
    undated = replace(SHAPE, drawn_on=None)
    assert from_json(Shape, to_json(undated)) == undated


def test_a_field_that_came_later_has_its_default() -> None:
    before = to_json(SHAPE).replace(',"scale":1', "")
    assert "scale" not in before
    assert from_json(Shape, before) == SHAPE


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("{", "[", "text"),  # Not JSON.
        ('"red"', '"blue"', "$.color"),
        ("[3,4]", "[3,4.5]", "$.sides[1]"),
        ("[3,4]", "[3,true]", "$.sides[1]"),  # Truth is not a number.
        ("[3,4]", "3", "$.sides"),
        ('["a",1]', '["a"]', "$.pair"),
        ("2026-11-01", "2026-11-31", "$.drawn_on"),
        ('"2026-11-01"', "20261101", "$.drawn_on"),
        ('"pair"', '"peer"', "$"),
        ('"scale"', '"size"', "$"),  # A field that has a default is not any field.
    ],
)
def test_a_text_of_another_shape_is_refused_with_the_place(old: str, new: str, place: str) -> None:
    with pytest.raises(NotASnapshot) as refused:
        from_json(Shape, to_json(SHAPE).replace(old, new))
    assert refused.value.place == place


def test_a_field_that_came_later_is_not_written_where_it_says_nothing() -> None:
    line = RateLine(basis=Basis.PER_IMAGE, rate=Decimal(12))
    before = TermsVersion(
        id=1,
        version=1,
        effective_from=datetime(2026, 4, 1, tzinfo=UTC),
        clause_reference="5",
        rate_lines=(line,),
    )
    share = RevenueTerms(percent=Decimal(18), base=RevenueBase.NET_REVENUE, currency="JPY")
    assert "revenue_share" not in to_json(before)
    for version in (before, replace(before, revenue_share=share)):
        assert from_json(TermsVersion, to_json(version)) == version


#: A party as invoices froze it before they had corporate numbers, byte for byte.
_PARTY_BEFORE = (
    '{"address_en":"","address_ja":"東京都","country":"JP","kind":"company","language":"ja",'
    '"name_en":"Kaze","name_ja":"風","postal_code":"","reference":"kaze",'
    '"registration_number":null}'
)


def test_a_party_frozen_before_it_had_a_corporate_number_is_the_same_to_the_byte() -> None:
    before = from_json(PartyCopy, _PARTY_BEFORE)
    assert before.corporate_number is None
    assert to_json(before) == _PARTY_BEFORE
    now = replace(before, corporate_number="8700110005901")
    assert from_json(PartyCopy, to_json(now)) == now
