"""Claims to some uses only: what came in is divided by where, when and how a work was used."""

from datetime import date

import pytest

from ledger.core.usage import Modality
from ledger.services import granting
from ledger.store.database import Database
from tests import builders
from tests.scenarios.test_claims import (
    after_last_settlement,
    claim,
    paid,
    pay,
    withdraw,
    world,
)
from tests.services.money import DECEMBER, NOVEMBER, OCTOBER, balances, bill, receive_all
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")


def test_claims_look_at_territory_right_and_day_of_use(database: Database) -> None:
    world(database)
    images = builders.new_terms(rate_lines=(builders.new_rate_line(rate=100),))
    builders.license(
        database,
        "LIC-lumen",
        licensee="lumen",
        grants=(builders.new_grant(subjects=("C",), terms=images, territories=("JP", "US")),),
    )
    # Y claims all of C in the US from the 16th on; 40 of 100 images are there and then.
    claim(database, "Y", 10_000, territory="US", starts_on=date(2026, 10, 16), right="image")
    claim(database, "Y", 10_000, reference="CLM-V", right="video")
    uses = ((30, 15, "US"), (40, 16, "US"), (30, 20, "JP"))
    report(
        database,
        *(
            generation(
                count,
                on=date(2026, 10, day),
                territory=territory,
                subjects=("C",),
                license_reference="LIC-lumen",
                event_id=f"{territory}-{day}",
            )
            for count, day, territory in uses
        ),
        licensee="lumen",
    )
    receive_all(database, bill(database))
    november = pay(database, NOVEMBER)
    # 10,000 less 800 and 80; of 4,000 less 320 and 32, nobody is paid.
    assert balances(database)["suspense:X"] == -3_648
    assert paid(november, "X") == 9_120 - 3_648


def test_what_an_amendment_adds_is_divided_by_the_same_use(database: Database) -> None:
    world(database)
    images = builders.new_terms(rate_lines=(builders.new_rate_line(rate=100),))
    grant = builders.new_grant(subjects=("C",), terms=images, territories=("JP", "US"))
    builders.license(database, "LIC-lumen", licensee="lumen", grants=(grant,))
    claim(database, "Y", 10_000, territory="US")
    for count, territory in ((60, "JP"), (40, "US")):
        used = generation(
            count,
            territory=territory,
            subjects=("C",),
            license_reference="LIC-lumen",
            event_id=territory,
        )
        report(database, used, licensee="lumen")
    receive_all(database, bill(database))
    pay(database, NOVEMBER)
    assert balances(database)["suspense:X"] == -3_648  # Of 4,000 less 320 and 32.
    dearer = builders.new_rate_line(rate=200)
    granting.add_terms_version(
        database,
        license_reference="LIC-lumen",
        terms=builders.new_terms(rate_lines=(dearer,), effective_from=OCTOBER.starts_at),
        recorded_at=after_last_settlement(database),
    )
    receive_all(database, bill(database, NOVEMBER), on=DECEMBER.last_day)
    december = pay(database, DECEMBER)
    # As much again, and what was generated in Japan is nobody's but X's.
    assert balances(database)["suspense:X"] == 2 * -3_648
    assert paid(december, "X") == 9_120 - 3_648


def test_what_is_claimed_of_one_right_keeps_no_other_waiting(database: Database) -> None:
    world(database)
    prices = tuple(
        builders.new_rate_line(modality=modality, basis=basis, rate=100)
        for modality, basis in (("image", "per_image"), ("video", "per_second"))
    )
    grant = builders.new_grant(
        subjects=("C",),
        modalities=("image", "video"),
        terms=builders.new_terms(rate_lines=prices),
    )
    builders.license(database, "LIC-lumen", licensee="lumen", grants=(grant,))
    claim(database, "Y", 2_000)
    for modality in (Modality.IMAGE, Modality.VIDEO):
        used = generation(
            100, modality=modality, subjects=("C",), license_reference="LIC-lumen"
        )._replace(event_id=modality)
        report(database, used, licensee="lumen")
    receive_all(database, bill(database))
    november = pay(database, NOVEMBER)
    # Of 9,120 twice, a fifth waits.
    assert paid(november, "X") == 2 * 7_296
    assert balances(database)["suspense:X"] == -2 * 1_824
    # Y goes on about videos alone. What waits for images is X's; that for videos waits on.
    withdraw(database, "CLM-Y")
    claim(database, "Y", 2_000, reference="CLM-V", right="video")
    december = pay(database, DECEMBER)
    assert paid(december, "X") == 1_824
    assert balances(database)["suspense:X"] == -1_824
