"""The oldest PostgreSQL that is supported makes the same book and keeps the same rules."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from ledger.store import embedded, programs
from ledger.store.database import Database, driver_connection, migrate, open_database
from ledger.store.schema import check
from tests.database import FAST, connection_string, new_folder
from tests.store.scene import (
    OCTOBER,
    Connection,
    Scene,
    add_account,
    add_document,
    add_entry,
    add_rate_line,
    build_scene,
    close_month,
    post,
    report,
)

DEBIANS = Path("/usr/lib/postgresql/15/bin")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DEBIANS.is_dir(), reason=f"{DEBIANS} is not on this machine"),
]


@pytest.fixture(scope="module")
def oldest() -> Iterator[Database]:
    """A migrated database on the machine's own PostgreSQL 15."""
    folder = new_folder()
    with pytest.MonkeyPatch.context() as without_wheel:
        without_wheel.setattr(programs, "find_spec", lambda _: None)
        server = embedded.start(folder, {**embedded.SETTINGS, **FAST})
    url = server.url.render_as_string(hide_password=False)
    opened = open_database(url, folder)
    migrate(opened)
    yield opened
    opened.close()
    server.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def writer(oldest: Database) -> Iterator[Connection]:
    """The program's own role."""
    with psycopg.connect(connection_string(oldest), autocommit=True) as connection:
        connection.execute("SET ROLE genbo_app")
        yield connection


@pytest.fixture(scope="module")
def scene(writer: Connection) -> Scene:
    """The smallest book, with a report in it."""
    scene = build_scene(writer)
    report(writer, scene.licensee, scene.judgement, "first")
    return scene


def test_the_tables_are_the_same(oldest: Database, scene: Scene) -> None:
    with oldest.transaction() as session:
        assert driver_connection(session).info.server_version // 10_000 == 15
    assert check(oldest) == []


def _late_rate_line(writer: Connection, scene: Scene) -> None:
    add_rate_line(writer, scene.licensee, scene.terms, position=1)


def _snapshot_isolation(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        writer.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        post(writer, scene.bank, scene.payable)


def _close_twice(writer: Connection, _scene: Scene) -> None:
    with writer.transaction():
        for _ in range(2):
            close_month(writer, OCTOBER)


@pytest.mark.parametrize(
    ("break_it", "state"),
    [
        (lambda w, s: add_entry(w), errors.ForeignKeyViolation.sqlstate),
        (lambda w, s: post(w, s.bank, s.dollars), errors.ForeignKeyViolation.sqlstate),
        (lambda w, s: add_account(w, "bank"), errors.UniqueViolation.sqlstate),
        (lambda w, s: w.execute("DELETE FROM entry"), errors.InsufficientPrivilege.sqlstate),
        (
            lambda w, s: report(w, s.licensee, s.judgement, "first"),
            errors.UniqueViolation.sqlstate,
        ),
        (lambda w, s: report(w, s.licensee, s.rivals_judgement), "GB001"),
        (lambda w, s: add_document(w, s.licensee, 2), "GB001"),
        (_late_rate_line, "GB001"),
        (_snapshot_isolation, "GB001"),
        (_close_twice, errors.UniqueViolation.sqlstate),
    ],
    ids=[
        "incomplete entry",
        "two currencies",
        "two accounts",
        "deletion",
        "duplicate",
        "a rival's judgement",
        "number gap",
        "late part",
        "snapshot isolation",
        "closed twice",
    ],
)
def test_the_rules_are_the_same(
    break_it: Callable[[Connection, Scene], object], state: str, writer: Connection, scene: Scene
) -> None:
    with pytest.raises(psycopg.Error) as caught:
        break_it(writer, scene)
    assert caught.value.sqlstate == state
