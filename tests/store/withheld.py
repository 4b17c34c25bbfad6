"""Advances to payees and reserves, and what became of them, in raw rows."""

from tests.store import wholes
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


def write_reserve(
    connection: Connection, scene: Scene, settlement: int, amount: int = 100, tax: int = 10
) -> None:
    """Write what a settlement holds back of the holder's money."""
    keys = {"settlement_id": settlement, "owner_id": scene.holder}
    values = {"release_month": NOVEMBER, "amount_minor": amount, "tax_minor": tax}
    add(connection, "reserve", **keys, **values)


def write_settled_reserve(connection: Connection, scene: Scene) -> int:
    """Write a holder's settlement with its reserve, and a claim that waits; return that."""
    settlement = wholes.write_settled_holder(connection, scene)
    write_reserve(connection, scene, settlement)
    add(
        connection,
        "reserve_claim",
        book_id=1,
        owner_id=scene.holder,
        licensee_id=scene.licensee,
        reference="CB-1",
        kind="refund",
        amount_minor=40,
        tax_minor=4,
        claimed_on=NOVEMBER,
        reason="A fault.",
        recorded_at=NOW,
        recorded_by="me",
    )
    return settlement


def write_settled_claim(connection: Connection, scene: Scene, settlement: int) -> None:
    """Write that a settlement looked at the one claim."""
    keys = {"settlement_id": settlement, "owner_id": scene.holder}
    add(connection, "settled_reserve_claim", reserve_claim_id=1, **keys)


def write_reserve_use(
    connection: Connection, scene: Scene, settlement: int, **changes: object
) -> None:
    """Write that the one reserve is released."""
    values: dict[str, object] = {
        "position": 0,
        "held_in": settlement,
        "kind": "reserve_released",
        "amount_minor": 100,
        "tax_minor": 10,
    }
    keys = {"settlement_id": settlement, "owner_id": scene.holder}
    add(connection, "reserve_use", **keys, **values | changes)
