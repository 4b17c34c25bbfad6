"""
What Stripe's objects look like.

``shapes.json`` has for each kind every field that its published examples have, with the value
that it usually has; what is particular to one object is put on top of that.
"""

import copy
import json
from functools import cache
from importlib.resources import files
from typing import Any

Object = dict[str, Any]


def make(kind: str, **own: Any) -> Object:
    """Return an object of a kind, with some fields of its own."""
    made = {"object": kind, **copy.deepcopy(_usual()[kind]), **own}
    match kind:
        case "payment_intent":
            made["client_secret"] = f"{own['id']}_secret_double"
        case "charge":
            made["amount_captured"] = own["amount"]
        case "balance_transaction":
            made["net"] = own["amount"] - own["fee"]
        case "transfer":
            made["reversals"] = listed([], f"/v1/transfers/{own['id']}/reversals")
        case "account":
            made["external_accounts"] = listed([], f"/v1/accounts/{own['id']}/external_accounts")
    return made


def fee_detail(*, amount: int, currency: str) -> Object:
    """Return what a fee is for."""
    return {
        "amount": amount,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def zengin_address(*, holder: str, number: str) -> Object:
    """Return the virtual account that a customer in Japan pays to; its bank is invented."""
    made: Object = copy.deepcopy(_usual()["zengin_address"])
    made["zengin"].update(account_holder_name=holder, account_number=number)
    return made


def funding_instructions(*, address: Object, is_live: bool) -> Object:
    """Return where a customer in Japan pays to."""
    transfer = {"country": "JP", "financial_addresses": [address], "type": "jp_bank_transfer"}
    return {
        "object": "funding_instructions",
        "bank_transfer": transfer,
        "currency": "jpy",
        "funding_type": "bank_transfer",
        "livemode": is_live,
    }


def listed(data: list[Object], url: str, *, has_more: bool = False) -> Object:
    """Return a page of a list."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


@cache
def _usual() -> dict[str, Object]:
    text = (files("api.stripe_double") / "shapes.json").read_text(encoding="utf-8")
    read: dict[str, Object] = json.loads(text)
    return read
