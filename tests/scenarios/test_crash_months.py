"""
``genbo close`` is killed while it closes a month, and run again: the end is the same each time.

At each step's edges a trigger of the test makes the process wait, so that it is killed exactly
there; at other moments chance decides. Only processes of the test's own are killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from random import Random

import psycopg
import pytest

from ledger.core.month_run import Step
from ledger.services import auditing, conducting
from ledger.store.database import Database
from tests import builders
from tests.database import connection_string
from tests.rows import row_counts, rows
from tests.scenarios.test_crash import SEED
from tests.services import money
from tests.services.usage import generation, report

pytestmark = [pytest.mark.slow, pytest.mark.serial]

#: A lock that the test holds while a process is to wait.
LOCK = 990_001
SECONDS_TO_WAIT = 30

_WAIT = """
    CREATE OR REPLACE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock({lock});
        RETURN NEW;
    END $$;
    DROP TRIGGER IF EXISTS wait_for_test ON month_step;
    CREATE TRIGGER wait_for_test BEFORE INSERT ON month_step FOR EACH ROW
        WHEN (NEW.step = '{step}' AND NEW.state = '{state}') EXECUTE FUNCTION wait_for_test();
"""
_WAITING = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def a_book(database: Database) -> None:
    """Write a book in which October was used, and September's invoice was paid in October."""
    money.house(database)
    builders.license(database)
    report(database, generation(10_000, on=date(2026, 9, 3)))
    (invoice,) = money.bill(database, money.OCTOBER.previous())
    money.receive(database, invoice, on=date(2026, 10, 20))
    for _ in range(20):
        report(database, generation(700), generation(300))


def start(database: Database) -> subprocess.Popen[str]:
    """Start the command on October, as a person would."""
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "close", "2026-10", "--by", "keiri", "--yes"],
        env={
            **os.environ,
            "DATABASE_URL": connection_string(database),
            "GENBO_LANGUAGE": "en",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=SECONDS_TO_WAIT)
    assert process.returncode == -signal.SIGKILL


def finish(database: Database) -> str:
    """Run the command to its end; what a killed one still held is let go of in a moment."""
    for _ in range(10):
        process = start(database)
        out, err = process.communicate(timeout=SECONDS_TO_WAIT)
        if process.returncode == 0:
            return out
        assert "under way" in err or "another" in err.lower(), err
        time.sleep(0.2)
    raise AssertionError(err)


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + SECONDS_TO_WAIT
    while not is_so():
        assert time.monotonic() < ends_at, "it never came to that"
        time.sleep(0.005)


@contextmanager
def stopped_at(
    database: Database, owner: psycopg.Connection, step: str, state: str
) -> Iterator[subprocess.Popen[str]]:
    """Give a process that waits where it is about to write what happened to a step."""
    owner.execute(_WAIT.format(lock=LOCK, step=step, state=state).encode())
    owner.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    process = start(database)
    try:
        until(lambda: owner.execute(_WAITING).fetchone() == (1,))
        yield process
    finally:
        if process.poll() is None:
            kill(process)
        owner.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
        owner.execute("DROP TRIGGER wait_for_test ON month_step")


def is_whole(database: Database) -> bool:
    """Tell whether October came to what it has to, once."""
    counts = row_counts(database)
    assert not any(auditing.audit(database).values())
    state = conducting.month_state(database, month=money.OCTOBER)
    assert state.run is not None
    return (
        state.run.is_over
        and [each.amount_minor for each in state.royalties] == [240_000]
        and [each.amount_minor for each in state.invoiced] == [264_000]
        and (state.line_count, state.invoice_count, state.statement_count) == (1, 1, 1)
        and (counts["settlement"], counts["payout_run"], counts["payout"]) == (1, 1, 1)
        and (counts["month_closing"], counts["invoice"], counts["document"]) == (2, 2, 3)
        and conducting.unfinished(database) == ()
    )


@pytest.mark.parametrize("state", ["begun", "done"])
@pytest.mark.parametrize("step", [str(step) for step in Step])
def test_a_closing_that_is_killed_at_the_edge_of_a_step_is_carried_on(
    database: Database, owner: psycopg.Connection, step: str, state: str
) -> None:
    a_book(database)
    with stopped_at(database, owner, step, state) as process:
        kill(process)
    assert "2026-10 is closed" in finish(database)
    assert is_whole(database)


def test_a_second_runner_is_told_who_is_at_it(
    database: Database, owner: psycopg.Connection
) -> None:
    a_book(database)
    with stopped_at(database, owner, "bill", "begun"):
        second = start(database)
        _, err = second.communicate(timeout=SECONDS_TO_WAIT)
        assert second.returncode == 1
        assert "keiri is closing 2026-10" in err
    finish(database)
    assert is_whole(database)


def test_a_closing_that_is_killed_at_random_moments_comes_to_the_same_end(
    database: Database,
) -> None:
    chance = Random(SEED)
    a_book(database)
    for _ in range(4):
        process = start(database)
        until_something_happened(database, process)
        time.sleep(chance.uniform(0, 0.25))
        if process.poll() is None:
            kill(process)
    finish(database)
    assert is_whole(database), f"GENBO_SEED={SEED}"


def until_something_happened(database: Database, process: subprocess.Popen[str]) -> None:
    """Wait until a process has noted anything, or has ended."""
    noted = "SELECT count(*) FROM month_step"
    before = rows(database, noted)
    until(lambda: process.poll() is not None or rows(database, noted) != before)
