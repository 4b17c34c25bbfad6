"""
What a test asks of the database itself: its rows, how many there are, how many statements ran.

Tests act through the use cases; these look whether nothing was left half-written behind them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from ledger.store.database import Database
from ledger.store.tables import METADATA

_COUNTS = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM {table}" for table in sorted(METADATA.tables)
)


def rows(database: Database, statement: str) -> list[Any]:
    """Return what a query gives."""
    with database.transaction() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def row_counts(database: Database) -> dict[str, int]:
    """Return how many rows each table has; counters that move without rows are left out."""
    counts: dict[str, int] = dict(rows(database, _COUNTS))
    return counts


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """Give a list that fills with the statements the block runs; a bulk insert is one."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
