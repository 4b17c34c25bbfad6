"""Who breaks the rules: the program's own role, and a superuser to whom nothing is forbidden."""

from collections.abc import Iterator

import psycopg
import pytest

from ledger.store.database import Database
from tests.database import connection_string
from tests.store.scene import Connection, Scene, build_scene


@pytest.fixture
def app(database: Database) -> Iterator[Connection]:
    """A connection that works as the program does: it may add and read."""
    with psycopg.connect(connection_string(database), autocommit=True) as connection:
        connection.execute("SET ROLE genbo_app; SET lock_timeout = '5s'")
        yield connection


@pytest.fixture(params=["genbo_app", "superuser"])
def writer(request: pytest.FixtureRequest, app: Connection, owner: Connection) -> Connection:
    """The program's role in one run of the test and a superuser in the other."""
    return app if request.param == "genbo_app" else owner


@pytest.fixture
def scene(owner: Connection) -> Scene:
    """The smallest book in which every rule can be broken."""
    return build_scene(owner)
