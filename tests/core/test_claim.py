"""Who claims which share of a right, and what is paid while they disagree (DOMAIN E6)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.claim import (
    Claim,
    ClaimContradicts,
    ClaimedMoney,
    ClaimState,
    OverclaimPolicy,
    Standing,
    divide_by_claims,
    standing,
)
from tests.core import naive

AGREED, DISPUTED = ClaimState.AGREED, ClaimState.DISPUTED
TODAY = date(2026, 11, 1)


def claim(
    party: str, share_bp: int, state: ClaimState = ClaimState.ASSERTED, **values: Any
) -> Claim:
    agreed: dict[str, Any] = {
        "subject": "C",
        "right": "reproduction",
        "party": party,
        "share_bp": share_bp,
        "starts_on": date(2026, 4, 1),
        "state": state,
    }
    return Claim(**agreed | values)


def standing_of(
    *claims: Claim,
    policy: OverclaimPolicy = OverclaimPolicy.HOLD_DISPUTED_PART,
    territory: str = "JP",
) -> Standing:
    return standing(
        claims, subject="C", right="reproduction", territory=territory, on=TODAY, policy=policy
    )


def amounts(money: ClaimedMoney) -> list[int]:
    return [*(part.amount_minor for part in money.parts), money.suspense_minor]


X_AND_Y = claim("X", 6_000), claim("Y", 6_000)


def test_e6_pays_what_is_undisputed_and_keeps_the_rest() -> None:
    money = divide_by_claims(925_681, standing_of(*X_AND_Y))
    assert amounts(money) == [370_273, 370_272, 185_136]
    assert money.standing.is_overclaimed
    told = [(each.code, each.about, int(each.amount)) for each in money.figures]
    assert told == [
        ("claimed_bp", "X", 6_000),
        ("claimed_bp", "Y", 6_000),
        ("undisputed", "X", 370_273),
        ("undisputed", "Y", 370_272),
        ("suspense", None, 185_136),
    ]


def test_e6_holds_all_where_the_policy_says_so() -> None:
    money = divide_by_claims(925_681, standing_of(*X_AND_Y, policy=OverclaimPolicy.HOLD_ALL))
    assert amounts(money) == [0, 0, 925_681]


@pytest.mark.parametrize(
    ("claims", "undisputed", "suspense"),
    [
        ([], [], 10_000),  # Nobody claims it, so nobody is paid.
        ([claim("X", 10_000)], [10_000], 0),
        ([claim("X", 5_000), claim("Y", 5_000)], [5_000, 5_000], 0),
        ([claim("X", 4_000), claim("Y", 4_000)], [4_000, 4_000], 2_000),  # Nobody's fifth.
        ([claim("X", 5_000), claim("Y", 5_000), claim("Z", 5_000)], [0, 0, 0], 10_000),
        ([claim("X", 6_000), claim("Y", 6_000), claim("Z", 1_000)], [3_000, 3_000, 0], 4_000),
        # What is agreed stands against whoever comes later.
        ([claim("X", 6_000, AGREED), claim("Y", 6_000)], [6_000, 4_000], 0),
        ([claim("X", 10_000, AGREED), claim("Y", 10_000)], [10_000, 0], 0),
        # Unless what was agreed is itself more than the whole.
        ([claim("X", 6_000, AGREED), claim("Y", 6_000, AGREED)], [4_000, 4_000], 2_000),
        # A disputed claim is not paid, and still stands in the way of others.
        ([claim("X", 6_000, DISPUTED), claim("Y", 4_000)], [0, 4_000], 6_000),
        ([claim("X", 6_000, DISPUTED), claim("Y", 6_000)], [0, 4_000], 6_000),
        ([claim("X", 3_000, AGREED), claim("X", 3_000, DISPUTED)], [3_000], 7_000),
        # Several claims of one party are one.
        ([claim("X", 3_000), claim("X", 3_000), claim("Y", 4_000)], [6_000, 4_000], 0),
    ],
)
def test_each_is_paid_what_nobody_disputes(
    claims: list[Claim], undisputed: list[int], suspense: int
) -> None:
    result = standing_of(*claims)
    assert [share.undisputed_bp for share in result.shares] == undisputed
    assert result.suspense_bp == suspense


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, True),
        ({"starts_on": TODAY}, True),  # The first day is included,
        ({"starts_on": date(2026, 11, 2)}, False),
        ({"ends_on": date(2026, 11, 2)}, True),
        ({"ends_on": TODAY}, False),  # and the last is not.
        ({"territory": "JP"}, True),
        ({"territory": "US"}, False),
        ({"subject": "D"}, False),
        ({"right": "voice"}, False),
    ],
)
def test_a_claim_counts_for_its_subject_right_place_and_time(
    values: dict[str, Any], counts: bool
) -> None:
    shares = standing_of(claim("X", 1_000, **values)).shares
    assert [share.party for share in shares] == (["X"] if counts else [])


def test_a_claim_in_one_country_takes_nothing_in_another() -> None:
    claims = claim("X", 10_000, territory="JP"), claim("Y", 10_000, territory="US")
    assert not standing_of(*claims).is_overclaimed
    assert standing_of(*claims, claim("Z", 10_000)).is_overclaimed


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"share_bp": 0}, "share_bp"),
        ({"share_bp": 10_001}, "share_bp"),
        ({"ends_on": date(2026, 4, 1)}, "ends_on"),
    ],
)
def test_a_claim_cannot_contradict_itself(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ClaimContradicts) as refused:
        replace(claim("X", 5_000), **values)
    assert refused.value.field == field


CLAIMS = st.lists(
    st.builds(claim, st.sampled_from("XYZW"), st.integers(1, 10_000), st.sampled_from(ClaimState)),
    max_size=5,
)


@given(st.dictionaries(st.sampled_from("XYZW"), st.integers(1, 10_000), min_size=1))
def test_undisputed_is_what_a_party_gets_in_whatever_order_the_claims_are_true(
    claimed: dict[str, int],
) -> None:
    result = standing_of(*(claim(party, share_bp) for party, share_bp in claimed.items()))
    found = {share.party: share.undisputed_bp for share in result.shares}
    assert found == naive.undisputed(claimed)


@given(CLAIMS, st.integers(-(10**9), 10**9), st.sampled_from(OverclaimPolicy))
def test_what_is_paid_and_what_waits_is_always_the_whole(
    claims: list[Claim], total: int, policy: OverclaimPolicy
) -> None:
    result = standing_of(*claims, policy=policy)
    assert all(0 <= share.undisputed_bp <= share.claimed_bp for share in result.shares)
    assert 0 <= result.suspense_bp <= 10_000
    money = divide_by_claims(total, result)
    assert sum(amounts(money)) == total
    mirrored = divide_by_claims(-total, result)
    assert amounts(mirrored) == [-each for each in amounts(money)]
