"""
DOMAIN E6's last bullet by the calendar: two houses claim 60 % of one character each.

A firm abroad pays no consumption tax on it, so that the tax on the house's fee of 8 % is taken
from what is divided: 925,681 of 1,014,999.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.new_claim import NewClaim
from ledger.core.party import NewEntrustment
from ledger.core.period import Month
from ledger.core.statement import Statement
from ledger.services import auditing, contesting
from ledger.store.database import Database
from tests import builders
from tests.rows import rows
from tests.scenarios import revenues
from tests.services import billed
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

JANUARY = Month(2027, 1)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}

TERMS = NewEntrustment(admin_fee_bp=800, effective_from=builders.STARTS_ON)


def world(database: Database, *, policy: str = "hold_disputed_part") -> Database:
    """A house, X with the character C and a novel, Y, and a firm abroad."""
    house(database)
    terms = replace(TERMS, overclaim_policy=policy)
    builders.parties(
        database,
        builders.new_company("X", minimum_payment_minor=0, entrustment=terms),
        builders.new_company("Y", minimum_payment_minor=0, entrustment=TERMS),
        builders.new_licensee(
            "lumen",
            country="US",
            has_jp_establishment=False,
            corporate_number=None,
            registrations=(),
        ),
    )
    builders.work(database, "C", owner="X")
    builders.work(database, "novel", owner="X")
    return database


def claim(database: Database, party: str, share_bp: int, **changes: Any) -> None:
    """Enter that a party claims a share of C."""
    values: dict[str, Any] = {
        "reference": f"CLM-{party}",
        "subject": "C",
        "party": party,
        "share_bp": share_bp,
        "starts_on": builders.STARTS_ON,
    }
    contesting.enter_claims(
        database,
        claims=[NewClaim(**values | changes)],
        recorded_by="keiri",
        recorded_at=after_last_settlement(database),
    )


def both_claim(database: Database) -> None:
    """Enter that X and Y claim 60 % of C each."""
    claim(database, "X", 6_000)
    claim(database, "Y", 6_000)


def after_last_settlement(database: Database) -> datetime:
    """Return the hour after a month was settled, or the usual instant when none was."""
    ((at,),) = rows(database, "SELECT max(settled_at) FROM settlement")
    return builders.RECORDED_AT if at is None else at + timedelta(hours=1)


def agree(database: Database, reference: str, share_bp: int | None = None) -> None:
    contesting.agree(
        database,
        reference=reference,
        share_bp=share_bp,
        reason="Settled out of court",
        recorded_by="keiri",
        recorded_at=after_last_settlement(database),
    )


def withdraw(database: Database, reference: str, reason: str = "A mistake") -> None:
    contesting.withdraw(
        database,
        reference=reference,
        reason=reason,
        recorded_by="keiri",
        recorded_at=after_last_settlement(database),
    )


def pay(database: Database, month: Month) -> dict[str, Statement]:
    """Settle a month, check everything, pay it; return the newest statements."""
    settled = settle(database, month)
    assert auditing.audit(database) == SOUND
    if settled.run_reference is not None:
        release(database, settled.run_reference)
    return statements(database)


def earn(
    database: Database, amount_minor: int = 1_014_999, work: str = "C"
) -> dict[str, Statement]:
    """Let a work earn an amount in October from the firm abroad, and settle November."""
    sell(database, amount_minor, work=work, licensee="lumen")
    receive_all(database, bill(database))
    return pay(database, NOVEMBER)


def paid(found: dict[str, Statement], payee: str) -> int:
    """Return what was earned with its tax."""
    return sum(
        each.amount_minor + each.tax_minor
        for section in found[payee].sections
        for each in section.earnings
    )


def test_e6_pays_what_is_undisputed_and_the_rest_when_it_is_agreed(database: Database) -> None:
    world(database)
    both_claim(database)
    november = earn(database)
    assert (paid(november, "X"), paid(november, "Y")) == (370_273, 370_272)
    assert balances(database)["suspense:X"] == -185_136

    # In December nobody agrees and nothing came in: nobody hears anything, nothing moves.
    assert pay(database, DECEMBER) == november

    # In January they have agreed on 60 and 40: what waited is X's.
    agree(database, "CLM-X")
    agree(database, "CLM-Y", 4_000)
    january = pay(database, JANUARY)
    assert paid(january, "X") == 555_409 - 370_273
    assert january["Y"] == november["Y"]  # It had its 40 % already: 370,272.
    assert "suspense:X" not in balances(database)
    (row,) = january["X"].sections[0].claims
    assert (row.reference, row.is_release, row.suspended_minor) == ("SUS-2026-11-X-1", True, 0)
    assert balances(database) == {
        "bank": 81_199 + 8_119,
        "admin_fee": -81_199,
        "output_tax": -8_119,
    }
    step = explained(database, january["X"].number)
    (released,) = step.all("suspense_released")
    assert released.reference == "SUS-2026-11-X-1"


def test_e6_may_hold_all_by_policy(database: Database) -> None:
    world(database, policy="hold_all")
    both_claim(database)
    november = earn(database)
    assert "Y" not in november
    assert paid(november, "X") == 0
    assert balances(database)["suspense:X"] == -925_681
    agree(database, "CLM-X", 5_000)
    agree(database, "CLM-Y", 5_000)
    december = pay(database, DECEMBER)
    assert (paid(december, "X"), paid(december, "Y")) == (462_841, 462_840)


def test_a_claim_takes_nothing_from_the_registered_holder_but_makes_it_wait(
    database: Database,
) -> None:
    world(database)
    claim(database, "Y", 3_000)
    november = earn(database, 100_000)  # 92,000 less 800 of tax.
    assert paid(november, "X") == 63_840
    assert "Y" not in november
    withdraw(database, "CLM-Y")
    december = pay(database, DECEMBER)
    assert paid(december, "X") == 91_200 - 63_840
    assert "suspense:X" not in balances(database)


def test_an_agreed_share_is_paid_to_whom_it_is(database: Database) -> None:
    world(database)
    claim(database, "Y", 3_000, state="agreed")
    november = earn(database, 100_000)
    assert (paid(november, "X"), paid(november, "Y")) == (63_840, 27_360)
    assert "suspense:X" not in balances(database)


def test_a_claimant_sees_what_it_claims_and_nothing_else(database: Database) -> None:
    world(database)
    both_claim(database)
    sell(database, 1_000_000, work="novel", licensee="lumen")
    november = earn(database)
    (section,) = november["Y"].sections
    assert [row.subject_reference for row in section.usage] == ["C"]
    assert (section.receipts_minor, section.admin_fee_minor) == (1_014_999, 81_199)
    aside = sum(each.amount_minor + each.tax_minor for each in section.set_aside)
    net = 1_014_999 - 81_199 - 8_119
    assert net - aside == paid(november, "Y") == 370_272
    assert paid(november, "X") == 370_273 + 912_000
    own = november["X"].sections[0]
    assert {each.kind for each in own.set_aside} == {"claimed_by_others", "suspended"}
    # Nor is it explained to it.
    step = explained(database, november["Y"].number, party="Y")
    assert not step.all("line")
    assert "1014999" not in {value.text for each in step.walk() for value in each.values}


def test_what_a_committee_is_not_disputed_runs_through_its_waterfall(database: Database) -> None:
    house(database)
    free = NewEntrustment(admin_fee_bp=0, effective_from=builders.STARTS_ON)
    committee(
        database,
        party=replace(builders.new_committee("X").party, entrustment=free),
        steps=(),
        members=(("lead", 60), ("studio", 40)),
    )
    builders.parties(database, builders.new_company("Y", minimum_payment_minor=0))
    builders.work(database, "C", owner="X")
    claim(database, "Y", 2_500)
    sell(database, 1_000_000, work="C")
    receive_all(database, bill(database))
    november = pay(database, NOVEMBER)
    assert november["lead"].settlement.earned_minor == 450_000
    assert balances(database)["suspense:X"] == -275_000
    agree(database, "CLM-Y", 1_500)
    december = pay(database, DECEMBER)
    assert december["Y"].settlement.earned_minor == 150_000
    assert december["lead"].settlement.earned_minor == 60_000
    assert "suspense:X" not in balances(database)


def test_what_was_paid_to_a_claim_that_fails_stays_paid(database: Database) -> None:
    world(database)
    both_claim(database)
    november = earn(database)
    agree(database, "CLM-X", 10_000)
    withdraw(database, "CLM-Y")
    december = pay(database, DECEMBER)
    # What waited is X's. Nobody else's money makes up for what Y had.
    assert paid(december, "X") == 185_136
    assert december["Y"] == november["Y"]
    assert "suspense:X" not in balances(database)
    assert pay(database, JANUARY) == december  # Once.


def test_what_waits_is_released_step_by_step(database: Database) -> None:
    world(database)
    both_claim(database)
    earn(database)
    agree(database, "CLM-X")  # 60 % are X's, 40 % Y's: nothing is disputed any more.
    december = pay(database, DECEMBER)
    assert paid(december, "X") == 185_136
    claim(database, "X", 1_000, reference="CLM-X2")  # It comes too late for what is settled.
    assert pay(database, JANUARY) == december


def test_the_whole_of_e6_with_its_top_up_is_claimed_by_two(database: Database) -> None:
    revenues.e6(database)
    builders.parties(database, builders.new_company("Y", minimum_payment_minor=0))
    for party in ("kage-holder", "Y"):
        claim(database, party, 6_000, subject="kage")
    revenues.state(database, revenues.REVENUE)
    revenues.close(database, OCTOBER)
    (invoice,) = billed.bill(database, OCTOBER)
    receive_all(database, [invoice])
    november = pay(database, NOVEMBER)
    # Kage earned 934,500 by use and 80,499 by revenue: 925,681 after the fee and its tax.
    assert (paid(november, "kage-holder"), paid(november, "Y")) == (370_273, 370_272)
    assert balances(database)["suspense:kage-holder"] == -185_136
    assert paid(november, "akari-holder") == 2_916_312
    # To the right in videos, and to the share of revenue, which is for no right in particular.
    assert len(november["Y"].sections[0].claims) == 2
