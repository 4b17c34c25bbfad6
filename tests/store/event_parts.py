"""The counts of events alike that are part of a batch, as tests of the guards write them."""

from typing import Any

from psycopg import Connection

from tests.store.scene import OCTOBER, Scene, add


def write_batch_event_total(
    connection: Connection, scene: Scene, number: int, **changes: Any
) -> None:
    """Write how often a batch has the one kind of event that is counted one by one."""
    values: dict[str, object] = {
        "position": 0,
        "accrual_month": OCTOBER,
        "judgement_id": scene.judgement,
        "quantity": 1,
        "net_revenue": 0,
        "generation_count": 1,
    }
    key = {"licensee_id": scene.licensee, "batch_number": number}
    add(connection, "batch_event_total", **key | values | changes)
