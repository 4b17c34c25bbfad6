"""
DOMAIN E3, E4 and E9 by the calendar: a committee's receipts through its steps, and who is paid.

Receipts are single images at a yen each, used in October 2026, invoiced, received and settled
with November. The committee pays the house no fee, so that all of them go through the waterfall.
"""

from datetime import date
from typing import Any

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.party import NewWithholdingTerms
from ledger.core.period import Month
from ledger.core.registration import RegistrationPeriod
from ledger.core.statement import Statement
from ledger.services import auditing
from ledger.services.registering import NewStep
from ledger.store.database import Database
from tests import builders
from tests.services.committees import committee
from tests.services.money import OCTOBER, bill, house, receive, release, settle, statements
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

REGISTERED = (RegistrationPeriod(number="T1234567890128", valid_from=date(2023, 10, 1)),)
SEPTEMBER = Month(2026, 9)
WITH_TAX = NewWithholdingTerms(base="including_tax", effective_from=date(2026, 10, 1))
ABROAD: dict[str, Any] = {"country": "US", "has_jp_establishment": False}

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


def license_drama(database: Database) -> None:
    terms = builders.new_terms(rate_lines=(builders.new_rate_line(rate=1),))
    builders.license(database, grants=(builders.new_grant(subjects=("drama",), terms=terms),))


def earn(database: Database, yen: int, month: Month = OCTOBER) -> dict[str, Statement]:
    """Let the drama earn so many yen in a month; use, close, bill, receive, settle, release."""
    on = month.last_day
    report(
        database,
        generation(yen - 1, on=on, subjects=("drama",)),
        generation(1, on=on, subjects=("drama",)),
    )
    (number,) = bill(database, month)
    receive(database, number, on=month.next().last_day)
    settled = settle(database, month.next())
    if settled.run_reference is not None:
        release(database, settled.run_reference)
    return statements(database)


@pytest.mark.parametrize(
    ("preset", "steps"),
    [
        (
            "fees_first",
            [
                ("window_fee", 8_765_432, 1_314_814),
                ("manager_fee", 8_765_432 - 1_314_814, 372_530),
                ("original", 7_078_088, 353_904),
                ("original", 353_904, 353_904 - 247_732),  # The publisher's 30 %, and the rest.
                ("original", 353_904, 247_732),
                ("screenplay", 7_078_088, 123_866),
                ("director", 7_078_088, 70_780),
                ("music", 7_078_088, 88_000),
                ("expense", 6_321_538 + 120_000, 120_000),
                ("pool", 8_765_432, 6_321_538),
                ("deficit", 6_321_538, -450_000),
                ("distributable", 6_321_538, 5_871_538),
                ("distribution", 5_871_538, 1_761_461),
                ("distribution", 5_871_538, 1_467_884),
                ("distribution", 5_871_538, 1_174_308),
                ("distribution", 5_871_538, 880_731),
                ("distribution", 5_871_538, 587_154),
            ],
        ),
        (
            "royalties_first",
            [
                ("original", 8_765_432, 438_271),
                ("original", 438_271, 438_271 - 306_789),
                ("original", 438_271, 306_789),
                ("screenplay", 8_765_432, 153_395),
                ("director", 8_765_432, 87_654),
                ("music", 8_765_432, 88_000),
                ("window_fee", 7_998_112, 1_199_716),
                ("manager_fee", 7_998_112 - 1_199_716, 339_919),
                ("expense", 6_338_477 + 120_000, 120_000),
                ("pool", 8_765_432, 6_338_477),
                ("deficit", 6_338_477, -450_000),
                ("distributable", 6_338_477, 5_888_477),
                ("distribution", 5_888_477, 1_766_543),
                ("distribution", 5_888_477, 1_472_119),
                ("distribution", 5_888_477, 1_177_695),
                ("distribution", 5_888_477, 883_272),
                ("distribution", 5_888_477, 588_848),
            ],
        ),
    ],
)
def test_e3_every_step_of_both_orders(
    database: Database, preset: str, steps: list[tuple[str, int, int]]
) -> None:
    house(database)
    committee(database, preset=preset)
    license_drama(database)
    # Fees first, a month of nothing costs 208,000, and September's lacks 34,000. Royalties first,
    # the fees are of what music leaves, so it costs 191,060, and September's lacks 67,880.
    for month in (Month(2026, 8), SEPTEMBER):
        assert settle(database, month).receipt_count == 0
    earn(database, 233_579 if preset == "fees_first" else 165_357, SEPTEMBER)
    stated = earn(database, 8_765_432)
    (section,) = stated["studio"].sections
    assert [(row.category, row.base_minor, row.amount_minor) for row in section.steps] == steps
    publisher = 2_782_698 if preset == "fees_first" else 1_199_716 + 1_472_119
    lead = 2_133_991 if preset == "fees_first" else 339_919 + 1_766_543
    # Who holds the window takes 2,782,698 in all; the lead has its expense beside its 2,133,991.
    assert stated["publisher"].settlement.earned_minor == publisher
    assert stated["lead"].settlement.earned_minor == lead + 120_000
    assert auditing.audit(database) == SOUND


