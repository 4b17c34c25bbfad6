"""
What ends at an instant, and the days after it in which use still earns (売り切り期間).

The same rule holds for a license, a grant, an offer that is suspended or withdrawn, and a
consent: up to the end it runs, for so many whole days it winds down, and then it is over.
"""

from datetime import datetime, timedelta
from enum import StrEnum


class Phase(StrEnum):
    """Where something that ends stands at an instant."""

    RUNNING = "running"
    WINDING_DOWN = "winding_down"
    OVER = "over"


def over_at(ends_at: datetime, *, days: int) -> datetime:
    """Return the first instant after the wind-down."""
    return ends_at + timedelta(days=days)


def phase(at: datetime, *, ends_at: datetime | None, days: int) -> Phase:
    """Tell where something stands that ends at an instant, or never, and winds down for days."""
    if ends_at is None or at < ends_at:
        return Phase.RUNNING
    return Phase.WINDING_DOWN if at < over_at(ends_at, days=days) else Phase.OVER
