"""Months open and close in order, a closed one stays as it is, and documents are gapless."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from threading import Event
from typing import Any

import psycopg
import pytest
from psycopg import errors

from ledger.store.database import Database
from tests.database import connection_string
from tests.store.scene import (
    NOVEMBER,
    NOW,
    OCTOBER,
    Connection,
    Scene,
    add,
    add_batch,
    add_document,
    add_generations,
    close_month,
    post,
    refused,
    report,
)

SEPTEMBER = date(2026, 9, 1)
DECEMBER = date(2026, 12, 1)

# A closed month ------------------------------------------------------------------------------


def test_an_entry_in_a_closed_month_is_refused(
    writer: Connection, owner: Connection, scene: Scene
) -> None:
    close_month(owner, OCTOBER)
    with refused("month_closed"):
        post(writer, scene.bank, scene.payable)


def test_an_entry_in_a_month_that_was_never_opened_is_refused(
    writer: Connection, scene: Scene
) -> None:
    with refused("month_not_open"):
        writer.execute(
            "INSERT INTO entry (book_id, month, posted_on, kind, source, asset, posting_count,"
            " recorded_at) VALUES (1, '2026-12-01', '2026-12-01', 'x', 'x', 'JPY/0', 1, now())"
        )


@pytest.mark.parametrize("into", ["generation", "generation_2026_10"])
def test_a_generation_in_a_closed_month_is_refused(
    into: str, writer: Connection, owner: Connection, scene: Scene
) -> None:
    with writer.transaction():
        close_month(owner, OCTOBER)
        number = add_batch(writer, scene.licensee)
        with refused("month_closed"):
            add_generations(writer, scene.licensee, number, scene.judgement, {}, into=into)
        raise psycopg.Rollback


def test_a_month_closes_once(writer: Connection, scene: Scene) -> None:
    close_month(writer, OCTOBER)
    with pytest.raises(errors.UniqueViolation):
        close_month(writer, OCTOBER)


@pytest.mark.parametrize(
    ("month", "code"),
    [
        (NOVEMBER, "earlier_month_open"),  # October is still open.
        (DECEMBER, "month_not_open"),
    ],
)
def test_a_month_closes_in_its_turn(
    month: date, code: str, writer: Connection, scene: Scene
) -> None:
    with refused(code):
        close_month(writer, month)


def test_no_month_opens_before_one_that_is_closed(writer: Connection, scene: Scene) -> None:
    close_month(writer, OCTOBER)
    with refused("month_closed"):
        writer.execute("SELECT open_month(1, %s, %s)", (SEPTEMBER, NOW))
    with refused("month_closed"):  # Not by the front door, and not by the back door.
        add(writer, "accounting_month", book_id=1, month=SEPTEMBER, opened_at=NOW)


def test_a_month_is_opened_with_its_partition_however_it_is_opened(
    writer: Connection, scene: Scene
) -> None:
    add(writer, "accounting_month", book_id=1, month=DECEMBER, opened_at=NOW)
    writer.execute("SELECT open_month(1, %s, %s)", (DECEMBER, NOW))
    assert writer.execute("SELECT count(*) FROM generation_2026_12").fetchone() == (0,)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize(
    "write",
    [
        lambda writer, scene: post(writer, scene.bank, scene.payable),
        lambda writer, scene: report(writer, scene.licensee, scene.judgement),
        lambda writer, _: close_month(writer, OCTOBER),
    ],
    ids=["entry", "report", "closing"],
)
def test_a_transaction_that_could_not_see_a_closing_may_not_write(
    write: Callable[[Connection, Scene], object],
    level: str,
    writer: Connection,
    scene: Scene,
) -> None:
    writer.execute(f"SET default_transaction_isolation = '{level.lower()}'".encode())
    with refused("isolation_not_supported"):
        write(writer, scene)


# Closing and writing at once -----------------------------------------------------------------


@pytest.fixture
def second(database: Database) -> Iterator[Connection]:
    """Another program at the same time, in the middle of a transaction."""
    with psycopg.connect(connection_string(database)) as connection:
        connection.execute("SET ROLE genbo_app; SET lock_timeout = '5s'")
        connection.commit()
        connection.execute("SELECT")
        yield connection
        connection.rollback()


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    """Does one thing while the test does another."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        yield executor


def _wait_until_blocked(connection: Connection, waiting: Connection, done: Future[Any]) -> None:
    """Return when the other connection stands before a lock; fail if it does not."""
    question = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
    pause = Event()
    for _ in range(250):
        found = connection.execute(question, (waiting.info.backend_pid,)).fetchone()
        if found == (True,):
            return
        assert not done.done(), "it did not wait"
        pause.wait(0.02)
    pytest.fail("it neither waited nor ended")


