"""
Reviewing: what closing a month would come to, before anybody does it.

Nothing is written and nobody is waited for. Everything comes from what batches keep, so that a
month of ten million generations is seen at once; only a recount, when it is asked for, takes time.
"""

from datetime import date, datetime

from ledger.core.closing import RoyaltyLine
from ledger.core.completeness import MonthReport, State
from ledger.core.counter import ClosingTerms
from ledger.core.fields import check_instant
from ledger.core.month_findings import ShareStanding, Standing
from ledger.core.month_preview import MonthPreview, month_preview
from ledger.core.month_run import Step, StepState, Told
from ledger.core.period import Month, tokyo_day
from ledger.core.top_up import Comparison, shares_of
from ledger.services import BOOK_ID
from ledger.store import (
    charging,
    declarations,
    month_previews,
    month_runs,
    months,
    recounting,
    revenues,
    royalties,
)
from ledger.store.database import Database, Transaction
from ledger.store.months import MonthsInBook
from ledger.store.recounting import EventsDisagree, TotalsDisagree


def preview_month(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    month: Month,
    at: datetime,
    requires_declarations: bool = False,
    is_recounting: bool = False,
) -> MonthPreview:
    """
    Return what closing a month would charge, beside the month before, and what stands in the way.

    A month that still runs may be asked for, and so may one that is closed: then it is what its
    closing charged. ``requires_declarations`` says that a firm which declared nothing keeps the
    month open. With ``is_recounting`` the generations are counted again and compared with what
    was kept of them, which takes as long as the audit of a month; without it, what the audit of
    the last closing disagreed with stands in the way.
    """
    check_instant(at, field="at")
    with database.transaction() as session:
        state = months.read_months(session, book_id=book_id)
        terms = royalties.read_terms(session, book_id=book_id)
        now, compared = _lines(session, book_id, state, terms, month)
        before, _ = _lines(session, book_id, state, terms, month.previous())
        return month_preview(
            standing=Standing(
                month=month,
                is_over=at >= month.ends_at,
                is_closed=state.is_closed(month),
                is_previous_closed=state.is_closed(month.previous()),
                earlier_open=state.open_before(month),
                requires_declarations=requires_declarations,
                disagreement=_disagreement(
                    session, book_id, terms, month, is_recounting=is_recounting
                ),
            ),
            lacking=month_previews.find_lacking(
                session,
                book_id=book_id,
                holder_ids=sorted({line.owner_id for line in now}),
                last_day=month.last_day,
                on=tokyo_day(at),
            ),
            before=month_previews.in_words(session, lines=before),
            now=month_previews.in_words(session, lines=now),
            waiting=month_previews.find_waiting(session, book_id=book_id, month=month.first_day),
            unsettled=_unsettled(session, book_id, month),
            shares=_shares(session, book_id, terms, month, compared),
        )


def _lines(
    session: Transaction, book_id: int, state: MonthsInBook, terms: ClosingTerms, month: Month
) -> tuple[tuple[RoyaltyLine, ...], tuple[Comparison, ...]]:
    """Return what the closing of a month charged, or would, and what it would compare."""
    if state.is_closed(month):
        return royalties.lines_of_closing(session, book_id=book_id, month=month.first_day), ()
    since = charging.first_adjusted(session, book_id=book_id, terms=terms, month=month)
    told, lines = charging.charge(session, book_id=book_id, terms=terms, month=month, since=since)
    return lines, told.comparisons


def _shares(
    session: Transaction,
    book_id: int,
    terms: ClosingTerms,
    month: Month,
    compared: tuple[Comparison, ...],
) -> list[ShareStanding]:
    """Return the shares of revenue that wait after a closing, or go by another day's rate."""
    if not shares_of(terms, month):
        return []
    kept = revenues.read_comparisons(
        session, book_id=book_id, since=date.min, before=month.next().first_day
    )
    licenses = {grant.id: license_.reference for license_, grant, _ in terms.versions()}
    latest = {each.of: each for each in (*kept, *compared)}
    return [
        ShareStanding(
            license=licenses[each.of.grant_id],
            month=Month.of_day(each.of.month),
            hold=each.hold,
            source=each.fx_source or "",
            rate_of=each.carried_from if each.closing_month == month.first_day else None,
        )
        for each in latest.values()
        if each.hold is not None or each.carried_from is not None
    ]


def _unsettled(session: Transaction, book_id: int, month: Month) -> tuple[MonthReport, ...]:
    firms = declarations.firms_of_month(session, book_id=book_id, month=month)
    reports = declarations.read_reports(session, book_id=book_id, wanted=firms)
    return tuple(each for each in reports if each.state in {State.UNDECLARED, State.DIFFERS})


def _disagreement(
    session: Transaction, book_id: int, terms: ClosingTerms, month: Month, *, is_recounting: bool
) -> Told | None:
    """Return what a recount refuses now, or without one what the last closing was refused for."""
    if not is_recounting:
        run = month_runs.find_last(session, book_id=book_id, month=month)
        last = None if run is None else run.last
        is_refused = last is not None and (last.step, last.state) == (Step.AUDIT, StepState.REFUSED)
        return last.told if last is not None and is_refused else None
    since = charging.first_adjusted(session, book_id=book_id, terms=terms, month=month)
    try:
        recounting.recount(session, book_id=book_id, month=month, first=since or month.first_day)
    except (TotalsDisagree, EventsDisagree) as disagreement:
        return (("code", disagreement.code), *disagreement.values.items())
    return None
