"""Payments at the stand-in: how an intent is made, funded, taken back and disputed."""

from typing import Any

from api.stripe_double import shapes
from api.stripe_double.errors import StripeError, declined, invalid
from api.stripe_double.shapes import Object
from api.stripe_double.state import DISPUTE_FEE, State

#: The least that may be charged, in minor units; Stripe's table of minimum amounts.
AMOUNT_MIN = {"jpy": 50, "usd": 50, "eur": 50, "gbp": 30}
AMOUNT_MAX = 99_999_999
KONBINI_MIN, KONBINI_MAX, KONBINI_DAYS_MAX = 120, 300_000, 60
#: Three decimals: the last has to be zero.
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
#: Stripe's test cards, by the name of their payment methods.
DECLINING = {"pm_card_chargeDeclined": "generic_decline"}

_KONBINI = ("familymart", "lawson", "ministop", "seicomart")


def check_amount(amount: int, currency: str, *, param: str = "amount") -> None:
    """
    Hold an amount to what may be charged in its currency.

    :raises StripeError: it may not.
    """
    if amount < AMOUNT_MIN.get(currency, 1):
        raise invalid(param, "Amount must be at least the minimum.", "amount_too_small")
    if amount > AMOUNT_MAX:
        raise invalid(param, "Amount must be no more than the maximum.", "amount_too_large")
    if currency in THREE_DECIMALS and amount % 10:
        raise invalid(param, "Invalid amount: the last decimal has to be 0.")


def new_intent(state: State, params: dict[str, Any]) -> Object:
    """
    Make a payment intent, and confirm it where that is asked for.

    :raises StripeError: it cannot be paid in the way asked for.
    """
    currency = params["currency"].lower()
    check_amount(params["amount"], currency)
    if customer := params.get("customer"):
        state.find("customer", customer, param="customer")
    methods = params.get("allowed_payment_method_types") or ["card"]
    _check_methods(methods, params, currency)
    intent = state.add(
        shapes.make(
            "payment_intent",
            id=state.new_id("pi"),
            amount=params["amount"],
            created=state.now(),
            currency=currency,
            customer=customer,
            description=params.get("description"),
            livemode=state.is_live,
            metadata=dict(params.get("metadata") or {}),
            payment_method_options=dict(params.get("payment_method_options") or {}),
            payment_method_types=list(methods),
        )
    )
    state.tell("payment_intent.created", intent)
    if params.get("confirm"):
        confirm(state, intent, params)
    return intent


def confirm(state: State, intent: Object, params: dict[str, Any]) -> Object:
    """
    Confirm an intent: a card is charged, a transfer or a payment at a counter is waited for.

    :raises StripeError: the card is declined, or the intent is not one that can be confirmed.
    """
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _unexpected(intent)
    method = (params.get("payment_method_data") or {}).get("type") or "card"
    if method not in intent["payment_method_types"]:
        raise invalid("payment_method_data[type]", f"{method} is not allowed for this intent.")
    if method == "card":
        card = params.get("payment_method") or ""
        if decline := DECLINING.get(card):
            return _decline(state, intent, decline)
        return succeed(state, intent, method)
    intent["payment_method"] = state.new_id("pm")
    intent["status"] = "requires_action"
    if method == "konbini":
        intent["next_action"] = _at_a_counter(state, intent)
    else:
        intent["next_action"] = _by_transfer(state, intent)
    state.tell("payment_intent.requires_action", intent)
    return intent


def succeed(state: State, intent: Object, method: str) -> Object:
    """Take the money of an intent: a charge, a movement of the balance, and who is told."""
    is_card = method == "card"
    amount, currency = intent["amount"], intent["currency"]
    made = state.add(
        shapes.make(
            "charge",
            id=state.new_id("ch" if is_card else "py"),
            amount=amount,
            created=state.now(),
            currency=currency,
            customer=intent["customer"],
            description=intent["description"],
            livemode=state.is_live,
            metadata=dict(intent["metadata"]),
            payment_intent=intent["id"],
            payment_method_details={"type": method, method: {}},
        )
    )
    kind = "charge" if is_card else "payment"
    moved = state.move(
        amount=amount,
        currency=currency,
        kind=kind,
        category="charge",
        source=made["id"],
        fee=state.fee_of(method, amount, currency),
    )
    made["balance_transaction"] = moved["id"]
    intent.update(
        amount_received=amount, latest_charge=made["id"], next_action=None, status="succeeded"
    )
    state.tell("charge.succeeded", made)
    state.tell("payment_intent.succeeded", intent)
    return intent


def cancel(state: State, intent: Object, params: dict[str, Any]) -> Object:
    """
    Give an intent up.

    :raises StripeError: it was paid, or given up before.
    """
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise _unexpected(intent)
    intent.update(
        cancellation_reason=params.get("cancellation_reason"),
        canceled_at=state.now(),
        next_action=None,
        status="canceled",
    )
    state.tell("payment_intent.canceled", intent)
    return intent


