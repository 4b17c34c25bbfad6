"""What every request is given: the book's database, the clock, and the terms in memory."""

from dataclasses import dataclass, field

from fastapi import Request

from api.clock import Clock, system_clock
from ledger.store.database import Database
from ledger.store.terms_cache import TermsCache


@dataclass(frozen=True)
class Context:
    """One running application's shared parts. ``book_id`` is the one book it serves."""

    database: Database
    clock: Clock = system_clock
    book_id: int = 1
    terms: TermsCache = field(default_factory=TermsCache)
    closes_database: bool = False  # true when the application opened it itself


def context(request: Request) -> Context:
    """Return the application's context; a dependency of the routes."""
    given = request.app.state.context
    assert isinstance(given, Context)
    return given
