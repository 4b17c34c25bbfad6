"""The private server outlives killed programs, is shared, and stops with its last user."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event

import psycopg
import pytest
from sqlalchemy import text

from ledger.store import clusters, embedded, programs
from ledger.store.clusters import NAME, Cluster, connect, find_cluster, find_postmaster
from ledger.store.database import RefusedByDatabase, migrate, open_database
from ledger.store.programs import DataFolderOfAnother, PostgresMissing
from tests.database import FAST, new_folder

pytestmark = pytest.mark.slow

SETTINGS = {**embedded.SETTINGS, **FAST}
ROOT = Path(__file__).resolve().parents[2]
DEBIANS_15 = Path("/usr/lib/postgresql/15/bin")

#: A program that joins, says so, and leaves when its input ends.
PROGRAM = """
import sys
from pathlib import Path
from ledger.store.database import open_database
database = open_database(None, Path(sys.argv[1]))
with database.transaction() as session:
    session.connection()
print("joined", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that nobody has used."""
    made = new_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def started(folder: Path) -> Iterator[embedded.EmbeddedServer]:
    """A server on that folder, with a table "kept" in it."""
    server = embedded.start(folder, SETTINGS)
    with _connect(server) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    yield server
    server.close()


def _program(folder: Path, user: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        user=user,
    )


def _hear(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline()


def _connect(server: embedded.EmbeddedServer) -> psycopg.Connection:
    return connect(Path(str(server.url.query["host"])), NAME)


def _cluster(folder: Path) -> Cluster:
    return find_cluster(folder / "postgres")


def _process(folder: Path) -> int:
    postmaster = find_postmaster(_cluster(folder))
    assert postmaster is not None
    return postmaster.process


def _is_running(folder: Path) -> bool:
    return find_postmaster(_cluster(folder)) is not None


def _has_table(server: embedded.EmbeddedServer) -> bool:
    with _connect(server) as connection:
        return connection.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone() == (True,)


def _kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    for _ in range(500):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        Event().wait(0.01)


# Sharing -------------------------------------------------------------------------------------


def test_the_server_stops_with_its_last_user(folder: Path) -> None:
    first, second = embedded.start(folder, SETTINGS), embedded.start(folder, SETTINGS)
    first.close()
    first.close()  # Leaving twice is leaving once.
    assert _is_running(folder)
    second.close()
    assert not _is_running(folder)


def test_programs_that_start_at_once_share_one_server_and_say_nothing(folder: Path) -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(_program(folder)) for _ in range(3)]
        assert [_hear(program) for program in running] == ["joined\n"] * 3
        ends = [program.communicate() for program in running]
        assert ends == [("", "")] * 3
        assert [program.returncode for program in running] == [0] * 3
    assert not _is_running(folder)


def test_a_killed_program_leaves_a_server_that_the_next_one_takes_over(folder: Path) -> None:
    with _program(folder) as program:
        _hear(program)
        program.kill()
    left = _process(folder)
    server = embedded.start(folder, SETTINGS)
    assert _process(folder) == left
    server.close()
    assert not _is_running(folder)


def test_a_server_that_somebody_else_started_is_used_and_not_stopped(folder: Path) -> None:
    embedded.start(folder, SETTINGS).close()
    cluster = _cluster(folder)
    pg_ctl = [str(cluster.programs / "pg_ctl"), "-w", "-l", "server.log"]
    by_hand = partial(programs.execute, account=cluster.account, data=cluster.directory)
    options = f"-c listen_addresses= -k {cluster.directory}"
    by_hand([*pg_ctl, "-o", options, "start"])
    started = _process(folder)
    embedded.start(folder, SETTINGS).close()
    assert _process(folder) == started
    by_hand([*pg_ctl, "stop"])


# Disasters -----------------------------------------------------------------------------------


def test_a_killed_server_is_recovered_with_what_was_committed(
    started: embedded.EmbeddedServer, folder: Path
) -> None:
    with _connect(started) as connection:
        connection.execute("INSERT INTO kept VALUES (1)")
        _kill(_process(folder))
        again = embedded.start(folder, SETTINGS)
    with _connect(again) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
    again.close()


def test_the_process_id_of_a_dead_server_may_be_a_strangers_by_now(
    started: embedded.EmbeddedServer, folder: Path
) -> None:
    _kill(_process(folder))
    account = _cluster(folder).account
    command = [sys.executable, "-c", "input()"]
    user = account.user if account else None  # PostgreSQL looks at its own account's only.
    with subprocess.Popen(command, stdin=subprocess.PIPE, user=user, cwd="/") as stranger:
        # Both locks name the server: that of its data and that of its socket.
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            lock = folder / "postgres" / name
            lines = lock.read_text().splitlines()
            lock.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        again = embedded.start(folder, SETTINGS)
        assert _has_table(again)
        again.close()
        stranger.communicate(b"\n")


def test_an_interrupted_making_is_made_anew(folder: Path) -> None:
    draft = folder / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18")
    server = embedded.start(folder, SETTINGS)
    server.close()
    assert not draft.exists()


def test_a_server_that_cannot_start_is_a_refusal_with_its_last_words(folder: Path) -> None:
    with pytest.raises(clusters.EmbeddedDatabaseFailed) as caught:
        embedded.start(folder, {**SETTINGS, "shared_buffers": "much"})
    assert "shared_buffers" in caught.value.values["reason"]
    assert caught.value.values["log"] == str(folder / "postgres" / "server.log")


# Places --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "long-" * 30,  # Longer than the address of a socket may be.
        "原簿 の 'データ' \"% $HOME,;",
    ],
    ids=["long", "odd"],
)
def test_the_folder_may_have_any_name(name: str, folder: Path) -> None:
    database = open_database(None, folder / name)
    migrate(database)
    sockets = Path(str(database.engine.url.query["host"]))
    assert (sockets / ".s.PGSQL.5432").exists()
    database.close()
    assert sockets == folder / name / "postgres" or not sockets.exists()


def test_what_the_environment_says_about_another_server_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere", "PGDATABASE": "x"}.items():
        monkeypatch.setenv(name, value)
    database = open_database(None, folder)
    database.close()


def test_titles_are_searched_by_their_letters_in_any_environment(
    started: embedded.EmbeddedServer,
) -> None:
    with _connect(started) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        found = connection.execute("SELECT cardinality(show_trgm('鉄腕アトム'))").fetchone()
        assert found == (6,)
        found = connection.execute("SELECT 'ー' < 'ア', lower('ＡÄ')").fetchone()
        assert found == (False, "ａä")


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@needs_root
def test_a_plain_user_needs_nobody_else(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, nobody, -1)
    with _program(folder, user=nobody) as program:
        assert program.communicate() == ("joined\n", "")
    assert (folder / "postgres").stat().st_uid == nobody
    # Root serves the same folder for its owner.
    server = embedded.start(folder, SETTINGS)
    server.close()


@needs_root
def test_root_serves_the_data_under_an_account_of_its_own(
    started: embedded.EmbeddedServer, folder: Path
) -> None:
    assert pwd.getpwuid((folder / "postgres").stat().st_uid).pw_name == programs.ACCOUNT
    assert Path(f"/proc/{_process(folder)}").stat().st_uid != 0


@needs_root
def test_the_folder_of_another_account_is_refused(
    started: embedded.EmbeddedServer, folder: Path
) -> None:
    with _program(folder, user=pwd.getpwnam("nobody").pw_uid) as program:
        _, said = program.communicate()
    assert DataFolderOfAnother.code in said


# Programs ------------------------------------------------------------------------------------


def test_without_any_postgresql_the_refusal_says_what_is_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_program_folders", lambda: iter(()))
    with pytest.raises(PostgresMissing) as caught:
        embedded.start(folder, SETTINGS)
    assert caught.value.values == {"needed": "15"}


@pytest.mark.skipif(not DEBIANS_15.is_dir(), reason=f"{DEBIANS_15} is not on this machine")
def test_a_machines_own_postgresql_serves_when_the_wheel_is_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without_wheel:
        without_wheel.setattr(programs, "find_spec", lambda _: None)
        embedded.start(folder, SETTINGS).close()
    assert (folder / "postgres" / "PG_VERSION").read_text() == "15\n"
    # A folder stays with the version that made it, also when the wheel is there again.
    server = embedded.start(folder, SETTINGS)
    assert server.cluster.programs == DEBIANS_15
    server.close()


# Hosted servers ------------------------------------------------------------------------------


def test_a_login_that_may_make_roles_needs_nothing_prepared_and_one_that_may_not_is_told(
    started: embedded.EmbeddedServer, folder: Path
) -> None:
    # A server of its own, because roles are shared by all the databases of one.
    with _connect(started) as connection:
        connection.execute("CREATE ROLE tenant LOGIN")
        connection.execute("CREATE DATABASE tenants OWNER tenant")
    url = started.url.set(username="tenant", database="tenants")
    database = open_database(url.render_as_string(hide_password=False), folder)
    with pytest.raises(RefusedByDatabase) as caught:
        migrate(database)
    assert caught.value.code == "role_missing"
    with _connect(started) as connection:
        connection.execute("ALTER ROLE tenant CREATEROLE")
    migrate(database)
    with database.transaction() as session:
        assert session.scalar(text("SELECT current_user")) == "genbo_app"
    database.close()
