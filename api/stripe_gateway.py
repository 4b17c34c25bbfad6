"""
The one door to Stripe: what the ledger asks, in Stripe's words, and its answers in the ledger's.

Every request that writes carries an idempotency key that follows from our own rows. Nothing is
repeated here: a request that failed is told as :class:`ProcessorAway` (nobody knows what it did,
it may be asked again with the same key) or :class:`ProcessorRefused`, and the job asks again.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import stripe

from api.stripe_shapes import instant, intent_asked, link_asked, movement_of, opened_by
from ledger.core.money import Money
from ledger.core.processor import (
    REFERENCE,
    About,
    AccountTakesNoTransfers,
    AskedPayment,
    Method,
    Movement,
    OpenedPayment,
    Payer,
    ProcessorAway,
    ProcessorRefused,
    ToldEvent,
    TransferAbroad,
)

#: The country of a platform that may pay accounts in Japan only.
_HOME = "JP"

_PAGE = 100

_Answer = TypeVar("_Answer")

# The package tells of requests and answers, and an answer may show who pays.
logging.getLogger("stripe").setLevel(logging.WARNING)


class SignatureWrong(Exception):
    """A webhook was not signed with our secret, or is no webhook at all."""


@dataclass(frozen=True, kw_only=True)
class StripeEvent:
    """An event of Stripe's, as far as everything else follows from it."""

    id: str
    type: str
    is_live: bool
    created_at: datetime
    signed_at: datetime


