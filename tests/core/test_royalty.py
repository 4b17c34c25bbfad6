"""What a quantity costs: units, tiers, percentages, minimums; exact until rounded once."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.money import Rounding, allocate, take_bp
from ledger.core.royalty import Charge, charge, share_fixed_fee
from ledger.core.terms import Basis, RateLine, Tier, TierMode
from tests.core import naive

IMAGE_TIERS = (
    Tier(up_to=Decimal(100_000), rate=Decimal(12)),
    Tier(up_to=Decimal(500_000), rate=Decimal(10)),
    Tier(up_to=None, rate=Decimal(8)),
)
SALES_GRADES = tuple(
    Tier(up_to=Decimal(bound) if bound else None, rate=Decimal(rate))
    for bound, rate in [(10_000, 10), (30_000, 11), (40_000, 12), (None, 13)]
)
PACKAGES = tuple(
    Tier(up_to=Decimal(bound) if bound else None, rate=Decimal(rate))
    for bound, rate in [(1_000, 10_000), (5_000, 40_000), (None, 100_000)]
)
AMOUNTS = st.integers(0, 10**9)
QUANTITIES = st.decimals(0, 10**6, places=3)


def rate_line(
    basis: Basis = Basis.PER_IMAGE,
    rate: str = "12",
    *,
    tier_mode: TierMode = TierMode.NONE,
    tiers: tuple[Tier, ...] = (),
    minimum_minor: int = 0,
    cap_minor: int | None = None,
) -> RateLine:
    return RateLine(
        basis=basis,
        rate=Decimal(rate),
        tier_mode=tier_mode,
        tiers=tiers,
        minimum_minor=minimum_minor,
        cap_minor=cap_minor,
    )


def images(tier_mode: TierMode) -> RateLine:
    return rate_line(tier_mode=tier_mode, tiers=IMAGE_TIERS)


def priced(line: RateLine, quantity: str | int | Decimal, *, before: str | int = 0) -> Charge:
    return charge(line=line, quantity=Decimal(quantity), counter_before=Decimal(before))


@pytest.mark.parametrize(
    ("line", "quantity", "before", "exact", "amount"),
    [
        # DOMAIN E1.
        (images(TierMode.MARGINAL), "37415", "92340", "389470", 389_470),
        (images(TierMode.WHOLE_VOLUME), "37415", "92340", "189470", 189_470),
        (rate_line(Basis.PER_SECOND, "90"), "26997", "0", "2429730", 2_429_730),
        (rate_line(Basis.PER_1K_CHARS, "35"), "1284560", "0", "44959.6", 44_959),
        # Exactly at a bound still pays the rate below it; the next one does not.
        (images(TierMode.MARGINAL), "1", "99999", "12", 12),
        (images(TierMode.MARGINAL), "1", "100000", "10", 10),
        (images(TierMode.MARGINAL), "500000", "0", "5200000", 5_200_000),
        # Through all tiers at once: 100,000 x 12, 400,000 x 10, 1 x 8.
        (images(TierMode.MARGINAL), "500001", "0", "5200008", 5_200_008),
        # A rate with more decimals than any scale keeps them until the end.
        (rate_line(Basis.PER_1K_TOKENS, "0.0123"), "1000000000", "0", "12300", 12_300),
        (rate_line(Basis.PER_CLIP, "0"), "5", "0", "0", 0),
    ],
)
def test_a_quantity_is_priced_exactly_and_rounded_once(
    line: RateLine, quantity: str, before: str, exact: str, amount: int
) -> None:
    result = priced(line, quantity, before=before)
    assert result.exact == Fraction(exact)
    assert result.amount_minor == amount
    assert result.residual == Fraction(exact) - amount
    assert sum(step.exact for step in result.steps) == result.exact


def test_whole_volume_grading_pays_the_grade_that_all_sales_reach() -> None:
    line = rate_line(Basis.PCT_REVENUE, "10", tier_mode=TierMode.WHOLE_VOLUME, tiers=SALES_GRADES)
    first = priced(line, 15_000)
    second = priced(line, 25_000, before=15_000)
    assert first.amount_minor + second.amount_minor == 4_800  # DOMAIN E9: 40,000 at 12 %.


def test_the_month_that_reaches_a_cheaper_volume_gives_back_the_difference() -> None:
    result = priced(images(TierMode.WHOLE_VOLUME), 2, before=99_999)
    assert result.amount_minor == 100_001 * 10 - 99_999 * 12


@pytest.mark.parametrize(
    ("sales", "amount"),
    [
        (43_000, 7_000),  # DOMAIN E9: 43,000 x 13 % = 5,590 is less than the minimum.
        (60_000, 7_800),
        (0, 0),  # A month without sales owes no minimum.
        (-1_000, -130),  # What is given back is given back.
    ],
)
def test_a_month_with_usage_earns_at_least_its_minimum(sales: int, amount: int) -> None:
    line = rate_line(Basis.PCT_REVENUE, "13", minimum_minor=7_000)
    assert priced(line, sales).amount_minor == amount


def test_a_month_that_gives_back_is_not_lifted_to_its_minimum() -> None:
    """Two images more reach the cheaper volume, and what was paid too much comes back."""
    line = replace(images(TierMode.WHOLE_VOLUME), minimum_minor=5_000)
    given_back = 100_001 * 10 - 99_999 * 12
    assert priced(line, 2, before=99_999).amount_minor == given_back < 0
    assert priced(line, 2, before=10).amount_minor == 5_000


@pytest.mark.parametrize(
    ("images", "before", "amount"),
    [
        (0, 0, 0),  # Nothing used, nothing bought.
        (1, 0, 10_000),
        (1_000, 0, 10_000),
        (1_001, 0, 40_000),
        (1, 1_000, 30_000),  # The larger package, less the one that was billed.
        (500, 100, 0),  # Still within what was billed.
        (0, 4_000, 0),
        (6_000, 0, 100_000),
        (10**6, 6_000, 0),  # The last package has no end.
    ],
)
def test_a_package_costs_its_price_whatever_is_used_of_it(
    images: int, before: int, amount: int
) -> None:
    line = rate_line(tier_mode=TierMode.PACKAGE, tiers=PACKAGES)
    result = priced(line, images, before=before)
    assert result.amount_minor == amount
    assert sum(step.exact for step in result.steps) == result.exact


def test_a_package_of_characters_is_not_priced_by_the_thousand() -> None:
    line = rate_line(Basis.PER_1K_CHARS, tier_mode=TierMode.PACKAGE, tiers=PACKAGES)
    assert priced(line, 1_000).amount_minor == 10_000


@pytest.mark.parametrize(
    ("images", "amount"),
    [
        (100, 1_200),
        (1_000, 12_000),
        (1_001, 12_000),  # The first above the cap costs nothing more.
        (10**9, 12_000),
    ],
)
def test_a_month_costs_no_more_than_its_cap(images: int, amount: int) -> None:
    result = priced(rate_line(cap_minor=12_000), images)
    assert result.amount_minor == amount
    assert sum(step.exact for step in result.steps) == result.exact


def test_a_give_back_is_not_held_by_a_cap() -> None:
    line = RateLine(
        basis=Basis.PER_IMAGE,
        rate=Decimal(12),
        tier_mode=TierMode.WHOLE_VOLUME,
        tiers=IMAGE_TIERS,
        cap_minor=1,
    )
    assert priced(line, 2, before=99_999).amount_minor == 100_001 * 10 - 99_999 * 12


def test_a_fraction_is_dropped_once_at_the_end_of_a_published_tariff() -> None:
    exact = Fraction(3_500) * Fraction("0.9999") * Fraction("1.1")
    line = rate_line(Basis.PER_CLIP, str(Decimal("0.9999") * Decimal("1.1")))
    result = priced(line, 3_500)
    assert result.exact == exact
    assert result.amount_minor == 3_849  # DOMAIN E9: rounding twice would give 3,848.


@pytest.mark.parametrize(
    ("rounding", "amount"),
    [
        (Rounding.TRUNCATE, 44_959),
        (Rounding.FLOOR, 44_959),
        (Rounding.CEILING, 44_960),
        (Rounding.HALF_UP, 44_960),
    ],
)
def test_the_terms_say_how_to_round(rounding: Rounding, amount: int) -> None:
    line = rate_line(Basis.PER_1K_CHARS, "35")
    result = charge(line=line, quantity=Decimal(1_284_560), rounding=rounding)
    assert (result.amount_minor, result.rounding) == (amount, rounding)


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("JPY", 38_580),  # 18 % of 214,336.57 in yen: 38,580.58.
        ("USD", 3_858_058),  # In cents.
        ("KWD", 38_580_582),  # In fils.
    ],
)
def test_a_percentage_of_revenue_in_major_units_is_charged_in_minor_units(
    currency: str, amount: int
) -> None:
    line = rate_line(Basis.PCT_REVENUE, "18")
    result = charge(line=line, quantity=Decimal("214336.57"), currency=currency)
    assert result.amount_minor == amount


def test_a_fixed_fee_does_not_look_at_the_quantity() -> None:
    line = rate_line(Basis.FIXED_MONTH, "30000")
    assert priced(line, 0).amount_minor == priced(line, 10**6).amount_minor == 30_000


@pytest.mark.parametrize(
    ("fee", "subjects", "shares"),
    [
        (100, 3, [34, 33, 33]),  # The spare yen goes to the first listed.
        (101, 3, [34, 34, 33]),
        (2, 3, [1, 1, 0]),
        (0, 2, [0, 0]),
    ],
)
def test_a_fixed_fee_is_shared_equally_and_whole(
    fee: int, subjects: int, shares: list[int]
) -> None:
    assert share_fixed_fee(fee, subjects) == shares


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (101, [3333, 3333, 3334], [34, 33, 34]),  # DOMAIN E9.
        (-101, [3333, 3333, 3334], [-34, -33, -34]),
        (1, [50, 50], [1, 0]),
    ],
)
def test_a_published_split_comes_out_to_the_yen(
    total: int, weights: list[int], parts: list[int]
) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(
    ("receipts", "first_bp", "then_bp", "fees"),
    [
        (100_001, 2_000, 1_000, (20_000, 8_000)),  # DOMAIN E9: the window's fee first.
        (100_001, 1_000, 2_000, (10_000, 18_000)),  # The lead's fee first.
        (999, 1_000, 0, (99, 0)),
        (-999, 1_000, 0, (-99, 0)),  # A reversal mirrors its original to the yen.
    ],
)
def test_the_order_of_two_fees_decides_what_each_is(
    receipts: int, first_bp: int, then_bp: int, fees: tuple[int, int]
) -> None:
    first = take_bp(receipts, first_bp)
    assert (first, take_bp(receipts - first, then_bp)) == fees


@settings(max_examples=10)
@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_months_of_marginal_tiers_add_up_to_the_year(
    before: Decimal, one: Decimal, other: Decimal
) -> None:
    line = images(TierMode.MARGINAL)
    together = charge(line=line, quantity=one + other, counter_before=before)
    first = charge(line=line, quantity=one, counter_before=before)
    second = charge(line=line, quantity=other, counter_before=before + one)
    assert first.exact + second.exact == together.exact


@settings(max_examples=10)
@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_under_marginal_tiers_more_use_never_costs_less(
    before: Decimal, less: Decimal, more: Decimal
) -> None:
    line = images(TierMode.MARGINAL)
    smaller, larger = sorted([less, more])
    costs_less = charge(line=line, quantity=smaller, counter_before=before)
    costs_more = charge(line=line, quantity=larger, counter_before=before)
    assert 0 <= costs_less.exact <= costs_more.exact


@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_packages_never_give_back_and_their_months_add_up(
    before: Decimal, one: Decimal, other: Decimal
) -> None:
    line = rate_line(tier_mode=TierMode.PACKAGE, tiers=PACKAGES)
    together = charge(line=line, quantity=one + other, counter_before=before)
    first = charge(line=line, quantity=one, counter_before=before)
    second = charge(line=line, quantity=other, counter_before=before + one)
    assert 0 <= first.exact <= together.exact == first.exact + second.exact


@given(QUANTITIES, QUANTITIES, st.sampled_from([*TierMode]))
def test_tiers_price_a_quantity_as_units_counted_one_by_one(
    before: Decimal, quantity: Decimal, tier_mode: TierMode
) -> None:
    start, units = int(before) % 60, int(quantity) % 60
    bounds = [(10, 5), (30, 70), (None, 200)]
    tiers = tuple(
        Tier(up_to=None if bound is None else Decimal(bound), rate=Decimal(rate))
        for bound, rate in bounds
    )
    is_flat = tier_mode is TierMode.NONE
    line = rate_line(tier_mode=tier_mode, tiers=() if is_flat else tiers)
    expected = naive.tier_price(start + units, tier_mode, 12, bounds) - naive.tier_price(
        start, tier_mode, 12, bounds
    )
    result = priced(line, units, before=start)
    assert result.exact == expected


@settings(max_examples=10)
@given(QUANTITIES)
def test_a_whole_volume_from_nothing_pays_one_rate_for_all(quantity: Decimal) -> None:
    result = priced(images(TierMode.WHOLE_VOLUME), quantity)
    rates = {Fraction(tier.rate) * Fraction(quantity) for tier in IMAGE_TIERS}
    assert result.exact in rates


@settings(max_examples=10)
@given(QUANTITIES, st.sampled_from(list(Rounding)))
def test_rounding_moves_an_amount_by_less_than_one(quantity: Decimal, rounding: Rounding) -> None:
    line = rate_line(Basis.PER_1K_CHARS, "35")
    result = charge(line=line, quantity=quantity, rounding=rounding)
    assert abs(result.residual) < 1


@settings(max_examples=10)
@given(AMOUNTS, st.integers(1, 50))
def test_shares_of_a_fixed_fee_always_sum_to_it(fee: int, subjects: int) -> None:
    shares = share_fixed_fee(fee, subjects)
    assert sum(shares) == fee
    assert max(shares) - min(shares) <= 1
