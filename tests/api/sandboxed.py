"""A firm's sandbox under test: its key, and how what it made is removed again."""

from typing import Any

import psycopg
from psycopg import sql

from ledger.store.database import Database
from tests import builders
from tests.api.doors import Door
from tests.database import connection_string


def key_of_the_sandbox(door: Door) -> str:
    """Make a test key over the API, by a key that manages."""
    manager = builders.key(door.database, label="office", scopes=["report", "read", "manage"])
    return str(new_test_key(door, manager)["key"])


def new_test_key(door: Door, key: str, **changes: Any) -> dict[str, Any]:
    """Make a test key by another key, and return what is answered."""
    body = {"label": "trying", "scopes": ["report", "read", "manage"], "mode": "test", **changes}
    answer = door.ask("POST", "/v1/keys", key=key, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def drop_sandboxes(door: Door) -> None:
    """Remove what the test's own database has beside it."""
    door.app.state.sandboxes.close()
    drop_beside(door.database)


def drop_beside(database: Database) -> None:
    """Remove the sandboxes of a database; nobody may be in them any more."""
    beside = f"{database.engine.url.database}\\_sandbox\\_%"
    named = "SELECT datname FROM pg_database WHERE datname LIKE %s"
    with psycopg.connect(connection_string(database), autocommit=True) as connection:
        for (name,) in connection.execute(named, (beside,)).fetchall():
            statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(statement.format(sql.Identifier(name)))
