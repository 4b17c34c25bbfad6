"""A license tells both parties its advances and guarantees, and what closings left of them."""

from datetime import date

import pytest

from ledger.services import licensing
from ledger.store.database import Database
from ledger.store.recoup_balances import GroupBalance
from tests import builders
from tests.rows import counted_statements
from tests.scenarios.test_advances import NOT_CROSSED, pay_advances, run_year, sign


def groups(database: Database) -> dict[str, GroupBalance]:
    (license_,) = licensing.list_licenses(database, licensee_id=None, limit=10).licenses
    return {each.reference: each for each in license_.recoup_groups}


@pytest.fixture
def apart(database: Database) -> Database:
    sign(database, NOT_CROSSED)
    return database


def test_an_advance_is_shown_from_the_day_of_signature(apart: Database) -> None:
    before = groups(apart)["a"]
    assert (before.crossing, before.grants, before.through) == ("single", (0,), None)
    (advance,) = before.prepaid
    assert (advance.kind, advance.amount_minor, advance.left_minor) == (
        "guaranteed",
        2_500_000,
        2_500_000,
    )
    assert advance.invoice is None
    pay_advances(apart)
    assert groups(apart)["a"].prepaid[0].invoice == "INV-2026-000001"


def test_what_closings_left_is_shown(apart: Database) -> None:
    pay_advances(apart)
    run_year(apart)
    found = groups(apart)
    (advance,) = found["a"].prepaid
    assert (advance.recouped_minor, advance.left_minor) == (2_500_000, 0)
    (guarantee,) = found["a"].guarantees
    assert (guarantee.paid_minor, guarantee.billed_minor) == (5_925_875, 0)
    assert guarantee.checkpoints[0].due_on == date(2027, 3, 31) == found["a"].through
    advance, shortfall = found["b"].prepaid
    # 320,000 were never recouped, and were shared among the rights holders at the end.
    assert (advance.recouped_minor, advance.left_minor) == (1_180_000, 0)
    assert (shortfall.kind, shortfall.amount_minor) == ("shortfall", 2_500_000)
    assert found["b"].guarantees[0].billed_minor == 2_500_000


def test_what_is_left_to_recoup_is_told_for_the_whole_book(apart: Database) -> None:
    def left() -> list[tuple[str, int]]:
        return [(each.reference, each.left_minor) for each in licensing.left_to_recoup(apart)]

    assert left() == [("advance-a", 2_500_000), ("advance-b", 1_500_000)]
    pay_advances(apart)
    run_year(apart)
    assert left() == []  # What was not recouped was shared when the term was over.


def test_a_page_of_licenses_takes_few_statements(apart: Database) -> None:
    for number in range(5):
        builders.license(apart, f"LIC-{number}")
    with counted_statements(apart) as statements:
        licensing.list_licenses(apart, licensee_id=None, limit=10)
    assert len(statements) <= 8
