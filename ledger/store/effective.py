"""What takes effect at an instant, and never inside a month that is closed or before it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.fields import FieldRefusal
from ledger.core.period import Month
from ledger.store import months

# Opening and closing a month take this lock for themselves.
_HOLD_MONTHS = "SELECT pg_advisory_xact_lock_shared(hashtextextended('genbo.months', :book))"


class EffectiveInClosedMonth(FieldRefusal):
    """A decision would reach back into a month that is closed, or before it."""

    code = "effective_in_closed_month"


def hold_months(session: Session, *, book_id: int) -> Month | None:
    """Keep every month from being opened or closed, and return the last that is closed."""
    session.execute(text(_HOLD_MONTHS), {"book": book_id})
    closed = months.read_months(session, book_id=book_id).last_closed
    return None if closed is None else Month.of_day(closed)


def keep_open(session: Session, *, book_id: int, instants: Mapping[str, datetime]) -> None:
    """
    Keep every month from being opened or closed until this transaction ends.

    A closing under way is waited for, so that it never charges by terms that change meanwhile.
    ``instants`` are those at which something takes effect, by the field that names each.

    :raises EffectiveInClosedMonth: the month of one is closed, or a later one is.
    """
    last = hold_months(session, book_id=book_id)
    if last is None:
        return
    for field, at in instants.items():
        if Month.of(at) <= last:
            raise EffectiveInClosedMonth(field=field, value=at.isoformat(), month=last)
