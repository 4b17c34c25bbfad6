"""
What is left when terms end: a repayable advance, two checkpoints, a month below zero.

A house, two rights holders, and a license of two grants from April to September 2026, by the
calendar: used, closed, billed, received and settled month by month.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.agreement import NewTier
from ledger.core.invoice import Invoice
from ledger.core.period import Month
from ledger.core.recoup_agreement import (
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupGroup,
    NewShare,
)
from ledger.services import billing
from ledger.store.database import Database
from tests import builders
from tests.scenarios.test_advances import invoice, is_sound, received_by
from tests.services import money
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

APRIL, JUNE, JULY, SEPTEMBER = (Month(2026, number) for number in (4, 6, 7, 9))


def sign(database: Database, *groups: NewRecoupGroup, **terms: Any) -> None:
    """Write the house, both holders and the license: the novel is its first grant."""
    money.house(database)
    builders.parties(
        database,
        builders.new_company("hoshino", minimum_payment_minor=0),
        builders.new_company("minami", minimum_payment_minor=0),
    )
    builders.work(database, "novel", owner="hoshino")
    builders.work(database, "comic", owner="minami")
    line = builders.new_rate_line(**{"rate": Decimal(1), **terms})
    agreed = builders.new_terms(rate_lines=(line,))
    builders.license(
        database,
        starts_at=APRIL.starts_at,
        ends_at=SEPTEMBER.ends_at,
        grants=tuple(
            builders.new_grant(subjects=(work,), terms=agreed) for work in ("novel", "comic")
        ),
        recoup_groups=groups,
    )


def pay_advances(database: Database) -> None:
    numbers = billing.issue_advances(
        database,
        due_through=APRIL.first_day,
        issued_on=APRIL.first_day,
        due_on=APRIL.last_day,
        recorded_at=money.noon(APRIL.first_day),
        bank_names=money.BANK_NAMES,
    )
    money.receive_all(database, numbers, on=APRIL.last_day)


def run(database: Database, used: dict[Month, dict[str, int]]) -> dict[Month, Invoice]:
    """Go through the months of the license and one more; return the invoices by month."""
    found = {}
    month = APRIL
    while month <= SEPTEMBER:
        events = [
            generation(count, on=month.last_day, subjects=(work,))
            for work, count in used.get(month, {}).items()
        ]
        if events:
            report(database, *events)
        for number in money.bill(database, month):
            found[month] = invoice(database, number)
            if found[month].total_minor:
                money.receive(database, number, on=found[month].due_on)
        money.settle(database, month)
        month = month.next()
    money.settle(database, month)
    return found


def test_what_is_not_recouped_of_a_repayable_advance_is_owed_back(database: Database) -> None:
    loan = NewAdvance(
        reference="loan",
        kind="repayable",
        amount_minor=1_000_000,
        due_on=APRIL.first_day,
        recouped_from=(NewShare(grant=0, share_bp=5_000),),  # Half of the novel's royalty.
    )
    guarantee = NewGuarantee(
        reference="mg",
        starts_on=APRIL.first_day,
        checkpoints=(
            NewCheckpoint(due_on=JUNE.last_day, target_minor=600_000),
            NewCheckpoint(due_on=SEPTEMBER.last_day, target_minor=1_500_000),
        ),
    )
    group = NewRecoupGroup(
        reference="half-year",
        crossing="special",
        grants=(0, 1),
        advances=(loan,),
        guarantees=(guarantee,),
    )
    sign(database, group)
    pay_advances(database)
    invoices = run(
        database,
        {
            JUNE: {"novel": 400_000, "comic": 100_000},
            SEPTEMBER: {"novel": 600_000, "comic": 200_000},
        },
    )

    # June: half of 400,000 recoups the loan; 300,000 are payable, and as much is missing.
    june, september = invoices[JUNE], invoices[SEPTEMBER]
    assert [line.payable_minor for line in june.lines] == [200_000, 100_000]
    assert [each.amount_minor for each in june.prepayments] == [300_000]
    assert (june.subtotal_minor, june.tax_minor) == (600_000, 60_000)

    # September: of 600,000 and 200,000, 300,000 recoup the loan; the 300,000 billed in June are
    # recouped from 300,000 and 200,000; 500,000 + 300,000 were paid of 1,500,000.
    assert [line.payable_minor for line in september.lines] == [120_000, 80_000]
    assert [(each.reference, each.recouped_minor) for each in september.set_offs] == [
        ("loan", 300_000),
        ("mg/2026-06-30", 300_000),
    ]
    assert [each.amount_minor for each in september.prepayments] == [700_000]

    assert received_by(database, "hoshino") == {
        "recouped": 200_000 + 300_000 + 180_000,
        "invoice": 200_000 + 120_000,
        "shortfall": 538_462,  # 700,000 by 1,000,000 to 300,000.
    }
    assert received_by(database, "minami") == {
        "recouped": 120_000,
        "invoice": 100_000 + 80_000,
        "shortfall": 161_538,
    }
    held = money.balances(database)
    assert held["refunds:studio-a"] == -550_000  # The other half of the loan, and its tax.
    assert not any(account.startswith(("advances", "holders")) for account in held)
    assert is_sound(database)


def test_a_month_below_zero_waits_until_its_grant_has_earned_it_again(database: Database) -> None:
    # ¥10 an image up to 100 in a year, and ¥1 for all of them beyond: 50 more give 850 back.
    group = NewRecoupGroup(
        reference="novel",
        crossing="single",
        grants=(0,),
        advances=(
            NewAdvance(
                reference="advance",
                kind="guaranteed",
                amount_minor=1_500,
                due_on=APRIL.first_day,
            ),
        ),
    )
    sign(
        database,
        group,
        tier_mode="whole_volume",
        tiers=(NewTier(up_to=100, rate=10), NewTier(up_to=None, rate=1)),
        counter_scope="contract_year",
    )
    pay_advances(database)
    invoices = run(
        database, {JUNE: {"novel": 100}, JULY: {"novel": 50}, SEPTEMBER: {"novel": 2_000}}
    )
    assert sorted(invoices) == [JUNE, SEPTEMBER]
    september = invoices[SEPTEMBER]
    assert [line.amount_minor for line in september.lines] == [-850, 2_000]
    # 500 of the advance are left for the 1,150 that the two months come to.
    assert (september.recouped_minor, september.subtotal_minor) == (500, 650)
    assert received_by(database, "hoshino") == {"recouped": 1_500, "invoice": 650}
    assert is_sound(database)


def test_a_shortfall_of_a_term_without_use_is_shared_equally(database: Database) -> None:
    guarantee = NewGuarantee(
        reference="mg",
        starts_on=APRIL.first_day,
        checkpoints=(NewCheckpoint(due_on=date(2026, 9, 15), target_minor=1_001),),
    )
    group = NewRecoupGroup(
        reference="both", crossing="cross", grants=(0, 1), guarantees=(guarantee,)
    )
    sign(database, group)
    invoices = run(database, {})
    assert [month for month, each in invoices.items() if each.subtotal_minor == 1_001] == [
        SEPTEMBER
    ]
    assert received_by(database, "hoshino") == {"shortfall": 501}
    assert received_by(database, "minami") == {"shortfall": 500}
    assert is_sound(database)


def test_a_line_below_zero_gives_back_to_an_advance_that_nothing_has_used_yet(
    database: Database,
) -> None:
    """All of a month's uses together are within the advance, and the first of them is not."""
    group = NewRecoupGroup(
        reference="both",
        crossing="single",
        grants=(0,),
        advances=(
            NewAdvance(
                reference="advance", kind="guaranteed", amount_minor=700, due_on=APRIL.first_day
            ),
        ),
    )
    sign(database, group, basis="pct_revenue", rate=Decimal(10))
    pay_advances(database)
    report(
        database,
        generation(1, on=JUNE.first_day, subjects=("novel",), net_revenue=Decimal(-2_000)),
        generation(1, on=JULY.first_day, subjects=("novel",), net_revenue=Decimal(10_000)),
    )
    invoices = run(database, {})
    # −200 waits for July, whose 1,000 leave 800 of both: 700 from the advance, and 100.
    assert [line.amount_minor for line in invoices[JULY].lines] == [-200, 1_000]
    assert (invoices[JULY].recouped_minor, invoices[JULY].subtotal_minor) == (700, 100)
    assert is_sound(database)
