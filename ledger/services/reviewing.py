"""
Reviewing: what closing a month would come to, before anybody does it.

Nothing is written and nobody is waited for. Everything comes from what batches keep, so that a
month of ten million generations is seen at once; only a recount, when it is asked for, takes time.
"""

from datetime import datetime

from ledger.core.closing import RoyaltyLine
from ledger.core.completeness import MonthReport, State
from ledger.core.counter import ClosingTerms
from ledger.core.fields import check_instant
from ledger.core.month_findings import Standing
from ledger.core.month_preview import MonthPreview, month_preview
from ledger.core.month_run import Step, StepState, Told
from ledger.core.period import Month, tokyo_day
from ledger.services import BOOK_ID
from ledger.store import (
    charging,
    declarations,
    month_previews,
    month_runs,
    months,
    recounting,
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
        now = _lines(session, book_id, state, terms, month)
        before = _lines(session, book_id, state, terms, month.previous())
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
        )


def _lines(
    session: Transaction, book_id: int, state: MonthsInBook, terms: ClosingTerms, month: Month
) -> tuple[RoyaltyLine, ...]:
    """Return what the closing of a month charged, or would."""
    if state.is_closed(month):
        return royalties.lines_of_closing(session, book_id=book_id, month=month.first_day)
    since = charging.first_adjusted(session, book_id=book_id, terms=terms, month=month)
    _, lines = charging.charge(session, book_id=book_id, terms=terms, month=month, since=since)
    return lines


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
