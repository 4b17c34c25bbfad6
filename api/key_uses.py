"""
When keys were last used: noted in memory on every request, written together once a minute.

A program that is killed loses what it noted in its last minute, and nothing else.
"""

import asyncio
import logging
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from ledger.core.refusal import Refusal
from ledger.services import keeping
from ledger.store.database import Database

#: How long a note waits in memory, so that a key costs at most one write in this time.
WRITTEN_AFTER_SECONDS = 60

_log = logging.getLogger("genbo.keys")


class KeyUses:
    """The uses that one process has not written yet. Lives in the application's event loop."""

    def __init__(self) -> None:
        self._used_at: dict[int, datetime] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, key_id: int, at: datetime, database: Database) -> None:
        """Remember that a key was used; the first note in a while sets the timer."""
        self._used_at[key_id] = at
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(WRITTEN_AFTER_SECONDS, self._begin, database)

    async def write(self, database: Database) -> None:
        """Write what is remembered now; when the book is away, it is remembered on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        taken, self._used_at = self._used_at, {}
        if not taken:
            return
        try:
            await run_in_threadpool(keeping.note_uses, database, used_at=taken)
        except Refusal as refusal:
            _log.warning("uses of %d keys not written: %s", len(taken), refusal)
            self._used_at = taken | self._used_at

    def _begin(self, database: Database) -> None:
        writing = asyncio.create_task(self.write(database))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
