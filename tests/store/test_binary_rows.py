"""Rows that are packed by hand are those that the driver would have written."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from struct import pack

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.numeric import Int8

from ledger.core.period import TOKYO
from ledger.core.usage import instants_of
from ledger.store.binary_rows import (
    HEADER,
    MICROSECONDS_TO_EPOCH,
    NULL,
    TRAILER,
    bytes_field,
    days,
    integer_field,
    numeric_field,
    text_field,
)

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
numbers = st.builds(
    lambda sign, digits, exponent: Decimal((sign, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 1),
    st.integers(0, 10**30),
    st.integers(-40, 40),
)
instants = st.integers(-(10**15), 10**16).map(lambda us: EPOCH + timedelta(microseconds=us))


def by_driver(value: object) -> bytes:
    """Return a field as the driver writes it."""
    written = Transformer().get_dumper(value, PyFormat.BINARY).dump(value)
    assert written is not None
    return pack(">i", len(written)) + bytes(written)


def copied(connection: psycopg.Connection, types: str, rows: Iterable[bytes]) -> list[object]:
    """Copy rows of one column into a table and read the column back."""
    connection.execute(f"CREATE TEMP TABLE taken (n serial, value {types})")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY taken (value) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(HEADER + b"".join(b"\x00\x01" + row for row in rows) + TRAILER)
    found = connection.execute("SELECT value FROM taken ORDER BY n").fetchall()
    connection.execute("DROP TABLE taken")
    return [value for (value,) in found]


@given(texts)
def test_text_is_written_as_the_driver_writes_it(value: str) -> None:
    assert text_field(value) == by_driver(value)


@given(st.binary())
def test_bytes_are_written_as_the_driver_writes_them(value: bytes) -> None:
    assert bytes_field(value) == by_driver(value)


@given(numbers)
def test_a_number_is_written_as_the_driver_writes_it(value: Decimal) -> None:
    numeric_field.cache_clear()  # It remembers 1.0 as 1, which is as good.
    assert numeric_field(value) == by_driver(value)


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_is_written_as_the_driver_writes_a_bigint(value: int) -> None:
    assert integer_field(value) == by_driver(Int8(value))


@given(instants)
def test_an_instant_is_counted_as_the_driver_counts_it(value: datetime) -> None:
    for written in (value, value.astimezone(TOKYO)):
        (instant,) = instants_of([written])
        assert pack(">iq", 8, instant - MICROSECONDS_TO_EPOCH) == by_driver(value)


@given(st.dates(date(1900, 1, 1), date(2300, 1, 1)))
def test_a_day_is_counted_as_the_driver_counts_it(value: date) -> None:
    assert pack(">ii", 4, days(value.toordinal())) == by_driver(value)


def test_what_is_not_there_is_null() -> None:
    assert {text_field(None), bytes_field(None), integer_field(None), numeric_field(None)} == {NULL}
    assert text_field("") == b"\0\0\0\0"  # Which is something else.


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | numbers, max_size=30))
def test_numbers_survive_the_way_there_and_back(
    owner: psycopg.Connection, values: list[Decimal | None]
) -> None:
    assert copied(owner, "numeric", map(numeric_field, values)) == values


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | texts, max_size=30))
def test_texts_survive_the_way_there_and_back(
    owner: psycopg.Connection, values: list[str | None]
) -> None:
    assert copied(owner, "text", map(text_field, values)) == values


def test_a_trailer_that_is_missing_is_noticed(owner: psycopg.Connection) -> None:
    """A body that was cut off is refused as a whole by the server."""
    owner.execute("CREATE TEMP TABLE taken (value text)")
    with pytest.raises(psycopg.errors.BadCopyFileFormat), owner.cursor() as cursor:  # noqa: SIM117
        with cursor.copy("COPY taken FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(HEADER + b"\x00\x01" + text_field("one") + b"\x00\x01\x00\x00")
    assert owner.execute("SELECT count(*) FROM taken").fetchone() == (0,)
