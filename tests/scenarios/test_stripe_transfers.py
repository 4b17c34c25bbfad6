"""
Payees who are paid through Stripe: once, whoever releases, and whatever breaks on the way.

A firm pays an invoice by card on 6 November, so Stripe holds the money. Hoshino is paid from there
on 25 December by a transfer to its connected account.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from api.stripe_calls import Caller
from ledger.core.account_at_home import NewBankAccount
from ledger.core.connected_account import NewConnectedAccount
from ledger.core.payout_run import PaymentState
from ledger.core.processor import LEASE, Processor
from ledger.core.refusal import Refusal
from ledger.services import answering, approving, auditing, paying, redirecting
from ledger.store.database import Database
from tests.api.doubled import client_of
from tests.api.stripe_scenes import Scene, scene
from tests.refusals import refused
from tests.rows import row_counts, rows
from tests.services.money import BANK_NAMES, is_banking_day, noon, settle

RUN = "PAY-2026-11"
PAID = date(2026, 12, 25)
#: 100,000 less the fee of 8 %, with the tax that came less that on the fee.
AMOUNT = 101_200


@pytest.fixture
def paying_house(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        made.pay("card")
        made.hear()
        made.caller.carry_on()  # The link is paid, and nobody is to pay by it again.
        yield made


@pytest.fixture
def planned(paying_house: Scene) -> Scene:
    """A run that pays Hoshino through Stripe on 25 December; the clock stands on that day."""
    connect(paying_house)
    assert settle(paying_house.database).run_reference == RUN
    paying_house.watch.instant = noon(PAID)
    return paying_house


def connect(scene: Scene, country: str = "JP") -> None:
    """Connect an account at Stripe, and let Hoshino be paid to it."""
    account = client_of(scene.double).v1.accounts.create({"country": country}).id
    redirecting.change_account(
        scene.database,
        party="hoshino",
        account=NewConnectedAccount(
            account=account, holder_name="ホシノ", effective_from=date(2026, 12, 1)
        ),
        reason="asked for it on 1 December",
        recorded_by="keiri",
        recorded_at=noon(date(2026, 12, 1)),
    )


def release(scene: Scene, by: str = "bucho", **changes: Any) -> None:
    asked: dict[str, Any] = {
        "run_reference": RUN,
        "released_by": by,
        "released_at": scene.watch(),
        "posted_on": PAID,
        "file_content": None,
        "stripe_is_live": False,
    }
    paying.release_payouts(scene.database, **(asked | changes))


def state(scene: Scene, run: str = RUN) -> str:
    found, (payment,) = approving.look_at_run(scene.database, run_reference=run)
    return payment.state_in(found)


def transfers(scene: Scene) -> list[tuple[int, str]]:
    """Return what Stripe transferred, and under which reference."""
    made = reversed(scene.double.state.newest("transfer"))
    return [(each["amount"], each["transfer_group"]) for each in made]


def is_whole(scene: Scene) -> bool:
    """Tell whether every invariant holds, nothing is lost, and Stripe says what the book does."""
    assert not {name: found for name, found in auditing.audit(scene.database).items() if found}
    assert scene.reconciler.look() == []
    return sum(scene.balances().values()) == 0


def test_a_run_pays_through_stripe_and_the_books_agree(planned: Scene) -> None:
    release(planned)
    assert planned.balances()["transfers JPY/0"] == -AMOUNT
    assert planned.reconciler.look() == []  # It has not left Stripe, in the book as there.
    planned.caller.carry_on()
    assert transfers(planned) == [(AMOUNT, f"{RUN}:hoshino")]
    assert state(planned) == PaymentState.CONFIRMED
    planned.hear(times=3)
    assert "transfers JPY/0" not in planned.balances()
    assert is_whole(planned)
    told = "SELECT count(*) FROM stripe_movement WHERE category = 'transfer'"
    assert rows(planned.database, told) == [(1,)]
    (kept,) = rows(planned.database, "SELECT file_content FROM payout_release")
    assert f'"amount_minor": {AMOUNT}'.encode() in kept[0]


def test_nothing_leaves_before_the_runs_day(planned: Scene) -> None:
    """Income tax is withheld on the day of payment, so the transfer waits for it."""
    planned.watch.instant = noon(PAID) - timedelta(days=2)
    release(planned)
    assert planned.caller.carry_on() == 0
    planned.watch.instant = noon(PAID) - timedelta(hours=12)  # Midnight in Japan.
    assert planned.caller.carry_on() == 1
    assert transfers(planned) == [(AMOUNT, f"{RUN}:hoshino")]
    planned.hear()
    assert is_whole(planned)


def test_two_people_release_a_run_once(planned: Scene) -> None:
    def attempt(person: str) -> str:
        try:
            release(planned, person)
        except Refusal as refusal:
            return refusal.code
        return "released"

    with ThreadPoolExecutor() as both:
        told = sorted(both.map(attempt, ("bucho", "shacho")))
    assert told == ["payouts_already_released", "released"]
    workers = [planned.caller, planned.caller]
    with ThreadPoolExecutor() as both:
        list(both.map(Caller.carry_on, workers))
    assert transfers(planned) == [(AMOUNT, f"{RUN}:hoshino")]
    planned.hear()
    assert is_whole(planned)


class Crashed(BaseException):
    """The process is gone: nothing that would have followed is done."""


class Crashing:
    """A processor at which the process dies, before or after Stripe did what it was asked."""

    def __init__(self, processor: Processor, *, is_after: bool) -> None:
        self.is_live = processor.is_live
        self._processor = processor
        self._is_after = is_after

    def transfer(self, **asked: Any) -> str:
        if self._is_after:
            self._processor.transfer(**asked)
        raise Crashed


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("hours", [0, 30])  # Stripe remembers a key for a day.
@pytest.mark.parametrize("is_heard", [False, True])
def test_a_crash_on_either_side_of_the_call_pays_once(
    planned: Scene, is_after: bool, hours: int, is_heard: bool
) -> None:
    release(planned)
    crashing: Any = Crashing(planned.caller.processor, is_after=is_after)
    dying = Caller(database=planned.database, processor=crashing, clock=planned.watch)
    with pytest.raises(Crashed):
        dying.carry_on()
    assert state(planned) == PaymentState.SENT
    if is_heard:  # Its webhook may come before anybody asks again.
        planned.hear()
    planned.watch.instant += LEASE + timedelta(hours=hours, seconds=1)
    planned.caller.carry_on()
    planned.hear()
    assert transfers(planned) == [(AMOUNT, f"{RUN}:hoshino")]
    assert state(planned) == PaymentState.CONFIRMED
    assert is_whole(planned)


def test_a_crash_before_the_answer_is_written_down_is_made_good(
    planned: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call came off and is written, and the process dies before its payout says so."""
    release(planned)
    with monkeypatch.context() as patched:
        patched.setattr("api.stripe_calls.transferring.record_answers", _die)
        with pytest.raises(Crashed):
            planned.caller.carry_on()
    assert state(planned) == PaymentState.SENT
    planned.caller.carry_on()
    assert state(planned) == PaymentState.CONFIRMED
    assert len(transfers(planned)) == 1


