"""A share of revenue, or how it was compared, that somebody tampered with is found by the audit."""

import psycopg
import pytest

from ledger.services import auditing
from ledger.store.database import Database
from tests.scenarios.revenues import REVENUE, close, e6, state
from tests.services.falsified import falsify
from tests.services.money import OCTOBER


@pytest.fixture
def world(database: Database) -> Database:
    return e6(database)


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE revenue_comparison SET percent = 17",
        "UPDATE revenue_comparison SET fx_rate = '152'",
        "UPDATE revenue_comparison SET top_up_minor = 1",
        "UPDATE revenue_comparison SET per_unit_minor = per_unit_minor - 1",
        "UPDATE revenue_report SET amount = amount + 1",
        "UPDATE royalty_line SET amount_minor = amount_minor + 1 WHERE cause = 'revenue_share'",
        "DELETE FROM revenue_comparison",
    ],
)
def test_a_comparison_that_was_tampered_with_is_found(
    world: Database, owner: psycopg.Connection, lie: str
) -> None:
    state(world, REVENUE)
    close(world, OCTOBER)
    falsify(owner, lie)
    found = auditing.audit(world)
    assert found["revenue_shares_are_recomputed"]
