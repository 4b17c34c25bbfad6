"""No more of a month's withholding is remitted than was withheld, whoever writes."""

from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import errors

from ledger.store.database import Database
from tests.services import money
from tests.services.withheld import pay
from tests.store.scene import NOW, Connection, add, refused

SLIP: dict[str, Any] = {
    "book_id": 1,
    "month": date(2026, 12, 1),
    "scope": "resident_individual",
    "remitted_before_minor": 0,
    "currency": "JPY",
    "amount_minor": 93_932,
    "remitted_on": date(2027, 1, 12),
    "reference": "",
    "recorded_at": NOW,
    "recorded_by": "keiri",
}


@pytest.fixture
def paid(database: Database, owner: psycopg.Connection) -> Connection:
    """A connection to a book that withheld 93,932 from a resident in December."""
    money.house(database)
    pay(database)
    return owner


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 93_933},
        {"month": date(2026, 11, 1)},  # Nothing was withheld in it.
        {"remitted_before_minor": 1, "amount_minor": 93_931},  # Nothing was remitted before.
    ],
    ids=str,
)
def test_no_more_is_remitted_than_was_withheld(paid: Connection, changes: dict[str, Any]) -> None:
    with refused("remittance_exceeds_withheld"), paid.transaction():
        add(paid, "withholding_remittance", **SLIP | changes)


def test_the_same_money_is_remitted_once(paid: Connection) -> None:
    with paid.transaction():
        add(paid, "withholding_remittance", **SLIP)
    with pytest.raises(errors.UniqueViolation), paid.transaction():
        add(paid, "withholding_remittance", **SLIP)
    with refused("remittance_exceeds_withheld"), paid.transaction():
        add(paid, "withholding_remittance", **SLIP | {"remitted_before_minor": 93_932})


def test_nothing_is_remitted_before_its_month_is_over(paid: Connection) -> None:
    with pytest.raises(errors.CheckViolation), paid.transaction():
        add(paid, "withholding_remittance", **SLIP | {"remitted_on": date(2026, 12, 31)})
