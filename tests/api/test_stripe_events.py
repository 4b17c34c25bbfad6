"""What Stripe tells enters the book once, however and how often it comes; else nothing moves."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.stripe_double.faults import Fault
from ledger.core.processor import LEASE
from ledger.services import auditing, collecting, listening, processing, requesting
from ledger.services.listening import LOOKS_MAX, StripeEventUnknown
from ledger.store.database import Database
from tests.api.stripe_scenes import Scene, scene
from tests.rows import rows
from tests.services import money

#: An invoice of ¥110,000 by card: 3.6 % of it is Stripe's.
PAID_BY_CARD = {
    "stripe JPY/0": 110_000 - 3_960,
    "processor_fees JPY/0": 3_960,
    "holders JPY/0": -100_000,
    "holders_tax JPY/0": -10_000,
}


@pytest.fixture
def paying(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        yield made


@pytest.fixture(autouse=True)
def _sound(database: Database) -> Iterator[None]:
    """Whatever a test did, the book is sound after it."""
    yield
    assert not any(auditing.audit(database).values())


@pytest.mark.parametrize(
    ("method", "fee"), [("card", 3_960), ("jp_bank_transfer", 1_650), ("konbini", 3_960)]
)
def test_a_payment_pays_the_invoice_and_its_fee_is_the_houses(
    paying: Scene, method: str, fee: int
) -> None:
    paying.pay(method)
    paying.hear()
    assert paying.balances() == {
        **PAID_BY_CARD,
        "stripe JPY/0": 110_000 - fee,
        "processor_fees JPY/0": fee,
    }
    assert paying.stripe_says() == {"jpy": 110_000 - fee}
    (receipt,) = collecting.list_receipts(paying.database, licensee_id=None).receipts
    assert (receipt.channel, receipt.amount_minor) == ("stripe", 110_000)
    assert {each.state for each in paying.stands()} == {"paid"}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("order", [1, -1])
def test_order_and_number_of_events_make_no_difference(
    paying: Scene, times: int, order: int
) -> None:
    intent = paying.pay("card")
    charge = paying.double.state.find("payment_intent", intent)["latest_charge"]
    client = paying.double.state
    refund = paying.caller.processor.refund(
        reference="R-1", payment=intent, amount_minor=10_000, key="r", look_first=False
    )
    paying.double.hooks.deliver(lambda events: events[::order], times=times)
    for _ in range(3):
        paying.inbox.carry_on()
        paying.watch.pass_by(minutes=11)
    assert client.find("refund", refund)["charge"] == charge
    assert paying.balances() == {
        **PAID_BY_CARD,
        "stripe JPY/0": 110_000 - 3_960 - 10_000,
        "taken_back JPY/0": 10_000,
    }
    assert paying.stripe_says() == {"jpy": 110_000 - 3_960 - 10_000}


def test_lost_events_change_nothing_until_they_come(paying: Scene) -> None:
    paying.pay("card")
    paying.double.hooks.deliver(lambda _: [])
    paying.inbox.carry_on()
    assert "stripe JPY/0" not in paying.balances()
    succeeded = next(
        each for each in paying.double.state.events if each["type"] == "payment_intent.succeeded"
    )
    assert paying.double.hooks.send(succeeded) == 200
    paying.inbox.carry_on()
    assert paying.balances() == PAID_BY_CARD


@pytest.mark.parametrize("is_won", [True, False])
@pytest.mark.parametrize("order", [1, -1])
def test_a_chargeback_takes_the_money_back_and_one_that_is_won_brings_it_again(
    paying: Scene, is_won: bool, order: int
) -> None:
    intent = paying.pay("card")
    paying.hear()
    dispute = paying.double.world.disputes(intent)
    paying.double.world.decides(dispute["id"], is_won=is_won)
    paying.double.hooks.deliver(lambda events: events[::order])
    paying.inbox.carry_on()
    taken = 0 if is_won else 110_000
    expected = {
        **PAID_BY_CARD,
        "stripe JPY/0": 110_000 - 3_960 - 1_300 - taken,
        "processor_fees JPY/0": 3_960 + 1_300,
    }
    if taken:
        expected["taken_back JPY/0"] = taken
    assert paying.balances() == expected  # Stripe's balance is below zero when it is lost.
    assert paying.stripe_says() == {"jpy": expected["stripe JPY/0"]}


def test_a_payout_moves_the_money_to_the_bank_and_one_returned_moves_it_back(
    paying: Scene,
) -> None:
    paying.pay("card")
    payout = paying.double.world.pays_out()
    assert payout is not None
    paying.hear()
    assert paying.balances() == {
        **{name: amount for name, amount in PAID_BY_CARD.items() if name != "stripe JPY/0"},
        "bank JPY/0": 106_040,
    }
    paying.double.world.returns_payout(payout["id"])
    paying.hear()
    assert paying.balances() == PAID_BY_CARD


def _changed(intent: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**intent, **changes}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        # Yen have no decimals: a hundred times too much is a mistake of the exponent.
        ({"amount_received": 11_000_000}, "amount_differs: 11000000, asked for 110000"),
        ({"amount_received": 109_999}, "amount_differs"),
        ({"amount_received": None}, "amount_differs"),
        ({"amount_received": "110000"}, "amount_differs"),
        ({"currency": "usd"}, "currency_differs: USD, asked for JPY"),
        ({"metadata": {}}, "intent_unknown"),
        ({"metadata": {"genbo_reference": "INV-9-P1"}}, "intent_unknown"),
        ({"metadata": 7}, "unreadable"),
    ],
)
def test_what_does_not_fit_is_kept_and_moves_nothing(
    paying: Scene, changes: dict[str, Any], reason: str
) -> None:
    paying.pay("card")
    event = paying.double.state.events[-1]
    before = paying.balances()
    event["data"]["object"].update(changes)
    assert paying.double.hooks.send(event) == 200
    paying.inbox.carry_on()
    outcome, told = paying.outcomes()["payment_intent.succeeded"]
    assert outcome == "kept"
    assert told.startswith(reason)
    assert paying.balances() == before
    assert [each.reference for each in listening.list_events(paying.database, only_kept=True)]


def test_a_live_event_does_nothing_where_test_keys_are_set(paying: Scene) -> None:
    paying.pay("card")
    event = {**paying.double.state.events[-1], "livemode": True}
    assert paying.double.hooks.send(event) == 200
    paying.inbox.carry_on()
    assert paying.outcomes()["payment_intent.succeeded"] == ("kept", "other_mode")


def test_one_that_cannot_be_dealt_with_does_not_hold_up_the_others(paying: Scene) -> None:
    paying.pay("card")
    poisoned = {**paying.double.state.events[-1], "id": "evt_poisoned", "data": {}}
    assert paying.double.hooks.send(poisoned) == 200
    paying.hear()
    assert paying.balances() == PAID_BY_CARD
    (kept,) = listening.list_events(paying.database, only_kept=True)
    assert (kept.reference, kept.outcome) == ("evt_poisoned", "kept")


def test_a_failure_of_ours_is_tried_again_and_kept_in_the_end(
    paying: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    paying.pay("card")
    paying.double.hooks.deliver()
    with monkeypatch.context() as patched:
        patched.setattr(collecting, "record_receipt", fail)
        for _ in range(LOOKS_MAX):
            assert paying.inbox.carry_on() > 0
            paying.watch.pass_by(hours=7)
        assert paying.inbox.carry_on() == 0
    outcome, reason = paying.outcomes()["payment_intent.succeeded"]
    assert (outcome, reason) == ("kept", "failed: RuntimeError")
    (event,) = listening.list_events(paying.database, only_kept=True)
    listening.replay_event(
        paying.database, reference=event.reference, by="keiri", at=paying.watch()
    )
    paying.inbox.carry_on()
    assert paying.balances() == PAID_BY_CARD


def test_stripe_that_is_away_is_waited_for(paying: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    paying.pay("card")
    paying.double.hooks.deliver()
    monkeypatch.setattr(paying.double.desk, "requests_a_second", 0)
    paying.inbox.carry_on()
    assert paying.outcomes()["payment_intent.succeeded"][0] == "waits"
    monkeypatch.setattr(paying.double.desk, "requests_a_second", 100)
    paying.watch.pass_by(minutes=1)
    paying.inbox.carry_on()
    assert paying.balances() == PAID_BY_CARD


def test_whoever_dies_between_the_receipt_and_the_record_posts_it_once(
    paying: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process ends here."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    paying.pay("card")
    paying.double.hooks.deliver()
    for edge, name in ((processing, "record_movements"), (listening, "record_look")):
        with monkeypatch.context() as patched:
            patched.setattr(edge, name, die)
            with pytest.raises(Killed):
                paying.inbox.carry_on()
    paying.inbox.carry_on()
    assert paying.balances() == PAID_BY_CARD


def test_everything_may_be_looked_at_again(paying: Scene) -> None:
    paying.pay("card")
    paying.hear()
    count = len(paying.double.state.events)
    looked = listening.replay_since(
        paying.database, since=paying.watch(), by="keiri", at=paying.watch()
    )
    assert looked == count
    assert paying.inbox.carry_on() == count
    assert paying.balances() == PAID_BY_CARD
    with pytest.raises(StripeEventUnknown):
        listening.replay_event(paying.database, reference="evt_none", by="keiri", at=paying.watch())


def test_too_little_by_transfer_is_shown_and_is_not_ours_yet(paying: Scene) -> None:
    paying.open("jp_bank_transfer")
    customer = paying.double.state.newest("customer")[0]["id"]
    paying.double.world.transfers(customer, 100_000)
    paying.hear()
    assert paying.outcomes()["payment_intent.partially_funded"][0] == "kept"
    assert "stripe JPY/0" not in paying.balances()
    paying.double.world.transfers(customer, 10_000)
    paying.hear()
    assert paying.balances()["stripe JPY/0"] == 110_000 - 1_650


def test_a_second_payment_of_an_invoice_is_the_firms_credit(paying: Scene) -> None:
    paying.open("card")
    money.receive(paying.database, paying.invoice, on=paying.watch().date())
    stand = paying.stands()[0]
    url = (stand.request.answer or {})["url"]
    paying.double.world.pays_link(url)
    paying.hear()
    assert paying.balances()["credits JPY/0"] == -110_000


def test_what_was_paid_elsewhere_cannot_be_paid_by_the_old_link(paying: Scene) -> None:
    paying.open("card")
    url = (paying.stands()[0].request.answer or {})["url"]
    money.receive(paying.database, paying.invoice, on=paying.watch().date())
    paying.caller.carry_on()
    with pytest.raises(Exception, match="no longer active"):
        paying.double.world.pays_link(url)


def test_after_a_part_was_paid_the_rest_is_asked_for(paying: Scene) -> None:
    paying.open("card")
    money.receive(paying.database, paying.invoice, amount_minor=40_000, on=paying.watch().date())
    stand = paying.open("card")
    assert (stand.request.amount_minor, stand.state) == (70_000, "open")
    assert [each.state for each in paying.stands()] == ["withdrawn", "open"]
    paying.double.world.pays_link(stand.url or "")
    paying.hear()
    assert "receivable JPY/0" not in paying.balances()


@pytest.mark.parametrize("fault", [Fault.NO_ANSWER_AFTER, Fault.ERROR_BEFORE])
def test_a_withdrawal_that_failed_is_asked_for_again(paying: Scene, fault: Fault) -> None:
    stand = paying.open("card")
    money.receive(paying.database, paying.invoice, on=paying.watch().date())
    paying.double.faults.add(fault)
    paying.caller.carry_on()
    paying.watch.pass_by(minutes=LEASE.seconds)
    paying.caller.carry_on()
    link = paying.double.state.find("payment_link", (stand.request.answer or {})["processor_id"])
    assert link["active"] is False


def test_the_same_event_is_written_down_once(paying: Scene) -> None:
    paying.pay("card")
    event = paying.double.state.events[-1]
    assert [paying.double.hooks.send(event) for _ in range(3)] == [200, 200, 200]
    assert rows(paying.database, "SELECT count(*) FROM stripe_event") == [(1,)]


def test_requests_are_found_by_their_reference(paying: Scene) -> None:
    made = paying.ask("card").request
    assert requesting.find_request(paying.database, reference=made.reference) == made
    assert requesting.find_request(paying.database, reference="INV-0-P1") is None
