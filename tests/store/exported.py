"""Files of the journal for other programs, in raw rows."""

from tests.store.scene import NOW, Connection, Scene, add, post


def write_export(connection: Connection, scene: Scene) -> int:
    """Write a file of one entry without the entry."""
    values: dict[str, object] = {
        "book_id": 1,
        "number": 1,
        "format": "yayoi",
        "is_new_only": False,
        "encoding": "cp932",
        "entry_count": 1,
        "content_sha256": bytes(32),
        "exported_at": NOW,
        "exported_by": "me",
    }
    return int(add(connection, "journal_export", **values))


def write_export_and_entry(connection: Connection, scene: Scene) -> int:
    """Write a file of one entry without the entry, and the entry."""
    post(connection, scene.bank, scene.payable)
    return write_export(connection, scene)


def write_exported_entry(connection: Connection, scene: Scene, export: int) -> None:
    """Write that the entry is in the file."""
    found = connection.execute("SELECT entry_id FROM entry").fetchone()
    assert found is not None
    add(connection, "journal_export_entry", journal_export_id=export, entry_id=found[0])
