"""An export is logged with its entries, whole, and never again."""

from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from psycopg import errors

from tests.store.scene import NOW, OCTOBER, Connection, Scene, add, add_entry, add_posting, refused

EXPORT: dict[str, Any] = {
    "book_id": 1,
    "number": 1,
    "format": "yayoi",
    "first_day": OCTOBER,
    "last_day": date(2026, 10, 31),
    "is_new_only": False,
    "encoding": "cp932",
    "entry_count": 1,
    "content_sha256": sha256(b"").digest(),
    "exported_at": NOW,
    "exported_by": "keiri",
}


def test_an_entry_joins_no_export_later(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        entry = add_entry(writer)
        add_posting(writer, entry, scene.bank, scene.payable)
    with writer.transaction():
        export = add(writer, "journal_export", **EXPORT)
    with refused("late_part"), writer.transaction():
        add(writer, "journal_export_entry", journal_export_id=export, entry_id=entry)


def test_exports_have_numbers_of_their_own(writer: Connection, scene: Scene) -> None:
    with writer.transaction():
        add(writer, "journal_export", **EXPORT)
    with pytest.raises(errors.UniqueViolation), writer.transaction():
        add(writer, "journal_export", **EXPORT)


@pytest.mark.parametrize("changes", [{"content_sha256": b"x"}, {"exported_by": ""}, {"number": 0}])
def test_an_export_says_who_and_what(
    writer: Connection, scene: Scene, changes: dict[str, Any]
) -> None:
    with pytest.raises(errors.CheckViolation), writer.transaction():
        add(writer, "journal_export", **EXPORT | changes)
