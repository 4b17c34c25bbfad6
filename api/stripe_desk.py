"""Everything that is done with Stripe for one book: what it told is looked at, then it is asked."""

from dataclasses import dataclass

from api.clock import Clock
from api.stripe_calls import Caller
from api.stripe_events import Inbox
from api.stripe_options import StripeOptions
from api.stripe_reconciler import Reconciler
from ledger.core.processor import Processor
from ledger.services import BOOK_ID
from ledger.store.database import Database


@dataclass(frozen=True, kw_only=True)
class StripeDesk:
    """Whoever deals with Stripe for a book."""

    caller: Caller
    inbox: Inbox
    reconciler: Reconciler

    def carry_on(self) -> int:
        """Do everything that is due; return how much that was. Once a day the book is compared."""
        is_time = self.reconciler.fetch_if_due()
        count = self.inbox.carry_on() + self.caller.carry_on()
        return count + self.reconciler.carry_on() if is_time else count


def stripe_desk(
    database: Database, *, options: StripeOptions, clock: Clock, book_id: int = BOOK_ID
) -> StripeDesk:
    """Return who deals with Stripe for a book, by the keys of an account there."""
    return desk_at(database, processor=options.gateway(), clock=clock, book_id=book_id)


def desk_at(
    database: Database, *, processor: Processor, clock: Clock, book_id: int = BOOK_ID
) -> StripeDesk:
    """Return who deals with a processor for a book."""
    return StripeDesk(
        caller=Caller(database=database, processor=processor, clock=clock, book_id=book_id),
        inbox=Inbox(database=database, processor=processor, clock=clock, book_id=book_id),
        reconciler=Reconciler(database=database, processor=processor, clock=clock, book_id=book_id),
    )
