"""
Whether the tables in the database are the ones the program was written for.

Compared are columns with their types and nullability, primary and foreign keys, unique
constraints and indexes. Checks, triggers and grants exist in the migrations alone; the tests
of the guards speak for them.
"""

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.schema import SchemaItem

from ledger.store.database import Database, migrate
from ledger.store.migrations import newest_revision
from ledger.store.tables import METADATA

__all__ = ["check", "current_revision", "migrate"]

_PARTITIONS = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"


def current_revision(database: Database) -> str | None:
    """Return the revision the database is at; None when it was never migrated."""
    with database.transaction() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def check(database: Database, models: MetaData = METADATA) -> list[str]:
    """
    Return what differs between the database and the models, one line each; nothing when equal.

    A line says what the models have and the database lacks (``+``), or the other way (``-``),
    or what differs (``~``).
    """
    with database.transaction() as session:
        return sorted(_differences(session.connection(), models))


def _differences(connection: Connection, models: MetaData) -> Iterator[str]:
    partitions = set(connection.scalars(text(_PARTITIONS)))

    def is_compared(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and name in partitions)

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": is_compared}
    )
    revision = context.get_current_revision()
    if revision != newest_revision():
        yield f"~ revision: {revision} where {newest_revision()} is expected"
    for difference in compare_metadata(context, models):
        yield from _tell(difference)
    yield from _primary_keys(connection, models)


def _tell(difference: Any) -> Iterator[str]:
    """Put one of Alembic's differences into a line; it groups the changes of a column."""
    if isinstance(difference, list):
        for kind, _, table, column, _, found, expected in difference:
            what = kind.removeprefix("modify_")
            yield f"~ column {table}.{column}: {what} {found!r} where {expected!r} is expected"
    else:
        sign = "+" if difference[0].startswith("add") else "-"
        yield f"{sign} {_name(difference[-1])}"


def _name(item: SchemaItem) -> str:
    match item:
        case Table():
            return f"table {item.name}"
        case Column():
            return f"column {item.table.name}.{item.name}"
        case ForeignKeyConstraint():
            targets = ", ".join(element.target_fullname for element in item.elements)
            return f"foreign key {item.table.name} ({', '.join(item.column_keys)}) to {targets}"
        case UniqueConstraint():
            return f"unique {item.table.name} ({', '.join(item.columns.keys())})"
        case Index():
            return f"index {item.name} ({', '.join(item.columns.keys())})"
        case _:
            return repr(item)


def _primary_keys(connection: Connection, models: MetaData) -> Iterator[str]:
    """Alembic does not look at them. Their columns are compared, not the order of these."""
    found = inspect(connection).get_multi_pk_constraint()
    for table in models.tables.values():
        expected = set(table.primary_key.columns.keys())
        key = found.get((None, table.name))
        if key is not None and set(key["constrained_columns"]) != expected:
            yield f"~ primary key {table.name}: {', '.join(sorted(expected))} is expected"
