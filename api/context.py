"""What every request is given: the book's database, the clock, and what is kept in memory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from fastapi import Request

from api.clearance_tokens import Seal, new_secret
from api.clock import Clock, system_clock
from api.freshness import Fresh
from api.key_cache import KeyCache
from api.stripe_options import StripeOptions
from ledger.core.refusal import Refusal
from ledger.services.clearing import Desk
from ledger.store.database import Database
from ledger.store.terms_cache import TermsCache

#: Under which name a request carries the context that was chosen for it; see ``sandboxes``.
CHOSEN = "context"


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
    stripe: StripeOptions | None = None  # where firms may pay through it
    requires_declarations: bool = False  # whether silence keeps a month open
    journal_mapping: Path | None = None  # what accounting programs call accounts
    closes_database: bool = False  # true when the application opened it itself
    live: Optional["Context"] = None  # of a sandbox: that of the book that counts

    @property
    def keyring(self) -> "Context":
        """Where keys are kept and by whose clock they end: always the book that counts."""
        return self.live or self


def context(request: Request) -> Context:
    """
    Return the context of a request: the application's, or that of its key's sandbox.

    :raises Refusal: the key is a test key, and none that is good.
    """
    given = request.scope.get("state", {}).get(CHOSEN) or request.app.state.context
    if isinstance(given, Refusal):
        raise given
    assert isinstance(given, Context)
    return given
