"""A firm is asked to pay an invoice through Stripe, whatever goes wrong on the way there."""

import logging
from collections.abc import Iterator

import pytest

from api.stripe_double.faults import Fault
from api.stripe_gateway import StripeGateway
from ledger.core.money import Money
from ledger.core.processor import (
    AmountInThirdDecimal,
    AmountOutsideMethod,
    Method,
    MethodInOtherCurrency,
    ProcessorAway,
    ProcessorRefused,
    TransferAbroad,
    check_method,
)
from ledger.core.refusal import Refusal
from ledger.services import calling
from ledger.services.requesting import InvoiceNotFound, InvoiceNotToPay
from ledger.store.database import Database
from tests.api.doubled import Watch, doubled
from tests.api.stripe_scenes import Scene, scene
from tests.rows import rows
from tests.services import money


@pytest.fixture
def paying(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        yield made


@pytest.mark.parametrize(
    ("amount", "method", "refusal"),
    [
        (Money(50), Method.CARD, None),
        (Money(49), Method.CARD, AmountOutsideMethod),
        (Money(49, "USD"), Method.CARD, AmountOutsideMethod),
        (Money(100_000_000), Method.CARD, AmountOutsideMethod),  # Eight digits at most.
        (Money(50), Method.BANK_TRANSFER, None),
        (Money(10_000, "USD"), Method.BANK_TRANSFER, MethodInOtherCurrency),
        (Money(119), Method.KONBINI, AmountOutsideMethod),
        (Money(120), Method.KONBINI, None),
        (Money(300_000), Method.KONBINI, None),
        (Money(300_001), Method.KONBINI, AmountOutsideMethod),
        (Money(12_340, "KWD"), Method.CARD, None),  # 12.340
        (Money(12_345, "KWD"), Method.CARD, AmountInThirdDecimal),
    ],
)
def test_each_way_to_pay_has_its_bounds(
    amount: Money, method: Method, refusal: type[Refusal] | None
) -> None:
    if refusal is None:
        check_method(amount, method)
        return
    with pytest.raises(refusal):
        check_method(amount, method)


def test_a_card_is_taken_on_a_page(paying: Scene) -> None:
    assert paying.ask("card").state == "asked"
    paying.caller.carry_on()
    (stand,) = paying.stands()
    assert stand.state == "open"
    assert stand.url is not None
    paid = paying.double.world.pays_link(stand.url)
    assert (paid["amount"], paid["currency"]) == (110_000, "jpy")
    assert paid["metadata"] == {"genbo_reference": stand.request.reference}


def test_a_transfer_goes_to_the_firms_own_account(paying: Scene) -> None:
    paying.ask("jp_bank_transfer")
    paying.caller.carry_on()
    (stand,) = paying.stands()
    assert stand.virtual_account is not None
    assert stand.virtual_account["bank_code"] == "9990"
    assert stand.virtual_account["number"].isdecimal()
    assert [each["name"] for each in paying.double.state.newest("customer")] == [
        "株式会社スタジオA"
    ]


def test_a_payment_at_a_counter_ends(paying: Scene) -> None:
    paying.ask("konbini")
    paying.caller.carry_on()
    (stand,) = paying.stands()
    assert stand.expires_at is not None
    paying.watch.pass_by(days=31)
    assert paying.stands()[0].state == "expired"
    assert paying.ask("konbini").request.reference != stand.request.reference


def test_whoever_asks_again_is_given_the_same(paying: Scene) -> None:
    first = paying.ask("card")
    assert paying.ask("card").request == first.request
    paying.caller.carry_on()
    assert paying.ask("card").request.reference == first.request.reference
    assert paying.ask("konbini").request.reference != first.request.reference
    assert len(rows(paying.database, "SELECT 1 FROM payment_request")) == 2


def test_what_is_paid_or_not_there_is_not_asked_for(paying: Scene, database: Database) -> None:
    with pytest.raises(InvoiceNotFound):
        paying.ask("card", invoice="INV-0000")
    (owner,) = rows(database, "SELECT party_id FROM party WHERE reference = 'hoshino'")
    with pytest.raises(InvoiceNotFound):
        paying.ask("card", owner_id=owner[0])  # Another's invoice is as unknown as none.
    money.receive(database, paying.invoice)
    with pytest.raises(InvoiceNotToPay):
        paying.ask("card")


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.RATE_LIMITED, Fault.IN_FLIGHT, Fault.ERROR_BEFORE, Fault.ERROR_AFTER),
        *(Fault.NO_ANSWER_BEFORE, Fault.NO_ANSWER_AFTER, Fault.SLOW),
    ],
)
@pytest.mark.parametrize("method", ["card", "konbini"])
def test_what_failed_is_asked_again_and_made_once(paying: Scene, fault: Fault, method: str) -> None:
    kind = "payment_link" if method == "card" else "payment_intent"
    paying.ask(method)
    faults = [fault] if method == "card" else [fault, None, fault]  # The customer and the intent.
    paying.double.faults.add(*faults)
    paying.caller.carry_on()
    assert paying.stands()[0].state == "asked"
    assert paying.caller.carry_on() == 0  # Not at once.
    for _ in range(3):
        paying.watch.pass_by(minutes=15)
        paying.caller.carry_on()
    assert paying.stands()[0].state == "open"
    assert len(paying.double.state.newest(kind)) == 1
    assert len(paying.double.state.newest("customer")) == (0 if method == "card" else 1)


