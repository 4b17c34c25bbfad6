"""Letters about unpaid invoices, in raw rows: wholes and their parts."""

from tests.store import received
from tests.store.scene import NOVEMBER, NOW, Connection, Scene, add


def write_letter(connection: Connection, scene: Scene) -> int:
    """Write a letter to the firm."""
    return int(
        add(
            connection,
            "dunning_letter",
            licensee_id=scene.licensee,
            book_id=1,
            tone="first",
            written_on=NOVEMBER,
            snapshot="{}",
            recorded_at=NOW,
            recorded_by="me",
        )
    )


def write_invoice_and_letter(connection: Connection, scene: Scene) -> int:
    """Write an invoice, and a letter that may be about it; return that."""
    received.write_paid_invoice(connection, scene)
    return write_letter(connection, scene)


def write_reminder(connection: Connection, scene: Scene, letter: int, **changes: object) -> None:
    """Write that the letter is about the one invoice."""
    found = connection.execute("SELECT document_id FROM invoice").fetchone()
    assert found is not None
    values: dict[str, object] = {
        "document_id": found[0],
        "tone": "first",
        "days": 1,
        "licensee_id": scene.licensee,
        "dunning_letter_id": letter,
        "open_minor": received.TOTAL,
    }
    add(connection, "reminder", **values | changes)
