"""
A party's own view of the book: the same database, of which it sees no rows but its own.

Each transaction takes the role ``genbo_reader`` and says whose rows are meant; the policies of
the tables do the rest, whatever is asked. Nothing can be written through it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from ledger.store.database import Database

_NARROW = "SELECT set_config('genbo.party', :party, true), set_config('role', :role, true)"

#: The role whose policies hide what is not a party's own.
READER = "genbo_reader"


@dataclass(frozen=True, kw_only=True)
class ScopedDatabase(Database):
    """A database as one party may read it."""

    party_id: int

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """
        Give a session that reads one party's rows; both settings end with the transaction.

        :raises DatabaseUnavailable, DatabaseBusy: as of any database.
        """
        with super().transaction() as session:
            session.execute(text(_NARROW), {"party": str(self.party_id), "role": READER})
            yield session


def scoped_to(database: Database, *, party_id: int | None) -> Database:
    """Return a database as a party may read it; None is the house, which reads everything."""
    if party_id is None:
        return database
    return ScopedDatabase(engine=database.engine, leave=lambda: None, party_id=party_id)
