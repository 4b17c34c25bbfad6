"""
Closing: a month that is over is audited, charged, and becomes royalty lines that never change.

The totals kept at intake are counted again from the generations first, and must agree. That is
done while everybody goes on reporting; once the month is locked, only firms that wrote into it
meanwhile are counted again. A month in which nothing was used closes too. Where a firm declares
something else than the book has, the month is closed by somebody who says why, or not at all; a
month that a firm never declared closes all the same, and the closing names it. The first month
that is closed may be any up to the first that anything was written into; after it, months close
one by one without a gap.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.core.closing import RoyaltyLine, input_hash
from ledger.core.completeness import MonthReport, State
from ledger.core.fields import check_instant, check_text
from ledger.core.period import Month
from ledger.core.prepayment import close_group, is_idle
from ledger.core.refusal import Refusal
from ledger.core.top_up import Comparison
from ledger.services import BOOK_ID
from ledger.store import (
    charging,
    declarations,
    months,
    recounting,
    recounts,
    recoup_groups,
    revenues,
    royalties,
)
from ledger.store.database import Database, Transaction
from ledger.store.months import MonthClosing, MonthsInBook
from ledger.store.recounting import Recounted


class MonthNotOver(Refusal):
    """The month still runs at the instant at which it was to be closed. Carries when it ends."""

    code = "month_not_over_yet"
    field = "month"


class EarlierMonthOpen(Refusal):
    """Another month has to be closed before this one. Carries which."""

    code = "earlier_month_not_closed"
    field = "month"


class AlreadyClosed(Refusal):
    """The month was closed before."""

    code = "month_already_closed"
    field = "month"


class DeclarationsDiffer(Refusal):
    """Firms declare something else than the book has of their month, and nobody accepted that."""

    code = "declarations_differ"
    field = "month"

    def __init__(self, month: Month, differing: tuple[MonthReport, ...]) -> None:
        firms = ", ".join(report.licensee for report in differing)
        super().__init__(month=month, count=len(differing), licensees=firms)
        self.differing = differing


class DeclarationsMissing(Refusal):
    """Firms declared nothing, and the house closes no month over silence. Carries which."""

    code = "declarations_missing"
    field = "month"


@dataclass(frozen=True, kw_only=True)
class Closed:
    """What a closing came to. Amounts are whole minor units by currency, tax-exclusive."""

    month: Month
    closed_at: datetime
    generation_count: int  # all that were reported, whatever became of them
    lines: tuple[RoyaltyLine, ...]
    input_hash: bytes
    unsettled: tuple[MonthReport, ...] = ()  # as they stood: undeclared, or with a difference
    comparisons: tuple[Comparison, ...] = ()  # of shares of revenue with what units come to

    @property
    def totals_minor(self) -> Mapping[str, int]:
        """The royalty of the month by currency."""
        totals: Counter[str] = Counter()
        for line in self.lines:
            totals[line.currency] += line.amount_minor
        return dict(totals)


def close_month(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    month: Month,
    closed_by: str,
    closed_at: datetime,
    accept_differences: str | None = None,
    requires_declarations: bool = False,
    recounted: Recounted | None = None,
) -> Closed:
    """
    Close a month: from now on nothing enters it, and its royalty lines stand.

    ``recounted`` is what :func:`recount` returned for the month; without it, that is done first.

    Whoever is writing into the month is waited for. When that is told to have been written
    later than ``closed_at``, the closing takes that later instant as its own, so that what is
    recorded after a closing never belongs to its month.

    ``accept_differences`` is the reason for closing over declarations that differ; it is kept
    for each firm whose declaration does. ``requires_declarations`` says that without such a
    reason a firm that declared nothing keeps the month open, too.

    :raises MonthNotOver: the month has not ended at ``closed_at``.
    :raises AlreadyClosed: it was closed before.
    :raises EarlierMonthOpen: another month comes first.
    :raises TotalsDisagree, EventsDisagree: the audit found totals, or counts of events alike,
        that the generations do not bear out.
    :raises DeclarationsDiffer: a firm declares something else, and no reason accepts that.
    :raises DeclarationsMissing: a firm declared nothing, and declarations are required.
    """
    check_text(closed_by, field="closed_by")
    if accept_differences is not None:
        check_text(accept_differences, field="accept_differences")
    if check_instant(closed_at, field="closed_at") < month.ends_at:
        raise MonthNotOver(month=month, ends_at=month.ends_at.isoformat())
    before = recounted or recount(database, book_id=book_id, month=month)
    with database.transaction() as session:
        _lock(session, book_id, month, closed_at)
        terms = royalties.read_terms(session, book_id=book_id)
        since = charging.first_adjusted(session, book_id=book_id, terms=terms, month=month)
        recounting.recount_written_since(
            session,
            book_id=book_id,
            month=month,
            first=since or month.first_day,
            before=before,
        )
        unsettled = _unsettled(session, book_id, month)
        differing = tuple(each for each in unsettled if each.state is State.DIFFERS)
        if accept_differences is None:
            _check_declared(month, unsettled, requires_declarations=requires_declarations)
        told, lines = charging.charge(
            session, book_id=book_id, terms=terms, month=month, since=since
        )
        written_at = months.last_recorded_at(session, book_id=book_id, month=month.first_day)
        closed = Closed(
            month=month,
            closed_at=max(closed_at, written_at or closed_at),
            generation_count=recounts.count_generations(
                session, book_id=book_id, month=month.first_day
            ),
            lines=lines,
            input_hash=input_hash(
                month=month,
                terms=terms,
                totals=told.totals,
                events=told.events,
                lines=lines,
                comparisons=told.comparisons,
            ),
            unsettled=unsettled,
            comparisons=told.comparisons,
        )
        months.insert_closing(session, book_id=book_id, closing=_row(closed, closed_by))
        royalties.insert_lines(session, book_id=book_id, closing_month=month.first_day, lines=lines)
        revenues.insert_comparisons(session, book_id=book_id, comparisons=told.comparisons)
        _recoup(session, book_id, month)
        declarations.insert_accepted(
            session,
            book_id=book_id,
            differing=differing,
            accepted_at=closed.closed_at,
            accepted_by=closed_by,
            reason=accept_differences or "",
        )
    return closed


def recount(database: Database, *, book_id: int = BOOK_ID, month: Month) -> Recounted:
    """
    Count all that a month's closing charges again, from the generations, and compare.

    Nothing is locked, and it is what a closing takes most of its time for.

    :raises AlreadyClosed, EarlierMonthOpen: the month is not the next to close.
    :raises TotalsDisagree, EventsDisagree: as in :func:`close_month`.
    """
    with database.transaction() as session:
        _check_turn(month, months.read_months(session, book_id=book_id))
        terms = royalties.read_terms(session, book_id=book_id)
        first = (
            charging.first_adjusted(session, book_id=book_id, terms=terms, month=month)
            or month.first_day
        )
        return recounting.recount(session, book_id=book_id, month=month, first=first)


def preview(database: Database, *, book_id: int = BOOK_ID, month: Month) -> tuple[RoyaltyLine, ...]:
    """
    Return the royalty lines that closing a month would write, as of what was reported so far.

    Nothing is written, nobody is waited for, and a month that still runs may be asked for.
    """
    with database.transaction() as session:
        terms = royalties.read_terms(session, book_id=book_id)
        since = charging.first_adjusted(session, book_id=book_id, terms=terms, month=month)
        _, lines = charging.charge(session, book_id=book_id, terms=terms, month=month, since=since)
    return lines


def _lock(session: Transaction, book_id: int, month: Month, closed_at: datetime) -> None:
    """Make sure that the month is the next to close, and that nobody else writes into it."""
    _check_turn(month, months.read_months(session, book_id=book_id))
    months.open_month(session, book_id=book_id, month=month.first_day, opened_at=closed_at)
    months.lock_month(session, book_id=book_id, month=month.first_day)
    _check_turn(month, months.read_months(session, book_id=book_id))


def _check_turn(month: Month, state: MonthsInBook) -> None:
    if state.is_closed(month):
        raise AlreadyClosed(month=month)
    if (earlier := state.open_before(month)) is not None:
        raise EarlierMonthOpen(month=month, earlier=earlier)


def _unsettled(session: Transaction, book_id: int, month: Month) -> tuple[MonthReport, ...]:
    """Return the firms whose month is not agreed on; nobody can declare it meanwhile."""
    firms = declarations.firms_of_month(session, book_id=book_id, month=month)
    reports = declarations.read_reports(session, book_id=book_id, wanted=firms)
    return tuple(report for report in reports if report.state is not State.AGREED)


def _check_declared(
    month: Month, unsettled: tuple[MonthReport, ...], *, requires_declarations: bool
) -> None:
    differing = tuple(each for each in unsettled if each.state is State.DIFFERS)
    if differing:
        raise DeclarationsDiffer(month, differing)
    if unsettled and requires_declarations:
        firms = ", ".join(each.licensee for each in unsettled)
        raise DeclarationsMissing(month=month, count=len(unsettled), licensees=firms)


def _recoup(session: Transaction, book_id: int, month: Month) -> None:
    """Set the lines that were written off against advances, and measure guarantees."""
    for group in recoup_groups.open_groups(session, book_id=book_id, month=month):
        if not is_idle(group.opened, month=month):
            recoup_groups.insert_closing(
                session,
                book_id=book_id,
                month=month.first_day,
                group=group,
                closing=close_group(group.opened, month=month),
            )


def _row(closed: Closed, closed_by: str) -> MonthClosing:
    return MonthClosing(
        month=closed.month.first_day,
        closed_at=closed.closed_at,
        closed_by=closed_by,
        generation_count=closed.generation_count,
        input_hash=closed.input_hash,
    )
