"""What the stand-in knows: its objects, the movements of its balance, and the events it makes."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from api.stripe_double import shapes
from api.stripe_double.errors import no_such
from api.stripe_double.shapes import Object

API_VERSION = "2026-10-28.endive"

#: Parts of ten thousand that Stripe keeps, and the least it keeps, by payment method. Invented.
FEES = {"card": (360, 0), "customer_balance": (150, 0), "konbini": (360, 120)}
DISPUTE_FEE = 1_300
CONVERSION_BP = 200


@dataclass(kw_only=True)
class State:
    """One account at the stand-in."""

    clock: Callable[[], datetime]
    is_live: bool = False
    country: str = "JP"
    settles_in: tuple[str, ...] = ("jpy",)
    #: Whole units of what the account settles in first, for a thousand minor units of another.
    rates: dict[str, int] = field(default_factory=lambda: {"usd": 1_500, "kwd": 480})
    seed: str = ""
    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    cash: dict[str, int] = field(default_factory=dict)  # of customers, in yen
    on_event: Callable[[Object], None] = lambda _: None
    _count: int = 0

    def now(self) -> int:
        """Return the second it is."""
        return int(self.clock().timestamp())

    def new_id(self, prefix: str) -> str:
        """Return an id that no object has; the same in every run that does the same."""
        self._count += 1
        return f"{prefix}_{sha256(f'{self.seed} {self._count}'.encode()).hexdigest()[:24]}"

    def add(self, new: Object) -> Object:
        """Keep an object."""
        self.objects.setdefault(new["object"], {})[new["id"]] = new
        return new

    def find(self, kind: str, identity: str, *, param: str = "id") -> Object:
        """
        Return an object.

        :raises StripeError: there is none of that id.
        """
        found = self.objects.get(kind, {}).get(identity)
        if found is None:
            raise no_such(kind, identity, param=param)
        return found

    def anything(self, identity: str) -> Object | None:
        """Return the object of an id, of whatever kind it is."""
        found = (each[identity] for each in self.objects.values() if identity in each)
        return next(found, None)

    def newest(self, kind: str) -> list[Object]:
        """Return the objects of a kind, the newest first."""
        return list(self.objects.get(kind, {}).values())[::-1]

    def tell(self, kind: str, subject: Object, **previous: Any) -> Object:
        """Make an event about an object as it is now."""
        data: Object = {"object": copy.deepcopy(subject)}
        if previous:
            data["previous_attributes"] = previous
        made = shapes.make(
            "event",
            id=self.new_id("evt"),
            api_version=API_VERSION,
            created=self.now(),
            data=data,
            livemode=self.is_live,
            type=kind,
        )
        self.events.append(made)
        self.add(made)
        self.on_event(made)
        return made

    def move(
        self,
        *,
        amount: int,
        currency: str,
        kind: str,
        category: str,
        source: str | None,
        fee: int = 0,
    ) -> Object:
        """Move the balance by an amount, and by a fee; in another currency at today's rate."""
        settled = currency if currency in self.settles_in else self.settles_in[0]
        rate = None
        if settled != currency:
            per_thousand = self.rates[currency]
            rate = per_thousand / 1_000
            fee += abs(amount) * per_thousand * CONVERSION_BP // 10_000_000
            amount = (abs(amount) * per_thousand // 1_000) * (1 if amount > 0 else -1)
        return self.add(
            shapes.make(
                "balance_transaction",
                id=self.new_id("txn"),
                amount=amount,
                available_on=self.now() + 4 * 86_400,
                created=self.now(),
                currency=settled,
                exchange_rate=rate,
                fee=fee,
                fee_details=[shapes.fee_detail(amount=fee, currency=settled)] if fee else [],
                reporting_category=category,
                source=source,
                type=kind,
            )
        )

    def fee_of(self, method: str, amount: int, currency: str) -> int:
        """Return what Stripe keeps of a payment, in the currency that the account settles in."""
        bp, least = FEES[method]
        if currency not in self.settles_in:
            amount = amount * self.rates[currency] // 1_000
        return max(amount * bp // 10_000, least)

    def balances(self) -> dict[str, int]:
        """Return the balance in each currency."""
        totals = dict.fromkeys(self.settles_in, 0)
        for each in self.objects.get("balance_transaction", {}).values():
            totals[each["currency"]] = totals.get(each["currency"], 0) + each["net"]
        return totals
