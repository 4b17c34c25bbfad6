"""
What more usage does to a charge under each tier mode, and how what is taken back mirrors it.

More usage never costs less without tiers, under marginal ones, whatever their rates are, and with
packages, because a larger one that costs less is refused when it is written. Under whole-volume
tiers that holds where prices rise, and not where they fall: a cheaper tier is for all that was
used, so the unit that reaches it gives money back.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.core.royalty import Charge, charge
from ledger.core.terms import Basis, RateLine, Tier, TierMode

RATES = st.lists(st.integers(0, 50), min_size=3, max_size=3)
BOUNDS = st.sets(st.integers(1, 300), min_size=2, max_size=2)
QUANTITIES = st.decimals(0, 400, places=2)
MODES = st.sampled_from(TierMode)


def line(
    mode: TierMode,
    bounds: Sequence[int],
    rates: Sequence[int],
    minimum: int = 0,
    cap: int | None = None,
) -> RateLine:
    rates = sorted(rates) if mode is TierMode.PACKAGE else rates
    tiers = tuple(
        Tier(up_to=None if bound is None else Decimal(bound), rate=Decimal(rate))
        for bound, rate in zip([*bounds, None], rates, strict=True)
    )
    return RateLine(
        basis=Basis.PER_IMAGE,
        rate=Decimal(rates[0]),
        tier_mode=mode,
        tiers=() if mode is TierMode.NONE else tiers,
        minimum_minor=minimum,
        cap_minor=cap,
    )


def priced(rated: RateLine, quantity: Decimal | int, before: Decimal | int = 0) -> Charge:
    return charge(line=rated, quantity=Decimal(quantity), counter_before=Decimal(before))


@given(
    mode=st.sampled_from((TierMode.NONE, TierMode.MARGINAL, TierMode.PACKAGE)),
    bounds=BOUNDS,
    rates=RATES,
    minimum=st.integers(0, 500),
    some=QUANTITIES,
    more=QUANTITIES,
    before=QUANTITIES,
)
def test_more_usage_never_costs_less_unless_tiers_are_for_the_whole_volume(
    mode: TierMode,
    bounds: set[int],
    rates: list[int],
    minimum: int,
    some: Decimal,
    more: Decimal,
    before: Decimal,
) -> None:
    rated = line(mode, sorted(bounds), rates, minimum=minimum, cap=minimum + 3_000)
    less, whole = (priced(rated, quantity, before) for quantity in (some, some + more))
    assert less.exact <= whole.exact
    assert less.amount_minor <= whole.amount_minor


@given(
    bounds=BOUNDS,
    rates=RATES,
    some=QUANTITIES,
    more=QUANTITIES,
)
def test_under_whole_volume_tiers_it_does_not_where_prices_rise(
    bounds: set[int], rates: list[int], some: Decimal, more: Decimal
) -> None:
    rated = line(TierMode.WHOLE_VOLUME, sorted(bounds), sorted(rates))
    assert priced(rated, some).exact <= priced(rated, some + more).exact


@pytest.mark.parametrize(
    ("mode", "rates", "last", "first"),
    [
        (TierMode.WHOLE_VOLUME, (12, 10, 8), 1_200, 1_010),  # 100 at 12, and 101 at 10.
        (TierMode.PACKAGE, (1_000, 1_200, 1_300), 1_000, 1_200),
        (TierMode.MARGINAL, (12, 10, 8), 1_200, 1_210),  # Only the unit itself is cheaper.
        (TierMode.NONE, (12, 10, 8), 1_200, 1_212),
    ],
)
def test_where_prices_fall_the_unit_that_reaches_a_tier_may_give_money_back(
    mode: TierMode, rates: tuple[int, ...], last: int, first: int
) -> None:
    """The counter-example: the 101st image of a contract makes all of them cheaper, or not."""
    rated = line(mode, (100, 500), rates)
    assert (priced(rated, 100).amount_minor, priced(rated, 101).amount_minor) == (last, first)


@given(mode=MODES, bounds=BOUNDS, rates=RATES, parts=st.lists(QUANTITIES, min_size=1, max_size=5))
def test_months_add_up_to_what_all_of_them_would_cost_at_once(
    mode: TierMode, bounds: set[int], rates: list[int], parts: list[Decimal]
) -> None:
    rated = line(mode, sorted(bounds), rates)
    counter, together = Decimal(0), Fraction(0)
    for part in parts:
        together += priced(rated, part, counter).exact
        counter += part
    assert together == priced(rated, counter).exact


@given(mode=MODES, bounds=BOUNDS, rates=RATES, before=QUANTITIES, quantity=QUANTITIES)
def test_what_is_taken_back_mirrors_what_was_charged(
    mode: TierMode, bounds: set[int], rates: list[int], before: Decimal, quantity: Decimal
) -> None:
    assume(quantity)
    rated = line(mode, sorted(bounds), rates)
    given_out = priced(rated, quantity, before)
    taken_back = priced(rated, -quantity, before + quantity)
    assert taken_back.exact == -given_out.exact
    assert taken_back.amount_minor == -given_out.amount_minor


@pytest.mark.parametrize(
    ("quantity", "before", "exact"),
    [
        (-20, 120, -20 * 10),  # All of it was in the second tier.
        (-30, 120, -20 * 10 - 10 * 12),  # Back over the bound.
        (-120, 120, -20 * 10 - 100 * 12),
        (-5, 0, -60),  # More than was ever used: at the first price.
    ],
)
def test_marginal_tiers_take_back_what_they_charged_last(
    quantity: int, before: int, exact: int
) -> None:
    """Revenue is refunded in a later month than it was reported in."""
    rated = line(TierMode.MARGINAL, (100, 500), (12, 10, 8))
    assert priced(rated, quantity, before).exact == exact
