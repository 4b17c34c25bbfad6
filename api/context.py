"""What every request is given: the book's database, the clock, and what is kept in memory."""

from dataclasses import dataclass, field

from fastapi import Request

from api.clearance_tokens import Seal, new_secret
from api.clock import Clock, system_clock
from api.freshness import Fresh
from api.key_cache import KeyCache
from ledger.services.clearing import Desk
from ledger.store.database import Database
from ledger.store.terms_cache import TermsCache


@dataclass(frozen=True)
class Context:
    """One running application's shared parts. ``book_id`` is the one book it serves."""

    database: Database
    clock: Clock = system_clock
    book_id: int = 1
    terms: TermsCache = field(default_factory=TermsCache)
    desk: Fresh[Desk] = field(default_factory=Fresh)  # of the terms as they were just now
    keys: KeyCache = field(default_factory=KeyCache)
    seal: Seal = field(default_factory=lambda: Seal(new_secret()))  # of this process alone
    closes_database: bool = False  # true when the application opened it itself


def context(request: Request) -> Context:
    """Return the application's context; a dependency of the routes."""
    given = request.app.state.context
    assert isinstance(given, Context)
    return given
