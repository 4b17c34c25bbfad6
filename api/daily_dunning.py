"""
The day's dunning, as the worker does it: reminders and suspensions once a day, in office hours.

A license whose invoice was paid is in force again within a second. Whether a letter was written
is the book's to know, so that it does not matter how many workers ask, or how often one begins
anew.
"""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, time

from api.clock import Clock
from ledger.core.dunning import DunningTerms
from ledger.core.period import TOKYO
from ledger.services import dunning, suspending
from ledger.store.database import Database

#: Nobody is reminded before the day begins.
FROM = time(9)

#: Who the rows say has written.
NAME = "genbo"

_log = logging.getLogger("genbo.work")


@dataclass
class DailyDunning:
    """Writes the reminders of each day once, for one book."""

    database: Database
    clock: Clock
    usual: DunningTerms
    _done_on: date | None = field(default=None, repr=False)

    def carry_on(self) -> int:
        """Lift what was paid for; write what is due today, unless that was done. Count both."""
        now = self.clock()
        lifted = suspending.lift_paid(
            self.database, usual=self.usual, lifted_by=NAME, lifted_at=now
        )
        return len(lifted) + self._begin_day(now)

    def _begin_day(self, now: datetime) -> int:
        here = now.astimezone(TOKYO)
        if here.time() < FROM or self._done_on == here.date():
            return 0
        written = dunning.write_reminders(
            self.database, usual=self.usual, on=here.date(), written_by=NAME, written_at=now
        )
        suspended = suspending.suspend_unpaid(
            self.database, usual=self.usual, suspended_by=NAME, suspended_at=now
        )
        self._done_on = here.date()
        for each in written:
            if not each.to:
                _log.warning("%s cannot be reminded: it has no address", each.licensee)
        for license_ in suspended:
            _log.warning("license %s is suspended for non-payment", license_)
        return len(suspended) + sum(1 for each in written if each.reference)
