"""A bank's statement is read whole or refused with the line and the byte."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.statement_file import (
    BankFileDoesNotAddUp,
    BankFileUnreadable,
    looks_like_zengin,
    read_zengin,
)
from invoices.statement_records import DATA, HEADERS, RECORD_BYTES, TRAILERS
from tests.invoices.statement_files import notice, statement

TODAY = date(2026, 12, 1)
PAID = {"number": 7, "amount_yen": 110_000, "payer": "ｶ)ｴﾌﾀﾞｷｶｲ", "edi": "INV-2026-000001"}


@pytest.mark.parametrize("tables", [HEADERS, DATA, TRAILERS])
def test_every_record_is_as_long_as_the_format_says(
    tables: dict[str, list[tuple[str, int]]],
) -> None:
    for layout in tables.values():
        assert sum(field[1] for field in layout) == RECORD_BYTES


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\n"])
def test_a_statement_is_read_with_its_balances(end: bytes) -> None:
    content = statement(
        PAID, {"number": 8, "amount_yen": 500, "direction": 2, "remark": "ﾃｽｳﾘﾖｳ"}, end=end
    )
    assert looks_like_zengin(content)
    (found,) = read_zengin(content, read_on=TODAY)
    assert found.account == "0001-001-1-1234567"
    assert (found.first_day, found.last_day) == (date(2026, 11, 1), date(2026, 11, 30))
    assert (found.opening_minor, found.closing_minor) == (1_000_000, 1_109_500)
    first, second = found.lines
    assert (first.place, first.booked_on, first.amount_minor) == (2, date(2026, 11, 27), 110_000)
    assert (first.payer, first.edi, first.number) == ("ｶ)ｴﾌﾀﾞｷｶｲ", "INV-2026-000001", "7")
    assert (first.balance_minor, second.balance_minor) == (1_110_000, 1_109_500)
    assert (second.amount_minor, second.remark) == (-500, "ﾃｽｳﾘﾖｳ")


def test_a_notice_says_what_the_bank_took_back() -> None:
    (found,) = read_zengin(notice(PAID, {**PAID, "cancelled": "1"}), read_on=TODAY)
    assert [(each.amount_minor, each.is_cancelled) for each in found.lines] == [
        (110_000, False),
        (-110_000, True),
    ]
    assert found.closing_minor is None


def test_a_file_may_hold_several_accounts() -> None:
    one, other = statement(PAID, end=b""), statement(PAID, end=b"", opening=5)
    content = one.removesuffix(b"9".ljust(RECORD_BYTES)) + other
    assert [each.opening_minor for each in read_zengin(content, read_on=TODAY)] == [1_000_000, 5]


@pytest.mark.parametrize(
    ("written", "read_on", "day"),
    [
        ("081127", date(2026, 12, 1), date(2026, 11, 27)),  # 令和8年.
        ("261127", date(2026, 12, 1), date(2026, 11, 27)),  # A bank that writes the year itself.
        ("311130", date(2019, 12, 1), date(2019, 11, 30)),  # 平成31年, as some wrote on.
        ("011130", date(2019, 12, 1), date(2019, 11, 30)),  # 令和元年.
    ],
)
def test_a_year_of_two_digits_is_the_one_that_is_near(
    written: str, read_on: date, day: date
) -> None:
    content = statement({**PAID, "booked_on": written}, days=(written, written))
    (found,) = read_zengin(content, read_on=read_on)
    assert found.lines[0].booked_on == day


def changed(content: bytes, line: int, start: int, piece: bytes) -> bytes:
    """Put a piece at a byte (from 1) of a record (from 1) of a file without line ends."""
    place = (line - 1) * RECORD_BYTES + start - 1
    return content[:place] + piece + content[place + len(piece) :]


@pytest.mark.parametrize(
    ("line", "start", "piece", "told"),
    [
        (
            1,
            2,
            b"21",
            {"line": "1", "byte": "2", "found": "21"},
        ),  # A transfer order, not a statement.
        (2, 25, b"11000O", {"line": "2", "byte": "25"}),  # The letter O in an amount.
        (2, 25, b"0" * 12, {"line": "2", "byte": "25"}),  # Nothing moved.
        (2, 10, b"081332", {"line": "2", "byte": "10", "found": "081332"}),  # No such day.
        (2, 10, b"501127", {"line": "2", "byte": "10"}),  # 50 is near no era's year.
        (2, 22, b"3", {"line": "2", "byte": "22", "found": "3"}),  # Neither in nor out.
        (2, 82, b"\x82\xa0", {"line": "2", "byte": "82"}),  # A double-byte character.
        (2, 1, b"7", {"line": "2", "byte": "1", "found": "7"}),  # No such record.
        (4, 1, b"2", {"line": "4", "byte": "1", "found": "2"}),  # A line after the trailer.
    ],
)
def test_what_is_not_as_the_format_says_is_named_by_line_and_byte(
    line: int, start: int, piece: bytes, told: dict[str, str]
) -> None:
    content = changed(statement(PAID, end=b""), line, start, piece)
    with pytest.raises(BankFileUnreadable) as refused:
        read_zengin(content, read_on=TODAY)
    assert refused.value.values.items() >= told.items()


@pytest.mark.parametrize("cut", [1, 100, 200, 201, 400, 600])
def test_a_file_that_is_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(BankFileUnreadable):
        read_zengin(statement(PAID, end=b"")[:-cut], read_on=TODAY)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"in_count": 2}, "in_count"),
        ({"in_yen": 110_001}, "in_yen"),
        ({"out_count": 1}, "out_count"),
        ({"out_yen": 1}, "out_yen"),
        ({"closing_yen": 1_110_001}, "closing_yen"),
    ],
)
def test_a_trailer_that_says_otherwise_is_refused(changes: dict[str, int], what: str) -> None:
    with pytest.raises(BankFileDoesNotAddUp) as refused:
        read_zengin(statement(PAID, trailer=changes), read_on=TODAY)
    assert refused.value.values["what"] == what


@given(st.binary(max_size=900) | st.binary(min_size=200, max_size=200).map(lambda b: b"103" + b))
def test_anything_is_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(BankFileUnreadable, BankFileDoesNotAddUp):
        read_zengin(content, read_on=TODAY)
