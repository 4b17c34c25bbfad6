"""
Conducting: the closing of a month as a whole is asked for, carried on, and looked at.

Whoever carries it out does one step after another, each its own use case, and notes here what
came of it. How far a month has come is read from the book itself; the notes say who and when.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ledger.core.fields import check_instant, check_text
from ledger.core.month_run import MonthOrder, MonthRun, MonthState, Progress
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import month_runs
from ledger.store.database import Database


class MonthBeingClosed(Refusal):
    """Somebody else is carrying out a closing of the book this moment. Carries which, and who."""

    code = "month_being_closed"
    field = "month"


class MonthAskedOtherwise(Refusal):
    """A closing of the month is under way that was asked for in another way. Carries by whom."""

    code = "month_asked_otherwise"
    field = "month"


def ask(
    database: Database, *, book_id: int = BOOK_ID, order: MonthOrder, asked_at: datetime
) -> MonthRun:
    """
    Ask for the closing of a month; return the one that is under way when it is the same.

    :raises MonthAskedOtherwise: one is under way that does something else.
    """
    check_order(order)
    at = check_instant(asked_at, field="asked_at")
    with database.transaction() as session:
        month_runs.lock_asking(session, book_id=book_id)
        for run in month_runs.find_unfinished(session, book_id=book_id, month=order.month):
            if _what(run.order) != _what(order):
                raise MonthAskedOtherwise(
                    month=order.month, asked_by=run.order.asked_by, through=run.order.through
                )
            return run
        return month_runs.insert_run(session, book_id=book_id, order=order, asked_at=at)


def check_order(order: MonthOrder) -> None:
    """
    Look whether an order says who asks, and why where it gives a reason.

    :raises Refusal: a text is missing, or none that can be kept.
    """
    check_text(order.asked_by, field="asked_by")
    if order.accept_differences is not None:
        check_text(order.accept_differences, field="accept_differences")


def note(
    database: Database, *, book_id: int = BOOK_ID, run: MonthRun, progress: Progress
) -> MonthRun:
    """Write what happened to a closing; return it with that."""
    with database.transaction() as session:
        month_runs.insert_step(
            session,
            book_id=book_id,
            run_id=run.id,
            number=len(run.progress) + 1,
            progress=progress,
        )
    return MonthRun(
        id=run.id,
        order=run.order,
        asked_at=run.asked_at,
        progress=(*run.progress, progress),
    )


def unfinished(database: Database, *, book_id: int = BOOK_ID) -> tuple[MonthRun, ...]:
    """Return every closing that has not come to its end, the one asked for first, first."""
    with database.transaction() as session:
        return month_runs.find_unfinished(session, book_id=book_id)


def stands(database: Database, *, book_id: int = BOOK_ID, run: MonthRun) -> MonthRun | None:
    """Return a closing as it is now, None when it has come to its end."""
    with database.transaction() as session:
        found = month_runs.find_unfinished(session, book_id=book_id, month=run.order.month)
    return next((each for each in found if each.id == run.id), None)


def month_state(database: Database, *, book_id: int = BOOK_ID, month: Month) -> MonthState:
    """Return how far a month has come, with the closing that was asked for last."""
    with database.transaction() as session:
        return month_runs.read_state(session, book_id=book_id, month=month)


@contextmanager
def alone(database: Database, *, book_id: int = BOOK_ID, month: Month) -> Iterator[None]:
    """
    Keep everybody else from carrying out a closing until the block ends, or the process does.

    :raises MonthBeingClosed: somebody else does it this moment.
    """
    with month_runs.alone(database, book_id=book_id) as is_alone:
        if not is_alone:
            with database.transaction() as session:
                under_way = month_runs.find_unfinished(session, book_id=book_id)
            run = under_way[0] if under_way else None
            raise MonthBeingClosed(
                month=month if run is None else run.order.month,
                asked_by="?" if run is None else run.order.asked_by,
            )
        yield


def _what(order: MonthOrder) -> tuple[object, ...]:
    return (order.through, order.accept_differences, order.pay_on)
