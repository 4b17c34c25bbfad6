"""
The database: which one, how to reach it, one transaction at a time, and how it says no.

The program works under the role ``genbo_app``, which may add and read but never change or
remove; only migrations run as the role that logs in. An error that a person can do something
about becomes a refusal here; any other passes through, because it is a bug.
"""

import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from ledger.core.refusal import Refusal
from ledger.store import embedded, migrations
from ledger.store.programs import OLDEST_MAJOR

#: What a use case holds while its transaction lasts, and passes to the store; nothing else.
Transaction = Session

_FORMS = frozenset({"postgres", "postgresql", "postgresql+psycopg"})

#: What the triggers raise with, and the code is the message.
_REFUSED = "GB001"

#: Waiting ended, or two writers stood in each other's way: the same request may succeed later.
_BUSY = frozenset({"40001", "40P01", "53300", "55P03", "57014"})

#: The connection failed or broke, the login was refused, there is no such database, the server
#: is stopping or starting, or it has no room left.
_AWAY = ("08", "28", "3D", "57P", "53")

#: Connections that a program keeps to its book at most.
CONNECTIONS = 16

#: A connection that was not used for longer is asked whether it is still there.
_IDLE_SECONDS = 30

#: What each connection is told before it is used. Times are cut in UTC; nothing waits for ever.
_SESSION = """
    SET TIME ZONE 'UTC';
    SET lock_timeout = '10s';
    SET statement_timeout = '10min';
    SET idle_in_transaction_session_timeout = '10min'
"""


class DatabaseUnavailable(Refusal):
    """The database does not answer. Carries where it was looked for and what was heard."""

    code = "database_unavailable"


class DatabaseBusy(Refusal):
    """The database answers, but another writer was in the way for too long."""

    code = "database_busy"


class DatabaseUrlUnusable(Refusal):
    """DATABASE_URL does not name a PostgreSQL."""

    code = "database_url_unusable"
    field = "DATABASE_URL"


class PostgresTooOld(Refusal):
    """The server is older than the tables need. Carries both versions."""

    code = "postgres_too_old"


class RefusedByDatabase(Refusal):
    """A rule that the database keeps by itself said no; ``code`` is the rule's own."""

    code = "refused_by_database"

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail=detail)


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database that answered, and how to leave it."""

    engine: Engine
    leave: Callable[[], None]

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """
        Give a session whose work is kept when the block ends, and undone when it raises.

        Nothing is tried twice: a caller that may try again knows what it may repeat.

        :raises DatabaseUnavailable: the server does not answer, or left in the middle.
        :raises DatabaseBusy: another writer was in the way for too long.
        :raises RefusedByDatabase: one of the database's own rules said no, at commit at latest.
        """
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except (DBAPIError, psycopg.Error, PoolTimeout) as error:
            _refuse(error, self.engine.url)
            raise

    def close(self) -> None:
        """Let go of every connection, and of the embedded server when it is ours."""
        self.engine.dispose()
        self.leave()


def open_database(url: str | None, data_directory: Path) -> Database:
    """
    Connect to the database of a URL, or without one to the private one of a data folder.

    :raises DatabaseUrlUnusable: the URL is not one of a PostgreSQL.
    :raises DatabaseUnavailable: the server does not answer.
    :raises PostgresTooOld: it answers and is older than version 15.
    :raises EmbeddedDatabaseFailed, PostgresMissing, DataFolderOfAnother: see ``embedded``.
    """
    if url is None:
        server = embedded.start(data_directory)
        database = Database(engine=_working_engine(server.url), leave=server.close)
    else:
        database = Database(engine=_working_engine(_parse_url(url)), leave=lambda: None)
    try:
        with database.transaction() as session:
            session.connection()
    except BaseException:
        database.close()
        raise
    return database


def beside(database: Database, *, name: str, connections: int) -> Database:
    """Return another database of the same server, reached in the same way when it is used."""
    url = database.engine.url.set(database=name)
    return Database(engine=_working_engine(url, connections), leave=lambda: None)


def migrate(database: Database) -> None:
    """
    Bring the tables to what this version of the program works with, as the login role.

    :raises DatabaseBusy: somebody held a table for more than five seconds; nothing changed.
    :raises SchemaUnknown: a newer version of the program has migrated it.
    """
    engine = create_engine(database.engine.url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            migrations.upgrade(connection)
    except (DBAPIError, psycopg.Error) as error:
        _refuse(error, engine.url)
        raise
    # The connections from before may not have found the role to work under.
    database.engine.dispose()


def driver_connection(session: Session) -> psycopg.Connection[Any]:
    """Return the driver's connection of a session's transaction, for COPY."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def _parse_url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise DatabaseUrlUnusable(form="?") from None
    if url.drivername not in _FORMS or not url.database:
        raise DatabaseUrlUnusable(form=url.drivername)
    password = url.query.get("password")
    if isinstance(password, str):  # Where SQLAlchemy hides it when it is shown.
        url = url.set(password=password).difference_update_query(["password"])
    return url.set(drivername="postgresql+psycopg")


