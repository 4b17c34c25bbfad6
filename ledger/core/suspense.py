"""
Suspense: money that waits because claims on it are disputed, and what comes back of it.

What waited is divided anew by the claims as they stand now, and what they leave undisputed is
released, in a line that names the suspense; what is still disputed goes on waiting.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ledger.core.claim import (
    ALL_RIGHTS,
    Claim,
    OverclaimPolicy,
    Standing,
    divide_by_claims,
    standing_of,
)
from ledger.core.journal import AccountCode
from ledger.core.money import BASIS_POINTS, allocate
from ledger.core.set_aside import SetAside, SetAsideKind


@dataclass(frozen=True, kw_only=True)
class Where:
    """The use that money is for: a subject, a right, territories, and days, both included."""

    subject: str
    right: str | None
    territories: tuple[str | None, ...]
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one party gets, tax apart."""

    party: str
    claimed_bp: int
    undisputed_bp: int
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Suspense:
    """Money in the book that waits: how it was divided, what each party had, and what is left."""

    id: int
    reference: str
    where: Where
    amount_minor: int  # the whole that was divided
    tax_minor: int
    had: tuple[tuple[str, int, int], ...]  # party, amount, tax
    left_minor: int
    left_tax_minor: int
    left_bp: int


@dataclass(frozen=True, kw_only=True)
class Released:
    """What comes back of a suspense: to whom, and what still waits; it names the suspense."""

    suspense: Suspense
    parts: tuple[Part, ...]
    released_minor: int
    released_tax_minor: int
    left_bp: int

    def __post_init__(self) -> None:
        assert self.released_minor == sum(each.amount_minor for each in self.parts)
        assert self.released_tax_minor == sum(each.tax_minor for each in self.parts)

    def set_aside(self, holder: str) -> Iterator[SetAside]:
        """Yield what waits no more."""
        yield SetAside(
            kind=SetAsideKind.SUSPENSE_RELEASED,
            account=AccountCode.SUSPENSE,
            party=holder,
            amount_minor=-self.released_minor,
            tax_minor=-self.released_tax_minor,
            reference=self.suspense.reference,
        )


def release(
    suspense: Suspense, claims: Sequence[Claim], *, holder: str, policy: OverclaimPolicy
) -> Released | None:
    """
    Divide what waits anew; None when more of it would wait, or nothing comes back.

    It goes to those who have less than the claims give them now. What was paid stays paid, also
    to a party whose claim fails: nobody else's money makes up for it. Claims that differ within
    the days or territories leave it waiting, because what was used when and where was added up.
    """
    where = suspense.where
    on = {
        claims_on(claims, where.right, territory, day, subject=where.subject)
        for territory in where.territories
        for day in _days(where)
    }
    if len(on) != 1:
        return None
    standing = standing_beside(on.pop(), where.subject, holder=holder, policy=policy)
    if standing.suspense_bp > suspense.left_bp:
        return None
    due = parts_of(suspense.amount_minor, suspense.tax_minor, standing)
    released = suspense.left_minor - (suspense.amount_minor - sum(p.amount_minor for p in due))
    released_tax = suspense.left_tax_minor - (suspense.tax_minor - sum(p.tax_minor for p in due))
    if not released and not released_tax:
        return None
    return Released(
        suspense=suspense,
        parts=_to_those_who_lack(due, suspense.had, released, released_tax),
        released_minor=released,
        released_tax_minor=released_tax,
        left_bp=standing.suspense_bp,
    )


def claims_on(
    claims: Iterable[Claim],
    right: str | None,
    territory: str | None,
    day: date,
    *,
    subject: str | None = None,
) -> tuple[Claim, ...]:
    """Return those of the claims that are on a use; of one subject, if it is named."""
    return tuple(
        each
        for each in claims
        if each.holds(subject=subject or each.subject, right=right, territory=territory, on=day)
    )


def standing_beside(
    on: Sequence[Claim], subject: str, *, holder: str, policy: OverclaimPolicy
) -> Standing:
    """Tell how claims stand beside the holder's registration, which is a claim to the whole."""
    if all(each.party != holder for each in on):
        registered = Claim(
            subject=subject,
            right=ALL_RIGHTS,
            party=holder,
            share_bp=BASIS_POINTS,
            starts_on=date.min,
        )
        on = (registered, *on)
    return standing_of(on, policy=policy)


def parts_of(amount_minor: int, tax_minor: int, standing: Standing) -> tuple[Part, ...]:
    """
    Divide an amount and its tax by claims: both together to the yen, and the amount of it.

    The tax of a part is the difference, so that a part with its tax is that of the whole.
    """
    whole = divide_by_claims(amount_minor + tax_minor, standing)
    amounts = divide_by_claims(amount_minor, standing)
    return tuple(
        Part(
            party=share.party,
            claimed_bp=share.claimed_bp,
            undisputed_bp=share.undisputed_bp,
            amount_minor=amount.amount_minor,
            tax_minor=both.amount_minor - amount.amount_minor,
        )
        for share, both, amount in zip(standing.shares, whole.parts, amounts.parts, strict=True)
    )


def _to_those_who_lack(
    due: Sequence[Part],
    had: Sequence[tuple[str, int, int]],
    released_minor: int,
    released_tax_minor: int,
) -> tuple[Part, ...]:
    """Share what is released over those who have less than is due to them, by what they lack."""
    before = {party: (amount, tax) for party, amount, tax in had}
    lacking = [
        (part.amount_minor - amount, part.amount_minor + part.tax_minor - amount - tax)
        for part in due
        for amount, tax in [before.get(part.party, (0, 0))]
    ]
    amounts = _shared(released_minor, [amount for amount, _ in lacking])
    wholes = _shared(released_minor + released_tax_minor, [whole for _, whole in lacking])
    return tuple(
        replace(part, amount_minor=amount, tax_minor=whole - amount)
        for part, amount, whole in zip(due, amounts, wholes, strict=True)
        if amount or whole
    )


def _shared(total_minor: int, lacking: Sequence[int]) -> list[int]:
    """Divide a total over what is lacked; of money taken back, over what is still to be taken."""
    weights = [max(0, each if total_minor > 0 else -each) for each in lacking]
    if not any(weights):
        weights = [1, *(0 for _ in lacking[1:])]
    return allocate(total_minor, weights)


def _days(where: Where) -> Iterator[date]:
    for number in range((where.last_day - where.first_day).days + 1):
        yield where.first_day + timedelta(days=number)
