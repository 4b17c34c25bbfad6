"""Histories are checked in modules that are no tests; what differs is to be said there, too."""

import pytest

pytest.register_assert_rewrite(
    "tests.scenarios.histories",
    "tests.scenarios.history_corrections",
    "tests.scenarios.history_months",
)
