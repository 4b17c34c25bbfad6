"""What lies beyond a quota is divided by the quantities, however they are written."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.core.counter import UsageTotal
from ledger.core.overage import _divided
from ledger.core.reason import Decision


def total(subject_id: int, quantity: str) -> UsageTotal:
    """Some use of a subject in a month."""
    return UsageTotal(
        month=date(2026, 7, 1),
        decision=Decision.ACCEPTED,
        reason=None,
        terms_version_id=1,
        rate_line_id=1,
        subject_id=subject_id,
        is_new_year=False,
        generation_count=1,
        quantity=Decimal(quantity),
        net_revenue=Decimal(0),
    )


@pytest.mark.parametrize("overage", ["1286", "1286.0", "1286.000"])
@pytest.mark.parametrize("quantity", ["1533", "1533.00"])
def test_zeros_at_the_end_divide_nothing_otherwise(overage: str, quantity: str) -> None:
    # A correction may leave them behind: 40.25 less 40.25 is 0.00.
    parts = _divided(Decimal(overage), [total(6, quantity), total(2, "333")])
    assert parts == {(1, 6): Decimal(1057), (1, 2): Decimal(229)}


def test_digits_that_say_something_are_divided() -> None:
    assert _divided(Decimal("0.5"), [total(6, "1"), total(2, "2")]) == {
        (1, 6): Decimal("0.2"),
        (1, 2): Decimal("0.3"),
    }
