"""A generation belongs to the month of its instant in Japan, and a month closes once for all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from ledger.core.period import Month
from ledger.core.receipt import Result, Status
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing, closing
from ledger.store.database import Database
from tests import builders
from tests.services.firms import (
    NOW,
    Firm,
    firm,
    receipts,
    select,
    statuses,
    wait_until_waiting,
)
from tests.services.usage import generation

ACCEPTED, DUPLICATE, INVALID = Status.ACCEPTED, Status.DUPLICATE, Status.INVALID
SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)

#: Midnight between September and October in Japan.
MIDNIGHT = datetime(2026, 9, 30, 15, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


def at(instant: datetime, event_id: str) -> ReportedGeneration:
    return generation(occurred_at=instant, event_id=event_id)


def test_months_are_cut_at_midnight_in_japan(studio: Firm) -> None:
    studio.report(at(MIDNIGHT - MOMENT, "before"), at(MIDNIGHT, "after"))
    rows = select(studio.database, "SELECT event_id, accrual_month FROM generation ORDER BY 2")
    assert [tuple(row) for row in rows] == [
        ("before", date(2026, 9, 1)),
        ("after", date(2026, 10, 1)),
    ]
    totals = select(studio.database, "SELECT accrual_month, day FROM batch_total ORDER BY 2")
    assert [tuple(row) for row in totals] == [
        (date(2026, 9, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 10, 1)),
    ]


def test_one_batch_may_lie_in_several_months(studio: Firm) -> None:
    events = [
        at(MIDNIGHT + offset, f"e{index}")
        for index, offset in enumerate(
            [timedelta(days=1), -MOMENT, timedelta(0), timedelta(days=-40), timedelta(days=19)]
        )
    ]
    first = receipts(studio.report(*events))
    (batch,) = studio.batches()
    assert (batch.first_month, batch.last_month) == (date(2026, 8, 1), date(2026, 10, 1))
    assert [receipt.position for receipt in first] == [0, 1, 2, 3, 4]
    assert receipts(studio.report(*reversed(events))) == first[::-1]
    studio.check_chain()


def test_an_id_may_come_again_in_another_month(studio: Firm) -> None:
    """Identity is unique within a month, so an id is another generation in the next one."""
    assert statuses(studio.report(at(MIDNIGHT - MOMENT, "1"), at(MIDNIGHT, "1"))) == [ACCEPTED] * 2
    again = studio.report(at(MIDNIGHT, "1"), at(MIDNIGHT - MOMENT, "1"))
    assert statuses(again) == [DUPLICATE] * 2
    assert [receipt.position for receipt in receipts(again)] == [1, 0]


def test_what_comes_late_is_counted_in_the_first_open_month(studio: Firm) -> None:
    studio.report(at(MIDNIGHT - MOMENT, "september"), generation())
    for month in (SEPTEMBER, OCTOBER):
        closing.close_month(
            studio.database, month=month, closed_by="keiri", closed_at=OCTOBER.ends_at
        )
    (result,) = studio.report(at(MIDNIGHT - MOMENT, "1"), at=OCTOBER.ends_at)
    november = OCTOBER.next().first_day
    assert (result.status, result.counted_month) == (ACCEPTED, november)
    rows = select(studio.database, "SELECT first_month, counted_month FROM batch ORDER BY 1, 2")
    assert [tuple(row) for row in rows] == [
        (SEPTEMBER.first_day, november),
        (SEPTEMBER.first_day, None),
    ]
    assert not any(auditing.audit(studio.database).values())


@pytest.mark.parametrize(
    ("instant", "is_taken"),
    [
        (Month(2025, 10).starts_at, True),  # Twelve months back,
        (Month(2025, 10).starts_at - MOMENT, False),  # and a moment before them.
        (datetime(2000, 1, 1, tzinfo=UTC), False),  # A clock that was reset.
    ],
)
def test_an_event_opens_no_month_far_back(instant: datetime, is_taken: bool, studio: Firm) -> None:
    late, new = studio.report(at(instant, "1"), generation())
    assert new.status is ACCEPTED
    if is_taken:
        assert late.receipt is not None
    else:
        assert (late.status, late.problem) == (INVALID, "time_too_old")
    assert studio.count("generation") == 1 + is_taken


def test_a_month_that_was_opened_in_time_takes_events_for_ever(studio: Firm) -> None:
    """However long it stays open, and after it was closed."""
    studio.report(generation())
    much_later = OCTOBER.ends_at + timedelta(days=800)
    assert statuses(studio.report(generation(), at=much_later)) == [ACCEPTED]
    closing.close_month(studio.database, month=OCTOBER, closed_by="keiri", closed_at=much_later)
    (late,) = studio.report(generation(), at=much_later)
    assert (late.status, late.counted_month) == (ACCEPTED, OCTOBER.next().first_day)


def test_a_month_before_the_first_of_the_book_takes_nothing(studio: Firm) -> None:
    """It can be neither opened nor closed any more, so nothing could come of it."""
    studio.report(generation())
    closing.close_month(
        studio.database, month=OCTOBER, closed_by="keiri", closed_at=OCTOBER.ends_at
    )
    (result,) = studio.report(at(MIDNIGHT - MOMENT, "1"), at=OCTOBER.ends_at)
    assert (result.status, result.problem) == (INVALID, "time_too_old")
    assert len(studio.batches()) == 1


def test_opening_a_month_is_recorded_with_its_instant_once(studio: Firm) -> None:
    studio.report(generation())
    studio.report(generation(), at=NOW + timedelta(days=1))
    rows = select(studio.database, "SELECT month, opened_at FROM accounting_month")
    assert [tuple(row) for row in rows] == [(OCTOBER.first_day, NOW)]


# A month that is closed between the moment a batch is judged and the moment it is written.


@contextmanager
def closing_of(
    connection: psycopg.Connection, month: Month, *, is_kept: bool = True
) -> Iterator[None]:
    """Close a month as the database sees it; at the end of the block commit it, or undo it."""
    with connection.transaction(force_rollback=not is_kept):
        connection.execute("SELECT lock_month(1, %s)", (month.first_day,))
        connection.execute(
            "INSERT INTO month_closing (book_id, month, closed_at, closed_by, generation_count,"
            " input_hash) VALUES (1, %s, now(), 'keiri', 0, sha256(''))",
            (month.first_day,),
        )
        yield


def reported_while_closing(
    studio: Firm, owner: psycopg.Connection, month: Month, *events: ReportedGeneration
) -> list[Result]:
    with ThreadPoolExecutor(1) as desk:
        with closing_of(owner, month):
            reporting = desk.submit(studio.report, *events)
            wait_until_waiting(owner)
        return reporting.result()


def test_a_batch_meets_a_month_that_closes_under_it(
    studio: Firm, owner: psycopg.Connection
) -> None:
    known = generation()
    first = receipts(studio.report(known))
    new, november = generation(), at(OCTOBER.ends_at, "november")
    with ThreadPoolExecutor(1) as desk:
        with closing_of(owner, OCTOBER):
            reporting = desk.submit(studio.report, new, known, november, at=OCTOBER.ends_at)
            wait_until_waiting(owner)
        results = reporting.result()
    assert statuses(results) == [ACCEPTED, DUPLICATE, ACCEPTED]
    following = OCTOBER.next().first_day
    assert (results[0].counted_month, results[1].receipt) == (following, first[0])
    studio.check_chain()
    assert [batch.first_month for batch in studio.batches()] == [
        OCTOBER.first_day,
        following,
        OCTOBER.first_day,
    ]


def test_a_month_cannot_be_opened_behind_one_that_closes(
    studio: Firm, owner: psycopg.Connection
) -> None:
    studio.report(generation())
    results = reported_while_closing(studio, owner, OCTOBER, at(MIDNIGHT - MOMENT, "1"))
    assert [(each.status, each.problem) for each in results] == [(INVALID, "time_too_old")]
    assert select(studio.database, "SELECT month FROM accounting_month") == [(OCTOBER.first_day,)]


def test_a_closing_that_is_given_up_costs_nothing(studio: Firm, owner: psycopg.Connection) -> None:
    studio.report(generation())
    with ThreadPoolExecutor(1) as desk:
        with closing_of(owner, OCTOBER, is_kept=False):
            reporting = desk.submit(studio.report, generation())
            wait_until_waiting(owner)
        assert statuses(reporting.result()) == [ACCEPTED]
    studio.check_chain()


def test_a_closing_waits_for_a_batch_that_is_being_written(studio: Firm) -> None:
    """Whoever comes first, the lines of the month are those of its generations."""
    events = [generation() for _ in range(400)]
    studio.report(events[0])
    with ThreadPoolExecutor(3) as desk:
        batches = [
            desk.submit(studio.report, *events[start : start + 50]) for start in range(0, 400, 50)
        ]
        closed = desk.submit(
            closing.close_month,
            studio.database,
            month=OCTOBER,
            closed_by="keiri",
            closed_at=OCTOBER.ends_at,
        )
        answered = [result for batch in batches for result in batch.result()]
    assert {result.status for result in answered} <= {ACCEPTED, DUPLICATE}
    late = sum(result.counted_month is not None for result in answered)
    assert closed.result().generation_count == studio.count("generation") - late
    assert studio.count("generation") == 400
    assert not any(auditing.audit(studio.database).values())
