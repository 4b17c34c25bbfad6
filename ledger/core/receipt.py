"""What the reporter of a generation is told: its status, its reasons, its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, overload

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


class Outcome(NamedTuple):
    """What was decided about an event that was written, and why."""

    status: Status
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Written(Sequence[Result]):
    """
    The results of events that were written as one batch, in order of position.

    Kept by column, because they differ in their leaf and in little else.
    """

    batch_number: int
    root: bytes
    head: bytes
    outcomes: Sequence[Outcome]
    leaf_hashes: Sequence[bytes]
    counted_month: date | None = None

    @cached_property
    def rows(self) -> Sequence[Result]:
        """The results one by one."""
        number, root, head, month = self.batch_number, self.root, self.head, self.counted_month
        return [
            Result(
                status, reasons, Receipt(number, position, leaf, root, head), counted_month=month
            )
            for position, ((status, reasons), leaf) in enumerate(
                zip(self.outcomes, self.leaf_hashes, strict=True)
            )
        ]

    def __len__(self) -> int:
        return len(self.outcomes)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Result]: ...
    def __getitem__(self, index: int | slice) -> Result | Sequence[Result]:
        return self.rows[index]
