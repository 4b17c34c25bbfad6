"""
DOMAIN E8 by the calendar: a tenth held for two months, refunds borne by it, the rest released.

The holder pays the house nothing, so that a sale of 1,000,000 is what is divided.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.party import NewEntrustment
from ledger.core.period import Month
from ledger.core.reserve import NewReserveClaim
from ledger.core.statement import ReserveRow, Statement
from ledger.services import auditing, entrusting, reserving
from ledger.services.entrusting import LaterEntrustment
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.services import money
from tests.services.committees import committee
from tests.services.explained import explained
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    balances,
    bill,
    house,
    receive_all,
    release,
    sell,
    settle,
    statements,
)

pytestmark = pytest.mark.usefixtures("worked_out_again")

JANUARY, FEBRUARY = Month(2027, 1), Month(2027, 2)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}

TENTH = NewEntrustment(
    admin_fee_bp=0, effective_from=builders.STARTS_ON, reserve_bp=1_000, reserve_months=2
)


@pytest.fixture
def world(database: Database) -> Database:
    """A house, and a holder whose receipts are held back by a tenth for two months."""
    house(database)
    builders.party(database, "hoshino", minimum_payment_minor=0, entrustment=TENTH)
    builders.work(database, "novel", owner="hoshino")
    return database


def claim(database: Database, **changes: Any) -> None:
    """Enter that the firm gets 37,500 back."""
    values: dict[str, Any] = {
        "reference": "CB-1",
        "kind": "refund",
        "holder": "hoshino",
        "licensee": "studio-a",
        "amount_minor": 37_500,
        "tax_minor": 3_750,
        "claimed_on": date(2026, 12, 3),
        "reason": "Generated twice by a fault of the firm's client",
    }
    reserving.enter_claims(
        database,
        claims=[NewReserveClaim(**values | changes)],
        recorded_by="keiri",
        recorded_at=money.noon(date(2026, 12, 12)),
    )


def pay(database: Database, month: Month) -> Statement:
    """Settle a month, check everything, pay it; return the holder's newest statement."""
    settled = settle(database, month)
    assert auditing.audit(database) == SOUND
    if settled.run_reference is not None:
        release(database, settled.run_reference)
    return statements(database)["hoshino"]


def earn(database: Database, amount_minor: int, month: Month = OCTOBER) -> Statement:
    """Sell the novel for a month, be paid in the next, and settle that."""
    sell(database, amount_minor, work="novel", month=month)
    receive_all(database, bill(database, month), on=month.next().last_day)
    return pay(database, month.next())


def figures(statement: Statement) -> tuple[int, int, int]:
    """Return what was earned, its tax, and what is paid."""
    settled = statement.settlement
    return (settled.earned_minor, settled.consumption_tax_minor, settled.payout_minor)


def test_e8_is_held_borne_and_released_to_the_yen(world: Database) -> None:
    # November: a tenth of 1,000,000 is held, and of its tax.
    november = earn(world, 1_000_000)
    assert figures(november) == (900_000, 90_000, 990_000)
    assert november.sections[0].reserve == ReserveRow(
        before_minor=0, held_minor=100_000, borne_minor=0, released_minor=0, after_minor=100_000
    )
    assert balances(world)["reserves:hoshino"] == -110_000

    # December: 37,500 and their tax go back to the firm, and the reserve bears them.
    claim(world)
    december = pay(world, DECEMBER)
    assert figures(december) == (0, 0, 0)
    assert [
        (each.kind, each.amount_minor, each.tax_minor) for each in december.sections[0].set_aside
    ] == [
        ("reserve_borne", -37_500, -3_750),
        ("refunded", 37_500, 3_750),
    ]
    assert balances(world)["reserves:hoshino"] == -68_750
    assert balances(world)["refunds:studio-a"] == -41_250

    # January: what is left after two months is released, with its tax.
    january = pay(world, JANUARY)
    assert figures(january) == (62_500, 6_250, 68_750)
    assert january.sections[0].reserve == ReserveRow(
        before_minor=62_500, held_minor=0, borne_minor=0, released_minor=62_500, after_minor=0
    )
    assert balances(world) == {"bank": 41_250, "refunds:studio-a": -41_250}
    pay(world, FEBRUARY)
    assert statements(world)["hoshino"] == january  # Nothing is released twice.

    (lot,) = reserving.list_reserves(world, holder_id=None)
    assert (lot.borne_minor, lot.released_minor, lot.left_minor) == (37_500, 62_500, 0)
    step = explained(world, january.number)
    (released,) = step.all("reserve_released")
    assert (released.reference, released.text("amount")) == ("2026-11", "-62500")


