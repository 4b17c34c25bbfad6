"""The withholding register over the API: for the house, as data and as a table."""

from datetime import date

import pytest

from api.demo.hosting import DemoClock
from tests import builders
from tests.api.doors import Door, problem
from tests.services import money
from tests.services.withheld import pay

REGISTER = "/v1/withholding"


@pytest.fixture
def house(door: Door, clock: DemoClock) -> str:
    """A key of the house, after a payout."""
    money.house(door.database)
    pay(door.database)
    clock.move_to(money.noon(date(2027, 1, 5)))
    return builders.key(door.database, "genbo", label="house", scopes=["read"])


def test_the_house_reads_payments_slips_and_years(door: Door, house: str) -> None:
    first = door.get(f"{REGISTER}/payments?limit=1", key=house).json()
    assert first["payments"][0]["reason"] == "treaty"
    assert first["payments"][0]["treaty_form_filed_on"] == "2026-12-24"
    asked = f"{REGISTER}/payments?limit=1&cursor={first['next_cursor']}"
    rest = door.get(asked, key=house).json()
    assert [each["payee"] for each in rest["payments"]] == ["minami"]
    assert rest["next_cursor"] is None
    slips = door.get(f"{REGISTER}/slips", key=house).json()["slips"]
    assert [(slip["scope"], slip["open"], slip["due_on"]) for slip in slips] == [
        ("non_resident", "91200", "2027-01-12"),
        ("resident_individual", "93932", "2027-01-12"),
    ]
    year = door.get(f"{REGISTER}/totals?year=2026", key=house).json()
    assert [(total["payee"], total["withheld"]) for total in year["totals"]] == [
        ("han", "91200"),
        ("minami", "93932"),
    ]


def test_the_house_downloads_tables(door: Door, house: str) -> None:
    register = door.get(f"{REGISTER}/payments.csv?from=2026-12-01&payee=minami", key=house)
    assert register.headers["content-disposition"] == 'attachment; filename="withholding.csv"'
    assert register.content.startswith(b"\xef\xbb\xbfpaid_on,")
    assert len(register.text.splitlines()) == 2
    year = door.get(f"{REGISTER}/totals.csv?year=2026", key=house)
    assert len(year.text.splitlines()) == 3


def test_nobody_else_reads_it(door: Door, house: str) -> None:
    for path in ("payments", "payments.csv", "slips", "totals?year=2026", "totals.csv?year=2026"):
        problem(door.get(f"{REGISTER}/{path}"), 403, "house_only")
        assert door.get(f"{REGISTER}/{path}", key=None).status_code == 401
    assert door.get(f"{REGISTER}/payments?from=x", key=house).status_code == 422
