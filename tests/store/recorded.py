"""Yearly payment records and invoices for the fee, in raw rows."""

from tests.store.payments import add_settlement
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


def write_settled_and_document(connection: Connection, scene: Scene) -> int:
    """Write a settlement that took a fee of 10, and a document that may invoice it."""
    figures = dict.fromkeys(
        (
            "receipts_minor",
            "receipts_tax_minor",
            "admin_fee_bp",
            "deficit_in_minor",
            "deficit_out_minor",
            "distributed_before_minor",
            "distributed_after_minor",
        ),
        0,
    )
    add(
        connection,
        "holder_settlement",
        settlement_id=add_settlement(connection),
        owner_id=scene.holder,
        currency="JPY",
        steps="[]",
        admin_fee_minor=10,
        admin_fee_tax_minor=1,
        **figures,
    )
    return add_document(connection, scene.holder, 1, kind="fee_invoice")


def write_fee_invoice(
    connection: Connection, scene: Scene, document: int, **changes: object
) -> None:
    """Write that a document invoices what the one settlement took."""
    found = connection.execute("SELECT settlement_id FROM holder_settlement").fetchone()
    assert found is not None
    values: dict[str, object] = {
        "settlement_id": found[0],
        "owner_id": scene.holder,
        "currency": "JPY",
        "subtotal_minor": 10,
        "tax_minor": 1,
        "total_minor": 11,
    }
    add(connection, "fee_invoice", document_id=document, **values | changes)
