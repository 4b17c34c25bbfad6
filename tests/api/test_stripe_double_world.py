"""What payers, banks and card networks do at the stand-in, and what Stripe makes of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from api.stripe_double.errors import StripeError
from api.stripe_double.server import StripeDouble
from tests.api.doubled import Mailbox, Watch, client_of, doubled, new_intent
from tests.api.test_stripe_double import AT_A_COUNTER, BY_CARD, BY_TRANSFER


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def double(watch: Watch, mailbox: Mailbox) -> Iterator[StripeDouble]:
    with doubled(watch, post=mailbox) as listening:
        yield listening


@pytest.fixture
def client(double: StripeDouble) -> stripe.StripeClient:
    return client_of(double)


def _by_transfer(client: stripe.StripeClient, customer: str, amount: int) -> str:
    intent = new_intent(client, {**BY_TRANSFER, "amount": amount, "customer": customer})
    return str(intent.id)


def _kinds(double: StripeDouble) -> list[str]:
    return [each["type"] for each in double.state.events]


def test_a_customer_pays_every_intent_to_one_virtual_account(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Studio A"}).id
    params: Any = {**BY_TRANSFER, "amount": 1_000, "customer": customer}
    accounts = []
    for _ in range(2):
        intent: Any = new_intent(client, params)
        shown = intent.next_action.display_bank_transfer_instructions
        accounts.append(shown.financial_addresses[0].zengin.account_number)
        assert (shown.type, shown.amount_remaining) == ("jp_bank_transfer", 1_000)
    asked: Any = client.v1.customers.funding_instructions.create(
        customer,
        {
            "currency": "jpy",
            "funding_type": "bank_transfer",
            "bank_transfer": {"type": "jp_bank_transfer"},
        },
    )
    accounts.append(asked.bank_transfer.financial_addresses[0].zengin.account_number)
    assert len(set(accounts)) == 1


@pytest.mark.parametrize(
    ("waiting", "transferred", "paid", "left"),
    [
        ([1_000], [1_000], [0], 0),
        ([1_000, 700], [700], [1], 0),  # The one of just that amount.
        ([1_000, 700], [1_700], [0, 1], 0),  # The oldest first, then what is left.
        ([1_000], [400], [], 400),  # Too little waits on the cash balance,
        ([1_000], [400, 600], [0], 0),  # and counts when the rest comes.
        ([1_000], [1_250], [0], 250),  # Too much stays there.
    ],
)
def test_what_is_transferred_pays_what_waits(
    client: stripe.StripeClient,
    double: StripeDouble,
    waiting: list[int],
    transferred: list[int],
    paid: list[int],
    left: int,
) -> None:
    customer = client.v1.customers.create({"name": "Studio A"}).id
    intents = [_by_transfer(client, customer, amount) for amount in waiting]
    for yen in transferred:
        double.world.transfers(customer, yen)
    statuses = [client.v1.payment_intents.retrieve(each).status for each in intents]
    assert [n for n, status in enumerate(statuses) if status == "succeeded"] == paid
    assert double.state.cash[customer] == left


def test_a_transfer_of_too_little_is_told(
    client: stripe.StripeClient, double: StripeDouble
) -> None:
    customer = client.v1.customers.create({"name": "Studio A"}).id
    intent = _by_transfer(client, customer, 1_000)
    double.world.transfers(customer, 400)
    assert _kinds(double)[-1] == "payment_intent.partially_funded"
    action: Any = client.v1.payment_intents.retrieve(intent).next_action
    assert action.display_bank_transfer_instructions.amount_remaining == 600


def test_a_payment_at_a_counter_has_a_code_for_each_chain(
    client: stripe.StripeClient, double: StripeDouble
) -> None:
    params: Any = {**AT_A_COUNTER, "amount": 5_000}
    intent: Any = new_intent(client, params)
    shown = intent.next_action.konbini_display_details
    assert shown.stores.lawson.payment_code.isdecimal()
    double.world.pays_at_counter(intent.id)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_payment_link_is_paid_as_often_as_it_allows(
    client: stripe.StripeClient, double: StripeDouble
) -> None:
    link = client.v1.payment_links.create(
        {
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "jpy",
                        "unit_amount": 110_000,
                        "product_data": {"name": "INV-1"},
                    },
                }
            ],
            "payment_intent_data": {"metadata": {"request": "INV-1"}},
            "restrictions": {"completed_sessions": {"limit": 1}},
        }
    )
    paid = double.world.pays_link(link.url)
    assert (paid["amount"], paid["metadata"]) == (110_000, {"request": "INV-1"})
    with pytest.raises(StripeError, match="no longer active"):
        double.world.pays_link(link.url)


def test_every_movement_of_the_balance_is_listed_with_its_fee(
    client: stripe.StripeClient, double: StripeDouble
) -> None:
    intent = new_intent(client, {**BY_CARD, "amount": 10_000})
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 1_000})
    other = new_intent(client, {**BY_CARD, "amount": 5_000})
    dispute = double.world.disputes(other.id)
    double.world.decides(dispute["id"], is_won=True)
    to = client.v1.accounts.create({"country": "JP"})
    transfer = client.v1.transfers.create(
        {"amount": 2_000, "currency": "jpy", "destination": to.id}
    )
    client.v1.transfers.reversals.create(transfer.id, {"amount": 500})
    payout = double.world.pays_out()
    assert payout is not None
    listed = [
        (each.reporting_category, each.amount, each.fee)
        for each in client.v1.balance_transactions.list({"limit": 100})
    ]
    assert listed[::-1] == [
        ("charge", 10_000, 360),
        ("refund", -1_000, 0),
        ("charge", 5_000, 180),
        ("dispute", -5_000, 1_300),
        ("dispute_reversal", 5_000, 0),
        ("transfer", -2_000, 0),
        ("transfer_reversal", 500, 0),
        ("payout", -payout["amount"], 0),
    ]
    assert double.state.balances() == {"jpy": 0}


def test_what_is_charged_in_another_currency_is_settled_in_yen(
    client: stripe.StripeClient,
) -> None:
    intent: Any = new_intent(
        client,
        {
            **BY_CARD,
            "amount": 10_000,  # $100.00
            "currency": "usd",
            "expand": ["latest_charge.balance_transaction"],
        },
    )
    moved = intent.latest_charge.balance_transaction
    assert (moved.amount, moved.currency, moved.fee) == (15_000, "jpy", 540 + 300)


@pytest.mark.parametrize(
    ("country", "amount", "code"),
    [
        ("US", 100, "transfers_not_allowed"),  # From Japan, to accounts in Japan only.
        ("JP", 1_000_000, "balance_insufficient"),
    ],
)
def test_a_transfer_that_stripe_would_not_make_is_refused(
    client: stripe.StripeClient, country: str, amount: int, code: str
) -> None:
    new_intent(client, {**BY_CARD, "amount": 10_000})
    to = client.v1.accounts.create({"country": country})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create({"amount": amount, "currency": "jpy", "destination": to.id})
    assert refused.value.code == code


def test_no_more_is_paid_back_than_was_paid(client: stripe.StripeClient) -> None:
    intent = new_intent(client, {**BY_CARD, "amount": 1_000})
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 600})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 401})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"


def test_webhooks_are_signed_so_that_the_package_accepts_them(
    client: stripe.StripeClient, double: StripeDouble, mailbox: Mailbox
) -> None:
    new_intent(client, {**BY_CARD, "amount": 1_000})
    assert double.hooks.deliver() == [200, 200, 200]
    for body, headers in mailbox.received:
        signature = headers["stripe-signature"]
        stripe.WebhookSignature.verify_header(
            body.decode(), signature, double.webhook_secret, tolerance=None
        )
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(
                body.decode() + " ", signature, double.webhook_secret, tolerance=None
            )


def test_webhooks_may_come_doubled_reordered_late_and_not_at_all(
    client: stripe.StripeClient, double: StripeDouble, mailbox: Mailbox
) -> None:
    def came() -> list[str]:
        kinds = [json.loads(body)["type"] for body, _ in mailbox.received]
        mailbox.received.clear()
        return kinds

    new_intent(client, {**BY_CARD, "amount": 1_000})
    created, charged, succeeded = _kinds(double)
    mailbox.answers.extend([500, 200, 200])
    double.hooks.deliver(lambda events: events[::-1])
    assert came() == [succeeded, charged, created]
    double.hooks.deliver(times=2)  # The one that was answered with an error comes again.
    assert came() == [succeeded, succeeded]
    new_intent(client, {**BY_CARD, "amount": 1_000})
    double.hooks.deliver(lambda events: [each for each in events if each["type"] == charged])
    assert came() == [charged]
    double.hooks.deliver()
    assert came() == []  # What was lost is lost.
