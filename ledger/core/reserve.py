"""
Reserves: a part of receipts that is held for a while against claims, and then released.

Each month's receipts hold back their own part. Claims are paid from the oldest reserve first;
what a reserve still has when it is old enough is released. A reversed receipt takes back what it
held, from the newest reserve, as far as there is any.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from ledger.core.explanation import Figure, figure
from ledger.core.money import BASIS_POINTS, take_bp
from ledger.core.period import Month
from ledger.core.refusal import Refusal


class ReserveContradicts(Refusal):
    """A reserve holds nothing, or more than there is, or is released before it is held."""

    code = "reserve_contradicts"

    def __init__(self, field: str, value: int) -> None:
        super().__init__(field=field, value=value)


@dataclass(frozen=True, kw_only=True)
class ReserveTerms:
    """
    What part of receipts is held, and for how many months after the one they came in.

    :raises ReserveContradicts: the rate is not 1 to 10,000 bp, or it is released at once.
    """

    rate_bp: int
    release_after_months: int

    def __post_init__(self) -> None:
        if not 0 < self.rate_bp <= BASIS_POINTS:
            raise ReserveContradicts("rate_bp", self.rate_bp)
        if self.release_after_months <= 0:
            raise ReserveContradicts("release_after_months", self.release_after_months)


@dataclass(frozen=True, kw_only=True)
class Reserve:
    """What one month's receipts held back and still have, in whole minor units."""

    held_in: date  # the first day of the month
    left_minor: int

    def __post_init__(self) -> None:
        assert self.left_minor >= 0


@dataclass(frozen=True, kw_only=True)
class ReserveMonth:
    """
    A month of reserves. What is paid out now is the receipts less ``held_minor``, more what is
    released, less what of the claims no reserve could bear.
    """

    before_minor: int
    held_minor: int  # below zero when receipts were reversed
    claims_minor: int
    claimed_minor: int  # what reserves bore of the claims
    released_minor: int
    reserves: tuple[Reserve, ...]  # what is left, the oldest first

    def __post_init__(self) -> None:
        change = self.held_minor - self.claimed_minor - self.released_minor
        assert self.after_minor == self.before_minor + change

    @property
    def after_minor(self) -> int:
        """All that is held now."""
        return sum(each.left_minor for each in self.reserves)

    @property
    def uncovered_minor(self) -> int:
        """What no reserve could bear; it is set off against what is payable."""
        return self.claims_minor - self.claimed_minor

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The month step by step."""
        return (
            figure("reserve_before", self.before_minor),
            figure("reserve_held", self.held_minor),
            figure("reserve_claimed", -self.claimed_minor),
            figure("reserve_released", -self.released_minor),
            figure("reserve_after", self.after_minor),
            figure("claims_uncovered", self.uncovered_minor),
        )


def move_reserves(
    terms: ReserveTerms,
    *,
    reserves: Sequence[Reserve],
    month: Month,
    receipts_minor: int,
    claims_minor: int = 0,
) -> ReserveMonth:
    """
    Move the reserves on by a month: hold of its receipts, bear its claims, release what is old.

    Claims come before the release, so that a reserve bears them to the end. The part that is
    held is truncated; ``claims_minor`` is 0 or more.
    """
    assert claims_minor >= 0
    before = sum(each.left_minor for each in reserves)
    held = max(take_bp(receipts_minor, terms.rate_bp), -before)
    lots = _with_held(reserves, month, held)
    claimed = min(claims_minor, before + held)
    lots = _taken(lots, claimed)
    old = [each for each in lots if _age(each, month) >= terms.release_after_months]
    return ReserveMonth(
        before_minor=before,
        held_minor=held,
        claims_minor=claims_minor,
        claimed_minor=claimed,
        released_minor=sum(each.left_minor for each in old),
        reserves=tuple(each for each in lots if each not in old and each.left_minor),
    )


def _with_held(reserves: Sequence[Reserve], month: Month, held_minor: int) -> list[Reserve]:
    oldest_first = sorted(reserves, key=lambda each: each.held_in)
    if held_minor >= 0:
        return [*oldest_first, Reserve(held_in=month.first_day, left_minor=held_minor)]
    return _taken(oldest_first[::-1], -held_minor)[::-1]


def _taken(reserves: Sequence[Reserve], amount_minor: int) -> list[Reserve]:
    """Take an amount from reserves in the order given; they have as much."""
    had = accumulate((each.left_minor for each in reserves), initial=0)
    return [
        replace(
            each, left_minor=each.left_minor - max(0, min(each.left_minor, amount_minor - gone))
        )
        for each, gone in zip(reserves, had, strict=False)
    ]


def _age(reserve: Reserve, month: Month) -> int:
    """Return how many months ago a reserve was held."""
    return (month.year - reserve.held_in.year) * 12 + month.month - reserve.held_in.month
