"""What the database refuses of money received, whoever writes it."""

from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.store import received
from tests.store.scene import NOW, Connection, Scene, add, refused


@pytest.fixture
def invoice(writer: Connection, scene: Scene) -> int:
    """An invoice of one line that asks for 12."""
    with writer.transaction():
        return received.write_paid_invoice(writer, scene)


def pay(
    connection: Connection,
    scene: Scene,
    invoice: int,
    amount: int,
    *,
    paid: int | None = None,
    parts: int | None = None,
    **changes: object,
) -> None:
    """Write a payment, what it pays, and the part of the one line."""
    with connection.transaction():
        money = amount if paid is None else paid
        payment = received.write_payment(connection, scene, money, f"BANK {amount} {paid} {parts}")
        receipt = received.write_receipt(connection, scene, invoice, payment, amount, **changes)
        part = amount if parts is None else parts
        received.write_part(connection, scene, receipt, part)


def test_a_receipt_is_the_sum_of_its_parts(writer: Connection, scene: Scene, invoice: int) -> None:
    with refused("receipt_differs_from_parts"):
        pay(writer, scene, invoice, 5, parts=4)
    pay(writer, scene, invoice, 5)


def test_a_part_is_of_a_line_of_the_invoice(writer: Connection, scene: Scene, invoice: int) -> None:
    def under_another_number() -> None:
        with writer.transaction():
            payment = received.write_payment(writer, scene, 5)
            receipt = received.write_receipt(writer, scene, invoice, payment, 5)
            received.write_part(writer, scene, receipt, 5, number=2)

    with refused("receipt_differs_from_parts"):
        under_another_number()


def test_an_invoice_is_not_paid_beyond_what_it_asks_for(
    writer: Connection, scene: Scene, invoice: int
) -> None:
    pay(writer, scene, invoice, 5)
    with refused("receipt_beyond_invoice"):
        pay(writer, scene, invoice, 8)
    pay(writer, scene, invoice, 7)


def test_a_receipt_is_no_more_than_its_payment(
    writer: Connection, scene: Scene, invoice: int
) -> None:
    with refused("receipt_beyond_payment"):
        pay(writer, scene, invoice, 12, paid=11)
    pay(writer, scene, invoice, 12, paid=11, bank_fee_minor=1)


def test_a_part_that_comes_after_its_receipt_is_refused(
    writer: Connection, scene: Scene, invoice: int
) -> None:
    pay(writer, scene, invoice, 12)
    (receipt,) = writer.execute("SELECT receipt_id FROM receipt").fetchone() or (0,)
    with refused("late_part"):
        received.write_part(writer, scene, receipt, 0, number=2)


def test_no_more_is_used_than_a_firm_has_over(
    writer: Connection, scene: Scene, invoice: int
) -> None:
    def use(amount: int) -> None:
        with writer.transaction():
            receipt = received.write_receipt(writer, scene, invoice, None, amount)
            received.write_part(writer, scene, receipt, amount)

    pay(writer, scene, invoice, 5, paid=8)
    with refused("credit_overdrawn"):
        use(4)
    use(2)
    returned = {"licensee_id": scene.licensee, "book_id": 1, "currency": "JPY"}
    told: dict[str, Any] = {"recorded_at": NOW, "recorded_by": "me"}
    with refused("credit_overdrawn"):
        add(writer, "credit_return", amount_minor=2, **returned, **told)
    add(writer, "credit_return", amount_minor=1, **returned, **told)


@pytest.mark.parametrize(
    "changes",
    [
        {"bank_fee_minor": -1},
        {"bank_fee_minor": 12},  # All of it: then nothing came.
        {"payment_id": None, "bank_fee_minor": 1},  # What is over is in no bank's hands.
        {"amount_minor": 0},
    ],
)
def test_a_receipt_that_cannot_be_is_refused(
    writer: Connection, scene: Scene, invoice: int, changes: dict[str, Any]
) -> None:
    payment = received.write_payment(writer, scene)
    with pytest.raises(errors.CheckViolation):
        received.write_receipt(writer, scene, invoice, payment, **changes)


def test_the_same_money_is_written_once(writer: Connection, scene: Scene, invoice: int) -> None:
    received.write_payment(writer, scene)
    with pytest.raises(psycopg.errors.UniqueViolation):
        received.write_payment(writer, scene, 5)
