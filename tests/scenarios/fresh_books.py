"""Books of their own, for tests that make many of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from psycopg import sql

from ledger.store.clusters import NAME
from ledger.store.database import Database, open_database
from ledger.store.embedded import EmbeddedServer
from tests.database import TEMPLATE, create_database, superuser, url_of

_names = count(1)


@contextmanager
def fresh(server: EmbeddedServer) -> Iterator[Database]:
    """Give an empty book of its own."""
    name = f"drawn_{next(_names)}"
    create_database(server, name, template=TEMPLATE)
    database = open_database(url_of(server, name), Path())
    try:
        yield database
    finally:
        database.close()
        with superuser(server, NAME) as connection:
            dropping = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(dropping)
