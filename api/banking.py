"""Japan's public holidays, banking days and banks' names, as plain values for the use cases."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from ledger.core.period import banking_day_on_or_after, is_banking_day


def is_open_for_banking(day: date) -> bool:
    """Tell whether Japanese banks settle transfers on a day."""
    return is_banking_day(day, _holidays_around(day))


def next_banking_day(day: date) -> date:
    """Return the day itself when banks are open, otherwise the next day they are."""
    return banking_day_on_or_after(day, _holidays_around(day))


@cache
def bank_names() -> Mapping[tuple[str, str], tuple[str, str, str, str]]:
    """Return the names of every bank and branch, Japanese and English, by both codes."""
    from invoices.banks import names_by_codes

    return names_by_codes()


def _holidays_around(day: date) -> frozenset[date]:
    """Return the public holidays of two weeks, more than any row of closed days is long."""
    import jpholiday

    days = (day + timedelta(days=offset) for offset in range(15))
    return frozenset(each for each in days if jpholiday.is_holiday(each))
