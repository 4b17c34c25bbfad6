"""Money that leaves the account: transfers to connected accounts, and payouts to the bank."""

from typing import Any

from api.stripe_double import shapes
from api.stripe_double.errors import StripeError, invalid
from api.stripe_double.shapes import Object
from api.stripe_double.state import State


def new_account(state: State, params: dict[str, Any]) -> Object:
    """Connect an account; it may receive transfers at once."""
    return state.add(
        shapes.make(
            "account",
            id=state.new_id("acct"),
            country=params.get("country", state.country),
            created=state.now(),
            email=params.get("email"),
            metadata=dict(params.get("metadata") or {}),
        )
    )


def new_transfer(state: State, params: dict[str, Any]) -> Object:
    """
    Pay a connected account.

    :raises StripeError: it is in another country, cannot receive, or the balance is too low.
    """
    to = state.find("account", params["destination"], param="destination")
    currency, amount = params["currency"].lower(), params.get("amount", 0)
    if amount <= 0:
        raise invalid("amount", "Invalid positive integer")
    if to["country"] != state.country:
        raise StripeError(
            message=f"Funds can't be sent to accounts located in {to['country']} because it's "
            f"restricted for platforms in {state.country}.",
            code="transfers_not_allowed",
        )
    if to["capabilities"].get("transfers") != "active":
        raise StripeError(
            message="Your destination account needs to have the transfers capability enabled.",
            code="insufficient_capabilities_for_transfer",
        )
    if state.balances().get(currency, 0) < amount:
        raise StripeError(
            message="You have insufficient available funds in your Stripe account.",
            code="balance_insufficient",
        )
    made = state.add(
        shapes.make(
            "transfer",
            id=state.new_id("tr"),
            amount=amount,
            created=state.now(),
            currency=currency,
            description=params.get("description"),
            destination=to["id"],
            destination_payment=state.new_id("py"),
            livemode=state.is_live,
            metadata=dict(params.get("metadata") or {}),
            transfer_group=params.get("transfer_group"),
        )
    )
    moved = state.move(
        amount=-amount, currency=currency, kind="transfer", category="transfer", source=made["id"]
    )
    made["balance_transaction"] = moved["id"]
    state.tell("transfer.created", made)
    return made


def reverse(state: State, transfer: Object, params: dict[str, Any]) -> Object:
    """
    Take a transfer back, or a part of it.

    :raises StripeError: less of it is left.
    """
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    if not 0 < amount <= left:
        raise invalid("amount", "The reversal is greater than what is left of the transfer.")
    made = state.add(
        shapes.make(
            "transfer_reversal",
            id=state.new_id("trr"),
            amount=amount,
            created=state.now(),
            currency=transfer["currency"],
            metadata=dict(params.get("metadata") or {}),
            transfer=transfer["id"],
        )
    )
    moved = state.move(
        amount=amount,
        currency=transfer["currency"],
        kind="transfer_refund",
        category="transfer_reversal",
        source=made["id"],
    )
    made["balance_transaction"] = moved["id"]
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, made)
    state.tell("transfer.reversed", transfer)
    return made


def pay_out(state: State, currency: str) -> Object | None:
    """Pay the whole balance of a currency to the bank; None when there is nothing to pay."""
    amount = state.balances().get(currency, 0)
    if amount <= 0:
        return None
    made = state.add(
        shapes.make(
            "payout",
            id=state.new_id("po"),
            amount=amount,
            arrival_date=state.now(),
            created=state.now(),
            currency=currency,
            livemode=state.is_live,
        )
    )
    moved = state.move(
        amount=-amount, currency=currency, kind="payout", category="payout", source=made["id"]
    )
    made["balance_transaction"] = moved["id"]
    state.tell("payout.paid", made)
    return made


def fail_payout(state: State, payout: Object) -> Object:
    """Let the bank return a payout."""
    payout.update(status="failed", failure_code="account_closed")
    moved = state.move(
        amount=payout["amount"],
        currency=payout["currency"],
        kind="payout_failure",
        category="payout_reversal",
        source=payout["id"],
    )
    payout["failure_balance_transaction"] = moved["id"]
    state.tell("payout.failed", payout)
    return payout
