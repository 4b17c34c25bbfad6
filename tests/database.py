"""
A fresh migrated database for each test that asks for one, on a real PostgreSQL.

Each worker starts its own embedded server once, migrates one database, and copies it for every
test. The copy is the product's own schema, with its guards and the book "main" (number 1),
reached as the program reaches it: under the role that may add and read only.
"""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ledger.store import embedded
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

_numbers = count(1)


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
    """
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_NEEDED
    return Path(tempfile.mkdtemp(prefix="genbo-tests-", dir=MEMORY if has_room else None))
