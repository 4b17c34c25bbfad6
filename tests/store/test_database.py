"""One transaction at a time, refusals instead of stack traces, and never a password."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ledger.store import database as subject
from ledger.store import embedded
from ledger.store.clusters import NAME
from ledger.store.database import (
    Database,
    DatabaseBusy,
    DatabaseUnavailable,
    DatabaseUrlUnusable,
    PostgresTooOld,
    RefusedByDatabase,
    driver_connection,
    migrate,
    open_database,
)
from ledger.store.migrations import SchemaUnknown, newest_revision
from ledger.store.schema import check, current_revision
from tests.database import create_database, superuser, url_of
from tests.store.scene import Connection

NOWHERE = Path("/nowhere")


def _value(database: Database, statement: str) -> object:
    with database.transaction() as session:
        return session.scalar(text(statement))


def _add_book(database: Database, reference: str) -> None:
    with database.transaction() as session:
        statement = "INSERT INTO book (reference, currency) VALUES (:reference, 'JPY')"
        session.execute(text(statement), {"reference": reference})


# Transactions --------------------------------------------------------------------------------


def test_a_transaction_keeps_its_work_when_it_ends(database: Database) -> None:
    _add_book(database, "second")
    assert _value(database, "SELECT count(*) FROM book") == 2


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.execute(text("INSERT INTO book (reference, currency) VALUES ('x', 'JPY')"))
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert _value(database, "SELECT count(*) FROM book") == 1


def test_a_rule_of_the_database_is_a_refusal_with_its_code(database: Database) -> None:
    with pytest.raises(RefusedByDatabase) as caught:
        _value(database, "SELECT refuse('month_closed', '2026-10')")
    refusal = caught.value
    assert (refusal.code, refusal.values) == ("month_closed", {"detail": "2026-10"})


def test_a_rule_that_speaks_at_commit_or_to_the_driver_is_a_refusal_too(
    database: Database, owner: Connection
) -> None:
    owner.execute(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM refuse('too_late'); RETURN NULL; END $$;"
        " CREATE CONSTRAINT TRIGGER late AFTER INSERT ON book DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION late()"
    )
    with pytest.raises(RefusedByDatabase, match="too_late"):
        _add_book(database, "second")
    with pytest.raises(RefusedByDatabase, match="by_driver"), database.transaction() as session:
        driver_connection(session).execute("SELECT refuse('by_driver')")


def test_a_bug_passes_through_as_what_it_is(database: Database) -> None:
    with pytest.raises(IntegrityError):
        _add_book(database, "main")


def test_waiting_for_another_writer_ends_in_a_refusal(
    database: Database, owner: Connection
) -> None:
    with owner.transaction():
        owner.execute("LOCK TABLE book")
        with pytest.raises(DatabaseBusy):
            _value(database, "SET LOCAL lock_timeout = '20ms'; SELECT * FROM book")


def test_the_driver_copies_within_the_sessions_transaction(database: Database) -> None:
    def copy(reference: str) -> None:
        with database.transaction() as session:
            command = "COPY book (reference, currency) FROM STDIN"
            with driver_connection(session).cursor().copy(command) as rows:
                rows.write_row((reference, "JPY"))
            if reference == "undone":
                raise KeyError

    copy("kept")
    with pytest.raises(KeyError):
        copy("undone")
    assert _value(database, "SELECT array_agg(reference ORDER BY reference) FROM book") == [
        "kept",
        "main",
    ]


# Connections ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("role", "genbo_app"),  # It may add and read only.
        ("application_name", "genbo"),
        ("TimeZone", "UTC"),
        ("transaction_isolation", "read committed"),
        ("lock_timeout", "10s"),
        ("statement_timeout", "10min"),
    ],
)
def test_every_connection_is_set_up_before_it_is_used(
    setting: str, value: str, database: Database
) -> None:
    for _ in range(2):  # The same connection, back from the pool.
        assert _value(database, f"SELECT current_setting('{setting}')") == value


def test_what_one_transaction_sets_for_itself_does_not_reach_the_next(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("SET LOCAL lock_timeout = '1ms'"))
    assert _value(database, "SELECT current_setting('lock_timeout')") == "10s"


def test_a_connection_that_was_cut_is_replaced_before_the_next_use(
    database: Database, owner: Connection
) -> None:
    process = _value(database, "SELECT pg_backend_pid()")
    owner.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))
    assert _value(database, "SELECT 1") == 1


def test_a_connection_that_is_cut_in_the_middle_is_a_refusal(
    database: Database, owner: Connection
) -> None:
    def be_cut() -> None:
        with database.transaction() as session:
            process = session.scalar(text("SELECT pg_backend_pid()"))
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))
            session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable):
        be_cut()


# Addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_form_of_address_is_understood(
    form: str, server: embedded.EmbeddedServer
) -> None:
    url = url_of(server, NAME).replace("postgresql+psycopg", form)
    opened = open_database(url, NOWHERE)
    assert _value(opened, "SELECT current_database()") == NAME
    opened.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///book.db",
        "mysql://root:secret@localhost/genbo",
        "postgresql+asyncpg://localhost/genbo",
        "postgresql://localhost",  # No database is named.
        "postgresql://localhost:port/genbo",
        "localhost:5432/genbo",
        "",
    ],
)
def test_any_other_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(DatabaseUrlUnusable) as caught:
        open_database(url, NOWHERE)
    assert caught.value.field == "DATABASE_URL"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://clerk:s3cret@127.0.0.1:1/genbo",
        "postgresql://clerk@127.0.0.1:1/genbo?password=s3cret",
        "postgresql://clerk:s3cret@127.0.0.1:1/genbo?application_name=s3cret",
    ],
)
def test_a_server_that_does_not_answer_is_named_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        open_database(url, NOWHERE)
    refusal = caught.value
    assert refusal.values["address"] == "127.0.0.1:1/genbo"
    assert "refused" in refusal.values["reason"]
    assert "s3cret" not in str(refusal)


def test_a_database_that_is_not_there_is_a_refusal(server: embedded.EmbeddedServer) -> None:
    with pytest.raises(DatabaseUnavailable, match='"nowhere" does not exist'):
        open_database(url_of(server, "nowhere"), NOWHERE)


def test_a_server_that_is_too_old_is_named_with_its_version(
    server: embedded.EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "OLDEST_MAJOR", 99)
    with pytest.raises(PostgresTooOld) as caught:
        open_database(url_of(server, NAME), NOWHERE)
    assert caught.value.values["needed"] == "99"
    assert caught.value.values["version"].split(".")[0].isdecimal()


# Migrating -----------------------------------------------------------------------------------


@pytest.fixture
def empty(server: embedded.EmbeddedServer) -> Iterator[str]:
    """The URL of a database that was never migrated."""
    create_database(server, "empty")
    yield url_of(server, "empty")
    with superuser(server, NAME) as connection:
        connection.execute("DROP DATABASE empty WITH (FORCE)")


def test_programs_that_start_at_once_migrate_once(empty: str) -> None:
    opened = [open_database(empty, NOWHERE) for _ in range(4)]
    with ThreadPoolExecutor(max_workers=4) as executor:
        list(executor.map(migrate, opened))
    assert check(opened[0]) == []
    assert _value(opened[0], "SELECT count(*) FROM book") == 1
    for database in opened:
        database.close()


def test_a_database_of_a_newer_program_is_left_alone(database: Database, owner: Connection) -> None:
    owner.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaUnknown) as caught:
        migrate(database)
    assert caught.value.values == {"found": "9999", "newest": newest_revision()}


def test_a_migration_that_fails_leaves_nothing(empty: str) -> None:
    opened = open_database(empty, NOWHERE)
    with psycopg.connect(empty.replace("+psycopg", "")) as connection:
        connection.execute("CREATE FUNCTION refuse(text, text) RETURNS void LANGUAGE sql AS ''")
    with pytest.raises(errors.DuplicateFunction):
        migrate(opened)
    assert current_revision(opened) is None
    assert _value(opened, "SELECT to_regclass('public.book')") is None
    opened.close()


@pytest.fixture
def tenant(server: embedded.EmbeddedServer) -> Iterator[str]:
    """The URL of a database whose owner is no superuser, as hosted servers give it."""
    with superuser(server, NAME) as connection:
        connection.execute("CREATE ROLE tenant LOGIN")
        connection.execute("CREATE DATABASE tenants OWNER tenant")
        yield url_of(server, "tenants").replace(f"{NAME}@", "tenant@")
        connection.execute("DROP DATABASE tenants WITH (FORCE)")
        connection.execute("DROP ROLE tenant")


def test_a_login_that_is_no_superuser_migrates_and_works_under_the_role(
    tenant: str, server: embedded.EmbeddedServer
) -> None:
    with superuser(server, NAME) as connection:
        connection.execute("GRANT genbo_app TO tenant")
    opened = open_database(tenant, NOWHERE)
    migrate(opened)
    assert check(opened) == []
    assert _value(opened, "SELECT current_user") == "genbo_app"
    opened.close()


def test_a_login_that_can_neither_make_nor_take_the_role_is_told_so(tenant: str) -> None:
    opened = open_database(tenant, NOWHERE)
    with pytest.raises(RefusedByDatabase, match="genbo_app") as caught:
        migrate(opened)
    assert caught.value.code == "role_missing"
    assert current_revision(opened) is None
    opened.close()
