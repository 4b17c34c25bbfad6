"""
Whose key it is, told from memory: one that is revoked is refused within a second.

Only keys that are good are remembered, by their hash. One that is not costs a query each time.
One that was replaced ends by the clock, at the instant at which its overlap is over.
"""

from functools import partial

from api.clock import Clock
from api.freshness import Fresh
from api.key_uses import KeyUses
from ledger.core.refusal import Refusal
from ledger.services import keeping
from ledger.store.database import Database
from ledger.store.keys import KeyOwner

#: Keys remembered before the memory is started afresh.
KEYS_MAX = 10_000


class KeyExpired(Refusal):
    """The key was replaced, and the time in which both were good is over. Carries its end."""

    code = "key_expired"


class KeyCache:
    """The owners of the keys that this process was shown lately."""

    def __init__(self) -> None:
        self._owners: dict[bytes, Fresh[KeyOwner]] = {}
        self.uses = KeyUses()

    async def owner(self, key: str, *, database: Database, clock: Clock) -> KeyOwner:
        """
        Return the party a key belongs to, and what it may do, as of less than a second ago.

        :raises KeyUnknown: nobody's.
        :raises KeyRevoked: it has been revoked.
        :raises KeyExpired: it was replaced, and its overlap is over.
        """
        key_hash = keeping.hash_of_key(key)
        fresh = self._owners.get(key_hash) or Fresh[KeyOwner]()
        try:
            owner = await fresh.get(partial(_read, database, key_hash), clock)
        except Refusal:
            self._owners.pop(key_hash, None)
            raise
        if key_hash not in self._owners:
            if len(self._owners) >= KEYS_MAX:
                self._owners.clear()
            self._owners[key_hash] = fresh
        now = clock()
        if owner.ends_at is not None and owner.ends_at <= now:
            raise KeyExpired(ended_at=owner.ends_at.isoformat())
        self.uses.note(owner.key_id, now, database)
        return owner


def _read(database: Database, key_hash: bytes, _before: KeyOwner | None) -> KeyOwner:
    return keeping.party_of_key(database, key_hash=key_hash)