def test_each_month_holds_its_own_and_the_oldest_bears_first(world: Database) -> None:
    earn(world, 1_000_000)
    claim(world)
    december = earn(world, 500_000, NOVEMBER)
    reserve = ReserveRow(
        before_minor=100_000,
        held_minor=50_000,
        borne_minor=37_500,
        released_minor=0,
        after_minor=112_500,
    )
    assert december.sections[0].reserve == reserve
    assert [each.left_minor for each in reserving.list_reserves(world, holder_id=None)] == [
        50_000,
        62_500,
    ]
    assert figures(pay(world, JANUARY))[0] == 62_500
    assert figures(pay(world, FEBRUARY))[0] == 50_000
    assert "reserves:hoshino" not in balances(world)


def test_what_no_reserve_can_bear_is_taken_from_what_came_in(world: Database) -> None:
    earn(world, 100_000)
    claim(world)  # 37,500 against a reserve of 10,000.
    december = pay(world, DECEMBER)
    assert december.settlement.carried_out_minor == -27_500
    bill(world, NOVEMBER)  # Nobody used anything.
    january = earn(world, 100_000, DECEMBER)
    assert january.settlement.carried_in_minor == -27_500
    assert january.settlement.payable_minor == 90_000 - 27_500


def test_a_committees_reserve_is_held_before_its_waterfall(database: Database) -> None:
    house(database)
    committee(database, party=replace(builders.new_committee().party, entrustment=TENTH), steps=())
    sell(database, 1_000_000, work="drama")
    receive_all(database, bill(database), on=NOVEMBER.last_day)
    settle(database, NOVEMBER)
    assert statements(database)["lead"].settlement.earned_minor == 270_000  # 30 % of 900,000.
    settle(database, DECEMBER)
    settle(database, JANUARY)
    assert statements(database)["lead"].settlement.earned_minor == 30_000
    assert auditing.audit(database) == SOUND


def test_terms_can_change_for_later_months(database: Database) -> None:
    house(database)
    free = replace(TENTH, reserve_bp=None, reserve_months=None)
    builders.party(database, "hoshino", minimum_payment_minor=0, entrustment=free)
    builders.work(database, "novel", owner="hoshino")
    assert earn(database, 1_000_000).sections[0].reserve is None
    for day, code in ((date(2026, 11, 15), "entrustment_in_the_past"), (DECEMBER.first_day, None)):
        terms = replace(TENTH, effective_from=day, reserve_bp=2_000)
        change = [LaterEntrustment(party="hoshino", terms=terms)]
        if code is None:
            entrusting.change_entrustments(database, changes=change)
            continue
        with refusal(code, "terms.effective_from"):
            entrusting.change_entrustments(database, changes=change)
    with refusal("entrustment_taken", "terms.effective_from"):
        entrusting.change_entrustments(database, changes=change)
    december = earn(database, 1_000_000, NOVEMBER)
    assert december.sections[0].reserve is not None
    assert december.sections[0].reserve.held_minor == 200_000


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount_minor": 0}, "number_out_of_range", "amount_minor"),
        ({"kind": "gift"}, "word_not_known", "kind"),
        ({"holder": "studio-a"}, "party_not_a_holder", "holder"),
        ({"licensee": "nobody"}, "party_unknown", "licensee"),
        ({"reason": ""}, "text_missing", "reason"),
        ({"invoice": "INV-2026-000009"}, "reserve_claim_invoice_unknown", "invoice"),
        ({"invoice": "INV-2026-000002"}, "reserve_claim_invoice_unknown", "invoice"),  # Not paid.
        (
            {"invoice": "INV-2026-000001", "amount_minor": 1_000_001, "tax_minor": 100_000},
            "reserve_claim_exceeds_invoice",
            "amount_minor",
        ),
    ],
)
def test_a_refund_that_cannot_be_is_refused_by_its_field(
    world: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    earn(world, 1_000_000)
    sell(world, 5_000, work="novel", month=NOVEMBER)
    bill(world, NOVEMBER)
    with refusal(code, field):
        claim(world, **changes)
    assert reserving.list_claims(world, holder_id=None).claims == ()


def test_a_refund_names_its_invoice_and_is_entered_once(world: Database) -> None:
    earn(world, 1_000_000)
    claim(world, invoice="INV-2026-000001")
    with refusal("reference_taken", "reference"):
        claim(world)
    (entered,) = reserving.list_claims(world, holder_id=None).claims
    assert (entered.invoice, entered.settled_in) == ("INV-2026-000001", None)
    with refusal("reserve_claim_exceeds_invoice", "amount_minor"):
        claim(world, reference="CB-2", invoice="INV-2026-000001", amount_minor=1_060_000)
