"""
What waits, is held, refunded, revised and paid ahead, in one book: each with the others, by hand.

X owns C and pays the house 8 %; a tenth of what it receives is held for two months. Y claims 30 %
of C. Every story ends with the whole book worked out a second time.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from ledger.core.new_claim import NewClaim
from ledger.core.party import NewEntrustment
from ledger.core.payee_advance import NewPayeeAdvance
from ledger.core.period import Month
from ledger.core.reserve import NewReserveClaim
from ledger.core.statement import Statement
from ledger.services import advancing, auditing, contesting, disputing, refunding, reserving
from ledger.services.revising import Move
from ledger.store.database import Database
from tests import builders
from tests.services import money
from tests.services.explained import explained
from tests.services.money import DECEMBER, NOVEMBER, OCTOBER, balances, bill, sell, statements
from tests.services.revised import revise

pytestmark = pytest.mark.usefixtures("worked_out_again")

JANUARY, FEBRUARY = Month(2027, 1), Month(2027, 2)
TENTH = NewEntrustment(
    admin_fee_bp=800, effective_from=builders.STARTS_ON, reserve_bp=1_000, reserve_months=2
)


@pytest.fixture
def world(database: Database) -> Database:
    """A house, X with C and a novel, Y who claims 30 % of C, and Z with nothing yet."""
    money.house(database)
    free = NewEntrustment(admin_fee_bp=0, effective_from=builders.STARTS_ON)
    builders.parties(
        database,
        builders.new_company("X", minimum_payment_minor=0, entrustment=TENTH),
        builders.new_company("Y", minimum_payment_minor=0, entrustment=free),
        builders.new_company("Z", minimum_payment_minor=0, entrustment=free),
    )
    builders.work(database, "C", owner="X")
    builders.work(database, "novel", owner="X")
    builders.work(database, "essay", owner="Y")
    claim = NewClaim(
        reference="CLM-Y", subject="C", party="Y", share_bp=3_000, starts_on=builders.STARTS_ON
    )
    contesting.enter_claims(
        database, claims=[claim], recorded_by="keiri", recorded_at=builders.RECORDED_AT
    )
    return database


def earn(
    database: Database, month: Month, *sold: tuple[str, int], settled: bool = True
) -> dict[str, Statement]:
    """Sell works for a month, be paid in the next, and settle and pay that."""
    for work, amount in sold:
        sell(database, amount, work=work, month=month)
    money.receive_all(database, bill(database, month), on=month.next().last_day)
    return pay(database, month.next()) if settled else {}


def pay(database: Database, month: Month) -> dict[str, Statement]:
    run = money.settle(database, month).run_reference
    assert not any(auditing.audit(database).values())
    if run is not None:
        money.release(database, run)
    return statements(database)


def refund(database: Database, reference: str, amount_minor: int, on: date) -> None:
    """Enter that the firm gets an amount of X's back, and a tenth of it as tax."""
    claim = NewReserveClaim(
        reference=reference,
        kind="refund",
        holder="X",
        licensee="studio-a",
        amount_minor=amount_minor,
        tax_minor=amount_minor // 10,
        claimed_on=on,
        reason="Generated twice",
    )
    reserving.enter_claims(
        database, claims=[claim], recorded_by="keiri", recorded_at=money.noon(on)
    )


def transfer(database: Database, amount_minor: int, on: date) -> int:
    return refunding.record_refund(
        database,
        licensee="studio-a",
        amount_minor=amount_minor,
        currency="JPY",
        transferred_on=on,
        bank_reference=f"B-{on}",
        recorded_by="keiri",
        recorded_at=money.noon(on),
    )


def change(database: Database, how: Any, on: date, **more: Any) -> None:
    """Agree on Y's claim, dispute it, or withdraw it."""
    how(
        database,
        reference="CLM-Y",
        reason="A letter",
        recorded_by="keiri",
        recorded_at=money.noon(on),
        **more,
    )


def aside(statement: Statement) -> Sequence[tuple[str, int, int]]:
    return [
        (each.kind, each.amount_minor, each.tax_minor)
        for section in statement.sections
        for each in section.set_aside
    ]


def test_a_statement_with_suspense_and_a_reserve_is_revised(world: Database) -> None:
    november = earn(world, OCTOBER, ("C", 100_000))
    # 92,000 and 9,200 of tax: 30 % wait, and a tenth of the rest is held.
    waits = [("suspended", 27_600, 2_760), ("reserved", 6_440, 644)]
    assert aside(november["X"]) == waits
    assert november["X"].settlement.payout_minor == 57_960 + 5_796

    moving = Move(to="Z", amount_minor=10_000, tax_minor=1_000)
    (second,) = revise(world, november["X"].number, moving=moving)
    assert (second.number, aside(second)) == (f"{november['X'].number}-r2", waits)
    (third,) = revise(world, second.number, moving=Move(to="Z", amount_minor=5_000))
    assert aside(third) == waits
    (told,) = explained(world, third.number).all("in_place_of")
    assert [each.text("amount") for each in told.steps] == ["-10000", "-5000"]
    assert (told.reference, told.text("moved")) == (second.number, "-5000")
    assert balances(world)["payable:X"] == 16_000

    change(world, contesting.withdraw, date(2026, 12, 20))
    december = pay(world, DECEMBER)
    # What waited comes back, and a tenth of it is held; 15,000 of November are Z's.
    assert aside(december["X"]) == [
        ("suspense_released", -27_600, -2_760),
        ("reserved", 2_760, 276),
    ]
    assert december["X"].settlement.carried_in_minor == -15_000
    assert december["X"].settlement.payable_minor == 27_600 - 2_760 - 15_000
    assert december["Z"].settlement.payable_minor == 15_000
    brought = explained(world, december["X"].number).all("brought_forward")
    assert [(each.reference, each.text("tax")) for each in brought] == [
        (second.number, "-1000"),
        (third.number, "0"),
    ]
    assert pay(world, JANUARY)["X"].settlement.payable_minor == 6_440
    assert pay(world, FEBRUARY)["X"].settlement.payable_minor == 2_760
    assert balances(world) == {"bank": 8_800, "admin_fee": -8_000, "output_tax": -800}


