"""A claim as it enters the book, and what may not be said of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ledger.core.agreement import read_territories
from ledger.core.claim import ALL_RIGHTS, Claim, ClaimState
from ledger.core.fields import FieldRefusal, check_reference, check_text, check_whole, check_word
from ledger.core.money import BASIS_POINTS
from ledger.core.refusal import Refusal
from ledger.core.terms import WORLD
from ledger.core.usage import Modality

#: What is claimed: every use of the subject, or that in one modality.
RIGHTS = (ALL_RIGHTS, *(str(each) for each in Modality))


class RightNotKnown(FieldRefusal):
    """A claim is to a right that is neither all of them nor a modality. Carries those there are."""

    code = "right_not_known"


class ClaimEndsBeforeItStarts(FieldRefusal):
    """A claim ends on the day it starts, or before. Carries both days."""

    code = "claim_ends_before_it_starts"


class AgreedBeyondWhole(Refusal):
    """
    What would be agreed comes to more than the whole of a subject, right, territory and day.

    Carries the claims that are agreed, and what they come to.
    """

    code = "agreed_beyond_whole"
    field = "share_bp"


@dataclass(frozen=True, kw_only=True)
class NewClaim:
    """
    A claim as it is entered: whose share of what, where, and from when to when.

    ``ends_on`` is the first day on which it no longer holds.
    """

    reference: str
    subject: str
    party: str
    share_bp: int
    starts_on: date
    ends_on: date | None = None
    right: str = ALL_RIGHTS
    territory: str = WORLD
    state: str = "asserted"  # or "agreed", "disputed"
    reason: str = ""


def check_claim(claim: NewClaim) -> None:
    """
    Make sure that a claim can be written as it is.

    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    check_reference(claim.reference, field="reference")
    check_word(claim.state, of=ClaimState, field="state")
    check_text(claim.reason, field="reason", may_be_empty=True)
    if claim.right not in RIGHTS:
        raise RightNotKnown(field="right", value=claim.right, known=", ".join(RIGHTS))
    read_territories((claim.territory,), field="territory")
    check_share(claim.share_bp)
    check_days(claim.starts_on, claim.ends_on)


def check_share(share_bp: int) -> None:
    """
    Make sure that a share is one of something.

    :raises FieldRefusal: it is not 1 to 10,000 basis points.
    """
    check_whole(share_bp, field="share_bp", least=1, most=BASIS_POINTS)


def check_days(starts_on: date, ends_on: date | None) -> None:
    """
    Make sure that a claim holds on some day.

    :raises ClaimEndsBeforeItStarts: it does not.
    """
    if ends_on is not None and ends_on <= starts_on:
        raise ClaimEndsBeforeItStarts(field="ends_on", starts_on=starts_on, ends_on=ends_on)


def check_agreed(claims: Iterable[tuple[str, Claim]]) -> None:
    """
    Make sure that agreed claims on a subject, each with its reference, never exceed the whole.

    They are looked at on the first day of each, in its territory and right, and in those of all
    others.

    :raises AgreedBeyondWhole: they do.
    """
    agreed = [each for each in claims if each[1].state is ClaimState.AGREED]
    for right, territory, day in _corners([claim for _, claim in agreed]):
        on = [
            (reference, claim.share_bp)
            for reference, claim in agreed
            if claim.holds(subject=claim.subject, right=right, territory=territory, on=day)
        ]
        if sum(share for _, share in on) > BASIS_POINTS:
            raise AgreedBeyondWhole(
                claims=", ".join(reference for reference, _ in on),
                agreed_bp=sum(share for _, share in on),
                day=day,
            )


def overclaimed_bp(claims: Iterable[Claim]) -> int:
    """Return by how much claims on a subject exceed the whole where they do most; 0 if nowhere."""
    listed = list(claims)
    sums = [
        sum(
            claim.share_bp
            for claim in listed
            if claim.holds(subject=claim.subject, right=right, territory=territory, on=day)
        )
        for right, territory, day in _corners(listed)
    ]
    return max([0, *(each - BASIS_POINTS for each in sums)])


def _corners(claims: Iterable[Claim]) -> Iterator[tuple[str, str, date]]:
    """Yield every use at which claims can first be together."""
    listed = list(claims)
    for right in dict.fromkeys(each.right for each in listed):
        for territory in dict.fromkeys(each.territory for each in listed):
            for day in sorted({each.starts_on for each in listed}):
                yield right, territory, day
