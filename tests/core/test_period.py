"""Months in Japan time, contract years, banking days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.period import (
    InstantWithoutZone,
    Month,
    NotAMonth,
    banking_day_on_or_after,
    banking_day_on_or_before,
    contract_year_start,
    is_banking_day,
    tokyo_day,
)

DAYS = st.dates(date(1952, 1, 1), date(2099, 12, 31))
MONTHS = st.builds(Month, st.integers(1953, 2099), st.integers(1, 12))

# November 2026: Culture Day and Labour Thanksgiving Day; and New Year's Day.
HOLIDAYS = {date(2026, 11, 3), date(2026, 11, 23), date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 10, 31, 14, 59, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 10, 31, 15, 0, tzinfo=UTC), date(2026, 11, 1)),  # Midnight in Tokyo.
        (datetime(2026, 11, 1, 0, 0, tzinfo=timezone(timedelta(hours=9))), date(2026, 11, 1)),
        (datetime(2026, 10, 31, 16, 0, tzinfo=timezone(timedelta(hours=-8))), date(2026, 11, 1)),
    ],
)
def test_a_day_is_cut_at_midnight_in_tokyo_whatever_the_offset(
    instant: datetime, day: date
) -> None:
    assert tokyo_day(instant) == day
    assert Month.of(instant) == Month.of_day(day)


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None),  # Whose midnight?
        datetime(1951, 9, 7, 23, 59, tzinfo=UTC),  # Clocks still went forward then.
    ],
)
def test_an_instant_whose_day_is_not_certain_is_refused(instant: datetime) -> None:
    with pytest.raises(InstantWithoutZone) as refusal:
        tokyo_day(instant)
    assert refusal.value.instant == instant


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-1", "2026-13", "2026-00", "2026-11-1", "202611", "2026/11", "26-11"),
        *("2026-1１", "２０２６-05"),  # Full-width digits are decimal, but not how it is written.
    ],
)
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(NotAMonth):
        Month.parse(text)


@given(MONTHS)
def test_a_month_is_read_back_as_it_was_written(month: Month) -> None:
    assert Month.parse(str(month)) == month


@given(MONTHS)
def test_months_follow_one_another_without_a_gap(month: Month) -> None:
    assert month.next().previous() == month
    assert month.previous() < month < month.next()
    assert month.last_day + timedelta(days=1) == month.next().first_day
    assert month.ends_at == month.next().starts_at


@given(DAYS)
def test_a_day_lies_in_its_month_from_the_first_instant_to_before_the_last(day: date) -> None:
    month = Month.of_day(day)
    noon = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    assert month.first_day <= day <= month.last_day
    assert month.starts_at <= noon < month.ends_at
    assert Month.of(month.starts_at) == month
    assert Month.of(month.ends_at) == month.next()


@pytest.mark.parametrize(
    ("month", "last_day"),
    [
        (Month(2026, 2), date(2026, 2, 28)),
        (Month(2028, 2), date(2028, 2, 29)),
        (Month(2100, 2), date(2100, 2, 28)),  # A century that is no leap year.
        (Month(2026, 12), date(2026, 12, 31)),
    ],
)
def test_the_last_day_of_a_month(month: Month, last_day: date) -> None:
    assert month.last_day == last_day


@pytest.mark.parametrize(
    ("anniversary", "on", "start"),
    [
        (date(2026, 4, 1), date(2026, 4, 1), date(2026, 4, 1)),  # The first day is in the year.
        (date(2026, 4, 1), date(2027, 3, 31), date(2026, 4, 1)),
        (date(2026, 4, 1), date(2027, 4, 1), date(2027, 4, 1)),
        (date(2028, 2, 29), date(2029, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 3, 1), date(2029, 3, 1)),  # No such day: the day after.
        (date(2028, 2, 29), date(2032, 2, 29), date(2032, 2, 29)),
    ],
)
def test_a_contract_year_begins_on_its_anniversary(
    anniversary: date, on: date, start: date
) -> None:
    assert contract_year_start(anniversary=anniversary, on=on) == start


@given(anniversary=DAYS, on=DAYS)
def test_a_day_lies_in_its_contract_year(anniversary: date, on: date) -> None:
    start = contract_year_start(anniversary=anniversary, on=on)
    assert start <= on < start + timedelta(days=367)
    assert contract_year_start(anniversary=anniversary, on=start) == start


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 11, 2), True),
        (date(2026, 11, 3), False),  # Culture Day.
        (date(2026, 11, 7), False),  # Saturday.
        (date(2026, 11, 8), False),  # Sunday.
        (date(2026, 12, 30), True),
        (date(2026, 12, 31), False),  # Banks rest although it is no national holiday.
        (date(2027, 1, 1), False),
        (date(2028, 1, 3), False),  # A Monday.
        (date(2027, 1, 4), True),
    ],
)
def test_banks_work_on(day: date, is_open: bool) -> None:
    assert is_banking_day(day, HOLIDAYS) is is_open


@pytest.mark.parametrize(
    ("day", "after", "before"),
    [
        (date(2026, 11, 2), date(2026, 11, 2), date(2026, 11, 2)),
        (date(2026, 11, 21), date(2026, 11, 24), date(2026, 11, 20)),  # Weekend and a holiday.
        (date(2027, 1, 2), date(2027, 1, 4), date(2026, 12, 30)),  # Over New Year.
    ],
)
def test_the_nearest_banking_day(day: date, after: date, before: date) -> None:
    assert banking_day_on_or_after(day, HOLIDAYS) == after
    assert banking_day_on_or_before(day, HOLIDAYS) == before


@given(DAYS)
def test_the_nearest_banking_day_is_one_and_none_lies_between(day: date) -> None:
    after = banking_day_on_or_after(day, HOLIDAYS)
    before = banking_day_on_or_before(day, HOLIDAYS)
    assert before <= day <= after
    for offset in range((after - before).days + 1):
        between = before + timedelta(days=offset)
        assert is_banking_day(between, HOLIDAYS) is (between in {before, after})
