"""A month closed from totals is what its events come to one by one, under any rate line."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.period import Month, contract_year_start
from ledger.core.terms import Basis, CounterScope, RateLine, Tier, TierMode
from tests.core import naive
from tests.core.month import at, november, terms, used, version

SIGNED_ON = date(2025, 11, 16)  # So a contract year begins in the middle of the month.
DAYS = [
    *(date(2025, 12, 3), date(2026, 4, 10), date(2026, 10, 31)),
    *(date(2026, 11, 1), date(2026, 11, 15), date(2026, 11, 16), date(2026, 11, 30)),
]
EVENTS = st.lists(st.tuples(st.sampled_from(DAYS), st.integers(0, 30)), max_size=12)
PRICES = st.lists(st.integers(0, 40), min_size=3, max_size=3)
BOUNDS = (10, 40, None)


@given(
    events=EVENTS,
    tier_mode=st.sampled_from(TierMode),
    scope=st.sampled_from(CounterScope),
    prices=PRICES,
    minimum=st.sampled_from([0, 100]),
    cap=st.sampled_from([None, 100, 700]),
)
def test_a_month_costs_what_its_events_cost_one_by_one(
    events: list[tuple[date, int]],
    tier_mode: TierMode,
    scope: CounterScope,
    prices: list[int],
    minimum: int,
    cap: int | None,
) -> None:
    if tier_mode is TierMode.PACKAGE:
        prices = sorted(prices)
    tiers = list(zip(BOUNDS, prices, strict=True))
    line = RateLine(
        id=1,
        basis=Basis.PER_IMAGE,
        rate=Decimal(12),
        tier_mode=tier_mode,
        tiers=() if tier_mode is TierMode.NONE else _tiers(tiers),
        counter_scope=scope,
        minimum_minor=minimum,
        cap_minor=cap,
    )
    book = terms(version(line), starts_at=at(2025, 11, 16), grant_starts_at=at(2025, 11, 16))
    lines = november(
        book,
        *(
            used(
                quantity,
                line=line,
                month=Month.of_day(day),
                is_new_year=contract_year_start(anniversary=SIGNED_ON, on=day) > day.replace(day=1),
            )
            for day, quantity in events
        ),
    )
    expected = naive.charge_by_events(
        events,
        month=(2026, 11),
        scope=scope,
        anniversary=SIGNED_ON,
        price=lambda units: naive.tier_price(units, tier_mode, 12, tiers),
        minimum=minimum,
        cap=cap,
    )
    assert sum(each.amount_minor for each in lines) == expected


def _tiers(tiers: list[tuple[int | None, int]]) -> tuple[Tier, ...]:
    return tuple(
        Tier(up_to=None if bound is None else Decimal(bound), rate=Decimal(price))
        for bound, price in tiers
    )
