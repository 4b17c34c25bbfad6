"""Uses of keys wait in memory for a minute, are written together, and outlive an absent book."""

import asyncio
from datetime import timedelta

import pytest

from api import key_uses
from api.key_uses import KeyUses
from ledger.services import keeping
from ledger.store.database import Database, beside
from tests import builders
from tests.api.doors import NOW
from tests.rows import counted_statements, rows

NOTED = "SELECT used_at FROM api_key_use ORDER BY api_key_id"


@pytest.fixture
def ids(database: Database) -> list[int]:
    """The keys of a firm that has two."""
    builders.licensee(database)
    for label in ("first", "second"):
        builders.key(database, label=label)
    return [key.id for key in keeping.list_keys(database, owner_id=None, limit=10).keys]


def test_uses_are_written_by_themselves_in_one_statement(
    database: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_uses, "WRITTEN_AFTER_SECONDS", 0.05)

    async def use() -> None:
        uses = KeyUses()
        for second in range(20):
            for key_id in ids:
                uses.note(key_id, NOW + timedelta(seconds=second), database)
        for _ in range(200):
            await asyncio.sleep(0.01)
            if rows(database, NOTED):
                break
        uses.note(ids[0], NOW + timedelta(hours=1), database)  # Sets the timer anew.
        await uses.write(database)
        await uses.write(database)  # Nothing is left to write.

    with counted_statements(database) as statements:
        asyncio.run(use())
    assert len([each for each in statements if "note_key_uses" in each]) == 2
    last = NOW + timedelta(seconds=19)
    assert rows(database, NOTED) == [(NOW + timedelta(hours=1),), (last,)]


def test_uses_are_remembered_while_the_book_is_away(database: Database, ids: list[int]) -> None:
    away = beside(database, name="nowhere", connections=1)

    async def use() -> None:
        uses = KeyUses()
        uses.note(ids[0], NOW, database)
        await uses.write(away)
        await uses.write(database)

    asyncio.run(use())
    assert rows(database, NOTED) == [(NOW,)]
