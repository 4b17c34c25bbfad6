"""``genbo work``: sends what is due and ends, or goes on until it is asked to stop."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from api.clock import system_clock
from ledger.store.database import Database
from tests.api.receivers import Receiver, receiver
from tests.database import connection_string
from tests.services.webhooked import endpoint, log, tell

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "api.cli", "work"]


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    """A receiver on this machine."""
    with receiver() as listening:
        yield listening


def environment(database: Database, **changes: str) -> dict[str, str]:
    return {
        "DATABASE_URL": connection_string(database),
        "GENBO_WEBHOOK_ALLOW_LOOPBACK": "true",
        "GENBO_LANGUAGE": "en",
        "PYTHONUNBUFFERED": "1",
        **changes,
    }


def due(database: Database, hooks: Receiver) -> None:
    endpoint(database, url=hooks.url, recorded_at=system_clock())
    tell(database, "INV-1", at=system_clock())


def test_once_sends_what_is_due_and_ends(database: Database, hooks: Receiver) -> None:
    due(database, hooks)
    done = subprocess.run(
        [*COMMAND, "--once"],
        env=environment(database),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1 attempts made"), done.stderr
    assert [attempt.status for attempt in log(database)[0].attempts] == [200]


def test_without_the_setting_nothing_on_this_machine_is_reached(
    database: Database, hooks: Receiver
) -> None:
    due(database, hooks)
    done = subprocess.run(
        [*COMMAND, "--once"],
        env=environment(database, GENBO_WEBHOOK_ALLOW_LOOPBACK="false"),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [attempt.failure for attempt in log(database)[0].attempts] == ["address_refused"]
    assert hooks.received == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_lets_it_finish_what_it_began(
    number: signal.Signals, database: Database, hooks: Receiver
) -> None:
    due(database, hooks)
    with subprocess.Popen(COMMAND, env=environment(database)) as running:

        def interrupt() -> None:
            running.send_signal(number)
            time.sleep(0.5)  # It is asked to stop before it is answered.

        hooks.before = interrupt
        assert running.wait(timeout=60) == 0
    assert [attempt.status for attempt in log(database)[0].attempts] == [200]
