"""An invoice that is issued again, in raw rows: the whole, and the row that says so."""

from tests.store.scene import NOW, Connection, Scene, add, add_document
from tests.store.wholes import write_closed_and_invoiced


def write_invoice_and_document(connection: Connection, scene: Scene) -> int:
    """Write an invoice and a document that may take its place; return that."""
    write_closed_and_invoiced(connection, scene)
    return add_document(connection, scene.licensee, 2)


def write_reissue(connection: Connection, scene: Scene, document: int) -> None:
    """Write that a document takes the place of the invoice before it."""
    add(
        connection,
        "invoice_reissue",
        document_id=document,
        licensee_id=scene.licensee,
        invoice_id=document - 1,
        corrects=document - 1,
        reason="x",
        corrected_by="me",
        corrected_at=NOW,
    )
