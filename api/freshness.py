"""
What is read from the book now and then, and may be a little old, but never a second.

A value is renewed while it still serves, so under steady traffic nobody waits for the book; one
that nobody asked for in a while is read again before the next answer.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from api.clock import Clock
from ledger.core.refusal import Refusal

#: From this age on a value is renewed; the book is asked at most this often.
RENEWED_AFTER = timedelta(milliseconds=500)
#: From this age on a value serves nobody. What is left of the second goes to the answer itself.
STALE_AFTER = timedelta(milliseconds=900)

_NOTHING = timedelta(0)

T = TypeVar("T")


class Fresh(Generic[T]):
    """One value, and the instant at which the book was asked for it."""

    def __init__(self) -> None:
        self._value: T | None = None
        self._asked_at: datetime | None = None
        self._renewal: asyncio.Task[T] | None = None

    async def get(self, read: Callable[[T | None], T], clock: Clock) -> T:
        """
        Return the value as it was less than a second ago.

        ``read`` is given the value there is, if any, and runs in a thread. When it refuses, the
        value is forgotten and whoever waits is told.
        """
        now = clock()
        young = self._younger_than(RENEWED_AFTER, now)
        if young is not None:
            return young
        before = self._under_way()
        renewal = before or self._begin(read, clock)
        serving = self._younger_than(STALE_AFTER, now)
        if serving is not None:
            return serving
        value = await asyncio.shield(renewal)
        if before is None or self._younger_than(STALE_AFTER, now) is not None:
            return value
        # That one asked too long ago. Whatever is under way by now began after we came.
        return await asyncio.shield(self._under_way() or self._begin(read, clock))

    def _younger_than(self, age: timedelta, now: datetime) -> T | None:
        """A value of the future is none: the clock was set back, and its age is not known."""
        if self._asked_at is None or not _NOTHING <= now - self._asked_at < age:
            return None
        return self._value

    def _under_way(self) -> asyncio.Task[T] | None:
        return self._renewal if self._renewal is not None and not self._renewal.done() else None

    def _begin(self, read: Callable[[T | None], T], clock: Clock) -> asyncio.Task[T]:
        self._renewal = asyncio.create_task(self._read(read, clock))
        # Nobody may be waiting for it; then the next to ask reads again and is told.
        self._renewal.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._renewal

    async def _read(self, read: Callable[[T | None], T], clock: Clock) -> T:
        asked_at = clock()
        try:
            value = await run_in_threadpool(read, self._value)
        except Refusal:
            self._value = None
            raise
        self._value, self._asked_at = value, asked_at
        return value
