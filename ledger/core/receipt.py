"""What the reporter of a generation is told: its status, its reasons, its receipt."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from ledger.core.acceptance import Decision


class Status(StrEnum):
    """What the reporter is told about one event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    HELD = "held"
    REFUSED = "refused"
    CONFLICT = "conflict"
    INVALID = "invalid"


#: The status of a generation that was written, by what was decided about it.
STATUS_OF = {
    Decision.ACCEPTED: Status.ACCEPTED,
    Decision.WIND_DOWN: Status.ACCEPTED,
    Decision.HELD: Status.HELD,
    Decision.REFUSED: Status.REFUSED,
}

#: Nothing of such an event is in the book that was not there before.
NOT_TAKEN = frozenset({Status.CONFLICT, Status.INVALID})


class Receipt(NamedTuple):
    """Where a generation is in the licensee's own gapless log; enough to prove it later."""

    batch_number: int
    position: int
    leaf_hash: bytes
    root: bytes
    head: bytes


class Result(NamedTuple):
    """What became of one event, in the order in which they were reported."""

    status: Status
    reasons: tuple[str, ...] = ()
    receipt: Receipt | None = None
    differing: tuple[str, ...] = ()
    problem: str | None = None
    #: Of an event that came when its month was closed: the month it is counted in.
    counted_month: date | None = None
