"""
What takes effect at an instant, and never inside a month that is closed or before it.

Terms do not reach back over what an open month has been told either: one price would be that of
what came before they were written, another that of what came after.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.fields import FieldRefusal
from ledger.core.period import TOKYO, Month
from ledger.core.terms import TermsVersion
from ledger.store import months
from ledger.store.grants import GrantInBook, priced_use

# Opening and closing a month take this lock for themselves.
_HOLD_MONTHS = "SELECT pg_advisory_xact_lock_shared(hashtextextended('genbo.months', :book))"


class EffectiveInClosedMonth(FieldRefusal):
    """A decision would reach back into a month that is closed, or before it."""

    code = "effective_in_closed_month"


class UseReportedAlready(FieldRefusal):
    """
    New terms would price use of an open month that was reported, and judged by those before.

    Carries their clause, and the first and the last day of such use.
    """

    code = "terms_for_reported_use"


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


def keep_from_reported(session: Session, *, grant: GrantInBook, terms: TermsVersion) -> None:
    """
    Make sure that nothing was reported which new terms for a grant in an open month would price.

    What is asked is the day in Japan, as totals do not know the hour. For whoever has the
    licensee's place in line.

    :raises UseReportedAlready: it was, and its cost would depend on when that was.
    """
    since = terms.effective_from.astimezone(TOKYO).date()
    used = priced_use(session, grant=grant, since=since)
    if used is not None:
        raise UseReportedAlready(
            field="terms.effective_from",
            value=terms.effective_from.isoformat(),
            clause=terms.clause_reference,
            first=used.first,
            last=used.last,
        )
