"""How much of a grant may be used, and what becomes of what is beyond."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.quota import (
    Measured,
    OnExceed,
    Quota,
    QuotaContradicts,
    QuotaPeriod,
    check_overage,
    measure,
    overage_steps,
)
from ledger.core.royalty import rated
from ledger.core.terms import Basis, RateLine, Tier, TierMode
from ledger.core.usage import Unit
from tests.core import naive

IMAGES = RateLine(basis=Basis.PER_IMAGE, rate=Decimal(12))
TIERED = RateLine(
    basis=Basis.PER_IMAGE,
    rate=Decimal(12),
    tier_mode=TierMode.MARGINAL,
    tiers=(Tier(up_to=None, rate=Decimal(1)),),
)


def quota(units: int | str = 100, on_exceed: OnExceed = OnExceed.REJECT, **values: Any) -> Quota:
    return Quota(
        units=Decimal(units), on_exceed=on_exceed, **{"period": QuotaPeriod.MONTH, **values}
    )


def overage(units: int = 100, rate: str = "20", **values: Any) -> Quota:
    return quota(
        units, OnExceed.OVERAGE, **{"overage_rate": Decimal(rate), "unit": Unit.IMAGE, **values}
    )


def measured(of: Quota, *counts: int, before: int = 0) -> Measured:
    return measure(of, used_before=Decimal(before), counts=[Decimal(each) for each in counts])


@pytest.mark.parametrize(
    ("counts", "before", "beyond", "after"),
    [
        ((60, 40), 0, (), 100),  # To the last unit.
        ((60, 41), 0, (1,), 60),
        ((60, 41, 40), 0, (1,), 100),  # A smaller one after it still fits.
        ((1,), 100, (0,), 100),
        ((0, 1), 100, (1,), 100),  # What counts nothing exceeds nothing.
        ((0, 1), 150, (1,), 150),  # The quota was larger before an amendment.
        ((), 0, (), 0),
    ],
)
@pytest.mark.parametrize("on_exceed", [OnExceed.HOLD, OnExceed.REJECT])
def test_events_fit_in_the_order_in_which_they_come(
    counts: tuple[int, ...], before: int, beyond: tuple[int, ...], after: int, on_exceed: OnExceed
) -> None:
    result = measured(quota(on_exceed=on_exceed), *counts, before=before)
    assert result.beyond == beyond
    assert [result.used_after, result.overage] == [after, 0]


@pytest.mark.parametrize(
    ("counts", "before", "beyond"),
    [
        ((60, 40), 0, 0),
        ((60, 60), 0, 20),
        ((60, 60), 90, 110),
        ((5,), 300, 5),  # All of it, where the quota was used up before.
    ],
)
def test_where_overage_is_sold_everything_counts(
    counts: tuple[int, ...], before: int, beyond: int
) -> None:
    result = measured(overage(), *counts, before=before)
    assert result.beyond == ()
    assert [result.used_after, result.overage] == [before + sum(counts), beyond]


@pytest.mark.parametrize(
    ("unit", "reported", "expected"),
    [
        (None, (Unit.SECOND, Decimal(8)), 1),  # Generations are counted.
        (Unit.SECOND, (Unit.SECOND, Decimal("8.5")), Decimal("8.5")),
        (Unit.SECOND, (Unit.IMAGE, Decimal(8)), 0),  # Another unit is another quota's.
        (Unit.SECOND, (Unit.SECOND, None), 0),  # Held as unknown, and counted when it is known.
    ],
)
def test_a_quota_counts_in_its_own_unit(
    unit: Unit | None, reported: tuple[Unit, Decimal | None], expected: Decimal
) -> None:
    assert quota(unit=unit).counts(unit=reported[0], quantity=reported[1]) == expected


def test_what_remains_is_never_below_nothing() -> None:
    assert quota().remaining(Decimal(30)) == 70
    assert quota().remaining(Decimal(130)) == 0


@pytest.mark.parametrize(
    ("period", "start"),
    [
        (QuotaPeriod.DAY, date(2026, 11, 20)),
        (QuotaPeriod.MONTH, date(2026, 11, 1)),
        (QuotaPeriod.CONTRACT_YEAR, date(2026, 4, 16)),
        (QuotaPeriod.LIFE, None),
    ],
)
def test_a_quota_is_fresh_when_its_period_begins(period: QuotaPeriod, start: date | None) -> None:
    of = quota(period=period)
    assert of.period_start(on=date(2026, 11, 20), anniversary=date(2024, 4, 16)) == start


def test_the_part_beyond_has_its_own_price_and_both_are_seen() -> None:
    steps = rated(line=IMAGES, quantity=Decimal(120), counter_before=Decimal(0), currency="JPY")
    steps += overage_steps(overage(), line=IMAGES, overage=Decimal(20))
    assert [step.code for step in steps] == ["unit", "overage_at_rate", "overage"]
    assert [step.exact for step in steps] == [1_440, -240, 400]
    assert sum(step.exact for step in steps) == 100 * 12 + 20 * 20


def test_nothing_beyond_adds_no_step() -> None:
    assert overage_steps(overage(), line=IMAGES, overage=Decimal(0)) == ()


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: quota(0), "units"),
        (lambda: quota("NaN"), "units"),
        (lambda: quota(on_exceed=OnExceed.OVERAGE), "overage_rate"),  # At which price?
        (lambda: quota(overage_rate=Decimal(1)), "overage_rate"),  # Nothing is sold.
        (lambda: overage(rate="-1"), "overage_rate"),
        (lambda: check_overage(overage(), [IMAGES, TIERED]), "overage_rate"),
        (lambda: check_overage(overage(unit=None), [IMAGES]), "unit"),
        (lambda: check_overage(overage(unit=Unit.SECOND), [IMAGES]), "unit"),
    ],
)
def test_a_quota_that_contradicts_itself_is_refused(build: Any, field: str) -> None:
    with pytest.raises(QuotaContradicts) as refused:
        build()
    assert refused.value.field == field


def test_a_quota_that_only_stops_goes_with_any_rate_card() -> None:
    check_overage(quota(), [IMAGES, TIERED])
    check_overage(overage(), [IMAGES])


COUNTS = st.lists(st.integers(0, 60), max_size=8)


@given(units=st.integers(1, 120), before=st.integers(0, 150), counts=COUNTS)
def test_the_quota_lets_in_what_fits_when_each_is_asked_by_itself(
    units: int, before: int, counts: list[int]
) -> None:
    result = measured(quota(units), *counts, before=before)
    beyond, used = naive.beyond_quota(units, before, counts)
    assert result.beyond == tuple(beyond)
    assert result.used_after == used


@given(counts=COUNTS, cut=st.integers(0, 8), is_sold=st.booleans())
def test_how_events_are_batched_makes_no_difference(
    counts: list[int], cut: int, is_sold: bool
) -> None:
    of = overage() if is_sold else quota()
    whole = measured(of, *counts)
    first = measured(of, *counts[:cut])
    second = measured(of, *counts[cut:], before=int(first.used_after))
    assert whole.used_after == second.used_after
    assert whole.overage == first.overage + second.overage
    assert whole.beyond == first.beyond + tuple(cut + place for place in second.beyond)
