"""
The private PostgreSQL of a data folder, for whoever gives no DATABASE_URL, and who shares it.

Two lock files decide who does what. ``starting.lock`` is held while anybody starts or stops
the server. ``users.lock`` is shared by all who use it; who can take it alone on leaving was
the last and stops the server. The kernel releases both when a program is killed: its server
runs on, and the next program takes it over.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql
from sqlalchemy import URL

from ledger.store.clusters import (
    NAME,
    Cluster,
    connect,
    ensure_running,
    find_cluster,
    make,
    stop,
)
from ledger.store.programs import DataFolderOfAnother

#: What a ledger wants. Nothing here trades safety for speed; fsync stays as it is, on.
SETTINGS: Mapping[str, str] = {
    # After each checkpoint the first change of a page logs all of it, and events with random ids
    # change every page of their index: so checkpoints are seldom. A recovery takes a minute more.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "on",
    "jit": "off",
    # Nobody rotates the log in the data folder: it gets starts, stops and disasters only.
    "log_min_messages": "log",
    "log_checkpoints": "off",
}

#: A control group's own limit of memory: a number of bytes, or the word "max".
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MEGABYTE = 1024 * 1024
#: What PostgreSQL caches by itself, whatever the machine has; the system caches the rest.
_CACHE_MEGABYTES = (128, 2048)


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
                stop(self.cluster)
            except BlockingIOError:
                pass  # Somebody else is still there.
            finally:
                os.close(share)


def start(data_directory: Path, settings: Mapping[str, str] = SETTINGS) -> EmbeddedServer:
    """
    Join the server of a data folder, starting it or making it first when need be.

    It listens on a socket that only its own account can reach, never on a port. Its cache is
    sized by the machine, unless the settings say otherwise.

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
            cluster = find_cluster(folder / "postgres")
            make(cluster)
            cache = {"shared_buffers": f"{_cache_megabytes(memory_of_machine())}MB"}
            sockets = ensure_running(cluster, {**cache, **settings})
            _ensure_database(sockets)
        except BaseException:
            os.close(share)
            raise
    url = URL.create(
        "postgresql+psycopg",
        username=NAME,
        database=NAME,
        query={"host": str(sockets), "port": "5432"},
    )
    server = EmbeddedServer(url=url, cluster=cluster, share=share, process=os.getpid())
    atexit.register(server.close)
    return server


def memory_of_machine(group_limit: Path = _GROUP_LIMIT) -> int:
    """Return how many bytes of memory there are, or as many as our control group may have."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    told = group_limit.read_text().strip() if group_limit.exists() else "max"
    return min(whole, int(told)) if told.isdecimal() else whole


def _cache_megabytes(memory: int) -> int:
    """Return a quarter of the memory, which PostgreSQL's manual takes for a good beginning."""
    smallest, largest = _CACHE_MEGABYTES
    return max(smallest, min(largest, memory // 4 // _MEGABYTE))


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


def _ensure_database(socket_directory: Path) -> None:
    with connect(socket_directory, "postgres") as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (NAME,))
        if found.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