def _die(*_: Any, **__: Any) -> None:
    raise Crashed


def test_a_release_that_is_not_committed_asks_nothing(
    planned: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = row_counts(planned.database)
    monkeypatch.setattr("ledger.services.paying.outbox.enqueue", _die)
    with pytest.raises(Crashed):
        release(planned)
    assert row_counts(planned.database) == before
    assert planned.caller.carry_on() == 0
    assert transfers(planned) == []


def test_a_transfer_that_stripe_refuses_is_owed_again_and_paid_at_a_bank(planned: Scene) -> None:
    release(planned)
    planned.double.world.pays_out()  # Somebody emptied the balance meanwhile.
    planned.caller.carry_on()
    assert state(planned) == PaymentState.RETURNED
    planned.hear()
    assert is_whole(planned)
    redirecting.change_account(
        planned.database,
        party="hoshino",
        account=_bank_account(),
        reason="Stripe was empty",
        recorded_by="keiri",
        recorded_at=planned.watch(),
    )
    again = answering.plan_again(
        planned.database,
        pay_on=date(2027, 1, 8),
        planned_by="keiri",
        planned_at=planned.watch(),
        bank_names=BANK_NAMES,
        is_banking_day=is_banking_day,
    )
    planned.watch.instant = noon(date(2027, 1, 8))
    release(
        planned, run_reference=again.reference, posted_on=date(2027, 1, 8), file_content=b"1210"
    )
    answering.confirm_payments(
        planned.database,
        run_reference=again.reference,
        confirmed_on=date(2027, 1, 8),
        recorded_by="keiri",
        recorded_at=planned.watch(),
    )
    assert state(planned) == PaymentState.PAID_AGAIN
    assert state(planned, again.reference) == PaymentState.CONFIRMED
    assert is_whole(planned)


def _bank_account() -> NewBankAccount:
    return NewBankAccount(
        bank_code="0001",
        branch_code="001",
        account_type="ordinary",
        number="7654321",
        holder_kana="ﾎｼﾉ",
        effective_from=date(2026, 12, 26),
    )


def test_a_transfer_that_is_taken_back_is_owed_again(planned: Scene) -> None:
    release(planned)
    planned.caller.carry_on()
    planned.hear()
    (transfer,) = planned.double.state.newest("transfer")
    client_of(planned.double).v1.transfers.reversals.create(transfer["id"])
    planned.hear(times=2)
    assert state(planned) == PaymentState.RETURNED
    assert planned.balances()["payable JPY/0"] == -AMOUNT
    assert is_whole(planned)


def test_a_part_that_is_taken_back_waits_for_a_person(planned: Scene) -> None:
    release(planned)
    planned.caller.carry_on()
    planned.hear()
    (transfer,) = planned.double.state.newest("transfer")
    client_of(planned.double).v1.transfers.reversals.create(transfer["id"], {"amount": 200})
    planned.hear()
    outcome, reason = planned.outcomes()["transfer.reversed"]
    assert (outcome, "partly_reversed" in reason) == ("kept", True)
    assert planned.balances()["transfers JPY/0"] == -200
    assert is_whole(planned)


def test_a_transfer_that_nobody_planned_is_kept_and_listed(planned: Scene) -> None:
    asked: Any = {"amount": 500, "currency": "jpy"}
    asked["destination"] = planned.double.state.newest("account")[0]["id"]
    client_of(planned.double).v1.transfers.create(asked)
    planned.hear()
    outcome, reason = planned.outcomes()["transfer.created"]
    assert (outcome, "transfer_unknown" in reason) == ("kept", True)
    assert {each.kind for each in planned.reconciler.look()} == {"not_in_book", "balance"}


def test_the_bank_does_not_confirm_what_stripe_pays(planned: Scene) -> None:
    release(planned)
    answering.confirm_payments(
        planned.database,
        run_reference=RUN,
        confirmed_on=PAID,
        recorded_by="keiri",
        recorded_at=planned.watch(),
    )
    assert state(planned) == PaymentState.SENT


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stripe_is_live": None}, "transfers_not_possible"),
        ({"file_content": b"1210"}, "payout_file_empty"),  # No bank pays anybody of it.
        ({"abroad_content": b"<xml/>"}, "payout_file_empty"),
        ({"released_by": "keiri"}, "same_person_cannot_release"),
    ],
)
def test_a_release_that_cannot_be_leaves_nothing(
    planned: Scene, changes: Mapping[str, Any], code: str
) -> None:
    before = row_counts(planned.database)
    with refused(code):
        release(planned, **changes)
    assert row_counts(planned.database) == before


def test_a_balance_that_is_too_small_is_a_clear_refusal(planned: Scene) -> None:
    planned.double.world.pays_out()
    planned.hear()
    before = row_counts(planned.database)
    with refused("insufficient_stripe_balance", payouts=str(AMOUNT)):
        release(planned)
    assert row_counts(planned.database) == before
    assert transfers(planned) == []


def test_an_account_abroad_is_refused_by_stripe_and_owed_again(paying_house: Scene) -> None:
    """It was in Japan when it was entered, as far as the house knew."""
    connect(paying_house, country="US")
    settle(paying_house.database)
    paying_house.watch.instant = noon(PAID)
    release(paying_house)
    paying_house.caller.carry_on()
    assert state(paying_house) == PaymentState.RETURNED
    assert transfers(paying_house) == []
    assert is_whole(paying_house)