@pytest.mark.parametrize(
    ("author", "amount", "tax", "withheld", "payout"),
    [
        ({"registrations": REGISTERED}, 1_480_000, 148_000, 200_116, 1_427_884),
        ({"registrations": REGISTERED}, 250_852, 25_085, 25_611, 250_326),
        # Its tax is not shown separately, so 275,937 are the base.
        ({"registrations": REGISTERED, "withholding": WITH_TAX}, 250_852, 25_085, 28_173, 247_764),
        ({}, 250_852, 0, 25_611, 225_241),  # Not registered: no tax is paid.
        ({}, 1_000_000, 0, 102_100, 897_900),
        ({}, 1_000_001, 0, 102_100, 897_901),  # A fifth of one yen is none.
        (ABROAD, 1_000_000, 0, 204_200, 795_800),
        (
            {**ABROAD, "treaty_rate_bp": 0, "treaty_form_filed_on": date(2026, 12, 1)},
            1_000_000,
            0,
            0,
            1_000_000,
        ),
        (
            {**ABROAD, "treaty_rate_bp": 1_000, "treaty_form_filed_on": date(2026, 12, 1)},
            1_000_000,
            0,
            100_000,
            900_000,
        ),
    ],
)
def test_e4_what_an_author_is_paid(
    database: Database,
    author: dict[str, Any],
    amount: int,
    tax: int,
    withheld: int,
    payout: int,
) -> None:
    house(database)
    builders.parties(database, builders.new_person("author", **author))
    royalty = NewStep(kind="royalty", category="original", payee="author", amount_minor=amount)
    committee(database, steps=(royalty,), members=(("lead", 1),))
    license_drama(database)
    paid = earn(database, 3_000_000)["author"].settlement
    assert (paid.payable_minor, paid.carried_out_minor) == (amount, 0)
    assert (paid.consumption_tax_minor, paid.withholding_minor) == (tax, withheld)
    assert paid.payout_minor == payout
    assert auditing.audit(database) == SOUND


@pytest.mark.parametrize(
    ("steps", "fees"),
    [
        ((("window", 2_000), ("lead", 1_000)), (20_000, 8_000)),
        ((("lead", 1_000), ("window", 2_000)), (10_000, 18_000)),
    ],
)
def test_e9_fees_are_taken_of_what_the_fee_before_them_leaves(
    database: Database, steps: tuple[tuple[str, int], ...], fees: tuple[int, int]
) -> None:
    house(database)
    committee(
        database,
        steps=tuple(
            NewStep(kind="fee", category=f"{payee}_fee", payee=payee, rate_bp=rate)
            for payee, rate in steps
        ),
        members=(("studio", 1),),
    )
    license_drama(database)
    (section,) = earn(database, 100_001)["studio"].sections
    taken = [row.amount_minor for row in section.steps if row.kind == "fee"]
    assert tuple(taken) == fees
    assert auditing.audit(database) == SOUND


@pytest.mark.parametrize(
    ("yen", "shares", "parts"),
    [
        (101, (3_333, 3_333, 3_334), (34, 33, 34)),
        (2, (50, 50), (1, 1)),
        (101, (50, 50), (51, 50)),
    ],
)
def test_e9_a_pool_is_split_by_largest_remainder(
    database: Database, yen: int, shares: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    house(database)
    members = tuple((f"member-{place}", share) for place, share in enumerate(shares))
    committee(database, steps=(), members=members)
    license_drama(database)
    stated = earn(database, yen)
    assert tuple(stated[member].settlement.earned_minor for member, _ in members) == parts
    assert auditing.audit(database) == SOUND
