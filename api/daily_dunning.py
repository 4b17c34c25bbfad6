"""
The day's dunning, as the worker does it: reminders are written once a day, in office hours.

Whether a letter was written is the book's to know, so that it does not matter how many workers
ask, or how often one begins anew.
"""

import logging
from dataclasses import dataclass, field
from datetime import date, time

from api.clock import Clock
from ledger.core.dunning import DunningTerms
from ledger.core.period import TOKYO
from ledger.services import dunning
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
        """Write what is due today, unless this was done; return how many letters those are."""
        now = self.clock()
        here = now.astimezone(TOKYO)
        if here.time() < FROM or self._done_on == here.date():
            return 0
        written = dunning.write_reminders(
            self.database, usual=self.usual, on=here.date(), written_by=NAME, written_at=now
        )
        self._done_on = here.date()
        for each in written:
            if not each.to:
                _log.warning("%s cannot be reminded: it has no address", each.licensee)
        return sum(1 for each in written if each.reference)
