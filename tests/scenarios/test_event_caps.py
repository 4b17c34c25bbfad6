"""
DOMAIN E6 by the calendar: several characters in one output, for a licensee abroad.

October 2026. Three characters appear together at 90 yen a second each and earn 1,500 yen an
output at most; under another license they earn 1,200 at most, in proportion to their prices. The
licensee is abroad, so there is no consumption tax on the royalty; the holders are at home, and the
house takes 8 % with its tax.
"""

from collections.abc import Sequence
from datetime import date

import pytest

from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.party import NewEntrustment
from ledger.core.stacking_agreement import NewStackingGroup
from ledger.core.usage import Modality, ReportedGeneration
from ledger.services import auditing, closing
from ledger.store.database import Database
from tests import builders
from tests.services.money import OCTOBER, bill, house, receive, settle, statements, total_of
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

CAST = ("akari", "hinata", "kage")
FEE = NewEntrustment(admin_fee_bp=800, effective_from=date(2026, 1, 1))

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


@pytest.fixture
def world(database: Database) -> Database:
    """Three characters of three holders, and a firm in the United States."""
    house(database)
    builders.parties(
        database,
        builders.new_licensee(
            country="US", has_jp_establishment=False, corporate_number=None, registrations=()
        ),
        *(
            builders.new_company(f"{name}-holder", minimum_payment_minor=0, entrustment=FEE)
            for name in CAST
        ),
    )
    for name in CAST:
        builders.work(database, name, kind="character", medium="", owner=f"{name}-holder")
    return database


def license_of(
    database: Database, reference: str, *, rates: Sequence[int], cap: int | None, allocation: str
) -> None:
    """Video of each character at a rate a second, all of them under one stacking cap."""
    groups = (
        ()
        if cap is None
        else (NewStackingGroup(group="cast", cap_minor=cap, allocation=allocation),)
    )
    grants = tuple(
        builders.new_grant(
            subjects=(name,),
            modalities=("video",),
            terms=builders.new_terms(
                rate_lines=(
                    builders.new_rate_line(
                        basis="per_second",
                        rate=rate,
                        stacking_group=None if cap is None else "cast",
                    ),
                ),
                stacking_groups=groups,
            ),
        )
        for name, rate in zip(CAST, rates, strict=True)
    )
    builders.license(database, reference, grants=grants)


def video(
    reference: str, seconds: int | str = 8, *, subjects: Sequence[str] = CAST
) -> ReportedGeneration:
    return generation(
        seconds, modality=Modality.VIDEO, license_reference=reference, subjects=subjects
    )


def nets(database: Database) -> dict[str, int]:
    return {
        payee.removesuffix("-holder"): statement.settlement.payout_minor
        for payee, statement in statements(database).items()
    }


def test_one_output_of_three_characters_is_capped_and_paid_out(world: Database) -> None:
    license_of(world, "EQUAL", rates=(90, 90, 90), cap=1_500, allocation="equal")
    license_of(world, "WEIGHT", rates=(90, 60, 45), cap=1_200, allocation="weight")
    report(world, video("EQUAL"), video("WEIGHT"))
    lines = closing.preview(world, month=OCTOBER)
    assert [line.amount_minor for line in lines] == [500, 500, 500, 553, 369, 276]
    assert sum(line.charge.exact for line in lines) == 1_500 + 1_200
    (invoice,) = bill(world, OCTOBER)
    assert total_of(world, invoice) == 2_698  # Nothing but royalty, from abroad.
    receive(world, invoice)
    settle(world)
    # 1,053 less 84 and 8; 869 less 69 and 6; 776 less 62 and 6.
    assert nets(world) == {"akari": 961, "hinata": 794, "kage": 708}
    assert auditing.audit(world) == SOUND


def test_holders_of_a_licensee_abroad_get_what_the_fee_and_its_tax_leave(world: Database) -> None:
    """The amounts of E6's third line, as the characters earn them at a yen a second."""
    license_of(world, "PLAIN", rates=(1, 1, 1), cap=None, allocation="equal")
    earned = {"akari": "3197709", "hinata": "1665815", "kage": "1014999"}
    report(world, *(video("PLAIN", seconds, subjects=(name,)) for name, seconds in earned.items()))
    (invoice,) = bill(world, OCTOBER)
    assert total_of(world, invoice) == sum(map(int, earned.values())) == 5_878_523
    receive(world, invoice)
    settle(world)
    assert nets(world) == {"akari": 2_916_312, "hinata": 1_519_224, "kage": 925_681}
    assert auditing.audit(world) == SOUND
