"""Invoices that firms pay through the stand-in for Stripe, and the jobs that speak to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.stripe_calls import Caller
from api.stripe_double.server import StripeDouble
from api.stripe_gateway import StripeGateway
from ledger.services import requesting
from ledger.services.requesting import Stand
from ledger.store.database import Database
from tests.api.doubled import Watch, doubled
from tests.services import money

#: Invoices are issued on 5 November; this is the day after.
ISSUED = datetime(2026, 11, 6, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class Scene:
    """A book with one invoice, the stand-in, and whoever speaks to it."""

    database: Database
    double: StripeDouble
    watch: Watch
    invoice: str
    caller: Caller

    def ask(self, method: str, **changes: Any) -> Stand:
        """Ask for the invoice in one way; Stripe is not asked yet."""
        asked: dict[str, Any] = {
            "invoice": self.invoice,
            "method": method,
            "is_live": False,
            "owner_id": None,
            "requested_by": "keiri",
            "requested_at": self.watch(),
        }
        return requesting.ask_payment(self.database, **(asked | changes))

    def stands(self) -> list[Stand]:
        """Return the requests, the oldest first."""
        found = requesting.list_requests(self.database, owner_id=None, at=self.watch())
        return list(found)[::-1]


@contextmanager
def scene(database: Database, amount_minor: int = 100_000, **options: Any) -> Iterator[Scene]:
    """Give a book with an invoice of an amount and its tax of 10 %, and a stand-in."""
    watch = Watch(instant=ISSUED)
    money.house(database)
    money.sell(database, amount_minor)
    (invoice,) = money.bill(database)
    with doubled(watch, **options) as double:
        gateway = StripeGateway(key=double.api_key, base_url=double.url, timeout_seconds=1)
        yield Scene(
            database=database,
            double=double,
            watch=watch,
            invoice=invoice,
            caller=Caller(database=database, processor=gateway, clock=watch),
        )
