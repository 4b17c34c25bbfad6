"""
The migrations and the one way to run them.

They run in one transaction, so that a migration that fails leaves nothing behind. They wait
for nobody longer than five seconds, so that they cannot bring a working program to a stop by
queueing in front of it. Two programs that start at once take turns; the second finds nothing
to do.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ledger.core.refusal import Refusal

#: Any number that nothing else on the same database uses.
_TURN = 0x67656E626F


class SchemaUnknown(Refusal):
    """The database is at a revision that this version of the program does not know."""

    code = "schema_unknown"


def configuration() -> Config:
    """Return Alembic's configuration; there is no file, so nothing can be out of step."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def newest_revision() -> str:
    """Return the revision that the program was written for."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    return head


def upgrade(connection: Connection) -> None:
    """
    Bring the database to the newest revision, inside the caller's transaction.

    :raises SchemaUnknown: a newer version of the program has migrated it.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    config = configuration()
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaUnknown(found=found, newest=newest_revision())
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_sql(connection: Connection, name: str) -> None:
    """Run one of the files in ``sql/`` as it is, however many statements it holds."""
    script = (Path(__file__).parent / "sql" / name).read_text(encoding="utf-8")
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(script)
