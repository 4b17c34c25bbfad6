"""
An author's advance by the calendar: paid in December, recouped over three months, to the yen.

The house pays it from its own fees of a large sale. The author is no registered issuer, lives in
Japan, and has a minimum payment of 5,000.
"""

from datetime import date, datetime

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.payee_advance import NewPayeeAdvance
from ledger.core.period import Month
from ledger.core.statement import AdvanceRow, Statement
from ledger.services import advancing, auditing
from ledger.store.database import Database
from tests import builders
from tests.services.explained import explained
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    balances,
    bill,
    house,
    noon,
    receive_all,
    release,
    sell,
    settle,
    statements,
)

pytestmark = pytest.mark.usefixtures("worked_out_again")

JANUARY, FEBRUARY = Month(2027, 1), Month(2027, 2)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


@pytest.fixture
def world(database: Database) -> Database:
    """A house, a publisher that earns it its fees, and an author with an advance of 300,000."""
    house(database)
    builders.party(database, "hoshino")
    builders.parties(database, builders.new_person("author", minimum_payment_minor=5_000))
    builders.work(database, "novel", owner="hoshino")
    builders.work(database, "essay", owner="author")
    enter(database)
    return database


def enter(
    database: Database,
    reference: str = "ADV-1",
    amount_minor: int = 300_000,
    at: datetime = builders.RECORDED_AT,
) -> None:
    """Enter an advance to the author that is due in November."""
    advance = NewPayeeAdvance(
        reference=reference,
        payee="author",
        amount_minor=amount_minor,
        pay_from=date(2026, 11, 30),
        reason="signature",
    )
    advancing.enter_advances(database, advances=[advance], recorded_by="keiri", recorded_at=at)


def earn(database: Database, work: str, amount_minor: int, month: Month) -> Statement | None:
    """Sell a work for a month, be paid in the next, settle and pay that; return the statement."""
    sell(database, amount_minor, work=work, month=month)
    receive_all(database, bill(database, month), on=month.next().last_day)
    settled = settle(database, month.next())
    assert auditing.audit(database) == SOUND
    if settled.run_reference is not None:
        release(database, settled.run_reference)
    return statements(database).get("author")


def figures(statement: Statement | None) -> tuple[int, ...]:
    """Return the way from what was earned to what is paid, and what is left of the advance."""
    assert statement is not None
    settled = statement.settlement
    return (
        settled.earned_minor,
        settled.advance_paid_minor,
        -settled.advance_recouped_minor,
        settled.payable_minor,
        settled.consumption_tax_minor,
        -settled.withholding_minor,
        settled.payout_minor,
        sum(each.after_minor for each in statement.advances),
    )


def test_an_advance_is_paid_once_and_recouped_over_three_months(world: Database) -> None:
    # 10.21 % of 300,000 are withheld when it is paid, and nothing when it is set off.
    paid = earn(world, "novel", 10_000_000, OCTOBER)
    assert figures(paid) == (0, 300_000, 0, 300_000, 0, -30_630, 269_370, 300_000)
    assert balances(world)["payee_advances:author"] == 300_000

    # 100,000 less the house's 8 % are 92,000; its tax of 9,200 waits for the next payment.
    first = earn(world, "essay", 100_000, NOVEMBER)
    assert figures(first) == (92_000, 0, -92_000, 0, 0, 0, 0, 208_000)
    second = earn(world, "essay", 100_000, DECEMBER)
    assert figures(second) == (92_000, 0, -92_000, 0, 0, 0, 0, 116_000)
    assert second is not None
    assert second.advances == (
        AdvanceRow(
            reference="ADV-1",
            amount_minor=300_000,
            before_minor=208_000,
            paid_minor=0,
            recouped_minor=92_000,
            after_minor=116_000,
        ),
    )

    # 184,000 less the last 116,000 are 68,000, with the tax of three months: 36,800.
    third = earn(world, "essay", 200_000, JANUARY)
    assert figures(third) == (184_000, 0, -116_000, 68_000, 36_800, -6_942, 97_858, 0)

    fees = 800_000 + 8_000 + 8_000 + 16_000
    withheld = 30_630 + 6_942
    assert balances(world) == {
        "bank": fees + fees // 10 + withheld,
        "admin_fee": -fees,
        "output_tax": -fees // 10,
        "withholding": -withheld,
    }
    assert third is not None
    step = explained(world, third.number)
    (advance,) = step.all("payee_advance")
    assert (advance.reference, advance.text("recouped"), advance.text("after")) == (
        "ADV-1",
        "116000",
        "0",
    )
    assert step.text("advance_recouped") == "116000"


def test_an_advance_that_was_used_up_is_not_looked_at_again(world: Database) -> None:
    earn(world, "novel", 10_000_000, OCTOBER)
    used_up = earn(world, "essay", 400_000, NOVEMBER)
    assert figures(used_up) == (368_000, 0, -300_000, 68_000, 36_800, -6_942, 97_858, 0)
    after = earn(world, "essay", 100_000, DECEMBER)
    assert after is not None
    assert after.advances == ()


def test_a_second_advance_is_recouped_after_the_first(world: Database) -> None:
    earn(world, "novel", 10_000_000, OCTOBER)
    enter(world, "ADV-2", 50_000, at=noon(date(2026, 12, 20)))
    both = earn(world, "essay", 100_000, NOVEMBER)
    # What is earned recoups the first; the second is paid with it, and set off later.
    assert figures(both) == (92_000, 50_000, -92_000, 50_000, 9_200, -5_105, 54_095, 258_000)
    last = earn(world, "essay", 300_000, DECEMBER)
    assert last is not None
    assert [each.recouped_minor for each in last.advances] == [208_000, 50_000]
    assert figures(last)[3] == 18_000


def test_an_advance_waits_for_a_bank_account(database: Database) -> None:
    house(database)
    builders.party(database, "hoshino")
    builders.parties(database, builders.new_person("author", bank_account=None))
    builders.work(database, "novel", owner="hoshino")
    builders.work(database, "essay", owner="author")
    enter(database)
    assert earn(database, "novel", 10_000_000, OCTOBER) is None  # Nothing to tell of yet.
    held = earn(database, "essay", 100_000, NOVEMBER)
    assert figures(held) == (92_000, 0, 0, 0, 0, 0, 0, 0)
    assert held is not None
    assert (held.settlement.hold_reason, held.settlement.carried_out_minor) == (
        "bank_account_missing",
        92_000,
    )
    (waiting,) = advancing.list_advances(database, payee_id=None).advances
    assert (waiting.paid_in, waiting.left_minor) == (None, 0)
