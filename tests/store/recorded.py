"""Yearly payment records, in raw rows."""

from tests.store.scene import Connection, Scene, add, add_document


def write_document(connection: Connection, scene: Scene) -> int:
    """Write a document that may be a record."""
    return add_document(connection, scene.holder, 1, kind="payment_record")


def write_record(connection: Connection, scene: Scene, document: int) -> None:
    """Write that a document is the holder's record of a year."""
    figures = {"amount_minor": 100, "consumption_tax_minor": 10, "withheld_minor": 10}
    keys = {"document_id": document, "owner_id": scene.holder, "year": 2026, "currency": "JPY"}
    add(connection, "payment_record", scope="resident_individual", **keys, **figures)


def write_total(connection: Connection, scene: Scene, document: int) -> None:
    """Write that a document is a total sheet."""
    figures = {"amount_minor": 100, "consumption_tax_minor": 10, "withheld_minor": 10}
    keys = {"document_id": document, "owner_id": scene.holder, "year": 2026, "currency": "JPY"}
    add(connection, "payment_record_total", **keys, **figures)
