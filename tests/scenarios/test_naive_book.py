"""Every figure of an explanation is what a second, naive calculation from the events comes to."""

from datetime import date
from pathlib import Path

import pytest

from api.demo import invented
from api.demo.run import carry
from ledger.store.database import Database
from tests.scenarios.comparing import compare
from tests.services.explained import october, world
from tests.services.money import NOVEMBER, bill, receive_all, settle
from tests.services.usage import generation, report


def test_a_book_is_what_its_generations_come_to(database: Database) -> None:
    world(database)
    october(database)
    late = generation(33, subjects=("novel",), license_reference="LIC-efuda", event_id="late")
    report(database, late, licensee="efuda", recorded_at=NOVEMBER.starts_at.replace(day=20))
    on = date(2026, 11, 12)
    report(
        database,
        generation(99, subjects=("drama",), license_reference="LIC-efuda", on=on),
        generation(7, subjects=("haiku",), license_reference="LIC-efuda", on=on),
        licensee="efuda",
    )
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 21))
    settle(database, NOVEMBER.next())
    compare(database)


@pytest.mark.slow
def test_the_demo_is_what_its_generations_come_to(database: Database, tmp_path: Path) -> None:
    carry(database, invented.load(), out=tmp_path)
    compare(database)
