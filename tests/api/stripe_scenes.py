"""Invoices that firms pay through the stand-in for Stripe, and the jobs that speak to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from httpx import Client

from api.app import create_app
from api.context import Context
from api.demo.hosting import listening as listening_at
from api.stripe_calls import Caller
from api.stripe_desk import StripeDesk, desk_at
from api.stripe_double.hooks import Post
from api.stripe_double.server import API_KEY, WEBHOOK_SECRET, StripeDouble
from api.stripe_events import Inbox
from api.stripe_gateway import StripeGateway
from api.stripe_options import StripeOptions
from api.stripe_reconciler import Reconciler
from ledger.services import listening, requesting
from ledger.services.requesting import Stand
from ledger.store import entries
from ledger.store.database import Database
from tests.api.doubled import Watch, doubled
from tests.services import money

PATH = "/v1/stripe/webhooks"

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
    inbox: Inbox
    reconciler: Reconciler
    desk: StripeDesk
    client: Client

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

    def open(self, method: str) -> Stand:
        """Ask for the invoice in one way, and let Stripe make what it is paid by."""
        reference = self.ask(method).request.reference
        self.caller.carry_on()
        return next(each for each in self.stands() if each.request.reference == reference)

    def pay(self, method: str) -> str:
        """Let the firm pay the invoice in one way, without telling anybody; return the intent."""
        stand = self.open(method)
        world = self.double.world
        if method == "card":
            return str(world.pays_link(stand.url or "")["id"])
        if method == "konbini":
            answer = stand.request.answer or {}
            return str(world.pays_at_counter(answer["processor_id"])["id"])
        customer = self.double.state.newest("customer")[0]["id"]
        (paid,) = world.transfers(customer, stand.request.amount_minor)
        return str(paid["id"])

    def hear(self, *, times: int = 1) -> None:
        """Let Stripe tell what it has to tell, and look at it."""
        self.double.hooks.deliver(times=times)
        self.inbox.carry_on()

    def outcomes(self) -> dict[str, tuple[str | None, str]]:
        """Return what became of the last event of each type."""
        found = listening.list_events(self.database, limit=1_000)
        return {each.type: (each.outcome, each.reason or "") for each in reversed(found)}

    def balances(self) -> dict[str, int]:
        """Return the accounts that are not at zero: debits less credits."""
        with self.database.transaction() as session:
            lines = entries.trial_balance(session, book_id=1)
        return {
            f"{line.code} {line.asset}": line.debit_minor - line.credit_minor
            for line in lines
            if line.debit_minor != line.credit_minor
        }

    def stripe_says(self) -> dict[str, int]:
        """Return the balances that Stripe says it holds."""
        return self.double.state.balances()

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
    stripe = StripeOptions(key=API_KEY, webhook_secrets=("whsec_of_old", WEBHOOK_SECRET))
    app = create_app(Context(database, clock=watch, stripe=stripe))
    with (
        listening_at(app) as base_url,
        Client(base_url=base_url) as client,
        doubled(watch, post=_post(client), **options) as double,
    ):
        gateway = StripeGateway(key=double.api_key, base_url=double.url, timeout_seconds=1)
        desk = desk_at(database, processor=gateway, clock=watch)
        yield Scene(
            database=database,
            double=double,
            watch=watch,
            invoice=invoice,
            caller=desk.caller,
            inbox=desk.inbox,
            reconciler=desk.reconciler,
            desk=desk,
            client=client,
        )


def _post(client: Client) -> Post:
    def post(body: bytes, headers: dict[str, str]) -> int:
        return client.post(PATH, content=body, headers=headers).status_code

    return post
