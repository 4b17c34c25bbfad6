"""What of a line was translated, as the tests of the guards write it."""

from datetime import date

from tests.store import prepaid, wholes
from tests.store.scene import Connection, Scene, add


def write_settled_holder_and_use(connection: Connection, scene: Scene) -> int:
    """Write a use of an advance, and a settlement with the holder's part."""
    settlement = prepaid.write_settlement_and_use(connection, scene)
    wholes.write_holder_settlement(connection, scene, settlement)
    return settlement


def write_translation(
    connection: Connection, scene: Scene, settlement: int, **changes: object
) -> None:
    """Write that a dollar of the one use was translated."""
    values: dict[str, object] = {
        "settlement_id": settlement,
        "owner_id": scene.holder,
        "prepayment_use_id": 1,
        "is_own": False,
        "currency": "USD",
        "amount_minor": 100,
        "tax_minor": 0,
        "amount_yen": 150,
        "tax_yen": 0,
        "source": "ttm",
        "asked_on": date(2026, 11, 5),
        "rate_on": date(2026, 11, 5),
        "rate": "150",
    }
    add(connection, "translation", **(values | changes))