def test_refunds_are_borne_owed_and_transferred(world: Database) -> None:
    earn(world, OCTOBER, ("novel", 100_000))  # 9,200 and 920 of tax are held.
    refund(world, "CB-1", 5_000, date(2026, 12, 3))
    refund(world, "CB-2", 10_000, date(2026, 12, 20))
    december = pay(world, DECEMBER)
    assert aside(december["X"]) == [
        ("reserve_borne", -5_000, -500),
        ("reserve_borne", -4_200, -420),
        ("refunded", 5_000, 500),
        ("refunded", 10_000, 1_000),
    ]
    assert december["X"].settlement.carried_out_minor == -5_800
    assert transfer(world, 5_500, date(2027, 1, 12)) == 11_000
    refund(world, "CB-3", 1_000, date(2027, 1, 13))
    earn(world, NOVEMBER, settled=False)
    january = earn(world, DECEMBER, ("novel", 50_000))
    # 46,000 less a tenth, which bears the third refund of the month; less what December owed.
    assert january["X"].settlement.payable_minor == 41_400 - 5_800
    assert transfer(world, 12_100, date(2027, 2, 12)) == 0
    assert "refunds:studio-a" not in balances(world)
    assert balances(world)["reserves:X"] == -(3_600 + 360)


def test_what_was_paid_by_a_claim_that_is_lost_is_moved_by_a_revision(world: Database) -> None:
    change(world, contesting.agree, date(2026, 11, 2))
    november = earn(world, OCTOBER, ("C", 100_000))
    assert november["Y"].settlement.payout_minor == 27_600 + 2_760
    change(world, contesting.withdraw, date(2026, 12, 12))
    moving = Move(to="X", amount_minor=27_600, tax_minor=2_760, category="claim")
    mine, theirs = revise(world, november["Y"].number, moving=moving)
    assert (mine.revision, theirs.number) == (2, f"{november['X'].number}-r2")
    # X is paid what Y owes as soon as there is money; Y's next royalties are set off first.
    earn(world, NOVEMBER, ("essay", 20_000), ("novel", 100_000))
    december = statements(world)
    assert december["Y"].settlement.carried_out_minor == 20_000 - 27_600
    assert december["X"].settlement.payable_minor == 92_000 - 9_200 + 27_600
    january = earn(world, DECEMBER, ("essay", 20_000))
    assert january["Y"].settlement.payable_minor == 2 * 20_000 - 27_600
    assert january["Y"].settlement.consumption_tax_minor == 2 * 2_000 - 2_760
    assert "payable:Y" not in balances(world)


def test_a_month_has_everything_at_once(world: Database) -> None:
    november = earn(world, OCTOBER, ("C", 100_000), ("novel", 50_000), ("essay", 30_000))
    moving = Move(to="Y", amount_minor=4_000, tax_minor=400)
    revise(world, november["X"].number, moving=moving)
    disputing.answer(
        world,
        statement=november["Y"].number,
        line="1.1",
        state="disputed",
        reason="Not our character",
        payee_id=None,
        recorded_by="Y",
        recorded_at=money.noon(date(2026, 12, 14)),
    )
    refund(world, "CB-1", 2_000, date(2026, 12, 15))
    advance = NewPayeeAdvance(
        reference="ADV-1", payee="Y", amount_minor=9_000, pay_from=date(2026, 12, 1)
    )
    advancing.enter_advances(
        world,
        advances=[advance],
        recorded_by="keiri",
        recorded_at=money.noon(date(2026, 12, 16)),
    )
    change(world, contesting.agree, date(2026, 12, 20), share_bp=2_000)
    december = earn(world, NOVEMBER, ("C", 10_000), ("novel", 20_000), ("essay", 5_000))
    # Of what waited (27,600), Y gets 18,400, and X what is left. Of 9,200 for C, Y gets 1,840.
    y = december["Y"].settlement
    assert y.earned_minor == 18_400 + 1_840 + 5_000
    assert (y.carried_in_minor, y.advance_paid_minor) == (4_000, 9_000)
    x = december["X"].settlement
    # 9,200 come back; 7,360 and 18,400 came in: a tenth is held, and bears the refund.
    assert x.earned_minor == 34_960 - 3_496
    assert (x.carried_in_minor, x.payable_minor) == (-4_000, 34_960 - 3_496 - 4_000)
    assert transfer(world, 2_200, date(2027, 1, 12)) == 0
    january = earn(world, DECEMBER, ("essay", 10_000))
    assert january["Y"].settlement.advance_recouped_minor == 9_000
    assert january["Y"].settlement.payable_minor == 1_000
    pay(world, FEBRUARY)
    assert "reserves:X" not in balances(world)
    assert "suspense:X" not in balances(world)
    assert balances(world)["bank"] == -sum(
        amount for name, amount in balances(world).items() if name != "bank"
    )
