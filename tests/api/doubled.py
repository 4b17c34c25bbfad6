"""The stand-in for Stripe with a clock of its own, and the ``stripe`` package speaking to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from api.stripe_double.server import StripeDouble, stripe_double


@dataclass(kw_only=True)
class Watch:
    """A clock that stands still until it is moved."""

    instant: datetime = datetime(2026, 5, 8, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def pass_by(self, **span: int) -> None:
        """Move the clock on."""
        self.instant += timedelta(**span)


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Keeps what the stand-in posts, and answers as it is told."""

    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        self.received.append((body, headers))
        return self.answers.pop(0) if self.answers else 200


@contextmanager
def doubled(watch: Watch | None = None, **options: Any) -> Iterator[StripeDouble]:
    """Give a stand-in that listens."""
    with stripe_double(clock=watch or Watch(), **options) as double:
        yield double


def client_of(double: StripeDouble, key: str | None = None) -> stripe.StripeClient:
    """Return the package's own client, pointed at the stand-in, that repeats nothing by itself."""
    return stripe.StripeClient(
        key or double.api_key,
        base_addresses={"api": double.url},
        http_client=stripe.RequestsClient(timeout=5),
        max_network_retries=0,
    )


def new_intent(client: stripe.StripeClient, params: Any, **more: Any) -> Any:
    """Make a payment intent."""
    whole: Any = {**params, **more}
    return client.v1.payment_intents.create(whole)
