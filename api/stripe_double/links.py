"""Payment links: a page at Stripe on which one invoice is paid by card."""

from typing import Any

from api.stripe_double import shapes
from api.stripe_double.errors import StripeError, invalid
from api.stripe_double.payments import check_amount, new_intent, succeed
from api.stripe_double.shapes import Object
from api.stripe_double.state import State


def new_link(state: State, params: dict[str, Any]) -> Object:
    """
    Make a payment link for what its lines come to.

    :raises StripeError: a line has no price, or all together may not be charged.
    """
    lines = params["line_items"]
    prices = [line.get("price_data") for line in lines]
    if not lines or any(not price or "unit_amount" not in price for price in prices):
        raise invalid("line_items", "Every line needs price_data with a unit_amount.")
    currency = prices[0]["currency"].lower()
    amount = sum(
        line["quantity"] * price["unit_amount"] for line, price in zip(lines, prices, strict=True)
    )
    check_amount(amount, currency, param="line_items")
    identity = state.new_id("plink")
    made = state.add(
        shapes.make(
            "payment_link",
            id=identity,
            currency=currency,
            livemode=state.is_live,
            metadata=dict(params.get("metadata") or {}),
            payment_intent_data=dict(params.get("payment_intent_data") or {}),
            payment_method_types=params.get("payment_method_types"),
            restrictions=params.get("restrictions"),
            url=f"https://stripe.example/pay/{identity}",
        )
    )
    state.objects.setdefault("link_amount", {})[identity] = {"amount": amount, "paid": 0}
    return made


def pay_link(state: State, link: Object, payment_method: str = "pm_card_visa") -> Object:
    """
    Pay by card on the page of a link, as the firm's accountant would.

    :raises StripeError: the link is no longer active, or the card is declined.
    """
    kept = state.objects["link_amount"][link["id"]]
    limit = ((link["restrictions"] or {}).get("completed_sessions") or {}).get("limit")
    if not link["active"] or (limit is not None and kept["paid"] >= limit):
        raise StripeError(message="This payment link is no longer active.")
    intent = new_intent(
        state,
        {
            "amount": kept["amount"],
            "currency": link["currency"],
            "allowed_payment_method_types": ["card"],
            "metadata": (link["payment_intent_data"] or {}).get("metadata"),
            "description": (link["payment_intent_data"] or {}).get("description"),
        },
    )
    if payment_method == "pm_card_visa":
        succeed(state, intent, "card")
        kept["paid"] += 1
    return intent
