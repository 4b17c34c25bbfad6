"""Accounting months: opened by the first that needs them, closed once, in order."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.period import Month
from ledger.store.tables.months import MonthClosingRow


@dataclass(frozen=True, kw_only=True)
class MonthsInBook:
    """Where a book's months stand: the first that was opened, and the last that was closed."""

    first_opened: date | None
    last_closed: date | None

    def is_closed(self, month: Month) -> bool:
        """Tell whether a month is closed; no later one can be without it."""
        return self.last_closed is not None and month.first_day <= self.last_closed

    def open_before(self, month: Month) -> Month | None:
        """Return the first month that has to be closed before one, None when it is its turn."""
        if self.last_closed is not None:
            following = Month.of_day(self.last_closed).next()
            return following if following < month else None
        if self.first_opened is not None and self.first_opened < month.first_day:
            return Month.of_day(self.first_opened)
        return None


@dataclass(frozen=True, kw_only=True)
class MonthClosing:
    """A month's closing: who, when, and the hash of what it was computed from."""

    month: date
    closed_at: datetime
    closed_by: str
    generation_count: int
    input_hash: bytes


_OPEN = "SELECT open_month(:book, :month, :at)"

_LOCK = "SELECT lock_month(:book, :month)"

_STATE = """
    SELECT (SELECT min(month) FROM accounting_month WHERE book_id = :book) AS first_opened,
           (SELECT max(month) FROM month_closing WHERE book_id = :book) AS last_closed
"""

_LAST_OPENED = """
    SELECT max(month) FROM accounting_month WHERE book_id = :book AND month <= :through
"""

_LAST_RECORDED = """
    SELECT greatest(
        (SELECT max(b.recorded_at) FROM batch b JOIN party p ON p.party_id = b.licensee_id
         WHERE p.book_id = :book AND (b.counted_month = :month OR b.counted_month IS NULL
                                      AND :month BETWEEN b.first_month AND b.last_month)),
        (SELECT max(recorded_at) FROM entry WHERE book_id = :book AND month = :month))
"""

_CLOSINGS = """
    SELECT month, closed_at, closed_by, generation_count, input_hash
    FROM month_closing
    WHERE book_id = :book AND (CAST(:month AS date) IS NULL OR month = :month)
    ORDER BY month
"""


def open_month(session: Session, *, book_id: int, month: date, opened_at: datetime) -> None:
    """
    Open a month that is not open yet, with the partition its generations go to.

    :raises RefusedByDatabase: ``month_closed``, because a later month was closed without it.
    """
    session.execute(text(_OPEN), {"book": book_id, "month": month, "at": opened_at})


def lock_month(session: Session, *, book_id: int, month: date) -> None:
    """Wait for whoever writes into an open month, and let nobody else until we are done."""
    session.execute(text(_LOCK), {"book": book_id, "month": month})


def read_months(session: Session, *, book_id: int) -> MonthsInBook:
    """Return where the book's months stand."""
    row = session.execute(text(_STATE), {"book": book_id}).one()
    return MonthsInBook(first_opened=row.first_opened, last_closed=row.last_closed)


def last_opened(session: Session, *, book_id: int, through: date) -> date | None:
    """Return the latest month, up to one, in which anything was reported or done."""
    found: date | None = session.scalar(text(_LAST_OPENED), {"book": book_id, "through": through})
    return found


def last_recorded_at(session: Session, *, book_id: int, month: date) -> datetime | None:
    """Return the latest instant at which something was written into a month, if anything was."""
    parameters = {"book": book_id, "month": month}
    instant: datetime | None = session.execute(text(_LAST_RECORDED), parameters).scalar_one()
    return instant


def insert_closing(session: Session, *, book_id: int, closing: MonthClosing) -> None:
    """Close a month. The database refuses one that has an open month before it."""
    session.execute(insert(MonthClosingRow), [{"book_id": book_id, **vars(closing)}])


def find_closing(session: Session, *, book_id: int, month: date) -> MonthClosing | None:
    """Return the closing of a month, None while it is open."""
    row = session.execute(text(_CLOSINGS), {"book": book_id, "month": month}).one_or_none()
    return None if row is None else MonthClosing(**row._mapping)


def list_closings(session: Session, *, book_id: int) -> list[MonthClosing]:
    """Return every closing of the book, the earliest month first."""
    rows = session.execute(text(_CLOSINGS), {"book": book_id, "month": None})
    return [MonthClosing(**row._mapping) for row in rows]