@pytest.mark.parametrize(
    "write",
    [
        lambda writer, scene: post(writer, scene.bank, scene.payable),
        lambda writer, scene: report(writer, scene.licensee, scene.judgement),
    ],
    ids=["entry", "report"],
)
def test_a_closing_waits_for_who_is_writing(
    write: Callable[[Connection, Scene], object],
    app: Connection,
    second: Connection,
    owner: Connection,
    aside: ThreadPoolExecutor,
    scene: Scene,
) -> None:
    write(second, scene)  # Not committed yet.
    closing = aside.submit(close_month, app, OCTOBER)
    _wait_until_blocked(owner, app, closing)
    second.commit()
    closing.result(timeout=10)


@pytest.mark.parametrize(
    "write",
    [
        lambda writer, scene: post(writer, scene.bank, scene.payable),
        lambda writer, scene: report(writer, scene.licensee, scene.judgement),
    ],
    ids=["entry", "report"],
)
def test_who_writes_waits_for_a_closing_and_is_then_refused(
    write: Callable[[Connection, Scene], object],
    app: Connection,
    second: Connection,
    owner: Connection,
    aside: ThreadPoolExecutor,
    scene: Scene,
) -> None:
    close_month(second, OCTOBER)  # Not committed yet.
    writing = aside.submit(write, app, scene)
    _wait_until_blocked(owner, app, writing)
    second.commit()
    with refused("month_closed"):
        writing.result(timeout=10)


def test_an_earlier_month_does_not_open_while_a_later_one_closes(
    app: Connection,
    second: Connection,
    owner: Connection,
    aside: ThreadPoolExecutor,
    scene: Scene,
) -> None:
    close_month(second, OCTOBER)  # Not committed yet.
    opening = aside.submit(app.execute, "SELECT open_month(1, '2026-09-01', now())")
    _wait_until_blocked(owner, app, opening)
    second.commit()
    with refused("month_closed"):
        opening.result(timeout=10)


def test_a_month_opens_without_waiting_for_who_is_reporting(
    app: Connection, second: Connection, scene: Scene
) -> None:
    report(second, scene.licensee, scene.judgement)  # Not committed yet.
    app.execute("SET lock_timeout = '1s'")
    app.execute("SELECT open_month(1, %s, %s)", (DECEMBER, NOW))


# Documents -----------------------------------------------------------------------------------


def _number(connection: Connection, series: str = "INV-2026") -> int:
    found = connection.execute("SELECT next_document_number(1, %s)", (series,)).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("number", [1, 3])
def test_a_documents_number_is_the_next_of_its_series(
    number: int, writer: Connection, scene: Scene
) -> None:
    add_document(writer, scene.licensee, 1)
    with pytest.raises(errors.DatabaseError) as caught:
        add_document(writer, scene.licensee, number, reference="again")
    expected = "23505" if number == 1 else "GB001"  # A number that is taken, or a gap.
    assert caught.value.sqlstate == expected


def test_the_first_number_is_one_and_each_series_has_its_own(
    writer: Connection, scene: Scene
) -> None:
    with refused("document_number_gap"):
        add_document(writer, scene.licensee, 2)
    add_document(writer, scene.licensee, 1)
    add_document(writer, scene.licensee, 1, series="STM-2026", reference="STM-2026-1")
    assert (_number(writer), _number(writer, "STM-2026"), _number(writer, "X")) == (2, 2, 1)


def test_a_number_that_was_rolled_back_goes_to_the_next(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        add_document(writer, scene.licensee, _number(writer))
        raise psycopg.Rollback
    assert _number(writer) == 1
    add_document(writer, scene.licensee, 1)


def test_a_document_that_a_conflict_leaves_out_uses_up_no_number(
    writer: Connection, scene: Scene
) -> None:
    document = add_document(writer, scene.licensee, 1)
    writer.execute(
        "INSERT INTO document (document_id, book_id, owner_id, kind, series, number, reference,"
        " issued_on, snapshot, snapshot_sha256)"
        " SELECT %s, book_id, owner_id, kind, series, 2, 'second', issued_on, snapshot,"
        " snapshot_sha256 FROM document ON CONFLICT DO NOTHING",
        (document,),
    )
    assert _number(writer) == 2


def test_two_who_ask_for_a_number_take_turns(
    app: Connection,
    second: Connection,
    owner: Connection,
    aside: ThreadPoolExecutor,
    scene: Scene,
) -> None:
    add_document(owner, scene.licensee, 1)
    number = _number(second)  # Not committed yet, and not used yet.
    asking = aside.submit(_number, app)
    _wait_until_blocked(owner, app, asking)
    add_document(second, scene.licensee, number)
    second.commit()
    assert asking.result(timeout=10) == 3
