"""Papers about money that came or went back, in raw rows: wholes and their parts."""

from tests.store import received
from tests.store.scene import NOVEMBER, NOW, Connection, Scene, add, add_document


def write_paid_and_document(connection: Connection, scene: Scene) -> int:
    """Write an invoice that is paid, and a document that may acknowledge it; return that."""
    invoice = received.write_paid_invoice(connection, scene)
    payment = received.write_payment(connection, scene)
    receipt = received.write_receipt(connection, scene, invoice, payment)
    received.write_part(connection, scene, receipt)
    return add_document(connection, scene.licensee, 2)


def write_payment_receipt(
    connection: Connection, scene: Scene, document: int, total: int = received.TOTAL
) -> None:
    """Write that the document acknowledges the payment."""
    found = connection.execute("SELECT receipt_id FROM receipt").fetchone()
    assert found is not None
    add(
        connection,
        "payment_receipt",
        document_id=document,
        licensee_id=scene.licensee,
        receipt_id=found[0],
        subtotal_minor=total,
        tax_minor=0,
        total_minor=total,
    )


def write_transfer_and_document(connection: Connection, scene: Scene) -> int:
    """Write a transfer to a firm, and a document that may be about it; return that."""
    add(
        connection,
        "refund_transfer",
        licensee_id=scene.licensee,
        book_id=1,
        currency="JPY",
        amount_minor=received.TOTAL,
        transferred_on=NOVEMBER,
        bank_reference="BANK 2",
        recorded_at=NOW,
        recorded_by="me",
    )
    return add_document(connection, scene.licensee, 1)


def write_credit_note(
    connection: Connection, scene: Scene, document: int, total: int = received.TOTAL
) -> None:
    """Write that the document is about the transfer."""
    found = connection.execute("SELECT refund_transfer_id FROM refund_transfer").fetchone()
    assert found is not None
    add(
        connection,
        "credit_note",
        document_id=document,
        licensee_id=scene.licensee,
        refund_transfer_id=found[0],
        subtotal_minor=total,
        tax_minor=0,
        total_minor=total,
    )
