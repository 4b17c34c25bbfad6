"""
A month in which nothing comes in: a committee's fixed costs are due all the same, and are carried.

DOMAIN section 4 runs a waterfall per committee and month, and carries a deficit. So a month
without receipts is one in which the pool is what the costs take out of it.
"""

from datetime import date

from invoices.documents import html_of
from ledger.core.period import Month
from ledger.services import auditing
from ledger.services.registering import NewStep
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.services.committees import committee
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    house,
    receive_all,
    sell,
    settle,
    statements,
)
from tests.services.test_settling_deficits import of

JANUARY, FEBRUARY, MARCH, APRIL = (Month(2027, number) for number in (1, 2, 3, 4))

PROMOTION = NewStep(kind="expense", category="expense", payee="agency", amount_minor=100)

_RUNS = """
    SELECT receipts_minor, deficit_in_minor, deficit_out_minor,
           distributed_after_minor - distributed_before_minor
    FROM holder_settlement JOIN settlement USING (settlement_id) ORDER BY closing_month
"""


def is_sound(database: Database) -> bool:
    return not any(auditing.audit(database).values())


def test_e3_a_month_without_receipts_is_a_deficit_month(database: Database) -> None:
    """Pools of −100, 30, 50, 80, −40 and −100: the first and the last are months of nothing."""
    house(database)
    builders.parties(
        database,
        *(builders.new_company(name, minimum_payment_minor=0) for name in ("lead", "studio")),
        builders.new_company("agency", minimum_payment_minor=0),
    )
    committee(database, steps=(PROMOTION,), members=(("lead", 60), ("studio", 40)))
    settle(database, OCTOBER.next())
    for month, amount in ((NOVEMBER, 130), (DECEMBER, 150), (JANUARY, 180), (FEBRUARY, 60)):
        sell(database, amount, work="drama", month=month)
        if month == NOVEMBER:
            bill(database, OCTOBER)
        receive_all(database, bill(database, month), on=month.next().first_day.replace(day=27))
        settle(database, month.next())
    settle(database, APRIL)
    assert rows(database, _RUNS) == [
        (0, 0, -100, 0),
        (130, -100, -70, 0),
        (150, -70, -20, 0),
        (180, -20, 0, 60),
        (60, 0, 0, -40),
        (0, 0, -80, -20),
    ]
    # The members' parts of 60, −40 and −20; what was paid to them is asked for with the next.
    lead = [of(database, "lead", month) for month in (FEBRUARY, MARCH, APRIL)]
    assert [each.earned_minor for each in lead] == [36, -24, -12]
    assert [each.payable_minor for each in lead] == [36, 0, 0]
    assert lead[-1].carried_out_minor == -36
    # Promotion is paid in the one month in which the committee was level.
    agency = [of(database, "agency", month) for month in (NOVEMBER, FEBRUARY, APRIL)]
    assert [each.earned_minor for each in agency] == [100, 100, 100]
    assert [each.payable_minor for each in agency] == [0, 400, 0]
    assert agency[-1].hold_reason == "committee_deficit"
    assert is_sound(database)


def test_the_statement_of_a_nil_month_says_what_the_costs_took(database: Database) -> None:
    house(database)
    committee(database)
    settle(database, NOVEMBER)
    stated = statements(database)
    (section,) = stated["lead"].sections
    assert (section.usage, section.receipts_minor, section.admin_fee_minor) == ((), 0, 0)
    assert {step.category: step.amount_minor for step in section.steps if step.amount_minor} == {
        "music": 88_000,
        "expense": 120_000,
        "pool": -208_000,
        "deficit_carried": -208_000,
    }
    assert stated["composer"].settlement.carried_out_minor == 88_000
    assert stated["composer"].settlement.hold_reason == "committee_deficit"
    assert stated["lead"].usage_months == ()
    for statement in stated.values():
        assert statement.number in html_of(statement)
    assert is_sound(database)


def test_a_committee_without_fixed_costs_has_no_nil_months(database: Database) -> None:
    house(database)
    builders.committee(database)
    builders.work(database, "drama", owner="kaze-committee")
    assert settle(database, NOVEMBER).statements == ()
    assert rows(database, _RUNS) == []


def test_costs_are_due_from_the_first_month_of_the_contract_on(database: Database) -> None:
    house(database)
    committee(database, effective_from=DECEMBER)
    settle(database, NOVEMBER)
    assert rows(database, _RUNS) == []
    settle(database, DECEMBER)
    assert rows(database, _RUNS) == [(0, 0, -208_000, 0)]


def test_a_payee_with_a_balance_is_told_of_it_in_a_month_of_nothing(database: Database) -> None:
    house(database)
    builders.party(database, minimum_payment_minor=5_000)
    sell(database, 1_000)
    receive_all(database, bill(database))
    settle(database, NOVEMBER)
    settle(database, DECEMBER)
    december = of(database, "hoshino", DECEMBER)
    assert (december.carried_in_minor, december.earned_minor) == (920, 0)
    assert (december.payable_minor, december.carried_out_minor) == (0, 920)
    assert statements(database)["hoshino"].sections == ()
    assert date(2027, 1, 10) == statements(database)["hoshino"].issued_on
    assert is_sound(database)
