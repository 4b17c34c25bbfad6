"""A paper about money says what was paid, and no more than was transferred."""

import pytest

from tests.store import acknowledged
from tests.store.received import TOTAL
from tests.store.scene import Connection, Scene, refused


@pytest.mark.parametrize("total", [TOTAL - 1, TOTAL + 1])
def test_a_receipt_says_what_was_paid(total: int, writer: Connection, scene: Scene) -> None:
    with refused("receipt_differs_from_payment"), writer.transaction():
        document = acknowledged.write_paid_and_document(writer, scene)
        acknowledged.write_payment_receipt(writer, scene, document, total)


def test_a_return_invoice_says_no_more_than_was_transferred(
    writer: Connection, scene: Scene
) -> None:
    with refused("credit_note_differs_from_transfer"), writer.transaction():
        document = acknowledged.write_transfer_and_document(writer, scene)
        acknowledged.write_credit_note(writer, scene, document, TOTAL + 1)