class StripeGateway:
    """Stripe, for one secret key."""

    def __init__(self, *, key: str, base_url: str = "", timeout_seconds: int = 20) -> None:
        self.is_live = "_live_" in key
        self._key = key
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": base_url} if base_url else {},
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
            max_network_retries=0,
        ).v1

    def new_customer(self, payer: Payer, *, key: str) -> str:
        """Make a customer of a firm; return its id."""
        made = self._ask(
            lambda: self._client.customers.create(
                {
                    "name": payer.name,
                    "preferred_locales": [payer.language],
                    "metadata": {REFERENCE: payer.reference},
                },
                {"idempotency_key": key},
            )
        )
        return made.id

    def open_payment(
        self, asked: AskedPayment, *, customer: str, key: str, look_first: bool
    ) -> OpenedPayment:
        """Make what a firm pays by: a page for cards, an intent for everything else."""
        if asked.method is Method.CARD:
            return self._open_link(asked, key=key, look_first=look_first)
        found = self._find_intent(asked, customer) if look_first else None
        intent = found or self._ask(
            lambda: self._client.payment_intents.create(
                intent_asked(asked, customer), {"idempotency_key": key}
            )
        )
        return opened_by(intent)

    def withdraw_payment(self, processor_id: str, *, key: str) -> None:
        """Let nobody pay by a link or an intent any more; what was paid stays paid."""
        options: Any = {"idempotency_key": key}
        if processor_id.startswith("plink_"):
            self._ask(
                lambda: self._client.payment_links.update(processor_id, {"active": False}, options)
            )
            return
        intent = self._ask(lambda: self._client.payment_intents.retrieve(processor_id))
        if intent.status not in ("succeeded", "canceled"):
            self._ask(lambda: self._client.payment_intents.cancel(processor_id, {}, options))

    def refund(
        self, *, reference: str, payment: str, amount_minor: int, key: str, look_first: bool
    ) -> str:
        """Pay back a part of a payment; return the refund's id."""
        of: Any = {("payment_intent" if payment.startswith("pi_") else "charge"): payment}
        if look_first:
            wanted: Any = {**of, "limit": _PAGE}
            listed = self._ask(lambda: self._client.refunds.list(wanted))
            found = self._ours(listed, reference)
            if found is not None:
                return str(found.id)
        asked: Any = {**of, "amount": amount_minor, "metadata": {REFERENCE: reference}}
        made = self._ask(lambda: self._client.refunds.create(asked, {"idempotency_key": key}))
        return made.id

    def transfer(
        self, *, reference: str, amount: Money, destination: str, key: str, look_first: bool
    ) -> str:
        """
        Pay a connected account; return the transfer's id.

        :raises TransferAbroad, AccountTakesNoTransfers: see :meth:`check_account`.
        """
        self.check_account(destination)
        if look_first:
            listed = self._ask(
                lambda: self._client.transfers.list({"transfer_group": reference, "limit": _PAGE})
            )
            found = self._ours(listed, reference)
            if found is not None:
                return str(found.id)
        made = self._ask(
            lambda: self._client.transfers.create(
                {
                    "amount": amount.minor,
                    "currency": amount.currency.lower(),
                    "destination": destination,
                    "transfer_group": reference,
                    "metadata": {REFERENCE: reference},
                },
                {"idempotency_key": key},
            )
        )
        return made.id

    def check_account(self, destination: str) -> None:
        """
        Make sure that a connected account can be paid.

        :raises TransferAbroad: it is not in Japan, where alone Stripe lets us pay.
        :raises AccountTakesNoTransfers: its holder has not done all that Stripe asks for.
        """
        account: Any = self._ask(lambda: self._client.accounts.retrieve(destination))
        if account.country != _HOME:
            raise TransferAbroad(destination=destination, country=account.country)
        capabilities = account.capabilities
        if capabilities is None or capabilities.to_dict().get("transfers") != "active":
            raise AccountTakesNoTransfers(destination=destination)

    def available(self) -> Mapping[str, int]:
        """Return what may be transferred now, by currency."""
        held: Any = self._ask(lambda: self._client.balance.retrieve())
        return {fund.currency.upper(): fund.amount for fund in held.available}

    def movements(self, *, since: datetime | None = None) -> Iterable[Movement]:
        """Return the movements of the balance, the newest first."""
        params: Any = {"limit": _PAGE, "expand": ["data.source"]}
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        return self._movements(params)

    def balances(self) -> Mapping[str, int]:
        """Return what Stripe holds, by currency, what is still on its way included."""
        held: Any = self._ask(lambda: self._client.balance.retrieve())
        totals: dict[str, int] = {}
        for fund in (*held.available, *held.pending):
            currency = fund.currency.upper()
            totals[currency] = totals.get(currency, 0) + fund.amount
        return totals

    def events(self, *, types: Sequence[str], since: datetime) -> Iterable[ToldEvent]:
        """Return the events of some types since an instant, the newest first."""
        created: Any = {"gte": int(since.timestamp())}
        params: Any = {"types": list(types), "created": created, "limit": _PAGE}
        listed = self._ask(lambda: self._client.events.list(params))
        pages = listed.auto_paging_iter()
        while (each := self._ask(lambda: next(pages, None))) is not None:
            yield ToldEvent(
                reference=each.id,
                type=each.type,
                is_live=each.livemode,
                created_at=instant(each.created),
                body=each.to_dict(),
            )

    def movements_about(self, about: About, identity: str) -> Iterable[Movement]:
        """Return the movements so far that follow from a payment, a dispute or a payout."""
        found: list[tuple[Any, Any]] = []
        moved: Any = {"expand": ["balance_transaction"]}
        match about:
            case About.CHARGE:
                charge = self._ask(lambda: self._client.charges.retrieve(identity, moved))
                found = [(charge.balance_transaction, charge)]
            case About.REFUNDS:
                found = list(self._refunds(identity))
            case About.DISPUTE:
                dispute = self._ask(lambda: self._client.disputes.retrieve(identity))
                found = [(each, dispute) for each in dispute.balance_transactions]
            case About.PAYOUT:
                moved["expand"].append("failure_balance_transaction")
                payout = self._ask(lambda: self._client.payouts.retrieve(identity, moved))
                found = [(payout.balance_transaction, payout)]
                found.append((payout.failure_balance_transaction, payout))
            case About.TRANSFER:
                found = list(self._transferred(identity, moved))
        return [movement_of(each, source) for each, source in found if each is not None]

    def _transferred(self, identity: str, moved: Any) -> Iterator[tuple[Any, Any]]:
        """Yield what a transfer moved, and each time that some of it came back."""
        transfer: Any = self._ask(lambda: self._client.transfers.retrieve(identity, moved))
        yield transfer.balance_transaction, transfer
        params: Any = {"limit": _PAGE, "expand": ["data.balance_transaction"]}
        listed = self._ask(lambda: self._client.transfers.reversals.list(identity, params))
        pages = listed.auto_paging_iter()
        while (each := self._ask(lambda: next(pages, None))) is not None:
            yield each.balance_transaction, each

    def _refunds(self, charge: str) -> Iterator[tuple[Any, Any]]:
        params: Any = {"charge": charge, "limit": _PAGE, "expand": ["data.balance_transaction"]}
        listed = self._ask(lambda: self._client.refunds.list(params))
        pages = listed.auto_paging_iter()
        while (each := self._ask(lambda: next(pages, None))) is not None:
            yield each.balance_transaction, each
            failed = getattr(each, "failure_balance_transaction", None)
            if failed is not None:
                yield self._moved(str(failed)), each

    def _movements(self, params: Any) -> Iterator[Movement]:
        listed = self._ask(lambda: self._client.balance_transactions.list(params))
        pages = listed.auto_paging_iter()
        while (each := self._ask(lambda: next(pages, None))) is not None:
            yield movement_of(each, each.source)

    def _moved(self, reference: str) -> Any:
        return self._ask(lambda: self._client.balance_transactions.retrieve(reference))

    def _open_link(self, asked: AskedPayment, *, key: str, look_first: bool) -> OpenedPayment:
        link = self._find_link(asked) if look_first else None
        link = link or self._ask(
            lambda: self._client.payment_links.create(link_asked(asked), {"idempotency_key": key})
        )
        return OpenedPayment(processor_id=link.id, url=link.url)

    def _find_intent(self, asked: AskedPayment, customer: str) -> Any:
        listed = self._ask(
            lambda: self._client.payment_intents.list({"customer": customer, "limit": _PAGE})
        )
        return self._ours(listed, asked.reference)

    def _find_link(self, asked: AskedPayment) -> Any:
        listed = self._ask(
            lambda: self._client.payment_links.list({"active": True, "limit": _PAGE})
        )
        return self._ours(listed, asked.reference)

    def _ours(self, listed: Any, reference: str) -> Any:
        pages = listed.auto_paging_iter()
        while (each := self._ask(lambda: next(pages, None))) is not None:
            if each.metadata and each.metadata.to_dict().get(REFERENCE) == reference:
                return each
        return None

    def _ask(self, ask: Callable[[], _Answer]) -> _Answer:
        """
        Ask Stripe once.

        :raises ProcessorAway: it was not reached, or says to come later.
        :raises ProcessorRefused: it will not, for a reason that stays.
        """
        try:
            return ask()
        except (stripe.APIConnectionError, stripe.RateLimitError) as error:
            raise ProcessorAway(self._told(error)) from None
        except stripe.StripeError as error:
            status = error.http_status or 500
            # A key that is not good is the house's to mend; what waits is not lost by it.
            if status >= 500 or status in (401, 403, 409):
                raise ProcessorAway(self._told(error)) from None
            code = error.code or type(error).__name__
            raise ProcessorRefused(code, self._told(error)) from None

    def _told(self, error: stripe.StripeError) -> str:
        """Return what Stripe says of an error, without our key, and not too long."""
        said = error.user_message or type(error).__name__
        return f"{type(error).__name__}: {said}".replace(self._key, "sk_…")[:300]


def read_event(body: bytes, *, signature: str, secrets: Iterable[str]) -> StripeEvent:
    """
    Return an event that was signed with one of our secrets, and when it was.

    Whether that is too long ago is for the caller, who has the clock.

    :raises SignatureWrong: it was not, or is no event.
    """
    if not any(_is_signed(body, signature, secret) for secret in secrets):
        raise SignatureWrong
    try:
        event = json.loads(body)
        return StripeEvent(
            id=str(event["id"]),
            type=str(event["type"]),
            is_live=event["livemode"] is True,
            created_at=instant(event["created"]),
            signed_at=instant(int(signature.partition("t=")[2].partition(",")[0])),
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise SignatureWrong from error


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
