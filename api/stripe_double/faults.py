"""What may go wrong between two machines, asked for in advance, one request at a time."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What happens to one request."""

    RATE_LIMITED = "rate_limited"  # 429, nothing was done
    IN_FLIGHT = "in_flight"  # 409, its idempotency key is being used
    ERROR_BEFORE = "error_before"  # 500, nothing was done
    ERROR_AFTER = "error_after"  # 503, and it was carried out
    NO_ANSWER_BEFORE = "no_answer_before"  # the connection ends, nothing was done
    NO_ANSWER_AFTER = "no_answer_after"  # the connection ends, and it was carried out
    SLOW = "slow"  # it is carried out, and answered too late


@dataclass(kw_only=True)
class Faults:
    """The faults of the next requests that write, in order; None is a request that goes well."""

    coming: deque[Fault | None] = field(default_factory=deque)
    slow_seconds: int = 2

    def add(self, *faults: Fault | None) -> None:
        """Let the next requests go wrong."""
        self.coming.extend(faults)

    def next(self) -> Fault | None:
        """Return what happens to a request that has just come."""
        return self.coming.popleft() if self.coming else None
