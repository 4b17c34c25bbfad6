"""A line under accrual terms, in raw rows: invoiced, and divided by a settlement."""

from datetime import date

from tests.store.payments import add_settlement
from tests.store.scene import OCTOBER, Connection, Scene, add, add_rate_line, add_terms
from tests.store.wholes import (
    write_closing,
    write_document,
    write_invoice_line,
    write_invoice_of_document,
    write_royalty_line,
)

ASKED = 12


def write_invoice(
    connection: Connection, scene: Scene, recognition: str = "accrual", said: str = "cash"
) -> None:
    """Write an invoice of one line under terms on a basis; the line says one, too."""
    terms = add_terms(connection, scene.licensee, scene.grant, 2, recognition=recognition)
    rate_line = add_rate_line(connection, scene.licensee, terms)
    write_closing(connection, scene)
    write_royalty_line(
        connection, scene, ASKED, terms_version_id=terms, rate_line_id=rate_line, recognition=said
    )
    document = write_document(connection, scene)
    write_invoice_of_document(connection, scene, document, ASKED)
    write_invoice_line(connection, scene, document, ASKED)


def write_settlement(
    connection: Connection, scene: Scene, month: date = OCTOBER, recognition: str = "accrual"
) -> int:
    """Write an invoice of one line, and a settlement that may divide it."""
    write_invoice(connection, scene, recognition)
    return add_settlement(connection, month)


def write_accrued_line(
    connection: Connection, scene: Scene, settlement: int, **changes: object
) -> None:
    """Write that a settlement divided the one line by its invoice."""
    found = connection.execute("SELECT royalty_line_id FROM royalty_line").fetchone()
    assert found is not None
    values: dict[str, object] = {
        "royalty_line_id": found[0],
        "settlement_id": settlement,
        "licensee_id": scene.licensee,
        "amount_minor": ASKED,
        "tax_minor": 0,
    }
    add(connection, "accrued_line", **values | changes)
