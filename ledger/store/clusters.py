"""
One PostgreSQL data directory on this machine: making it, serving it, stopping it.

The server of a ledger has to survive killed programs, process ids that were given to others,
and recoveries of any length; so nothing is taken from ``postmaster.pid`` on trust.
"""

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import NamedTuple

import psycopg

from ledger.core.refusal import Refusal
from ledger.store.programs import Account, account_for, execute, find_programs, let_reach

#: The superuser inside.
NAME = "genbo"

#: Recovery after a power cut may take minutes; waiting longer would be waiting for nothing.
SECONDS_TO_START = 300
_MOMENT = timedelta(milliseconds=100)
_MOMENTS_TO_START = SECONDS_TO_START * 10

#: The address of a socket holds 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_BYTES_MAX = 100
_SOCKET = ".s.PGSQL.5432"

#: An option that changes nothing but the names that processes show.
_MARK = f"cluster_name={NAME}"

#: Above every system's limit of process ids, and still a number that PostgreSQL can read.
_NO_PROCESS = "999999999"


class EmbeddedDatabaseFailed(Refusal):
    """The private PostgreSQL does not start. Carries its last words and where its log is."""

    code = "embedded_database_failed"


class Postmaster(NamedTuple):
    """What ``postmaster.pid`` says of a server that runs, or once ran."""

    process: int
    socket_directory: Path


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A data directory, the programs that serve it, and the account that runs them."""

    directory: Path
    programs: Path
    account: Account | None  # None: ourselves.

    @property
    def log(self) -> Path:
        """Where the server writes what happens to it."""
        return self.directory / "server.log"

    @property
    def is_ours(self) -> bool:
        """Whether the server was started from here; it remembers the options it got."""
        return _MARK in (self.directory / "postmaster.opts").read_text()


def find_cluster(directory: Path) -> Cluster:
    """
    Return the cluster of a directory, which need not be there yet.

    :raises PostgresMissing: there are no programs for it, or only those of another version.
    :raises DataFolderOfAnother: another account made it.
    """
    account = account_for(directory)
    made_by = directory / "PG_VERSION"
    needed = int(made_by.read_text()) if made_by.exists() else None
    programs = find_programs(needed, account)
    return Cluster(directory=directory, programs=programs, account=account)


def make(cluster: Cluster) -> None:
    """Make the data directory if it is not there, all of it or nothing."""
    if cluster.directory.exists():
        return
    draft = cluster.directory.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if cluster.account is not None:
        os.chown(draft, *cluster.account)
        let_reach(draft)
    # Sorting by code point gives every machine the same order; knowing which characters are
    # letters is what the search for Japanese titles lives on.
    letters = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    _run(
        Cluster(directory=draft, programs=cluster.programs, account=cluster.account),
        "initdb",
        f"--username={NAME}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        f"--lc-ctype={letters}",
        "--data-checksums",
    )
    draft.rename(cluster.directory)


def ensure_running(cluster: Cluster, settings: Mapping[str, str]) -> Path:
    """
    Return the directory of the socket on which the server answers, starting it when need be.

    :raises EmbeddedDatabaseFailed: it does not start.
    """
    for _ in range(_MOMENTS_TO_START):
        postmaster = find_postmaster(cluster)
        if postmaster is None or not _is_alive(postmaster.process):
            return _start(cluster, settings)
        if _answers(cluster, postmaster):
            return postmaster.socket_directory
        if not _is_server(postmaster):
            _forget_process(cluster, postmaster)
            return _start(cluster, settings)
        sleep(_MOMENT.total_seconds())  # It is starting, recovering or stopping.
    raise EmbeddedDatabaseFailed(reason="no answer", log=cluster.log)


def stop(cluster: Cluster) -> None:
    """Stop the server if it was started from here; leave it alone if somebody else did."""
    postmaster = find_postmaster(cluster)
    if postmaster is None or not cluster.is_ours:
        return
    _run(cluster, "pg_ctl", "stop", "-m", "fast", "-w", "-t", str(SECONDS_TO_START))
    if postmaster.socket_directory != cluster.directory:
        shutil.rmtree(postmaster.socket_directory, ignore_errors=True)


def find_postmaster(cluster: Cluster) -> Postmaster | None:
    """Read who serves the directory, if anybody does or did."""
    try:
        lines = (cluster.directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 5 or not lines[4]:
        return None  # Only just being written; PostgreSQL itself will wait for it.
    return Postmaster(int(lines[0]), Path(lines[4]))


def connect(socket_directory: Path, database: str) -> psycopg.Connection:
    """Connect to a database of a running server as its superuser."""
    return psycopg.connect(
        host=str(socket_directory),
        port=5432,
        user=NAME,
        dbname=database,
        connect_timeout=5,
        autocommit=True,
    )


def _start(cluster: Cluster, settings: Mapping[str, str]) -> Path:
    sockets = _socket_directory(cluster)
    options = [
        _MARK,
        *(f"{name}={value}" for name, value in settings.items()),
        "listen_addresses=",
        'unix_socket_directories="' + str(sockets).replace('"', '""') + '"',
        "unix_socket_permissions=0700",
    ]
    command = shlex.join(part for option in options for part in ("-c", option))
    arguments = ["-w", "-t", str(SECONDS_TO_START), "-l", cluster.log.name, "-o", command]
    for _ in range(_MOMENTS_TO_START):
        try:
            _run(cluster, "pg_ctl", "start", *arguments)
        except EmbeddedDatabaseFailed as failure:
            # The workers of a killed server hold its memory until they notice.
            if "pre-existing shared memory" not in failure.values["reason"]:
                raise
            sleep(_MOMENT.total_seconds())
        else:
            return sockets
    raise EmbeddedDatabaseFailed(reason="its workers do not end", log=cluster.log)


def _socket_directory(cluster: Cluster) -> Path:
    """Return the data directory itself, or a private one when no address can be made of it."""
    is_short = len(os.fsencode(cluster.directory / _SOCKET)) <= SOCKET_PATH_BYTES_MAX
    if is_short and "," not in str(cluster.directory):  # A comma separates several hosts.
        return cluster.directory
    sockets = Path(tempfile.mkdtemp(prefix="genbo-"))
    if cluster.account is not None:
        os.chown(sockets, *cluster.account)
    return sockets


def _answers(cluster: Cluster, postmaster: Postmaster) -> bool:
    sockets = postmaster.socket_directory
    try:
        # A name that was forgotten in the temporary folder may be somebody else's by now.
        if sockets.stat().st_uid != cluster.directory.stat().st_uid:
            return False
        connect(sockets, "postgres").close()
    except (psycopg.OperationalError, FileNotFoundError):
        return False
    return True


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server(postmaster: Postmaster) -> bool:
    """Tell the server from a program that got the process id of one that is gone."""
    if Path("/proc/self/cmdline").exists():
        try:
            command = Path(f"/proc/{postmaster.process}/cmdline").read_bytes()
        except FileNotFoundError:
            return False
    else:
        shown = execute(["ps", "-o", "command=", "-p", str(postmaster.process)])
        command = os.fsencode(shown.stdout)
    return b"postgres" in command and os.fsencode(postmaster.socket_directory) in command


def _forget_process(cluster: Cluster, postmaster: Postmaster) -> None:
    """
    Put an impossible process id where a stranger's stands: in the lock files of both the data
    and the socket.

    PostgreSQL would not start beside it. Removing the files would also remove what tells it
    whether workers of the old server are still writing.
    """
    socket_lock = postmaster.socket_directory / f"{_SOCKET}.lock"
    for path in (cluster.directory / "postmaster.pid", socket_lock):
        if path.exists():
            path.write_text("\n".join([_NO_PROCESS, *path.read_text().splitlines()[1:]]) + "\n")


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    command = [str(cluster.programs / program), *arguments]
    finished = execute(command, account=cluster.account, data=cluster.directory)
    if finished.returncode != 0:
        log = cluster.log.read_text(errors="replace") if cluster.log.exists() else ""
        raise EmbeddedDatabaseFailed(reason=_last_words(finished.stdout + log), log=cluster.log)


def _last_words(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "error:" in line]
    return (told or lines or [""])[-1]
