"""
DOMAIN E9: figures that others have published, through a report, an invoice and a settlement.

The licensee is abroad, so that what an invoice asks for is the royalty and nothing else; it
reports revenue where a share of revenue is agreed.
"""

from datetime import date
from decimal import Decimal

import pytest

from ledger.core.agreement import NewRateLine, NewTier
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.party import NewEntrustment
from ledger.core.period import Month
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing
from ledger.store.database import Database
from tests import builders
from tests.services.firms import firm
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    house,
    noon,
    receive,
    settle,
    statements,
    total_of,
)
from tests.services.test_correcting import correct, void
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

GRADES = tuple(
    NewTier(up_to=bound, rate=rate)
    for bound, rate in ((10_000, 10), (30_000, 11), (40_000, 12), (None, 13))
)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


@pytest.fixture
def world(database: Database) -> Database:
    """The house, and a firm in the United States."""
    house(database)
    builders.licensee(
        database,
        country="US",
        has_jp_establishment=False,
        corporate_number=None,
        registrations=(),
    )
    return database


def license_of(database: Database, line: NewRateLine) -> None:
    grant = builders.new_grant(terms=builders.new_terms(rate_lines=(line,)))
    builders.license(database, grants=(grant,))


def sales(yen: int, *, on: date) -> ReportedGeneration:
    return generation(1, on=on, net_revenue=Decimal(yen), currency="JPY")


def stated(database: Database, numbers: list[str], month: Month) -> int:
    """Receive invoices, settle the month after the last, and return what came in for the holder."""
    for number in numbers:
        receive(database, number, on=month.next().last_day)
    settle(database, month.next())
    (section,) = statements(database)["hoshino"].sections
    assert auditing.audit(database) == SOUND
    return section.receipts_minor


def test_a_societys_tariff_drops_its_fraction_once(world: Database) -> None:
    """3,500 at 99.99 % with the tax of 10 % in the tariff: 3,849.615; twice dropped, 3,848."""
    rate = Decimal("0.9999") * Decimal("1.1")
    license_of(world, builders.new_rate_line(rate=rate))
    report(world, generation(1_500), generation(2_000))
    numbers = bill(world, OCTOBER)
    assert [total_of(world, number) for number in numbers] == [3_849]
    assert stated(world, numbers, OCTOBER) == 3_849


def test_graded_sales_pay_the_grade_that_all_of_them_reach(world: Database) -> None:
    """15,000 are in the 11 % grade; with 25,000 more all of them are in that of 12 %."""
    license_of(
        world,
        builders.new_rate_line(
            basis="pct_revenue",
            rate=10,
            tier_mode="whole_volume",
            tiers=GRADES,
            counter_scope="contract_year",
        ),
    )
    report(world, sales(15_000, on=date(2026, 10, 15)))
    first = bill(world, OCTOBER)
    report(world, sales(25_000, on=date(2026, 11, 15)))
    second = bill(world, NOVEMBER)
    assert [total_of(world, number) for number in (*first, *second)] == [1_650, 4_800 - 1_650]
    assert stated(world, [*first, *second], NOVEMBER) == 4_800


@pytest.mark.parametrize(("yen", "royalty"), [(43_000, 7_000), (60_000, 7_800)])
def test_a_month_with_sales_earns_its_minimum(world: Database, yen: int, royalty: int) -> None:
    license_of(world, builders.new_rate_line(basis="pct_revenue", rate=13, minimum_minor=7_000))
    report(world, sales(yen, on=date(2026, 10, 15)))
    numbers = bill(world, OCTOBER)
    assert [total_of(world, number) for number in numbers] == [royalty]
    assert stated(world, numbers, OCTOBER) == royalty


def test_what_is_taken_back_mirrors_what_was_given_to_the_yen(world: Database) -> None:
    """A fee of 10 % of 999 is 99, of −999 is −99; 101 in 34, 33, 34, and so is −101."""
    fee = NewEntrustment(admin_fee_bp=1_000, effective_from=builders.STARTS_ON)
    free = NewEntrustment(admin_fee_bp=0, effective_from=builders.STARTS_ON)
    builders.parties(
        world,
        builders.new_company("single", entrustment=fee),
        builders.new_company("other", entrustment=fee),
    )
    members = tuple((f"member-{place}", share) for place, share in enumerate((3333, 3333, 3334)))
    party = builders.new_committee().party
    builders.committee(
        world,
        "three",
        party=builders.new_company(
            "three",
            kind="committee",
            corporate_number=None,
            registrations=(),
            bank_account=None,
            minimum_payment_minor=party.minimum_payment_minor,
            entrustment=free,
        ),
        steps=(),
        members=members,
    )
    for work, owner in (("a", "single"), ("b", "three"), ("c", "other")):
        builders.work(world, work, owner=owner)
    terms = builders.new_terms(rate_lines=(builders.new_rate_line(rate=1),))
    builders.license(world, grants=(builders.new_grant(subjects=("a", "b", "c"), terms=terms),))
    wrong = [generation(999, subjects=("a",)), generation(101, subjects=("b",))]
    report(world, *wrong)
    (first,) = bill(world, OCTOBER)
    receive(world, first)
    settle(world, NOVEMBER)

    def figures() -> dict[str, tuple[int, ...]]:
        told = statements(world)
        (section,) = told["single"].sections
        parts = tuple(
            row.amount_minor
            for member, _ in members
            for each in told[member].sections
            for row in each.earnings
        )
        return {"fee": (section.receipts_minor, section.admin_fee_minor), "parts": parts}

    assert figures() == {"fee": (999, 99), "parts": (34, 33, 34)}
    studio = firm(world)
    for event in wrong:
        correct(studio, void(event), recorded_at=noon(date(2026, 11, 10)))
    report(world, generation(5_000, on=date(2026, 11, 15), subjects=("c",)))
    (second,) = bill(world, NOVEMBER)
    assert total_of(world, second) == 5_000 - 999 - 101
    receive(world, second, on=date(2026, 12, 25))
    settle(world, DECEMBER)
    assert figures() == {"fee": (-999, -99), "parts": (-34, -33, -34)}
    assert auditing.audit(world) == SOUND
