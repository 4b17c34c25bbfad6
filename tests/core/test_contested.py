"""What came in for contested uses: divided where claims are the same, held, and released."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.claim import ALL_RIGHTS, Claim, ClaimState, OverclaimPolicy
from ledger.core.contested import Cell, ClaimedLine, Contested, HolderClaims, Shared, contested_in
from ledger.core.new_claim import AgreedBeyondWhole, check_agreed, overclaimed_bp
from ledger.core.period import Month
from ledger.core.suspense import Released, Suspense, release

FIRST, LATER = date(2026, 10, 1), date(2026, 10, 16)
AGREED = ClaimState.AGREED
POLICY = OverclaimPolicy.HOLD_DISPUTED_PART


def claim(party: str, share_bp: int, **values: Any) -> Claim:
    asked: dict[str, Any] = {"subject": "C", "right": ALL_RIGHTS, "starts_on": date(2026, 4, 1)}
    return Claim(party=party, share_bp=share_bp, **asked | values)


def line(*cells: Cell, royalty: int = 1_000, right: str | None = "image") -> ClaimedLine:
    return ClaimedLine(
        subject="C",
        right=right,
        cells=cells or (("JP", FIRST, Fraction(1)),),
        royalty_minor=royalty,
        tax_minor=royalty // 10,
    )


def contested(*claims: Claim, lines: tuple[ClaimedLine, ...] = ()) -> tuple[Contested, ...]:
    return contested_in(lines or (line(),), claims, holder="X", policy=POLICY)


def shared(*claims: Claim, lines: tuple[ClaimedLine, ...] = ()) -> tuple[Shared, ...]:
    found = contested(*claims, lines=lines)
    of_holder = HolderClaims(holder="X", month=Month(2026, 11), contested=found)
    return of_holder.shared(fee_bp=800, fee_tax_bp=1_000)


def waiting(of: Shared) -> Suspense:
    return Suspense(
        id=1,
        reference=of.reference,
        where=of.where,
        amount_minor=of.amount_minor,
        tax_minor=of.tax_minor,
        had=tuple((each.party, each.amount_minor, each.tax_minor) for each in of.parts),
        left_minor=of.suspense_minor,
        left_tax_minor=of.suspense_tax_minor,
        left_bp=of.suspense_bp,
    )


def after(of: Shared, *claims: Claim) -> Released | None:
    return release(waiting(of), claims, holder="X", policy=POLICY)


def test_the_registered_holder_claims_the_whole_unless_it_says_otherwise() -> None:
    (one,) = shared(claim("Y", 3_000))
    assert [(each.party, each.undisputed_bp) for each in one.parts] == [("X", 7_000), ("Y", 0)]
    (other,) = shared(claim("Y", 3_000), claim("X", 7_000))
    assert other.suspense_bp == 0


def test_what_only_the_holder_has_is_not_contested() -> None:
    assert contested() == ()
    assert contested(claim("Y", 3_000, starts_on=LATER)) == ()


@pytest.mark.parametrize(
    ("values", "royalty"),
    [
        ({}, 1_000),
        ({"territory": "US"}, 300),  # 3 of 10 are there,
        ({"starts_on": LATER}, 500),  # 5 of 10 then,
        ({"territory": "US", "starts_on": LATER}, 200),  # 2 of 10 both.
        ({"right": "video"}, None),
        ({"right": "image"}, 1_000),
    ],
)
def test_a_line_is_contested_as_far_as_it_was_used_there_and_then(
    values: dict[str, Any], royalty: int | None
) -> None:
    cells: tuple[Cell, ...] = (
        ("JP", FIRST, Fraction(4)),
        ("US", FIRST, Fraction(1)),
        ("JP", LATER, Fraction(3)),
        ("US", LATER, Fraction(2)),
    )
    found = contested(claim("Y", 3_000, **values), lines=(line(*cells),))
    assert [each.royalty_minor for each in found] == ([] if royalty is None else [royalty])


def test_days_before_and_after_a_claim_wait_apart() -> None:
    cells: tuple[Cell, ...] = tuple(
        ("JP", FIRST.replace(day=day), Fraction(1)) for day in range(1, 31)
    )
    claims = (
        claim("X", 6_000),
        claim("Y", 6_000, starts_on=date(2026, 10, 11), ends_on=date(2026, 10, 21)),
    )
    found = shared(*claims, lines=(line(*cells, royalty=3_000),))
    days = [(each.where.first_day.day, each.where.last_day.day) for each in found]
    assert days == [(1, 10), (11, 20), (21, 30)]
    # Nobody claims 40 % before and after; the holder does, later.
    agreed = claim("X", 10_000, state=AGREED, ends_on=date(2026, 10, 11)), claims[1]
    released = after(found[0], *agreed)
    assert released is not None
    assert released.left_bp == 0
    assert after(found[2], *claims) is None


def test_use_by_several_rights_is_divided_apart_because_later_claims_may_differ() -> None:
    cell: Cell = ("JP", FIRST, Fraction(1))
    lines = line(cell, right=None), line(cell, right="video"), line(cell, right="image")
    apart = contested(claim("Y", 3_000), lines=(*lines, line(cell, right="video")))
    found = [(each.where.right, each.royalty_minor) for each in apart]
    assert found == [(None, 1_000), ("video", 2_000), ("image", 1_000)]


def test_where_it_is_not_known_every_claim_may_be_on_it() -> None:
    somewhere = line((None, FIRST, Fraction(1)), right=None)
    claims = (claim("Y", 3_000, territory="US", right="video"),)
    assert [each.royalty_minor for each in contested(*claims, lines=(somewhere,))] == [1_000]


def test_what_waits_is_released_to_whom_it_is_agreed() -> None:
    (of,) = shared(claim("X", 6_000), claim("Y", 6_000))
    released = after(of, claim("X", 5_000, state=AGREED), claim("Y", 5_000, state=AGREED))
    assert released is not None
    assert {each.party: each.amount_minor for each in released.parts} == {"X": 92, "Y": 92}
    assert released.released_minor == of.suspense_minor == 184


@pytest.mark.parametrize(
    "claims",
    [
        (claim("X", 6_000), claim("Y", 6_000)),  # As before.
        (claim("X", 6_000), claim("Y", 9_000)),  # More is disputed.
        (claim("X", 6_000), claim("Y", 4_000, starts_on=LATER)),  # Not of the days it was for.
    ],
)
def test_what_is_disputed_as_before_goes_on_waiting(claims: tuple[Claim, ...]) -> None:
    (of,) = shared(
        claim("X", 6_000),
        claim("Y", 6_000),
        lines=(line(("JP", FIRST, Fraction(1)), ("JP", LATER, Fraction(1))),),
    )
    assert after(of, *claims) is None


CLAIMS = st.lists(
    st.builds(
        claim, st.sampled_from("XYZ"), st.integers(1, 10_000), state=st.sampled_from(ClaimState)
    ),
    min_size=1,
    max_size=4,
)


@given(CLAIMS, CLAIMS, st.integers(-(10**9), 10**9))
def test_nothing_is_lost_and_no_more_is_released_than_waits(
    before: list[Claim], now: list[Claim], royalty: int
) -> None:
    (of,) = shared(*before, lines=(line(royalty=royalty),))
    assert of.amount_minor == of.suspense_minor + sum(each.amount_minor for each in of.parts)
    released = after(of, *now)
    if released is not None:
        left = of.suspense_minor - released.released_minor
        assert min(0, of.suspense_minor) <= left <= max(0, of.suspense_minor)
        assert released.left_bp <= of.suspense_bp
        assert all(each.amount_minor * of.suspense_minor >= 0 for each in released.parts)


def test_agreements_never_come_to_more_than_the_whole_anywhere() -> None:
    world = ("A", claim("X", 7_000, state=AGREED))
    check_agreed([world, ("B", claim("Y", 3_000, state=AGREED))])
    check_agreed([world, ("B", claim("Y", 9_000))])  # Only claimed.
    ended = claim("Y", 9_000, state=AGREED, starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1))
    check_agreed([world, ("B", ended)])
    with pytest.raises(AgreedBeyondWhole) as refused:
        check_agreed([world, ("B", claim("Y", 3_001, state=AGREED, territory="US", right="text"))])
    assert refused.value.values["agreed_bp"] == "10001"


def test_an_overclaim_is_told_where_it_is_largest() -> None:
    abroad = claim("Y", 4_000, territory="US", starts_on=LATER)
    assert overclaimed_bp([claim("X", 7_000), abroad]) == 1_000
    assert overclaimed_bp([claim("X", 7_000, territory="JP"), abroad]) == 0
