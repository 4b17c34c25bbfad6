"""The stand-in answers the ``stripe`` package as Stripe does."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from api.stripe_double.faults import Fault
from api.stripe_double.forms import decode
from api.stripe_double.server import StripeDouble
from tests.api.doubled import Watch, client_of, doubled, new_intent

BY_TRANSFER: Any = {
    "allowed_payment_method_types": ["customer_balance"],
    "payment_method_data": {"type": "customer_balance"},
    "payment_method_options": {
        "customer_balance": {
            "funding_type": "bank_transfer",
            "bank_transfer": {"type": "jp_bank_transfer"},
        }
    },
    "confirm": True,
    "currency": "jpy",
}
AT_A_COUNTER: Any = {
    "allowed_payment_method_types": ["konbini"],
    "payment_method_data": {"type": "konbini"},
    "confirm": True,
    "currency": "jpy",
}
BY_CARD: Any = {
    "allowed_payment_method_types": ["card"],
    "payment_method": "pm_card_visa",
    "confirm": True,
    "currency": "jpy",
}


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def double(watch: Watch) -> Iterator[StripeDouble]:
    with doubled(watch) as listening:
        yield listening


@pytest.fixture(scope="module")
def client(double: StripeDouble) -> stripe.StripeClient:
    return client_of(double)


def test_tables_and_lists_in_a_form_are_read_as_they_were_written() -> None:
    form = "a[b][c]=1&list[1]=y&list[0]=x&rows[0][n]=1&rows[1][n]=2&plain="
    assert decode(form) == {
        "a": {"b": {"c": "1"}},
        "list": ["x", "y"],
        "rows": [{"n": "1"}, {"n": "2"}],
        "plain": "",
    }


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"amount": 100}, "currency", "parameter_missing"),
        ({"currency": "jpy", "amount": "12.5"}, "amount", "parameter_invalid_integer"),
        # The name that this field had before the pinned version.
        (
            {"currency": "jpy", "amount": 100, "payment_method_types": ["card"]},
            "payment_method_types",
            "parameter_unknown",
        ),
        (
            {"currency": "jpy", "amount": 200, "payment_method_options": {"konbini": {"days": 3}}},
            "payment_method_options[konbini][days]",
            "parameter_unknown",
        ),
        ({"currency": "jpy", "amount": 49}, "amount", "amount_too_small"),  # ¥50 at least.
        ({"currency": "usd", "amount": 49}, "amount", "amount_too_small"),  # $0.50 at least.
        ({"currency": "jpy", "amount": 100_000_000}, "amount", "amount_too_large"),
        ({"currency": "kwd", "amount": 12_345}, "amount", None),  # Three decimals, the last 0.
        ({"currency": "jpy", "amount": 500, "customer": "cus_none"}, "customer", None),
        ({**AT_A_COUNTER, "amount": 119}, "amount", None),  # ¥120 at least at a counter.
        ({**AT_A_COUNTER, "amount": 300_001}, "amount", None),
        ({**AT_A_COUNTER, "amount": 500, "currency": "usd"}, "currency", None),
        ({**BY_TRANSFER, "amount": 500}, "customer", None),  # Whose account would it be?
    ],
)
def test_what_stripe_refuses_is_refused(
    client: stripe.StripeClient, params: Any, param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        new_intent(client, params)
    assert (refused.value.param, refused.value.http_status) == (
        param,
        404 if params.get("customer") == "cus_none" else 400,
    )
    if code is not None:
        assert refused.value.code == code


def test_a_key_that_is_not_good_is_refused(double: StripeDouble) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        client_of(double, "sk_test_wrong").v1.balance.retrieve()
    assert refused.value.http_status == 401


def test_what_is_not_there_is_not_found(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.retrieve("pi_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_a_declined_card_is_an_error_of_the_card(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        new_intent(client, {**BY_CARD, "amount": 500, "payment_method": "pm_card_chargeDeclined"})
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")


def test_the_same_key_with_the_same_request_gives_the_first_answer(
    client: stripe.StripeClient, double: StripeDouble
) -> None:
    first = client.v1.customers.create({"name": "A"}, {"idempotency_key": "once"})
    again = client.v1.customers.create({"name": "A"}, {"idempotency_key": "once"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert [each["name"] for each in double.state.newest("customer")].count("A") == 1


def test_the_same_key_with_another_request_is_refused(client: stripe.StripeClient) -> None:
    client.v1.customers.create({"name": "B"}, {"idempotency_key": "twice"})
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "C"}, {"idempotency_key": "twice"})


def test_a_key_is_forgotten_after_a_day(client: stripe.StripeClient, watch: Watch) -> None:
    first = client.v1.customers.create({"name": "D"}, {"idempotency_key": "yesterday"})
    watch.pass_by(hours=24)
    again = client.v1.customers.create({"name": "D"}, {"idempotency_key": "yesterday"})
    assert again.id != first.id


@pytest.mark.parametrize(
    ("fault", "kind", "is_done"),
    [
        (Fault.RATE_LIMITED, stripe.RateLimitError, False),
        (Fault.IN_FLIGHT, stripe.APIError, False),
        (Fault.ERROR_BEFORE, stripe.APIError, False),
        (Fault.ERROR_AFTER, stripe.APIError, True),
        (Fault.NO_ANSWER_BEFORE, stripe.APIConnectionError, False),
        (Fault.NO_ANSWER_AFTER, stripe.APIConnectionError, True),
    ],
)
def test_whatever_went_wrong_asking_again_with_the_key_does_it_once(
    client: stripe.StripeClient,
    double: StripeDouble,
    fault: Fault,
    kind: type[Exception],
    is_done: bool,
) -> None:
    def made() -> int:
        return [each["name"] for each in double.state.newest("customer")].count(fault)

    double.faults.add(fault)
    with pytest.raises(kind):
        client.v1.customers.create({"name": fault}, {"idempotency_key": fault})
    assert made() == int(is_done)
    client.v1.customers.create({"name": fault}, {"idempotency_key": fault})
    assert made() == 1


def test_who_asks_too_often_is_told_to_wait() -> None:
    with doubled(requests_a_second=3, monotonic=lambda: 7) as double:
        client = client_of(double)
        for _ in range(3):
            client.v1.balance.retrieve()
        with pytest.raises(stripe.RateLimitError) as refused:
            client.v1.balance.retrieve()
    assert refused.value.http_status == 429


def test_lists_come_in_pages_the_newest_first() -> None:
    with doubled() as double:
        client = client_of(double)
        made = [client.v1.customers.create({"name": str(n)}).id for n in range(7)]
        first = client.v1.customers.list({"limit": 3})
        assert [each.id for each in first] == made[:-4:-1]
        assert first.has_more
        walked = [each.id for each in first.auto_paging_iter()]
        assert walked == made[::-1]
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.list({"limit": 101})


def test_an_answer_shows_what_it_is_asked_to_expand(client: stripe.StripeClient) -> None:
    intent = new_intent(
        client, {**BY_CARD, "amount": 500, "expand": ["latest_charge.balance_transaction"]}
    )
    charge: Any = intent.latest_charge
    assert charge.balance_transaction.net == 500 - 18  # 3.6 %
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.retrieve(intent.id, {"expand": ["amount"]})
