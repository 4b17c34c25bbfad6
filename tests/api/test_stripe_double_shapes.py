"""The stand-in's answers have the shape of Stripe's own examples."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from api.stripe_double.server import StripeDouble
from tests.api.doubled import client_of, doubled, new_intent
from tests.api.test_stripe_double import BY_CARD, BY_TRANSFER

#: What our own code, or the package, reads of each object.
READ = {
    "account": ["country", "capabilities", "requirements"],
    "balance_transaction": [
        *("amount", "fee", "net", "currency", "created", "reporting_category", "source"),
        *("exchange_rate", "type"),
    ],
    "charge": ["amount", "amount_refunded", "currency", "payment_intent", "balance_transaction"],
    "customer": ["id", "name", "email", "metadata", "livemode"],
    "dispute": ["amount", "balance_transactions", "charge", "currency", "payment_intent", "status"],
    "event": ["id", "type", "created", "data", "livemode", "api_version"],
    "funding_instructions": ["bank_transfer", "currency"],
    "payment_intent": [
        *("amount", "amount_received", "currency", "latest_charge", "metadata", "next_action"),
        *("payment_method_types", "status", "livemode"),
    ],
    "payment_link": ["active", "url", "metadata", "currency"],
    "payout": ["amount", "currency", "arrival_date", "balance_transaction", "status"],
    "refund": ["amount", "charge", "currency", "payment_intent", "balance_transaction", "status"],
    "transfer": ["amount", "currency", "destination", "transfer_group", "reversals"],
    "transfer_reversal": ["amount", "currency", "transfer", "balance_transaction"],
}

#: Examples that show a form of their own, which the others of that kind do not have.
PARTICULAR = {
    ("charge", "refunds"),  # Shown where it is expanded.
    ("charge", "payment_method_details"),  # The example is of a card with every detail.
    ("dispute", "evidence"),
    ("account", "settings"),
    ("account", "tos_acceptance"),
    ("account", "business_profile"),
}


@pytest.fixture(scope="module")
def made() -> Iterator[dict[str, dict[str, Any]]]:
    with doubled() as double:
        client = client_of(double)
        _one_of_each(client, double)
        kinds = {kind: found for kind, found in double.state.objects.items() if kind in READ}
        shown = {kind: next(iter(found.values())) for kind, found in kinds.items()}
        customer = next(iter(double.state.objects["customer"]))
        shown["funding_instructions"] = json.loads(
            client.raw_request(
                "post",
                f"/v1/customers/{customer}/funding_instructions",
                currency="jpy",
                funding_type="bank_transfer",
                bank_transfer={"type": "jp_bank_transfer"},
            ).body
        )
        yield shown


def _one_of_each(client: stripe.StripeClient, double: StripeDouble) -> None:
    customer = client.v1.customers.create({"name": "Studio A"}).id
    new_intent(client, {**BY_TRANSFER, "amount": 9_000, "customer": customer})
    double.world.transfers(customer, 9_000)
    paid = new_intent(client, {**BY_CARD, "amount": 9_000})
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 1_000})
    double.world.disputes(new_intent(client, {**BY_CARD, "amount": 9_000}).id)
    to = client.v1.accounts.create({"country": "JP"})
    transfer = client.v1.transfers.create(
        {"amount": 2_000, "currency": "jpy", "destination": to.id}
    )
    client.v1.transfers.reversals.create(transfer.id)
    line: Any = {
        "quantity": 1,
        "price_data": {"currency": "jpy", "unit_amount": 500, "product_data": {"name": "x"}},
    }
    client.v1.payment_links.create({"line_items": [line]})
    double.world.pays_out()


@pytest.mark.parametrize("kind", sorted(READ))
def test_what_is_read_is_there(made: dict[str, dict[str, Any]], kind: str) -> None:
    assert [name for name in READ[kind] if name not in made[kind]] == []


@pytest.mark.shared
@pytest.mark.parametrize("kind", sorted(READ))
def test_an_answer_has_the_fields_and_types_of_the_published_example(
    made: dict[str, dict[str, Any]], kind: str, shared: Path
) -> None:
    text = (shared / "data" / "stripe_fixtures3.json").read_text(encoding="utf-8")
    example = json.loads(text)["resources"][kind]
    assert list(_differences(kind, example, made[kind])) == []


def _differences(kind: str, example: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    for name, value in example.items():
        if (kind, name) in PARTICULAR:
            continue
        if name not in ours:
            yield f"{name} is missing"
        elif None not in (value, ours[name]) and type(value) is not type(ours[name]):
            yield f"{name} is {ours[name]!r}, in the example {value!r}"