def _working_engine(url: URL, connections: int = CONNECTIONS) -> Engine:
    defaults = {"connect_timeout": 10, "application_name": "genbo"}
    engine = create_engine(
        url,
        # No overflow: a connection beyond the pool is opened for one use and thrown away, which
        # under load costs more than waiting for one that is there.
        pool_size=connections,
        max_overflow=0,
        pool_timeout=15,
        isolation_level="READ COMMITTED",
        connect_args={name: value for name, value in defaults.items() if name not in url.query},
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "checkout", _check_connection)
    event.listen(engine, "checkin", _note_use)
    return engine


def _prepare_connection(connection: psycopg.Connection[Any], _record: object) -> None:
    version = connection.info.server_version
    if version < OLDEST_MAJOR * 10_000:
        connection.close()
        raise PostgresTooOld(version=f"{version // 10_000}.{version % 10_000}", needed=OLDEST_MAJOR)
    connection.execute(_SESSION)
    connection.commit()
    try:
        connection.execute("SET ROLE genbo_app")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
        connection.rollback()  # Not migrated yet, or a login that may not take the role.
    else:
        connection.commit()


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _check_connection(
    connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object
) -> None:
    """
    Take another connection where the server has hung up on this one.

    Asking the server each time would be one more wait in every transaction. When it hangs up,
    it is heard without asking; only what was idle for long may have died in silence.
    """
    is_idle = time.monotonic() - record.info.get("used_at", time.monotonic()) > _IDLE_SECONDS
    try:
        if is_idle or _has_news(connection):
            connection.execute("SELECT 1")
            connection.rollback()
    except psycopg.OperationalError as error:
        raise InvalidatePoolError from error


def _has_news(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the server has said anything since the last answer: a word, or the end."""
    with selectors.PollSelector() as waiting:
        waiting.register(connection.fileno(), selectors.EVENT_READ)
        return bool(waiting.select(timeout=0))


def _refuse(error: Exception, url: URL) -> None:
    """Raise what a person can do something about; return for a bug."""
    if isinstance(error, PoolTimeout):
        raise DatabaseBusy(reason="pool") from error
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return
    state, told = cause.sqlstate or "", cause.diag.message_primary or ""
    if state == _REFUSED:
        raise RefusedByDatabase(told, cause.diag.message_detail or "") from error
    if state in _BUSY:
        raise DatabaseBusy(reason=told) from error
    if isinstance(cause, psycopg.OperationalError) and (not state or state.startswith(_AWAY)):
        raise DatabaseUnavailable(
            address=_address(url), reason=_without_password(cause, url)
        ) from error


def _address(url: URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}:{url.port or url.query.get('port') or 5432}/{url.database}"


def _without_password(cause: psycopg.Error, url: URL) -> str:
    told = " ".join(str(cause).split())
    return told.replace(url.password, "***") if url.password else told
