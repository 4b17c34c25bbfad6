"""Japan's public holidays and banks, as the rules of the ledger want them: as plain functions."""

from collections.abc import Mapping
from datetime import date, timedelta

from ledger.core.period import banking_day_on_or_after, is_banking_day


def is_open_for_banking(day: date) -> bool:
    """Tell whether Japanese banks settle transfers on a day."""
    return is_banking_day(day, _holidays_around(day))


def next_banking_day(day: date) -> date:
    """Return the day itself when banks are open, otherwise the next day they are."""
    return banking_day_on_or_after(day, _holidays_around(day))


def _holidays_around(day: date) -> frozenset[date]:
    """Return the public holidays of two weeks, more than any row of closed days is long."""
    import jpholiday

    days = (day + timedelta(days=offset) for offset in range(15))
    return frozenset(each for each in days if jpholiday.is_holiday(each))


class BankNames(Mapping[tuple[str, str], tuple[str, str, str, str]]):
    """Names of bank and branch in Japanese and English, by their two codes."""

    def __getitem__(self, codes: tuple[str, str]) -> tuple[str, str, str, str]:
        from invoices.banks import bank, branch

        found = bank(codes[0])
        at = branch(bank_code=codes[0], branch_code=codes[1])
        return found.name, found.roma, at.name, at.roma

    def __iter__(self):  # type: ignore[no-untyped-def]
        raise TypeError

    def __len__(self) -> int:
        raise TypeError
