"""
Whatever is agreed and told, every figure is what a second, naive calculation comes to.

Books are drawn by a number: terms of every kind, shares of revenue, committees, advances and
guarantees, quotas, late reports, corrections, amendments for closed months, claims, reserves and
refunds, advances to payees, revised and disputed statements. Every line, invoice, statement,
payout, some generations, and what is left on each account of the journal are held to
:mod:`tests.scenarios.naive_book`.

The suite draws a few. By hand, for a quarter of an hour on two cores::

    GENBO_EXAMPLES=500 .venv/bin/pytest -n0 tests/scenarios/test_drawn_books.py

What fails is told with its number: ``draw(database, seed)`` makes the same book again.
"""

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ledger.services import auditing
from ledger.store.embedded import EmbeddedServer
from tests.conftest import EXAMPLES
from tests.scenarios.comparing import compare
from tests.scenarios.drawn_books import draw
from tests.scenarios.fresh_books import fresh

pytestmark = pytest.mark.slow


@example(seed=4007)  # Use that is told late in the very month whose closing goes by new terms.
@given(seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=max(4, EXAMPLES // 5),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # A smaller number is no smaller book.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_a_drawn_book_is_what_its_generations_come_to(server: EmbeddedServer, seed: int) -> None:
    with fresh(server) as database:
        draw(database, seed)
        assert not any(auditing.audit(database).values())
        compare(database)
