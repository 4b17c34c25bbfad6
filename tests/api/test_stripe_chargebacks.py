"""A card payment is charged back after its holder was paid: the next settlements make it good."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ledger.core.payment import Channel
from ledger.core.reserve import NewReserveClaim
from ledger.services import auditing, crediting, refunding, reserving
from ledger.services.refunding import RefundExceedsOwed, RefundNotTakenBack
from ledger.store.database import Database
from tests.api.stripe_scenes import Scene, scene
from tests.services import money


@pytest.fixture
def paying(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        yield made


def _sound(database: Database) -> None:
    assert not any(auditing.audit(database).values())


def _claim(paying: Scene, *, on: date) -> None:
    reserving.enter_claims(
        paying.database,
        claims=[
            NewReserveClaim(
                reference="CB-1",
                kind="chargeback",
                holder="hoshino",
                licensee="studio-a",
                amount_minor=100_000,
                tax_minor=10_000,
                claimed_on=on,
                reason="dp",
                invoice=paying.invoice,
            )
        ],
        recorded_by="keiri",
        recorded_at=money.noon(on),
    )


def _record(paying: Scene, amount_minor: int, **changes: Any) -> int:
    on = paying.watch().date()
    asked: dict[str, Any] = {
        "licensee": "studio-a",
        "amount_minor": amount_minor,
        "currency": "JPY",
        "transferred_on": on,
        "bank_reference": "dp_1",
        "channel": Channel.STRIPE,
        "recorded_by": "keiri",
        "recorded_at": paying.watch(),
    }
    return refunding.record_refund(paying.database, **(asked | changes))


def test_a_chargeback_after_the_payout_comes_back_from_what_the_holder_earns_next(
    paying: Scene, database: Database
) -> None:
    intent = paying.pay("card")
    paying.double.world.pays_out()  # What Stripe holds pays nobody.
    paying.hear()
    paid = money.settle(database)
    assert paid.run_reference is not None
    money.release(database, paid.run_reference)
    _sound(database)

    paying.watch.pass_by(days=60)  # 5 January, long after the payout of 25 December.
    dispute = paying.double.world.disputes(intent)
    paying.double.world.decides(dispute["id"], is_won=False)
    paying.hear()
    assert paying.balances()["taken_back JPY/0"] == 110_000
    assert paying.balances()["stripe JPY/0"] == -110_000 - 1_300
    assert paying.reconciler.look() == []
    _claim(paying, on=date(2027, 1, 5))
    _sound(database)

    money.sell(database, 150_000, month=money.DECEMBER)
    for month in (money.NOVEMBER, money.DECEMBER):
        invoices = money.bill(database, month)
    (invoice,) = invoices
    money.receive(database, invoice, on=date(2027, 1, 29))
    settled = money.settle(database, money.DECEMBER.next())
    assert settled.run_reference is not None
    money.release(database, settled.run_reference)
    _sound(database)

    paying.watch.pass_by(days=60)
    with pytest.raises(RefundExceedsOwed):
        _record(paying, 110_001)
    assert _record(paying, 110_000) == 0  # The firm is owed it, and has it.
    assert not {"taken_back JPY/0", "refunds JPY/0"} & paying.balances().keys()
    _sound(database)


def test_no_more_is_recorded_through_stripe_than_went_back_there(
    paying: Scene, database: Database
) -> None:
    paying.open("card")
    url = (paying.stands()[0].request.answer or {})["url"]
    money.receive(database, paying.invoice, on=paying.watch().date())
    intent = paying.double.world.pays_link(url)["id"]  # Paid twice: the second is its credit.
    paying.hear()
    crediting.return_credit(
        database,
        licensee="studio-a",
        currency="JPY",
        amount_minor=110_000,
        returned_by="keiri",
        returned_at=paying.watch(),
    )
    with pytest.raises(RefundNotTakenBack):
        _record(paying, 110_000)
    paying.caller.processor.refund(
        reference="R-1", payment=intent, amount_minor=60_000, key="r", look_first=False
    )
    paying.hear()
    with pytest.raises(RefundNotTakenBack) as refused:
        _record(paying, 60_001)
    assert refused.value.values["taken"] == "60000"
    assert _record(paying, 60_000) == 50_000
    assert "taken_back JPY/0" not in paying.balances()
    _sound(database)
