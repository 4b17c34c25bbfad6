"""What is held back of receipts, what it bears, and when the rest is released (DOMAIN E8)."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.period import Month
from ledger.core.reserve import (
    Reserve,
    ReserveClaim,
    ReserveContradicts,
    ReserveMonth,
    ReserveTerms,
    move_reserves,
)
from tests.core import naive

TENTH = ReserveTerms(rate_bp=1_000, release_after_months=2)
APRIL = Month(2026, 4)


def months(*each: tuple[int, int], terms: ReserveTerms = TENTH) -> list[ReserveMonth]:
    """Move reserves on by months of (receipts, claims), from April on."""
    results: list[ReserveMonth] = []
    reserves: tuple[Reserve, ...] = ()
    month = APRIL
    for receipts, claims in each:
        results.append(
            move_reserves(
                terms,
                reserves=reserves,
                month=month,
                receipts_minor=receipts,
                claims=[ReserveClaim(amount_minor=claims)] if claims else [],
            )
        )
        reserves, month = results[-1].reserves, month.next()
    return results


def test_e8_holds_bears_and_releases_to_the_yen() -> None:
    april, may, june = months((1_000_000, 0), (0, 37_500), (0, 0))
    assert (april.held_minor, may.claimed_minor, june.released_minor) == (100_000, 37_500, 62_500)
    assert (april.released_minor, may.released_minor, june.after_minor) == (0, 0, 0)
    assert [int(each.amount) for each in may.figures] == [100_000, 0, -37_500, 0, 62_500, 0]


def test_a_claim_in_the_month_of_release_comes_before_it() -> None:
    *_, june = months((1_000_000, 0), (0, 0), (0, 37_500))
    assert (june.claimed_minor, june.released_minor) == (37_500, 62_500)


def test_the_oldest_reserve_bears_a_claim_first() -> None:
    _, may = months((1_000, 0), (2_000, 150))
    assert may.reserves == (
        Reserve(held_in=date(2026, 5, 1), release_in=date(2026, 7, 1), left_minor=150),
    )


def test_what_no_reserve_can_bear_is_said() -> None:
    (april,) = months((1_000, 250))
    assert (april.claimed_minor, april.uncovered_minor, april.after_minor) == (100, 150, 0)


def test_a_reversed_receipt_takes_back_what_it_held() -> None:
    _, may = months((1_000, 0), (-1_000, 0))
    assert (may.held_minor, may.after_minor) == (-100, 0)


def test_a_receipt_reversed_after_the_release_takes_back_only_what_there_is() -> None:
    *_, july = months((1_000, 0), (0, 0), (500, 0), (-1_000, 0))
    assert (july.held_minor, july.after_minor) == (-50, 0)


def test_a_part_of_a_yen_is_not_held() -> None:
    assert months((999, 0))[0].held_minor == 99


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    held = Reserve(held_in=date(2026, 12, 1), release_in=date(2027, 2, 1), left_minor=10)
    early, late = (
        move_reserves(TENTH, reserves=[held], month=Month(2027, month), receipts_minor=0)
        for month in (1, 2)
    )
    assert (early.released_minor, late.released_minor) == (0, 10)


@pytest.mark.parametrize(("rate_bp", "months"), [(0, 1), (10_001, 1), (1_000, 0)])
def test_a_reserve_that_holds_nothing_or_at_once_releases_is_refused(
    rate_bp: int, months: int
) -> None:
    with pytest.raises(ReserveContradicts):
        ReserveTerms(rate_bp=rate_bp, release_after_months=months)


MOVES = st.lists(st.tuples(st.integers(-3_000, 5_000), st.integers(0, 400)), min_size=1, max_size=8)


@given(MOVES, st.integers(1, 10_000), st.integers(1, 4))
def test_what_is_held_is_claimed_released_or_still_there(
    moves: list[tuple[int, int]], rate_bp: int, after: int
) -> None:
    results = months(*moves, terms=ReserveTerms(rate_bp=rate_bp, release_after_months=after))
    held = sum(each.held_minor for each in results)
    gone = sum(each.claimed_minor + each.released_minor for each in results)
    assert held == gone + results[-1].after_minor
    assert all(one.after_minor == other.before_minor for one, other in pairwise(results))
    assert all(each.uncovered_minor >= 0 for each in results)


@given(MOVES, st.integers(1, 4))
def test_reserves_move_like_single_yen_in_a_queue(moves: list[tuple[int, int]], after: int) -> None:
    terms = ReserveTerms(rate_bp=1_000, release_after_months=after)
    found = [(each.claimed_minor, each.released_minor) for each in months(*moves, terms=terms)]
    tenths = [
        (abs(receipts) // 10 * (1 if receipts > 0 else -1), claim) for receipts, claim in moves
    ]
    assert found == naive.reserves(tenths, after)
