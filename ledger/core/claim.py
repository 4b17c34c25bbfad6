"""
Claims: who says that which share of a right is theirs, and what is paid while they disagree.

Claims of a subject, a right, a territory and a day that come to more than the whole are an
overclaim. What is agreed stands. Of the rest, what nobody else claims is undisputed and paid;
what two claim, what is disputed, and what nobody claims waits in suspense (DOMAIN E6). Or, if the
policy says so, all of it waits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from ledger.core.explanation import Figure, figure
from ledger.core.money import BASIS_POINTS, allocate
from ledger.core.refusal import Refusal
from ledger.core.terms import WORLD


class ClaimContradicts(Refusal):
    """A claim is for no share, or more than the whole, or ends before it starts."""

    code = "claim_contradicts"

    def __init__(self, field: str, party: str) -> None:
        super().__init__(field=field, party=party)


class ClaimState(StrEnum):
    """How far a claim is recognised."""

    ASSERTED = "asserted"
    AGREED = "agreed"
    DISPUTED = "disputed"


class OverclaimPolicy(StrEnum):
    """What is paid while claims exceed the whole."""

    HOLD_DISPUTED_PART = "hold_disputed_part"
    HOLD_ALL = "hold_all"


#: A right that takes in every use of a subject; another is that to one modality.
ALL_RIGHTS = "all"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """
    A party's share of a right in a subject, in a territory (or WORLD) and on some days.

    ``ends_on`` is the first day on which it no longer holds.

    :raises ClaimContradicts: the field at fault is named.
    """

    subject: str
    right: str
    party: str
    share_bp: int
    starts_on: date
    ends_on: date | None = None
    territory: str = WORLD
    state: ClaimState = ClaimState.ASSERTED

    def __post_init__(self) -> None:
        if not 0 < self.share_bp <= BASIS_POINTS:
            raise ClaimContradicts("share_bp", self.party)
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ClaimContradicts("ends_on", self.party)

    def holds(self, *, subject: str, right: str | None, territory: str | None, on: date) -> bool:
        """
        Tell whether it is a claim on a use of this subject and right, there and then.

        Where it is not known which right or territory was used, every claim may be on it.
        """
        is_in_time = self.starts_on <= on and (self.ends_on is None or on < self.ends_on)
        is_there = territory is None or self.territory in (WORLD, territory)
        is_right = right is None or self.right in (ALL_RIGHTS, right)
        return is_in_time and is_there and is_right and self.subject == subject


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one party may be paid of the whole, and what it claims, in basis points."""

    party: str
    claimed_bp: int
    undisputed_bp: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the claims on one thing stand: shares in the order of the claims, the rest held."""

    shares: tuple[Share, ...]
    is_overclaimed: bool

    @property
    def suspense_bp(self) -> int:
        """What nobody can be paid."""
        return BASIS_POINTS - sum(share.undisputed_bp for share in self.shares)


@dataclass(frozen=True, kw_only=True)
class ClaimedPart:
    """Whole minor units for one party."""

    party: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class ClaimedMoney:
    """An amount divided by claims: what is paid, and what waits; they sum to the amount."""

    parts: tuple[ClaimedPart, ...]
    suspense_minor: int
    standing: Standing

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What each claims, what of it is undisputed, and what that comes to."""
        total = self.suspense_minor + sum(part.amount_minor for part in self.parts)
        claimed = (
            figure("claimed_bp", share.claimed_bp, about=share.party)
            for share in self.standing.shares
        )
        paid = (
            figure(
                "undisputed",
                part.amount_minor,
                base=total,
                rate=Fraction(share.undisputed_bp, BASIS_POINTS),
                about=part.party,
            )
            for part, share in zip(self.parts, self.standing.shares, strict=True)
        )
        return (*claimed, *paid, figure("suspense", self.suspense_minor))


def standing(
    claims: Iterable[Claim],
    *,
    subject: str,
    right: str | None,
    territory: str | None,
    on: date,
    policy: OverclaimPolicy = OverclaimPolicy.HOLD_DISPUTED_PART,
) -> Standing:
    """Tell how those of the claims stand that are on a use."""
    found = [
        each
        for each in claims
        if each.holds(subject=subject, right=right, territory=territory, on=on)
    ]
    return standing_of(found, policy=policy)


def standing_of(
    found: Sequence[Claim], *, policy: OverclaimPolicy = OverclaimPolicy.HOLD_DISPUTED_PART
) -> Standing:
    """
    Tell how the claims on one use stand; several claims of one party in one state are one.

    Agreed claims stand whole, as long as they do not exceed the whole by themselves. Of what
    they leave, each other party is undisputed in what remains when all others have had theirs.
    """
    claimed = _by_party(found, set(ClaimState))
    is_overclaimed = sum(claimed.values()) > BASIS_POINTS
    undisputed = _undisputed(found)
    if is_overclaimed and policy is OverclaimPolicy.HOLD_ALL:
        undisputed = {}
    return Standing(
        shares=tuple(
            Share(party=party, claimed_bp=share_bp, undisputed_bp=undisputed.get(party, 0))
            for party, share_bp in claimed.items()
        ),
        is_overclaimed=is_overclaimed,
    )


def divide_by_claims(total_minor: int, standing: Standing) -> ClaimedMoney:
    """Divide an amount as its claims stand, by largest remainder; the suspense comes last."""
    weights = [*(share.undisputed_bp for share in standing.shares), standing.suspense_bp]
    *parts, suspense = allocate(total_minor, weights)
    return ClaimedMoney(
        parts=tuple(
            ClaimedPart(party=share.party, amount_minor=part)
            for share, part in zip(standing.shares, parts, strict=True)
        ),
        suspense_minor=suspense,
        standing=standing,
    )


def _undisputed(claims: Sequence[Claim]) -> dict[str, int]:
    """Return what each party is undisputed in, by the states of its claims."""
    agreed = _by_party(claims, {ClaimState.AGREED})
    others = {ClaimState.ASSERTED, ClaimState.DISPUTED}
    if sum(agreed.values()) > BASIS_POINTS:  # An agreement on more than the whole is none.
        agreed, others = {}, {*ClaimState}
    left = BASIS_POINTS - sum(agreed.values())
    contested = _by_party(claims, others)
    disputed = _by_party(claims, {ClaimState.DISPUTED})
    together = sum(contested.values())
    undisputed = dict(agreed)
    for party, share_bp in contested.items():
        free = left - (together - share_bp)
        own = min(share_bp - disputed.get(party, 0), free)
        undisputed[party] = undisputed.get(party, 0) + max(0, own)
    return undisputed


def _by_party(claims: Iterable[Claim], states: set[ClaimState]) -> dict[str, int]:
    shares: dict[str, int] = {}
    for claim in claims:
        if claim.state in states:
            shares[claim.party] = shares.get(claim.party, 0) + claim.share_bp
    return shares
