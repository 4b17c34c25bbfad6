"""
A fresh migrated database for each test that asks for one, on a real PostgreSQL.

Each worker starts its own embedded server once, migrates one database, and copies it for every
test. The copy is the product's own schema, with its guards and the book "main" (number 1),
reached as the program reaches it: under the role that may add and read only.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ledger.store import clusters, embedded
from ledger.store.clusters import NAME
from ledger.store.database import Database, migrate, open_database

TEMPLATE = "template_of_the_book"

#: These lose data when the machine stops, and nothing else: what is thrown away may be fast.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
}

#: Files in memory: a database is made in 10 ms there, and in up to 200 ms on a busy disk.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_NEEDED = 2**30

PREFIX = "genbo-tests-"
IN_USE = "in-use.lock"

_numbers = count(1)
_held: list[int] = []


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.EmbeddedServer]:
    """The server of this worker, with one migrated database to copy from."""
    folder = new_folder()
    started = embedded.start(folder, {**embedded.SETTINGS, **FAST})
    create_database(started, TEMPLATE)
    template = open_database(url_of(started, TEMPLATE), folder)
    migrate(template)
    template.close()
    yield started
    started.close()
    shutil.rmtree(folder)


@pytest.fixture
def database(server: embedded.EmbeddedServer) -> Iterator[Database]:
    """A database of the test's own, with the book "main" and nothing else in it."""
    with fresh_database(server) as opened:
        yield opened


@contextmanager
def fresh_database(server: embedded.EmbeddedServer) -> Iterator[Database]:
    """Give a database with the book "main" and nothing else in it, until the block ends."""
    name = f"test_{next(_numbers)}"
    create_database(server, name, template=TEMPLATE)
    opened = open_database(url_of(server, name), Path())
    yield opened
    opened.close()
    with superuser(server, NAME) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def owner(database: Database) -> Iterator[psycopg.Connection]:
    """A connection to the same database that may do anything: what guards must withstand."""
    with psycopg.connect(connection_string(database), autocommit=True) as connection:
        yield connection


def create_database(
    server: embedded.EmbeddedServer, name: str, template: str = "template0"
) -> None:
    """Create a database as a copy of another, to which nobody may be connected."""
    names = sql.Identifier(name), sql.Identifier(template)
    with superuser(server, NAME) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def superuser(server: embedded.EmbeddedServer, name: str) -> psycopg.Connection:
    """Connect to a database of the server as its superuser."""
    return psycopg.connect(url_of(server, name).replace("+psycopg", ""), autocommit=True)


def url_of(server: embedded.EmbeddedServer, name: str) -> str:
    """Return the DATABASE_URL of one of the server's databases."""
    return server.url.set(database=name).render_as_string(hide_password=False)


def connection_string(database: Database) -> str:
    """Return what psycopg connects to the same database with, as the login role."""
    url = database.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def new_folder() -> Path:
    """
    Make a folder for a server, in memory if there is room; containers may give that 64 MB.

    It is not in pytest's own folder, which no other account may enter, and root's server has one.
    What a killed run has left there is removed first, with its server.
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_NEEDED
    parent = MEMORY if has_room else Path(tempfile.gettempdir())
    for left in parent.glob(f"{PREFIX}*/{IN_USE}"):
        _remove_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    # Held as long as this process lives, however it ends.
    _held.append(os.open(folder / IN_USE, os.O_CREAT | os.O_RDWR, 0o600))
    fcntl.flock(_held[-1], fcntl.LOCK_EX)
    return folder


def _remove_if_left(in_use: Path) -> None:
    try:
        descriptor = os.open(in_use, os.O_RDWR)
    except (FileNotFoundError, PermissionError):
        return  # Somebody else is removing it, or it is another account's.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        directory = in_use.parent / "postgres"
        if (directory / "postmaster.pid").exists():
            clusters.stop(clusters.find_cluster(directory))
        shutil.rmtree(in_use.parent, ignore_errors=True)
    finally:
        os.close(descriptor)
