"""How Stripe is reached: its keys, which no log and no trace ever shows."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    from api.stripe_gateway import StripeGateway


class StripeNotSetUp(Refusal):
    """Firms do not pay this house through Stripe: no key is set."""

    code = "stripe_not_set_up"


class StripeDidNotAnswer(Refusal):
    """Stripe was not reached, or refused to answer. Carries what it said."""

    code = "stripe_did_not_answer"


@dataclass(frozen=True, kw_only=True)
class StripeOptions:
    """The keys of one account at Stripe."""

    key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    base_url: str = ""

    @property
    def is_live(self) -> bool:
        """Tell whether the key moves real money."""
        return "_live_" in self.key

    def gateway(self) -> "StripeGateway":
        """Return the door to Stripe; its package is read here, by whoever needs it."""
        from api.stripe_gateway import StripeGateway

        return StripeGateway(key=self.key, base_url=self.base_url)
