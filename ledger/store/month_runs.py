"""Closings of months as a whole: who asked for one, what happened to it, and what came of it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, insert

from ledger.core.month_run import (
    Amount,
    MonthOrder,
    MonthRun,
    MonthState,
    Progress,
    Step,
    StepState,
)
from ledger.core.period import Month
from ledger.core.snapshot import from_plain, to_plain
from ledger.store.database import Database
from ledger.store.tables.months import MonthRunRow, MonthStepRow

_LOCK_ASKING = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.month_runs', :book))"

_TRY_ALONE = "SELECT pg_try_advisory_lock(hashtextextended('genbo.closing', :book))"
_LET_GO = "SELECT pg_advisory_unlock(hashtextextended('genbo.closing', :book))"

_RUNS = """
    SELECT r.month_run_id, r.month, r.through, r.asked_at, r.asked_by, r.accept_differences,
           r.pay_on
    FROM month_run r
    LEFT JOIN LATERAL (
        SELECT step, state FROM month_step s
        WHERE s.month_run_id = r.month_run_id ORDER BY s.number DESC LIMIT 1
    ) last ON true
    WHERE r.book_id = :book AND (CAST(:month AS date) IS NULL OR r.month = :month)
      AND (NOT :unfinished OR last.state IS NULL OR last.state = 'begun'
           OR (last.state = 'done' AND last.step <> r.through))
    ORDER BY r.month_run_id {order} LIMIT :limit
"""

_STEPS = """
    SELECT month_run_id, step, state, at, told FROM month_step
    WHERE month_run_id = ANY (CAST(:runs AS bigint[])) ORDER BY month_run_id, number
"""

_CAME_TO = """
    SELECT c.closed_at, c.closed_by, coalesce(c.generation_count, 0) AS generation_count,
           (SELECT count(*) FROM royalty_line
            WHERE book_id = :book AND closing_month = :month) AS line_count,
           (SELECT count(*) FROM invoice
            WHERE book_id = :book AND accrual_month = :month AND kind = 'royalty')
               AS invoice_count,
           s.settled_at, s.settled_by,
           (SELECT count(*) FROM statement
            WHERE settlement_id = s.settlement_id AND revision = 1) AS statement_count,
           run.reference AS payout_run,
           CAST(coalesce((SELECT sum(payout_minor) FROM payout o
                          WHERE o.payout_run_id = run.payout_run_id), 0) AS bigint)
               AS payout_minor
    FROM (SELECT 1) one
    LEFT JOIN month_closing c ON c.book_id = :book AND c.month = :month
    LEFT JOIN settlement s ON s.book_id = :book AND s.closing_month = :month
    LEFT JOIN payout_run run ON run.settlement_id = s.settlement_id
"""

_AMOUNTS = """
    SELECT 'royalties' AS what, currency, CAST(sum(amount_minor) AS bigint) AS amount_minor
    FROM royalty_line WHERE book_id = :book AND closing_month = :month GROUP BY currency
    UNION ALL
    SELECT 'invoiced', currency, CAST(sum(total_minor) AS bigint)
    FROM invoice WHERE book_id = :book AND accrual_month = :month AND kind = 'royalty'
    GROUP BY currency
    ORDER BY 1, 2
"""


@contextmanager
def alone(database: Database, *, book_id: int) -> Iterator[bool]:
    """
    Give whether nobody else carries out a closing of the book, and keep others out if so.

    The server lets go by itself when the process dies, however it dies.
    """
    with database.engine.connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        is_alone = bool(connection.execute(text(_TRY_ALONE), {"book": book_id}).scalar_one())
        try:
            yield is_alone
        finally:
            if is_alone:
                connection.execute(text(_LET_GO), {"book": book_id})


def lock_asking(session: Session, *, book_id: int) -> None:
    """Make whoever else asks for a closing wait for this transaction."""
    session.execute(text(_LOCK_ASKING), {"book": book_id})


def insert_run(
    session: Session, *, book_id: int, order: MonthOrder, asked_at: datetime
) -> MonthRun:
    """Write that a closing is asked for."""
    row = MonthRunRow(
        book_id=book_id,
        month=order.month.first_day,
        through=str(order.through),
        asked_at=asked_at,
        asked_by=order.asked_by,
        accept_differences=order.accept_differences,
        pay_on=order.pay_on,
    )
    session.add(row)
    session.flush()
    assert row.month_run_id is not None
    return MonthRun(id=row.month_run_id, order=order, asked_at=asked_at)


def insert_step(
    session: Session, *, book_id: int, run_id: int, number: int, progress: Progress
) -> None:
    """Write what happened to a closing."""
    row = {
        "month_run_id": run_id,
        "number": number,
        "book_id": book_id,
        "step": str(progress.step),
        "state": str(progress.state),
        "at": progress.at,
        "told": to_plain(progress.told),
    }
    session.execute(insert(MonthStepRow), [row])


def find_unfinished(
    session: Session, *, book_id: int, month: Month | None = None
) -> tuple[MonthRun, ...]:
    """Return the closings, of a month or of all, that have not come to their end; oldest first."""
    return _runs(session, book_id, month, unfinished=True, limit=100, order="ASC")


def find_last(session: Session, *, book_id: int, month: Month) -> MonthRun | None:
    """Return the closing of a month that was asked for last, None when none was."""
    found = _runs(session, book_id, month, unfinished=False, limit=1, order="DESC")
    return found[0] if found else None


def read_state(session: Session, *, book_id: int, month: Month) -> MonthState:
    """Return how far a month has come, from what is in the book."""
    parameters = {"book": book_id, "month": month.first_day}
    amounts: dict[str, tuple[Amount, ...]] = defaultdict(tuple)
    for row in session.execute(text(_AMOUNTS), parameters):
        amounts[row.what] += (Amount(currency=row.currency, amount_minor=row.amount_minor),)
    return MonthState(
        month=month,
        royalties=amounts["royalties"],
        invoiced=amounts["invoiced"],
        run=find_last(session, book_id=book_id, month=month),
        **session.execute(text(_CAME_TO), parameters).one()._mapping,
    )


def _runs(
    session: Session,
    book_id: int,
    month: Month | None,
    *,
    unfinished: bool,
    limit: int,
    order: str,
) -> tuple[MonthRun, ...]:
    parameters = {
        "book": book_id,
        "month": None if month is None else month.first_day,
        "unfinished": unfinished,
        "limit": limit,
    }
    found = session.execute(text(_RUNS.format(order=order)), parameters).all()
    progress: dict[int, tuple[Progress, ...]] = defaultdict(tuple)
    for row in session.execute(text(_STEPS), {"runs": [row.month_run_id for row in found]}):
        progress[row.month_run_id] += (_progress(row),)
    return tuple(_run(row, progress[row.month_run_id]) for row in found)


def _run(row: Row[Any], progress: tuple[Progress, ...]) -> MonthRun:
    order = MonthOrder(
        month=Month.of_day(row.month),
        through=Step(row.through),
        asked_by=row.asked_by,
        accept_differences=row.accept_differences,
        pay_on=row.pay_on,
    )
    return MonthRun(id=row.month_run_id, order=order, asked_at=row.asked_at, progress=progress)


def _progress(row: Row[Any]) -> Progress:
    return Progress(
        step=Step(row.step),
        state=StepState(row.state),
        at=row.at,
        told=from_plain(tuple[tuple[str, str], ...], row.told),
    )
