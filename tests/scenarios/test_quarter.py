"""
A quarter by the calendar: two AI firms, one of them abroad; a novelist's house and a committee.

October to December 2026. Efuda Machines is in Tokyo and pays within the month; Lumen Works is
in California and pays its first invoice late. The committee's author stays below the minimum
payment in the first settlement. Every figure is written out beside its reason.
"""

from datetime import date
from decimal import Decimal

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.period import Month
from ledger.core.statement import Statement
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing, registering
from ledger.services.registering import NewStep
from ledger.store.database import Database
from tests import builders
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    balances,
    bill,
    house,
    receive,
    release,
    settle,
    statements,
    total_of,
)
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

JANUARY = Month(2027, 1)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


@pytest.fixture
def world(database: Database) -> Database:
    """Everybody who takes part, and what they agreed."""
    house(database)
    builders.parties(
        database,
        builders.new_licensee("efuda", name_ja="絵札機械株式会社", name_en="Efuda Machines Inc."),
        builders.new_licensee(
            "lumen",
            name_ja="ルーメン・ワークス",
            name_en="Lumen Works, Inc.",
            country="US",
            has_jp_establishment=False,
            corporate_number=None,
            registrations=(),
            language="en",
        ),
        builders.new_company("hoshino"),
        builders.new_company("press", minimum_payment_minor=0),
        builders.new_company("lead", minimum_payment_minor=0),
        builders.new_company("studio", minimum_payment_minor=0),
        builders.new_person("author", minimum_payment_minor=5_000),
    )
    drama_committee = builders.new_committee(
        "drama-committee",
        steps=(
            NewStep(kind="fee", category="manager_fee", payee="lead", rate_bp=1_000),
            NewStep(
                kind="royalty",
                category="original",
                payee="press",
                rate_bp=500,
                passes=(("author", 7_000),),
            ),
        ),
        members=(("lead", 60), ("studio", 40)),
    )
    registering.register_committee(
        database, committee=drama_committee, recorded_at=builders.RECORDED_AT
    )
    builders.work(database, "novel", owner="hoshino")
    builders.work(database, "drama", owner="drama-committee")
    images = builders.new_terms(rate_lines=(builders.new_rate_line(rate=Decimal(12)),))
    for licensee in ("efuda", "lumen"):
        builders.license(
            database,
            f"LIC-{licensee}",
            licensee=licensee,
            grants=(
                builders.new_grant(subjects=("novel",), terms=images, territories=("JP", "US")),
                builders.new_grant(subjects=("drama",), terms=images, territories=("JP", "US")),
            ),
        )
    return database


def use(
    database: Database, licensee: str, month: Month, *, refused: int = 0, **counts: int
) -> None:
    """Report a month's images of works, and some from where nobody may use the novel."""

    def images(count: int, work: str, territory: str = "JP") -> ReportedGeneration:
        return generation(
            count,
            on=month.first_day.replace(day=15),
            subjects=(work,),
            territory=territory,
            license_reference=f"LIC-{licensee}",
        )

    report(
        database,
        *(images(count, work) for work, count in counts.items()),
        *(images(1, "novel", territory="FR") for _ in range(refused)),
        licensee=licensee,
    )


def figures(statement: Statement) -> tuple[int, ...]:
    """Return the way from what was carried in to what is paid."""
    settled = statement.settlement
    return (
        settled.carried_in_minor,
        settled.earned_minor,
        settled.consumption_tax_minor,
        settled.withholding_minor,
        settled.payout_minor,
        settled.carried_out_minor,
    )


def test_a_quarter_is_paid_out_to_the_yen(world: Database) -> None:
    # October: the novel 120,000 and the drama 120,000 in Tokyo; the drama 60,000 abroad.
    use(world, "efuda", OCTOBER, novel=10_000, drama=10_000, refused=2)
    use(world, "lumen", OCTOBER, drama=5_000)
    efuda_october, lumen_october = bill(world)
    assert total_of(world, efuda_october) == 264_000  # 240,000 and 10 %.
    assert total_of(world, lumen_october) == 60_000  # An export: no tax.
    receive(world, efuda_october, on=date(2026, 11, 27))

    november = settle(world)
    assert (november.received_minor, november.receipt_count) == (264_000, 1)
    first = statements(world)
    # The house's 8 % are 9,600 and 960 of tax.
    assert figures(first["hoshino"]) == (0, 110_400, 11_040, 0, 121_440, 0)
    # Of 110,400: lead's fee 11,040; original 5 % of 99,360 = 4,968, the author's part 3,477.
    assert figures(first["author"]) == (0, 3_477, 0, 0, 0, 3_477)
    assert figures(first["press"]) == (0, 1_491, 149, 0, 1_640, 0)
    # The pool is 94,392. Of the tax of 11,040 suppliers have 149 and 1,104; members share 9,787.
    assert figures(first["lead"]) == (0, 11_040 + 56_635, 1_104 + 5_872, 0, 74_651, 0)
    assert figures(first["studio"]) == (0, 37_757, 3_915, 0, 41_672, 0)
    assert [(row.reason, row.generation_count) for row in first["hoshino"].refusals] == [
        ("territory_not_granted", 2)
    ]
    assert november.payout_minor == 121_440 + 1_640 + 74_651 + 41_672
    assert auditing.audit(world) == SOUND
    assert november.run_reference is not None
    release(world, november.run_reference)

    # November: only the drama. Lumen's October money comes now, and both invoices of November.
    use(world, "efuda", NOVEMBER, drama=20_000)
    use(world, "lumen", NOVEMBER, drama=30_000)
    efuda_november, lumen_november = bill(world, NOVEMBER)
    receive(world, lumen_october, on=date(2026, 12, 7))
    receive(world, efuda_november, on=date(2026, 12, 25))
    receive(world, lumen_november, on=date(2026, 12, 28))

    december = settle(world, DECEMBER)
    assert december.received_minor == 60_000 + 264_000 + 360_000
    second = statements(world)
    assert second["hoshino"] == first["hoshino"]  # Nothing new, nothing owed: no statement.
    # 660,000 less 52,800 are 607,200: fee 60,720; 5 % of 546,480 = 27,324; the author 19,126.
    assert figures(second["author"]) == (3_477, 19_126, 0, 2_307, 20_296, 0)
    assert figures(second["press"]) == (0, 8_198, 819, 0, 9_017, 0)
    # Only Efuda paid tax, 24,000, less the fee's 5,280 and suppliers' 819 and 6,072.
    assert figures(second["lead"]) == (0, 60_720 + 311_494, 6_072 + 7_097, 0, 385_383, 0)
    assert figures(second["studio"]) == (0, 207_662, 4_732, 0, 212_394, 0)
    assert second["studio"].usage_months == (OCTOBER.first_day, NOVEMBER.first_day)
    assert auditing.audit(world) == SOUND
    assert december.run_reference is not None
    release(world, december.run_reference)

    # December: nobody generated anything, and nobody pays; the month is closed and settled.
    assert bill(world, DECEMBER) == []
    january = settle(world, JANUARY)
    assert (january.receipt_count, january.statements, january.run_reference) == (0, (), None)

    fees = 19_200 + 52_800
    assert balances(world) == {
        "bank": fees + 1_920 + 5_280 + 2_307,
        "admin_fee": -fees,
        "output_tax": -(1_920 + 5_280),
        "withholding": -2_307,
    }
    assert auditing.audit(world) == SOUND