@pytest.mark.parametrize("method", ["card", "jp_bank_transfer"])
@pytest.mark.parametrize("hours", [1, 30])
def test_whoever_dies_between_stripe_and_the_commit_leaves_nothing_twice(
    paying: Scene, monkeypatch: pytest.MonkeyPatch, method: str, hours: int
) -> None:
    """After an hour the key is known; after thirty Stripe has forgotten it, and is looked at."""

    class Killed(BaseException):
        """The process ends here."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    paying.ask(method)
    with monkeypatch.context() as patched:
        patched.setattr(calling, "record_done", die)
        with pytest.raises(Killed):
            paying.caller.carry_on()
    assert paying.stands()[0].state == "asked"
    paying.watch.pass_by(hours=hours)
    paying.caller.carry_on()
    assert paying.stands()[0].state == "open"
    kind = "payment_link" if method == "card" else "payment_intent"
    assert len(paying.double.state.newest(kind)) == 1


def test_a_try_is_nobody_elses_until_its_lease_is_over(paying: Scene) -> None:
    paying.ask("card")
    now = paying.watch()
    assert len(calling.take_due(paying.database, is_live=False, at=now)) == 1
    assert calling.take_due(paying.database, is_live=False, at=now) == []
    paying.watch.pass_by(minutes=3)
    (again,) = calling.take_due(paying.database, is_live=False, at=paying.watch())
    assert again.number == 2


def test_test_keys_do_not_carry_out_what_live_keys_were_to_do(paying: Scene) -> None:
    paying.ask("card", is_live=True)
    assert paying.caller.carry_on() == 0


def test_what_stripe_refuses_is_shown_with_its_reason(paying: Scene) -> None:
    paying.ask("card")
    (call,) = calling.take_due(paying.database, is_live=False, at=paying.watch())
    with pytest.raises(ProcessorRefused, match="No such payment_intent"):
        paying.caller.processor.refund(
            reference="R-1", payment="pi_none", amount_minor=100, key="k", look_first=False
        )
    calling.record_refused(
        paying.database, call=call, reason="card: declined", ended_at=paying.watch()
    )
    (stuck,) = calling.list_stuck(paying.database)
    assert (stuck.outcome, stuck.reason) == ("refused", "card: declined")
    assert paying.stands()[0].state == "refused"


def test_a_key_that_is_not_good_loses_nothing_and_is_not_told(
    paying: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = "sk_test_wrong_but_secret_0000"
    wrong = StripeGateway(key=key, base_url=paying.double.url)
    paying.ask("card")
    caller = type(paying.caller)(database=paying.database, processor=wrong, clock=paying.watch)
    caller.carry_on()
    paying.watch.pass_by(minutes=1)
    paying.caller.carry_on()
    assert paying.stands()[0].state == "open"
    told = str(rows(paying.database, "SELECT * FROM stripe_outcome"))
    assert key not in told + caplog.text
    assert paying.double.api_key not in told + caplog.text
    assert key not in repr(wrong) + repr(caller)


def test_accounts_abroad_are_not_paid_and_others_once() -> None:
    with doubled(Watch()) as double:
        gateway = StripeGateway(key=double.api_key, base_url=double.url)
        double.state.move(
            amount=90_000, currency="jpy", kind="charge", category="charge", source="ch_1"
        )
        paid = double.state.new_id("acct")
        for identity, country in ((paid, "JP"), ("acct_us", "US")):
            double.state.add(
                {
                    "object": "account",
                    "id": identity,
                    "country": country,
                    "capabilities": {"transfers": "active"},
                }
            )
        with pytest.raises(TransferAbroad) as refused:
            gateway.transfer(
                reference="PAY-1",
                amount=Money(5_000),
                destination="acct_us",
                key="a",
                look_first=False,
            )
        assert refused.value.values == {"destination": "acct_us", "country": "US"}
        double.faults.add(Fault.NO_ANSWER_AFTER)
        for look_first in (False, False, True):
            try:
                gateway.transfer(
                    reference="PAY-1",
                    amount=Money(5_000),
                    destination=paid,
                    key="forgotten" if look_first else "b",
                    look_first=look_first,
                )
            except ProcessorAway:
                continue
        assert len(double.state.newest("transfer")) == 1
