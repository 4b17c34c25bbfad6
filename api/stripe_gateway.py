"""
The one door to Stripe: what the ledger asks, in Stripe's words, and its answers in the ledger's.

Every request that writes carries an idempotency key that follows from our own rows. Nothing is
repeated here: a request that failed is told as :class:`ProcessorAway` (nobody knows what it did,
it may be asked again with the same key) or :class:`ProcessorRefused`, and the job asks again.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import stripe

from ledger.core.money import Money
from ledger.core.processor import (
    KONBINI_DAYS,
    AskedPayment,
    Method,
    Movement,
    OpenedPayment,
    Payer,
    ProcessorAway,
    ProcessorRefused,
    TransferAbroad,
    virtual_account_of,
)

#: Our reference in what we make at Stripe, by which it is found again.
REFERENCE = "genbo_reference"

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
                _intent(asked, customer), {"idempotency_key": key}
            )
        )
        return _opened(intent)

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
        self, *, reference: str, intent: str, amount_minor: int, key: str, look_first: bool
    ) -> str:
        """Pay back a part of a payment; return the refund's id."""
        if look_first:
            listed = self._ask(
                lambda: self._client.refunds.list({"payment_intent": intent, "limit": _PAGE})
            )
            found = self._ours(listed, reference)
            if found is not None:
                return str(found.id)
        made = self._ask(
            lambda: self._client.refunds.create(
                {
                    "payment_intent": intent,
                    "amount": amount_minor,
                    "metadata": {REFERENCE: reference},
                },
                {"idempotency_key": key},
            )
        )
        return made.id

    def transfer(
        self, *, reference: str, amount: Money, destination: str, key: str, look_first: bool
    ) -> str:
        """
        Pay a connected account; return the transfer's id.

        :raises TransferAbroad: the account is not in Japan, where alone Stripe lets us pay.
        """
        account = self._ask(lambda: self._client.accounts.retrieve(destination))
        if account.country != _HOME:
            raise TransferAbroad(destination=destination, country=account.country)
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

    def movements(self, *, since: datetime | None = None) -> Iterable[Movement]:
        """Return the movements of the balance, the newest first."""
        params: Any = {"limit": _PAGE, "expand": ["data.source"]}
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        return self._movements(params)

    def movements_of(self, source: str) -> Iterable[Movement]:
        """Return the movements that follow from a charge, a refund, a dispute or a payout."""
        return self._movements({"limit": _PAGE, "expand": ["data.source"], "source": source})

    def _movements(self, params: Any) -> Iterator[Movement]:
        listed = self._ask(lambda: self._client.balance_transactions.list(params))
        pages = listed.auto_paging_iter()
        while (each := self._ask(lambda: next(pages, None))) is not None:
            yield _movement(each)

    def _open_link(self, asked: AskedPayment, *, key: str, look_first: bool) -> OpenedPayment:
        link = self._find_link(asked) if look_first else None
        link = link or self._ask(
            lambda: self._client.payment_links.create(_link(asked), {"idempotency_key": key})
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
            created_at=_instant(event["created"]),
            signed_at=_instant(int(signature.partition("t=")[2].partition(",")[0])),
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise SignatureWrong from error


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


def _intent(asked: AskedPayment, customer: str) -> Any:
    is_konbini = asked.method is Method.KONBINI
    kind = "konbini" if is_konbini else "customer_balance"
    options = {"expires_after_days": KONBINI_DAYS} if is_konbini else _BY_TRANSFER
    return {
        "amount": asked.amount.minor,
        "currency": asked.amount.currency.lower(),
        "customer": customer,
        "allowed_payment_method_types": [kind],
        "payment_method_data": {"type": kind},
        "payment_method_options": {kind: options},
        "confirm": True,
        "description": asked.invoice,
        "metadata": {REFERENCE: asked.reference},
    }


_BY_TRANSFER = {
    "funding_type": "bank_transfer",
    "bank_transfer": {"type": "jp_bank_transfer"},
}


def _link(asked: AskedPayment) -> Any:
    price = {
        "currency": asked.amount.currency.lower(),
        "unit_amount": asked.amount.minor,
        "product_data": {"name": asked.invoice},
    }
    metadata = {REFERENCE: asked.reference}
    return {
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_method_types": ["card"],
        "restrictions": {"completed_sessions": {"limit": 1}},
        "payment_intent_data": {"description": asked.invoice, "metadata": metadata},
        "metadata": metadata,
    }


def _opened(intent: Any) -> OpenedPayment:
    shown = intent.next_action
    if shown is None:  # Paid from what the firm had transferred before.
        return OpenedPayment(processor_id=intent.id, url="")
    if shown.type == "konbini_display_details":
        details = shown.konbini_display_details
        return OpenedPayment(
            processor_id=intent.id,
            url=details.hosted_voucher_url or "",
            expires_at=_instant(details.expires_at),
        )
    details = shown.display_bank_transfer_instructions
    return OpenedPayment(
        processor_id=intent.id,
        url=details.hosted_instructions_url or "",
        virtual_account=virtual_account_of(details.financial_addresses[0].zengin.to_dict()),
    )


def _movement(moved: Any) -> Movement:
    source = moved.source
    is_foreign = moved.exchange_rate is not None and source is not None
    return Movement(
        reference=moved.id,
        category=moved.reporting_category,
        source=source.id if source is not None else "",
        currency=moved.currency.upper(),
        amount_minor=moved.amount,
        fee_minor=moved.fee,
        created_at=_instant(moved.created),
        paid_currency=source.currency.upper() if is_foreign else None,
        paid_minor=(source.amount if moved.amount > 0 else -source.amount) if is_foreign else None,
    )


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
