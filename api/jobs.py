"""
The worker: takes what is due from the queues of webhooks and letters, does it, tells the book,
and waits for more.

Beside the queue it carries out the closings of months that were asked for, or were left behind,
looks at what Stripe told, and asks it for what the book has queued. Once a day it compares the
whole book, and reminds firms of what they owe.

Any number of workers may run. One that is stopped finishes what it has begun; one that is killed
leaves its work to be taken again when the lease ends. A database that goes away is waited for.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

from api.clock import Clock
from api.comparer import Comparer
from api.daily_dunning import DailyDunning
from api.mailing import Postman
from api.month_runs import Desk, House
from api.stripe_desk import StripeDesk
from api.webhooks import Sender
from ledger.services import delivering, repeating
from ledger.services.delivering import Claimed
from ledger.store.database import Database, DatabaseBusy, DatabaseUnavailable

#: How long a worker sleeps when nothing is due, or the database does not answer.
IDLE_SECONDS = 1

#: How often what was kept for thirty days is removed, and the day's comparison looked for.
TIDIED_EVERY = timedelta(hours=1)

_log = logging.getLogger("genbo.work")


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One worker on one book."""

    database: Database
    sender: Sender
    clock: Clock
    house: House = field(default_factory=House)
    postman: Postman | None = None  # None where no mail server is set
    stripe: StripeDesk | None = None  # None where firms do not pay through Stripe
    comparer: Comparer | None = None  # None where nobody asks for the daily comparison
    dunning: DailyDunning | None = None  # None in tests of something else

    def drain(self) -> int:
        """Do everything that is due by now; return how much that was, but for the comparison."""
        repeating.forget(self.database, at=self.clock())
        count = self._carry_on_months()
        while claimed := delivering.claim_due(self.database, at=self.clock()):
            asyncio.run(self._make(claimed))
            count += len(claimed)
        count += self._remind() + self._send_letters() + self._speak_to_stripe()
        self._compare_book()
        return count

    def run(self, stop: Event) -> None:
        """Make attempts as they fall due, and closings, until told to stop."""
        tidied_at = None
        while not stop.is_set():
            try:
                now = self.clock()
                made = self._make_some() + self._carry_on_months() + self._remind()
                made += self._send_letters() + self._speak_to_stripe()
                if tidied_at is None or now - tidied_at >= TIDIED_EVERY:
                    tidied_at = now
                    repeating.forget(self.database, at=now)
                    made += self._compare_book()
            except (DatabaseUnavailable, DatabaseBusy) as refusal:
                _log.warning("waiting for the database: %s", refusal)
                made = 0
            if not made:
                stop.wait(IDLE_SECONDS)

    def _carry_on_months(self) -> int:
        return Desk(database=self.database, clock=self.clock, house=self.house).carry_on()

    def _make_some(self) -> int:
        claimed = delivering.claim_due(self.database, at=self.clock())
        if claimed:
            asyncio.run(self._make(claimed))
        return len(claimed)

    def _send_letters(self) -> int:
        return 0 if self.postman is None else self.postman.send_due()

    def _remind(self) -> int:
        return 0 if self.dunning is None else self.dunning.carry_on()

    def _speak_to_stripe(self) -> int:
        return 0 if self.stripe is None else self.stripe.carry_on()

    def _compare_book(self) -> int:
        return 0 if self.comparer is None else self.comparer.carry_on()

    async def _make(self, claimed: Sequence[Claimed]) -> None:
        """Make attempts side by side; each is recorded as it ends, and none stops another."""
        await asyncio.gather(*(self._make_one(each) for each in claimed))

    async def _make_one(self, claimed: Claimed) -> None:
        delivery = claimed.delivery
        try:
            answer = await self.sender.send(delivery, claimed.signed_by)
            following = await asyncio.to_thread(
                delivering.record_attempt, self.database, delivery=delivery, answer=answer
            )
        except Exception:  # Ours to mend. The others go on, and this one's lease brings it back.
            _log.exception("%s attempt %d failed", delivery.message_id, delivery.number)
        else:
            _log.info("%s attempt %d: %s", delivery.message_id, delivery.number, following.outcome)
