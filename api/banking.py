"""Japan's public holidays, banking days and banks' names, as plain values for the use cases."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from ledger.core.period import Month, banking_day_on_or_after, is_banking_day
from ledger.core.refusal import Refusal

_PAY_DAY = 15
_TO_APPROVE = timedelta(days=7)


class DueOnClosedDay(Refusal):
    """An invoice would be due on a day on which nobody can transfer. Carries the next one."""

    code = "due_on_closed_day"
    field = "due_on"


def is_open_for_banking(day: date) -> bool:
    """Tell whether Japanese banks settle transfers on a day."""
    return is_banking_day(day, _holidays_around(day))


def next_banking_day(day: date) -> date:
    """Return the day itself when banks are open, otherwise the next day they are."""
    return banking_day_on_or_after(day, _holidays_around(day))


def usual_due_day(issued_on: date) -> date:
    """Return when an invoice is due unless somebody says otherwise: at the next month's end."""
    return next_banking_day(Month.of_day(issued_on).next().last_day)


def due_day(asked: date | None, *, issued_on: date) -> date:
    """
    Return when an invoice is due: on the day asked for, or on the usual one.

    :raises DueOnClosedDay: banks are closed on the day asked for.
    """
    if asked is None:
        return usual_due_day(issued_on)
    if not is_open_for_banking(asked):
        raise DueOnClosedDay(due_on=asked, next_open=next_banking_day(asked))
    return asked


def usual_pay_day(month: Month, *, issued_on: date) -> date:
    """
    Return when a month's payouts leave unless somebody says otherwise.

    That is the fifteenth of the month after, so that what came in on the first day of a month is
    paid on within 60 days of it, with room for a holiday (取適法3条, フリーランス法4条: the day of
    receipt counts). Somebody has to approve the run first: it is a week after the statements.
    """
    return next_banking_day(
        max(month.next().first_day.replace(day=_PAY_DAY), issued_on + _TO_APPROVE)
    )


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
