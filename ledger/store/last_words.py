"""A database whose every transaction ends with something said: written with the rest, or not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Session

from ledger.store.database import Database


@dataclass(frozen=True, kw_only=True)
class _WithLastWord(Database):
    """Another database, with a last word of its own before that one's."""

    inner: Database
    last_word: Callable[[Session], None]

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self.inner.transaction() as session:
            yield session
            session.flush()
            self.last_word(session)


def with_last_word(database: Database, last_word: Callable[[Session], None]) -> Database:
    """Return the same database, on which each transaction says something before it ends."""
    return _WithLastWord(
        engine=database.engine, leave=database.leave, inner=database, last_word=last_word
    )
