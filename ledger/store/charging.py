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
from ledger.core.exchange import Exchange, find_exchange, first_day_of_use
from ledger.core.period import Month
from ledger.core.rerating import first_rerated
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.top_up import Comparison, GrantMonth, Shared, add_up, share_revenue, shares_of
from ledger.store import events, rates, revenues, royalties
from ledger.store.database import Transaction


class Told(NamedTuple):
    """The usage that a closing knows, and how shares of revenue compare with it."""

    totals: tuple[UsageTotal, ...]
    events: tuple[EventTotal, ...]
    comparisons: tuple[Comparison, ...]


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
    shared = _share_revenue(
        session, book_id=book_id, terms=terms, month=month, since=since, lines=lines
    )
    return Told(totals, alike, shared.comparisons), (*lines, *shared.lines)


def charge_open(
    session: Transaction, *, book_id: int, month: Month, owner_id: int
) -> list[tuple[RoyaltyLine, str | None]]:
    """
    Return what closing an open month now would charge for one holder's works, line by line.

    Beside each line stands the modality it is for: None where its rate is for several.
    """
    terms = royalties.read_terms(session, book_id=book_id)
    since = first_adjusted(session, book_id=book_id, terms=terms, month=month)
    _, lines = charge(session, book_id=book_id, terms=terms, month=month, since=since)
    own = [line for line in lines if line.owner_id == owner_id]
    modalities = {
        line.id: str(line.modality or min(grant.modalities))
        for _, grant, version in terms.versions()
        for line in version.rate_lines
        if line.modality is not None or len(grant.modalities) == 1
    }
    return [(line, modalities.get(line.rate_line_id)) for line in own]


def first_adjusted(
    session: Transaction, *, book_id: int, terms: ClosingTerms, month: Month
) -> date | None:
    """Return the earliest month of which a closing is the first to know something."""
    told = royalties.first_adjusted(session, book_id=book_id, month=month.first_day)
    return min((each for each in (told, first_rerated(terms, month)) if each), default=None)


def _share_revenue(
    session: Transaction,
    *,
    book_id: int,
    terms: ClosingTerms,
    month: Month,
    since: date | None,
    lines: tuple[RoyaltyLine, ...],
) -> Shared:
    """Compare shares of revenue with what units come to; a book without shares asks nothing."""
    shares = shares_of(terms, month)
    if not shares:
        return Shared((), ())
    own = month.first_day
    told = revenues.first_to_compare(session, book_id=book_id, month=own)
    first = min(each for each in (own, since, told) if each is not None)
    grants = {grant.id for _, grant, version in terms.versions() if version.revenue_share}
    before = revenues.read_charged(
        session, book_id=book_id, grant_ids=grants, since=first, month=own
    )
    known = rates.read_rates(
        session,
        book_id=book_id,
        sources={share.fx_source for share in shares if share.fx_source is not None},
        first=first_day_of_use(Month.of_day(first)),
        last=month.last_day,
    )

    def find(of: GrantMonth, share: RevenueTerms, currency: str) -> Exchange | None:
        assert share.fx_source is not None
        assert share.fx_rule is not None
        return find_exchange(
            known,
            source=share.fx_source,
            currency=share.currency,
            into=currency,
            month=Month.of_day(of.month),
            rule=share.fx_rule,
        )

    return share_revenue(
        month=month,
        since=Month.of_day(first),
        terms=terms,
        charged=add_up(terms, lines, onto=before),
        reported=revenues.read_reported(session, book_id=book_id, since=first, counted_by=own),
        before=revenues.read_comparisons(session, book_id=book_id, since=first, before=own),
        find_exchange=find,
    )
