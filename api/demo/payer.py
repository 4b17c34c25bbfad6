"""
The firm of a demo that pays through Stripe: by transfer to its virtual account, at a stand-in.

What Stripe would tell goes over HTTP to the demo's own server, and is looked at by the same job as
ever; in the evening Stripe pays its balance to the house's bank. No real key is ever used here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.clock import Clock
from api.stripe_desk import StripeDesk, stripe_desk
from api.stripe_options import StripeOptions
from ledger.core.processor import Method
from ledger.services import requesting
from ledger.store.database import Database

if TYPE_CHECKING:
    from api.stripe_double.server import StripeDouble

_WEBHOOKS = "/v1/stripe/webhooks"


def demo_options(base_url: str = "") -> StripeOptions:
    """Return the keys of the stand-in, which are good nowhere else."""
    from api.stripe_double.server import API_KEY, WEBHOOK_SECRET

    return StripeOptions(key=API_KEY, webhook_secrets=(WEBHOOK_SECRET,), base_url=base_url)


@dataclass(frozen=True, kw_only=True)
class Payer:
    """A firm that pays what it is invoiced to its virtual account."""

    firm: str
    database: Database
    clock: Clock
    desk: StripeDesk
    double: "StripeDouble"

    def pay(self, invoice: str, *, asked_by: str) -> None:
        """Be asked for an invoice, pay it, and let Stripe tell of it and pay it out."""
        asked = requesting.ask_payment(
            self.database,
            invoice=invoice,
            method=Method.BANK_TRANSFER,
            is_live=False,
            owner_id=None,
            requested_by=asked_by,
            requested_at=self.clock(),
        )
        self.desk.carry_on()
        customer = self.double.state.newest("customer")[0]["id"]
        self.double.world.transfers(customer, asked.request.amount_minor)
        self.double.world.pays_out()
        self.double.hooks.deliver()
        self.desk.carry_on()


@contextmanager
def payer(database: Database, *, clock: Clock, base_url: str, firm: str) -> Iterator[Payer]:
    """Give a firm that pays through a stand-in, as long as the block lasts."""
    from api.stripe_double.hooks import post_to
    from api.stripe_double.server import stripe_double

    with stripe_double(clock=clock, post=post_to(f"{base_url}{_WEBHOOKS}")) as double:
        desk = stripe_desk(database, options=demo_options(double.url), clock=clock)
        yield Payer(firm=firm, database=database, clock=clock, desk=desk, double=double)
