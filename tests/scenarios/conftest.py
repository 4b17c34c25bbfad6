"""Histories are checked in modules that are no tests; what differs is to be said there, too."""

from collections.abc import Iterator

import pytest

from ledger.store.database import Database

pytest.register_assert_rewrite(
    "tests.scenarios.comparing",
    "tests.scenarios.comparing_money",
    "tests.scenarios.comparing_steps",
    "tests.scenarios.histories",
    "tests.scenarios.history_corrections",
    "tests.scenarios.history_months",
)


@pytest.fixture
def worked_out_again(database: Database) -> Iterator[None]:
    """Work the book out a second time when a story is told, and hold every explanation to it."""
    yield
    from tests.scenarios.comparing import compare  # Only once its assertions may be told.

    compare(database)
