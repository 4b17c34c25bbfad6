"""
A license that is suspended because its firm does not pay: from when, until when, what that means.

It takes effect at an instant. Use winds down for as long as the contract says of any end, and is
refused after that; when the suspension is lifted everything is as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.core.reason import Reason
from ledger.core.wind_down import Phase, over_at, phase


@dataclass(frozen=True, kw_only=True)
class Suspension:
    """From when to when a license is suspended; ``lifted_at`` None is until now."""

    suspended_at: datetime
    lifted_at: datetime | None = None

    def boundaries(self, days: int) -> set[datetime]:
        """Return when a judgement may change, for a license that winds down for so many days."""
        found = {self.suspended_at, over_at(self.suspended_at, days=days)}
        return found if self.lifted_at is None else found | {self.lifted_at}

    def holds_at(self, at: datetime) -> bool:
        """Tell whether the license is suspended at an instant."""
        return self.suspended_at <= at and (self.lifted_at is None or at < self.lifted_at)


def reasons_of(suspensions: Sequence[Suspension], at: datetime, *, days: int) -> list[Reason]:
    """Return why use at an instant is not simply accepted; nothing where no suspension holds."""
    for each in suspensions:
        if each.holds_at(at):
            if phase(at, ends_at=each.suspended_at, days=days) is Phase.WINDING_DOWN:
                return [Reason.LICENSE_WINDING_DOWN]
            return [Reason.LICENSE_SUSPENDED_FOR_NON_PAYMENT]
    return []
