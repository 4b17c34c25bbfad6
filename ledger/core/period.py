"""
Months, days and contract years, cut in Japan time; banking days.

Instants are aware datetimes in UTC. A month includes its first instant and excludes the first
instant of the next one. Asia/Tokyo is UTC+9 and has had no daylight saving since 1951-09-08,
so the cut is a fixed offset here; an instant before that day is refused.
"""

from calendar import monthrange
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

_AHEAD_OF_UTC = timedelta(hours=9)
TOKYO = timezone(_AHEAD_OF_UTC, "Asia/Tokyo")

#: The last day on which Japan put its clocks back.
_LAST_DAYLIGHT_SAVING = datetime(1951, 9, 8, tzinfo=UTC)


class NotAMonth(ValueError):
    """The text is not a month written as ``YYYY-MM``."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a month; write it as YYYY-MM, such as 2026-11")
        self.text = text


class InstantWithoutZone(ValueError):
    """An instant came without a UTC offset, or from before the fixed offset holds."""

    def __init__(self, instant: datetime) -> None:
        super().__init__(f"{instant.isoformat()} needs a UTC offset, such as Z or +09:00")
        self.instant = instant


@dataclass(frozen=True, order=True)
class Month:
    """One accounting month in Japan time."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1952 <= self.year <= 9998 and 1 <= self.month <= 12):
            raise NotAMonth(f"{self.year}-{self.month}")

    @classmethod
    def parse(cls, text: str) -> "Month":
        """
        Read ``YYYY-MM``.

        :raises NotAMonth: anything else, including ``2026-1`` and ``2026-13``.
        """
        digits = text[:4] + text[5:]
        if len(text) != 7 or text[4] != "-" or not (digits.isascii() and digits.isdecimal()):
            raise NotAMonth(text)
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of_day(cls, day: date) -> "Month":
        """Return the month a day of the Japanese calendar lies in."""
        return cls(day.year, day.month)

    @classmethod
    def of(cls, instant: datetime) -> "Month":
        """Return the month an instant lies in, cut in Japan time."""
        return cls.of_day(tokyo_day(instant))

    @property
    def first_day(self) -> date:
        """The first day, which also stands for the month where it is stored."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day, included."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def starts_at(self) -> datetime:
        """The first instant, in UTC."""
        return day_starts_at(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """The first instant that no longer belongs to it, in UTC."""
        return self.next().starts_at

    def next(self) -> "Month":
        """Return the month after this one."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> "Month":
        """Return the month before this one."""
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def before(self, months: int) -> "Month":
        """Return the month that lies so many months before this one."""
        year, month = divmod(self.year * 12 + self.month - 1 - months, 12)
        return Month(year, month + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def tokyo_day(instant: datetime) -> date:
    """
    Return the day of the Japanese calendar an instant falls on.

    >>> tokyo_day(datetime(2026, 10, 31, 15, 0, tzinfo=UTC))
    datetime.date(2026, 11, 1)

    :raises InstantWithoutZone: the instant is naive or lies before September 1951.
    """
    if instant.tzinfo is None or instant < _LAST_DAYLIGHT_SAVING:
        raise InstantWithoutZone(instant)
    if instant.tzinfo is UTC:
        return (instant + _AHEAD_OF_UTC).date()
    return instant.astimezone(TOKYO).date()


def day_starts_at(day: date) -> datetime:
    """Return the first instant of a day of the Japanese calendar, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO).astimezone(UTC)


def contract_year_start(*, anniversary: date, on: date) -> date:
    """
    Return the first day of the contract year that ``on`` lies in.

    A contract that begins on 29 February begins its later years on 1 March when the year
    has no such day (民法143条2項: where the corresponding day is absent the term runs to the
    last day of the month, so the next one begins on the day after).
    """
    this_year = _anniversary_in(anniversary, on.year)
    return this_year if this_year <= on else _anniversary_in(anniversary, on.year - 1)


def first_open_day(day: date, *, last_closed: date | None) -> date:
    """
    Return the day on which something that happened on a day is posted: itself, or the first after
    the last closed month. ``last_closed`` is any day of that month.

    >>> first_open_day(date(2026, 9, 30), last_closed=date(2026, 10, 1))
    datetime.date(2026, 11, 1)
    """
    return day if last_closed is None else max(day, Month.of_day(last_closed).next().first_day)


def is_banking_day(day: date, holidays: Set[date]) -> bool:
    """
    Tell whether Japanese banks settle transfers on a day.

    Closed are Saturdays, Sundays, national holidays, and 31 December to 3 January
    (銀行法施行令5条). ``holidays`` is the calendar of national holidays.
    """
    new_year = (day.month, day.day) in {(12, 31), (1, 1), (1, 2), (1, 3)}
    return day.weekday() < 5 and not new_year and day not in holidays


def banking_day_on_or_after(day: date, holidays: Set[date]) -> date:
    """Return the day itself when banks are open, otherwise the next day they are."""
    while not is_banking_day(day, holidays):
        day += timedelta(days=1)
    return day


def banking_day_on_or_before(day: date, holidays: Set[date]) -> date:
    """Return the day itself when banks are open, otherwise the last day before it they were."""
    while not is_banking_day(day, holidays):
        day -= timedelta(days=1)
    return day


def _anniversary_in(anniversary: date, year: int) -> date:
    try:
        return anniversary.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
