"""A value from the book serves for less than a second, and the book is asked twice a second."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from api.freshness import RENEWED_AFTER, STALE_AFTER, Fresh
from ledger.core.refusal import Refusal

NOW = datetime(2026, 8, 20, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


class Gone(Refusal):
    """A refusal of the test."""

    code = "gone"


class Book:
    """What is read, how often, and what time it is."""

    def __init__(self) -> None:
        self.now = NOW
        self.value = "first"
        self.reads = 0
        self.is_gone = False
        self.held: Event | None = None

    def clock(self) -> datetime:
        return self.now

    def read(self, before: str | None) -> str:
        self.reads += 1
        value = self.value
        if self.held is not None:
            self.held.wait(5)
        if self.is_gone:
            raise Gone
        return value


def run(story: Callable[[Book, Fresh[str]], object]) -> None:
    async def tell() -> None:
        told = story(Book(), Fresh[str]())
        assert asyncio.iscoroutine(told)
        await told

    asyncio.run(tell())


async def settle() -> None:
    """Let what runs in the background come to its end."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await asyncio.gather(*others, return_exceptions=True)


@pytest.mark.parametrize(
    ("age", "told", "reads"),
    [
        (timedelta(0), "first", 1),
        (RENEWED_AFTER - INSTANT, "first", 1),
        (RENEWED_AFTER, "first", 2),  # Told at once, and renewed behind it.
        (STALE_AFTER - INSTANT, "first", 2),
        (STALE_AFTER, "second", 2),  # Waited for.
        (timedelta(days=1), "second", 2),
        (-INSTANT, "second", 2),  # The clock was set back: no age is known.
    ],
)
def test_a_value_serves_until_it_is_stale(age: timedelta, told: str, reads: int) -> None:
    async def story(book: Book, fresh: Fresh[str]) -> None:
        assert await fresh.get(book.read, book.clock) == "first"
        book.value = "second"
        book.now += age
        assert await fresh.get(book.read, book.clock) == told
        await settle()
        assert book.reads == reads

    run(story)


def test_many_who_wait_cost_one_reading() -> None:
    async def story(book: Book, fresh: Fresh[str]) -> None:
        told = await asyncio.gather(*(fresh.get(book.read, book.clock) for _ in range(50)))
        assert (set(told), book.reads) == ({"first"}, 1)

    run(story)


def test_a_reading_that_began_too_long_ago_is_not_enough() -> None:
    """It may have seen the book as it was before a change that the one who asks knows of."""

    async def story(book: Book, fresh: Fresh[str]) -> None:
        book.held = Event()
        early = asyncio.create_task(fresh.get(book.read, book.clock))
        while book.reads == 0:
            await asyncio.sleep(0.001)
        book.value = "second"
        book.now += STALE_AFTER
        late = asyncio.create_task(fresh.get(book.read, book.clock))
        await asyncio.sleep(0.01)
        book.held.set()
        assert await early == "first"
        assert await late == "second"

    run(story)


def test_a_refusal_is_told_to_whoever_waits_and_leaves_nothing() -> None:
    async def story(book: Book, fresh: Fresh[str]) -> None:
        await fresh.get(book.read, book.clock)
        book.is_gone = True
        book.now += RENEWED_AFTER
        assert await fresh.get(book.read, book.clock) == "first"  # Not known to be gone yet.
        await settle()
        with pytest.raises(Gone):
            await fresh.get(book.read, book.clock)
        book.is_gone = False
        assert await fresh.get(book.read, book.clock) == "first"

    run(story)