def new_refund(state: State, params: dict[str, Any]) -> Object:
    """
    Pay a charge back, or a part of it.

    :raises StripeError: it was not paid, is paid back already, or was less.
    """
    if "payment_intent" in params:
        intent = state.find("payment_intent", params["payment_intent"], param="payment_intent")
        identity = intent["latest_charge"]
    else:
        identity = params.get("charge")
    if identity is None:
        raise invalid("payment_intent", "This PaymentIntent does not have a successful charge.")
    paid = state.find("charge", identity, param="charge")
    left = paid["amount"] - paid["amount_refunded"]
    amount = params.get("amount", left)
    if left == 0:
        raise invalid("charge", "This charge was refunded.", "charge_already_refunded")
    if paid["disputed"]:
        raise invalid("charge", "This charge is disputed.", "charge_disputed")
    if not 0 < amount <= left:
        raise invalid("amount", "The refund is greater than what is left of the charge.")
    made = state.add(
        shapes.make(
            "refund",
            id=state.new_id("re"),
            amount=amount,
            charge=paid["id"],
            created=state.now(),
            currency=paid["currency"],
            metadata=dict(params.get("metadata") or {}),
            payment_intent=paid["payment_intent"],
            reason=params.get("reason"),
        )
    )
    is_card = paid["id"].startswith("ch_")
    moved = state.move(
        amount=-amount,
        currency=paid["currency"],
        kind="refund" if is_card else "payment_refund",
        category="refund",
        source=made["id"],
    )
    made["balance_transaction"] = moved["id"]
    before = paid["amount_refunded"]
    paid["amount_refunded"] = before + amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount"]
    state.tell("refund.created", made)
    state.tell("charge.refunded", paid, amount_refunded=before)
    return made


def open_dispute(state: State, paid: Object, amount: int) -> Object:
    """Let the payer's bank take a payment back, with Stripe's fee for it."""
    made = state.add(
        shapes.make(
            "dispute",
            id=state.new_id("dp"),
            amount=amount,
            charge=paid["id"],
            created=state.now(),
            currency=paid["currency"],
            livemode=state.is_live,
            payment_intent=paid["payment_intent"],
        )
    )
    paid["disputed"] = True
    moved = state.move(
        amount=-amount,
        currency=paid["currency"],
        kind="adjustment",
        category="dispute",
        source=made["id"],
        fee=DISPUTE_FEE,
    )
    made["balance_transactions"].append(moved)
    state.tell("charge.dispute.created", made)
    state.tell("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(state: State, made: Object, *, is_won: bool) -> Object:
    """Decide a dispute: won, the money comes back; lost, it stays where it is."""
    made["status"] = "won" if is_won else "lost"
    if is_won:
        moved = state.move(
            amount=made["amount"],
            currency=made["currency"],
            kind="adjustment",
            category="dispute_reversal",
            source=made["id"],
        )
        made["balance_transactions"].append(moved)
        state.tell("charge.dispute.funds_reinstated", made)
    state.tell("charge.dispute.closed", made)
    return made


def _check_methods(methods: list[str], params: dict[str, Any], currency: str) -> None:
    if "customer_balance" in methods:
        if not params.get("customer"):
            raise invalid("customer", "Intents paid by bank transfer need a customer.")
        options = (params.get("payment_method_options") or {}).get("customer_balance") or {}
        kind = (options.get("bank_transfer") or {}).get("type")
        if params.get("confirm") and kind != "jp_bank_transfer":
            name = "payment_method_options[customer_balance][bank_transfer][type]"
            raise invalid(name, "Only jp_bank_transfer is stood in for.")
    local = {"customer_balance", "konbini"} & set(methods)
    if local and currency != "jpy":
        raise invalid("currency", f"{min(local)} can only be paid in jpy.")
    if "konbini" in methods:
        if not KONBINI_MIN <= params["amount"] <= KONBINI_MAX:
            raise invalid("amount", "Konbini payments are of ¥120 to ¥300,000.")
        options = (params.get("payment_method_options") or {}).get("konbini") or {}
        if not 1 <= options.get("expires_after_days", 3) <= KONBINI_DAYS_MAX:
            name = "payment_method_options[konbini][expires_after_days]"
            raise invalid(name, "Must be 1 to 60 days.")


def _decline(state: State, intent: Object, decline: str) -> Object:
    error = declined(decline)
    intent["last_payment_error"] = error.body()["error"]
    state.tell("payment_intent.payment_failed", intent)
    raise error


def _by_transfer(state: State, intent: Object) -> Object:
    return {
        "type": "display_bank_transfer_instructions",
        "display_bank_transfer_instructions": {
            "amount_remaining": intent["amount"],
            "currency": "jpy",
            "financial_addresses": [address_of(state, intent["customer"])],
            "hosted_instructions_url": f"https://stripe.example/instructions/{intent['id']}",
            "reference": None,
            "type": "jp_bank_transfer",
        },
    }


def address_of(state: State, customer: str) -> Object:
    """Return the virtual account of a customer, which is always the same one."""
    number = int(customer.partition("_")[2][:10], 16) % 10_000_000
    name = state.find("customer", customer)["name"] or customer
    return shapes.zengin_address(holder=name, number=f"{number:07}")


def _at_a_counter(state: State, intent: Object) -> Object:
    days = (intent["payment_method_options"].get("konbini") or {}).get("expires_after_days", 3)
    code = int(intent["id"].partition("_")[2][:10], 16)
    stores = {
        name: {"confirmation_number": f"{code % 10**11:011}", "payment_code": f"{code % 10**6:06}"}
        for name in _KONBINI
    }
    return {
        "type": "konbini_display_details",
        "konbini_display_details": {
            "expires_at": state.now() + days * 86_400,
            "hosted_voucher_url": f"https://stripe.example/vouchers/{intent['id']}",
            "stores": stores,
        },
    }


def _unexpected(intent: Object) -> StripeError:
    return StripeError(
        message=f"This PaymentIntent's status is {intent['status']}.",
        code="payment_intent_unexpected_state",
    )
