"""Receipts that were recorded when an invoice was paid in full or not at all become payments."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import NullPool, create_engine

from ledger.store import migrations
from ledger.store.embedded import EmbeddedServer
from tests.database import create_database, superuser, url_of
from tests.store import received, wholes
from tests.store.scene import NOVEMBER, NOW, Connection, add, add_document, build_scene

_NAME = "before_payments"


@pytest.fixture
def before(server: EmbeddedServer) -> Iterator[Connection]:
    """A book as it was before payments, with two receipts under one reference of the bank."""
    create_database(server, _NAME)
    engine = create_engine(url_of(server, _NAME), poolclass=NullPool)
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0033")
    with superuser(server, _NAME) as writer:
        scene = build_scene(writer)
        with writer.transaction():
            paid = received.write_paid_invoice(writer, scene)
        with writer.transaction():
            document = add_document(writer, scene.licensee, 2)
            changes: dict[str, object] = {"accrual_month": NOVEMBER}
            wholes.write_invoice_of_document(writer, scene, document, 0, **changes)
        for invoice, amount in ((paid, received.TOTAL), (document, 1)):
            values: dict[str, object] = {
                "document_id": invoice,
                "licensee_id": scene.licensee,
                "received_on": NOVEMBER,
                "currency": "JPY",
                "amount_minor": amount,
                "bank_reference": "FURIKOMI",
                "recorded_at": NOW,
                "recorded_by": "keiri",
            }
            add(writer, "receipt", **values)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0034")
        yield writer
    with superuser(server, "postgres") as owner:
        owner.execute(f"DROP DATABASE {_NAME} WITH (FORCE)".encode())


def test_each_has_a_payment_and_pays_its_lines(before: Connection) -> None:
    found = before.execute(
        "SELECT m.channel, m.external_reference, m.amount_minor, r.amount_minor, r.bank_fee_minor"
        " FROM receipt r JOIN payment m USING (payment_id) ORDER BY r.receipt_id"
    ).fetchall()
    assert found == [("bank", "FURIKOMI #1", 12, 12, 0), ("bank", "FURIKOMI #2", 1, 1, 0)]
    parts = before.execute(
        "SELECT receipt_id, number, amount_minor, tax_minor FROM receipt_part"
    ).fetchall()
    assert parts == [(1, 1, 12, 0)]
    ((following,),) = before.execute(
        "SELECT nextval(pg_get_serial_sequence('payment', 'payment_id'))"
    ).fetchall()
    assert following == 3
