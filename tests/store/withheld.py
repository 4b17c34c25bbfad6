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


def write_claim(connection: Connection, scene: Scene) -> int:
    """Write a claim to the one subject, without a version."""
    values = {"reference": "CLM-1", "use_right": "all", "territory": "WORLD"}
    keys = {"book_id": 1, "owner_id": scene.holder, "subject_id": scene.subject}
    return int(add(connection, "claim", **keys, **values))


def write_claim_version(
    connection: Connection, scene: Scene, claim: int, **changes: object
) -> None:
    """Write the first version of a claim."""
    values: dict[str, object] = {
        "version": 1,
        "share_bp": 5_000,
        "starts_on": NOVEMBER,
        "state": "asserted",
        "reason": "",
        "recorded_at": NOW,
        "recorded_by": "me",
    }
    add(connection, "claim_version", claim_id=claim, owner_id=scene.holder, **values | changes)


def write_suspense(connection: Connection, scene: Scene, settlement: int) -> None:
    """Write that a settlement lets 20 of 100 wait, and 2 of 10 of tax."""
    values: dict[str, object] = {
        "subject_id": scene.subject,
        "reference": "SUS-1",
        "territories": ["JP"],
        "first_day": NOVEMBER,
        "last_day": NOVEMBER,
        "amount_minor": 100,
        "tax_minor": 10,
        "suspended_minor": 20,
        "suspended_tax_minor": 2,
        "suspense_bp": 2_000,
        "parts": "[]",
    }
    add(connection, "suspense", settlement_id=settlement, owner_id=scene.holder, **values)


def write_settled_suspense(connection: Connection, scene: Scene) -> int:
    """Write a holder's settlement with what waits of it; return that."""
    settlement = wholes.write_settled_holder(connection, scene)
    write_suspense(connection, scene, settlement)
    return settlement


def write_suspense_release(
    connection: Connection, scene: Scene, settlement: int, **changes: object
) -> None:
    """Write that all that waits is released."""
    values: dict[str, object] = {
        "released_minor": 20,
        "released_tax_minor": 2,
        "left_bp": 0,
        "parts": "[]",
    }
    keys = {"settlement_id": settlement, "suspense_id": 1, "owner_id": scene.holder}
    add(connection, "suspense_release", **keys, **values | changes)


def write_answer(connection: Connection, scene: Scene, document: int, **changes: object) -> None:
    """Write that the holder disputes the first section of its statement."""
    values: dict[str, object] = {
        "line": "1",
        "version": 1,
        "state": "disputed",
        "reason": "Not our work",
        "recorded_at": NOW,
        "recorded_by": "me",
    }
    keys = {"document_id": document, "owner_id": scene.holder}
    add(connection, "statement_answer", **keys, **values | changes)
