"""The greater of units and a share of revenue, over currencies (DOMAIN E6)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.exchange import Exchange, FxRate, FxRule
from ledger.core.money import Rounding
from ledger.core.revenue_share import Earned, Revenue, RevenueShare, TopUp, TopUpHold, greater_of
from ledger.core.terms import InvalidRateLine
from tests.core import naive

E6 = (2_944_100, 1_533_700, 934_500)
DOLLARS = FxRate(
    source="mufg-ttm", on=date(2026, 11, 30), currency="USD", into="JPY", rate=Decimal("152.37")
)
TO_YEN = Exchange(
    rule=FxRule.LAST_DAY, asked_on=DOLLARS.on, used=(DOLLARS,), rate=Fraction(DOLLARS.rate)
)


def revenue(
    amount: str | None, currency: str = "JPY", *, exchange: Exchange | None = None
) -> Revenue:
    return Revenue(
        amount=None if amount is None else Decimal(amount), currency=currency, exchange=exchange
    )


def compared(
    *revenues: Revenue,
    percent: str = "18",
    earned: tuple[int, ...] = E6,
    rounding: Rounding = Rounding.TRUNCATE,
) -> TopUp:
    return greater_of(
        terms=RevenueShare(percent=Decimal(percent), rounding=rounding),
        revenues=revenues,
        lines=[
            Earned(line=f"line-{index}", amount_minor=amount) for index, amount in enumerate(earned)
        ],
    )


def parts(result: TopUp) -> list[int]:
    return [part.amount_minor for part in result.parts]


def test_the_period_of_e6_is_topped_up_to_the_yen() -> None:
    result = compared(revenue("214336.57", "USD", exchange=TO_YEN))
    assert result.per_unit_minor == 5_412_300
    assert result.share is not None
    assert int(result.share * 100) == 587_852_337
    assert result.top_up_minor == 466_223
    assert parts(result) == [253_609, 132_115, 80_499]


def test_the_figures_say_how_the_top_up_of_e6_came_about() -> None:
    result = compared(revenue("214336.57", "USD", exchange=TO_YEN))
    told = {each.code: each.amount for each in result.figures}
    assert told["revenue"] == Fraction("214336.57")
    assert told["revenue_exchanged"] == Fraction("214336.57") * Fraction("152.37")
    assert told["top_up"] == 466_223
    for each in result.figures:
        if each.base is not None and each.rate is not None:
            assert each.amount == each.base * each.rate


@pytest.mark.parametrize(
    ("revenues", "earned", "expected"),
    [
        ([revenue("100")], (18,), [0]),  # Exactly the share: nothing is missing.
        ([revenue("99")], (18,), [0]),  # The units are worth more.
        ([revenue("106")], (18,), [1]),  # 19.08 is 19.
        ([revenue("50"), revenue("56")], (18,), [1]),  # Rounded once, over all revenues.
        ([revenue("0")], (18,), [0]),  # Nothing taken in is known, and is nothing.
        ([revenue("1000")], (0, 0, 0), [60, 60, 60]),  # Nothing to go by: equally.
        ([revenue("1000")], (-20, 10), [0, 190]),  # What is given back earns no top-up.
        ([revenue("1", "USD", exchange=TO_YEN), revenue("100")], (0,), [45]),  # 27.4266 and 18.
    ],
)
def test_the_difference_is_shared_over_the_lines(
    revenues: list[Revenue], earned: tuple[int, ...], expected: list[int]
) -> None:
    result = compared(*revenues, earned=earned)
    assert parts(result) == expected
    assert result.top_up_minor == sum(expected)


@pytest.mark.parametrize(
    ("revenues", "hold"),
    [
        ([], TopUpHold.REVENUE_UNKNOWN),  # Nobody has reported any.
        ([revenue("10"), revenue(None)], TopUpHold.REVENUE_UNKNOWN),  # One part is missing.
        ([revenue("10", "USD")], TopUpHold.EXCHANGE_RATE_UNKNOWN),
        ([revenue(None, "USD")], TopUpHold.REVENUE_UNKNOWN),
    ],
)
def test_what_is_not_known_is_held_and_never_nothing(
    revenues: list[Revenue], hold: TopUpHold
) -> None:
    result = compared(*revenues)
    assert (result.hold, result.top_up_minor, result.parts) == (hold, None, ())
    assert result.per_unit_minor == sum(E6)


def test_the_terms_say_how_the_share_is_rounded() -> None:
    assert compared(revenue("106"), earned=(0,), rounding=Rounding.CEILING).top_up_minor == 20


@pytest.mark.parametrize("percent", ["0", "-1", "100.01"])
def test_a_share_of_revenue_is_a_percentage(percent: str) -> None:
    with pytest.raises(InvalidRateLine):
        RevenueShare(percent=Decimal(percent))


@given(
    earned=st.lists(st.integers(0, 10**4), min_size=1, max_size=5),
    taken=st.decimals(0, 10**5, places=2),
    percent=st.integers(1, 100),
)
def test_a_month_comes_to_the_greater_of_both_whole(
    earned: list[int], taken: Decimal, percent: int
) -> None:
    result = compared(revenue(str(taken)), percent=str(percent), earned=tuple(earned))
    share = int(taken * percent / 100)
    assert result.top_up_minor is not None
    assert sum(earned) + result.top_up_minor == max(sum(earned), share)
    weights = [Fraction(each) for each in earned] if any(earned) else [Fraction(1)] * len(earned)
    assert parts(result) == naive.hand_out(result.top_up_minor, weights)
