"""
Charging: what a month is worked out from, and the royalty lines that closing it would write.

A closing writes them and a preview shows them; both ask here, so they cannot differ.
"""

from datetime import date
from typing import NamedTuple

from ledger.core.adjustment import lines_of_closing
from ledger.core.closing import RoyaltyLine
from ledger.core.counter import ClosingTerms, UsageTotal, first_month_to_read, years_beginning
from ledger.core.event_total import EventTotal
from ledger.core.period import Month
from ledger.core.rerating import first_rerated
from ledger.store import events, royalties
from ledger.store.database import Transaction


class Told(NamedTuple):
    """The usage that a closing knows."""

    totals: tuple[UsageTotal, ...]
    events: tuple[EventTotal, ...]


def charge(
    session: Transaction, *, book_id: int, terms: ClosingTerms, month: Month, since: date | None
) -> tuple[Told, tuple[RoyaltyLine, ...]]:
    """Return the usage and the lines of a month, with what it adjusts of months ``since``."""
    first = first_month_to_read(terms, month if since is None else Month.of_day(since))
    last = month.first_day
    totals = royalties.read_usage(
        session,
        book_id=book_id,
        first=first,
        last=last,
        years=years_beginning(terms, first=first, last=last),
        with_held_from=since or last,
    )
    alike = events.read_events(session, book_id=book_id, first=since or last, last=last)
    lines = lines_of_closing(
        month=month,
        terms=terms,
        totals=totals,
        events=alike,
        charged=()
        if since is None
        else royalties.read_lines(session, book_id=book_id, since=since),
    )
    return Told(totals, alike), lines


def first_adjusted(
    session: Transaction, *, book_id: int, terms: ClosingTerms, month: Month
) -> date | None:
    """Return the earliest month of which a closing is the first to know something."""
    told = royalties.first_adjusted(session, book_id=book_id, month=month.first_day)
    return min((each for each in (told, first_rerated(terms, month)) if each), default=None)
