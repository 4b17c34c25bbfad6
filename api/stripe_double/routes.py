"""Which request does what: the paths, the type of their parameters, and the work."""

import re
from collections.abc import Callable
from typing import Any

from api.stripe_double import connect, links, listing, payments, shapes
from api.stripe_double.errors import unrecognized
from api.stripe_double.parameters import check
from api.stripe_double.shapes import Object
from api.stripe_double.state import State

Work = Callable[[State, list[str], dict[str, Any]], Object]


def carry_out(state: State, method: str, path: str, given: dict[str, Any]) -> Object:
    """
    Do what a request asks for, and return the answer.

    :raises StripeError: the path is not known, or the request is refused.
    """
    for known, pattern, operation, work in ROUTES:
        match = re.fullmatch(pattern, path)
        if known == method and match is not None:
            params = check(operation, given)
            expand = params.pop("expand", [])
            return listing.expanded(state, work(state, list(match.groups()), params), expand)
    raise unrecognized(method, path)


def _found(kind: str) -> Work:
    return lambda state, names, _: state.find(kind, names[0])


def _listed(kind: str, path: str, *by: str) -> Work:
    """Return what lists objects of a kind, by what they have in common where that is asked."""

    def work(state: State, _: list[str], params: dict[str, Any]) -> Object:
        found = [
            each
            for each in listing.created_in(state.newest(kind), params)
            if all(each.get(name) == params[name] for name in by if name in params)
        ]
        return listing.page(found, params, path)

    return work


def _new_customer(state: State, _: list[str], params: dict[str, Any]) -> Object:
    made = shapes.make(
        "customer", id=state.new_id("cus"), created=state.now(), livemode=state.is_live, **params
    )
    return state.add(made)


def _instructions(state: State, names: list[str], _: dict[str, Any]) -> Object:
    state.find("customer", names[0])
    return shapes.funding_instructions(
        address=payments.address_of(state, names[0]), is_live=state.is_live
    )


def _change_link(state: State, names: list[str], params: dict[str, Any]) -> Object:
    link = state.find("payment_link", names[0])
    link.update(params)
    return link


def _balance(state: State, _: list[str], __: dict[str, Any]) -> Object:
    funds = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in state.balances().items()
    ]
    return {
        "object": "balance",
        "available": funds,
        "livemode": state.is_live,
        "pending": [{**each, "amount": 0, "source_types": {"card": 0}} for each in funds],
    }


def _events(state: State, _: list[str], params: dict[str, Any]) -> Object:
    wanted = params.get("types") or [params["type"]] if {"type", "types"} & params.keys() else None
    found = [
        each
        for each in listing.created_in(state.newest("event"), params)
        if wanted is None or each["type"] in wanted
    ]
    return listing.page(found, params, "/v1/events")


def _reversal(state: State, names: list[str], params: dict[str, Any]) -> Object:
    return connect.reverse(state, state.find("transfer", names[0]), params)


def _reversals(state: State, names: list[str], params: dict[str, Any]) -> Object:
    transfer = state.find("transfer", names[0])["id"]
    found = [each for each in state.newest("transfer_reversal") if each["transfer"] == transfer]
    return listing.page(found, params, f"/v1/transfers/{transfer}/reversals")


def _confirm(state: State, names: list[str], params: dict[str, Any]) -> Object:
    return payments.confirm(state, state.find("payment_intent", names[0]), params)


def _cancel(state: State, names: list[str], params: dict[str, Any]) -> Object:
    return payments.cancel(state, state.find("payment_intent", names[0]), params)


ROUTES: tuple[tuple[str, str, str, Work], ...] = (
    ("POST", "/v1/customers", "customer_create", _new_customer),
    ("GET", "/v1/customers", "customer_list", _listed("customer", "/v1/customers", "email")),
    ("GET", r"/v1/customers/([^/]+)", "customer_retrieve", _found("customer")),
    (
        *("POST", r"/v1/customers/([^/]+)/funding_instructions"),
        *("customer_create_funding_instructions", _instructions),
    ),
    (
        *("POST", "/v1/payment_intents", "payment_intent_create"),
        lambda state, _, params: payments.new_intent(state, params),
    ),
    (
        *("GET", "/v1/payment_intents", "payment_intent_list"),
        _listed("payment_intent", "/v1/payment_intents", "customer"),
    ),
    ("GET", r"/v1/payment_intents/([^/]+)", "payment_intent_retrieve", _found("payment_intent")),
    ("POST", r"/v1/payment_intents/([^/]+)/confirm", "payment_intent_confirm", _confirm),
    ("POST", r"/v1/payment_intents/([^/]+)/cancel", "payment_intent_cancel", _cancel),
    (
        *("POST", "/v1/payment_links", "payment_link_create"),
        lambda state, _, params: links.new_link(state, params),
    ),
    (
        *("GET", "/v1/payment_links", "payment_link_list"),
        _listed("payment_link", "/v1/payment_links", "active"),
    ),
    ("GET", r"/v1/payment_links/([^/]+)", "payment_link_retrieve", _found("payment_link")),
    ("POST", r"/v1/payment_links/([^/]+)", "payment_link_update", _change_link),
    ("GET", r"/v1/charges/([^/]+)", "charge_retrieve", _found("charge")),
    (
        *("GET", "/v1/charges", "charge_list"),
        _listed("charge", "/v1/charges", "customer", "payment_intent"),
    ),
    (
        *("POST", "/v1/refunds", "refund_create"),
        lambda state, _, params: payments.new_refund(state, params),
    ),
    (
        *("GET", "/v1/refunds", "refund_list"),
        _listed("refund", "/v1/refunds", "charge", "payment_intent"),
    ),
    ("GET", r"/v1/refunds/([^/]+)", "refund_retrieve", _found("refund")),
    ("GET", r"/v1/disputes/([^/]+)", "dispute_retrieve", _found("dispute")),
    ("GET", "/v1/balance", "balance_retrieve", _balance),
    (
        *("GET", "/v1/balance_transactions", "balance_transaction_list"),
        _listed(
            *("balance_transaction", "/v1/balance_transactions"),
            *("currency", "source", "type"),
        ),
    ),
    (
        *("GET", r"/v1/balance_transactions/([^/]+)", "balance_transaction_retrieve"),
        _found("balance_transaction"),
    ),
    (
        *("POST", "/v1/accounts", "account_create"),
        lambda state, _, params: connect.new_account(state, params),
    ),
    ("GET", r"/v1/accounts/([^/]+)", "account_retrieve", _found("account")),
    (
        *("POST", "/v1/transfers", "transfer_create"),
        lambda state, _, params: connect.new_transfer(state, params),
    ),
    (
        *("GET", "/v1/transfers", "transfer_list"),
        _listed("transfer", "/v1/transfers", "destination", "transfer_group"),
    ),
    ("GET", r"/v1/transfers/([^/]+)", "transfer_retrieve", _found("transfer")),
    ("POST", r"/v1/transfers/([^/]+)/reversals", "transfer_create_reversal", _reversal),
    ("GET", r"/v1/transfers/([^/]+)/reversals", "transfer_list_reversals", _reversals),
    ("GET", "/v1/payouts", "payout_list", _listed("payout", "/v1/payouts", "status")),
    ("GET", r"/v1/payouts/([^/]+)", "payout_retrieve", _found("payout")),
    ("GET", "/v1/events", "event_list", _events),
    ("GET", r"/v1/events/([^/]+)", "event_retrieve", _found("event")),
)
