"""Money received, in raw rows: wholes and their parts."""

from tests.store.payments import add_settlement
from tests.store.scene import NOVEMBER, NOW, Connection, Scene, add
from tests.store.wholes import (
    write_closing,
    write_document,
    write_invoice_line,
    write_invoice_of_document,
    write_royalty_line,
)

TOTAL = 12


def write_paid_invoice(connection: Connection, scene: Scene) -> int:
    """Write an invoice of one line."""
    write_closing(connection, scene)
    write_royalty_line(connection, scene, TOTAL)
    document = write_document(connection, scene)
    write_invoice_of_document(connection, scene, document, TOTAL)
    write_invoice_line(connection, scene, document, TOTAL)
    return document


def write_payment(
    connection: Connection, scene: Scene, amount: int = TOTAL, reference: str = "BANK 1"
) -> int:
    """Write money that came in."""
    values: dict[str, object] = {
        "licensee_id": scene.licensee,
        "book_id": 1,
        "channel": "bank",
        "external_reference": reference,
        "received_on": NOVEMBER,
        "currency": "JPY",
        "amount_minor": amount,
        "recorded_at": NOW,
        "recorded_by": "me",
    }
    return int(add(connection, "payment", **values))


def write_receipt(
    connection: Connection,
    scene: Scene,
    document: int,
    payment: int | None,
    amount: int = TOTAL,
    **changes: object,
) -> int:
    """Write what pays an invoice, without its parts."""
    values: dict[str, object] = {
        "document_id": document,
        "licensee_id": scene.licensee,
        "payment_id": payment,
        "received_on": NOVEMBER,
        "currency": "JPY",
        "amount_minor": amount,
        "recorded_at": NOW,
        "recorded_by": "me",
    }
    return int(add(connection, "receipt", **values | changes))


def write_part(
    connection: Connection, scene: Scene, receipt: int, amount: int = TOTAL, **changes: object
) -> None:
    """Write what a receipt pays of the one line."""
    found = connection.execute("SELECT royalty_line_id FROM royalty_line").fetchone()
    assert found is not None
    values: dict[str, object] = {
        "receipt_id": receipt,
        "number": 1,
        "licensee_id": scene.licensee,
        "royalty_line_id": found[0],
        "amount_minor": amount,
        "tax_minor": 0,
    }
    add(connection, "receipt_part", **values | changes)


def write_payment_and_invoice(connection: Connection, scene: Scene) -> int:
    """Write an invoice and money that came for it; return the payment."""
    write_paid_invoice(connection, scene)
    return write_payment(connection, scene)


def write_whole_receipt(connection: Connection, scene: Scene, payment: int) -> None:
    """Write that a payment pays the one invoice."""
    found = connection.execute("SELECT document_id FROM invoice").fetchone()
    assert found is not None
    write_part(connection, scene, write_receipt(connection, scene, found[0], payment))


def write_settlement_and_receipt(connection: Connection, scene: Scene) -> int:
    """Write a settlement, and a receipt that it may divide."""
    payment = write_payment_and_invoice(connection, scene)
    write_whole_receipt(connection, scene, payment)
    return add_settlement(connection)


def write_settled_receipt(connection: Connection, scene: Scene, settlement: int) -> None:
    """Write that a settlement divided the one receipt."""
    keys = {"receipt_id": 1, "settlement_id": settlement, "licensee_id": scene.licensee}
    add(connection, "settled_receipt", **keys)
