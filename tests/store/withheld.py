"""Advances to payees, and what became of them, in raw rows: wholes and their parts."""

from tests.store.payments import add_settlement
from tests.store.scene import NOVEMBER, NOW, Connection, Scene, add


def write_advance_and_settlement(connection: Connection, scene: Scene) -> int:
    """Write an advance of 100 to the rights holder, and a settlement that may pay it."""
    add(
        connection,
        "payee_advance",
        book_id=1,
        owner_id=scene.holder,
        reference="ADV-1",
        amount_minor=100,
        pay_from=NOVEMBER,
        reason="",
        recorded_at=NOW,
        recorded_by="me",
    )
    return add_settlement(connection)


def write_advance_payment(connection: Connection, scene: Scene, settlement: int) -> None:
    """Write that a settlement pays the one advance."""
    keys = {"payee_advance_id": 1, "owner_id": scene.holder}
    add(connection, "payee_advance_payment", settlement_id=settlement, **keys)


def write_paid_advance(connection: Connection, scene: Scene) -> int:
    """Write an advance and the settlement that pays it; return that."""
    settlement = write_advance_and_settlement(connection, scene)
    write_advance_payment(connection, scene, settlement)
    return settlement


def write_advance_use(
    connection: Connection, scene: Scene, settlement: int, amount: int = 100
) -> None:
    """Write what a settlement sets off against the one advance."""
    keys = {"settlement_id": settlement, "payee_advance_id": 1, "owner_id": scene.holder}
    add(connection, "payee_advance_use", amount_minor=amount, **keys)


def write_advance_withdrawal(connection: Connection, scene: Scene) -> None:
    """Write that the one advance will not be paid."""
    add(
        connection,
        "payee_advance_withdrawal",
        payee_advance_id=1,
        owner_id=scene.holder,
        withdrawn_at=NOW,
        withdrawn_by="me",
        reason="Typed twice.",
    )
