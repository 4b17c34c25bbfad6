"""
What came in for subjects that several parties claim: whose it is, what waits, what is released.

The registered holder of a subject claims the whole of it unless it says otherwise, so that a
claim of somebody else takes nothing away that is not agreed: it makes a part wait. Money is
divided where the claims are one and the same: by right, territory and days of use. The house's
fee is taken first; what waits bears it already, and is released without.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from ledger.core.claim import Claim, OverclaimPolicy, Standing
from ledger.core.journal import AccountCode
from ledger.core.money import allocate, take_bp
from ledger.core.period import Month
from ledger.core.set_aside import SetAside, SetAsideKind
from ledger.core.suspense import (
    Part,
    Released,
    Suspense,
    Where,
    claims_on,
    parts_of,
    release,
    standing_beside,
)
from ledger.core.tax import consumption_tax

#: A day and a territory (None when it is not known), with how much use there was.
Cell = tuple[str | None, date, Fraction]


@dataclass(frozen=True, kw_only=True)
class ClaimedLine:
    """One line of what came in for a subject, as far as claims look at it."""

    subject: str
    right: str | None  # the modality that was used, None when the terms do not tell
    cells: tuple[Cell, ...]
    royalty_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Contested:
    """What came in for uses whose claims are the same, and how those stand."""

    where: Where
    standing: Standing
    royalty_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Money divided by claims: the whole after the fee, the parts, and what waits of it."""

    reference: str
    where: Where
    royalty_minor: int  # before the fee
    receipts_tax_minor: int
    amount_minor: int
    tax_minor: int
    parts: tuple[Part, ...]
    suspense_minor: int
    suspense_tax_minor: int
    suspense_bp: int

    def __post_init__(self) -> None:
        assert self.amount_minor == self.suspense_minor + sum(p.amount_minor for p in self.parts)
        assert self.tax_minor == self.suspense_tax_minor + sum(p.tax_minor for p in self.parts)

    def set_aside(self, holder: str) -> Iterator[SetAside]:
        """Yield what waits, if anything does."""
        if self.suspense_minor or self.suspense_tax_minor:
            yield SetAside(
                kind=SetAsideKind.SUSPENDED,
                account=AccountCode.SUSPENSE,
                party=holder,
                amount_minor=self.suspense_minor,
                tax_minor=self.suspense_tax_minor,
                reference=self.reference,
            )


@dataclass(frozen=True, kw_only=True)
class HolderClaims:
    """
    The claims on what came in for one rights holder, and what of hers waits from before.

    ``claims`` are all that are not withdrawn, on all of the holder's subjects.
    """

    holder: str
    month: Month
    policy: OverclaimPolicy = OverclaimPolicy.HOLD_DISPUTED_PART
    claims: tuple[Claim, ...] = ()
    contested: tuple[Contested, ...] = ()
    waiting: tuple[Suspense, ...] = ()

    def shared(self, *, fee_bp: int, fee_tax_bp: int) -> tuple[Shared, ...]:
        """Take the fee of every part that is contested, and divide the rest by the claims."""
        return tuple(
            _shared(
                each,
                reference=f"SUS-{self.month}-{self.holder}-{number}",
                fee_bp=fee_bp,
                fee_tax_bp=fee_tax_bp,
            )
            for number, each in enumerate(self.contested, start=1)
        )

    def released(self) -> tuple[Released, ...]:
        """Divide what waits anew, where the claims leave less of it waiting than before."""
        tried = (
            release(each, self.claims, holder=self.holder, policy=self.policy)
            for each in self.waiting
        )
        return tuple(each for each in tried if each is not None)


def contested_in(
    lines: Iterable[ClaimedLine],
    claims: Sequence[Claim],
    *,
    holder: str,
    policy: OverclaimPolicy,
) -> tuple[Contested, ...]:
    """
    Return what came in for uses that somebody claims: by subject, right, days and claims.

    A line is divided over its cells by use. What only the holder claims by its registration is
    not contested, and left out. Within a stretch of days no claim begins or ends. Rights stay
    apart also where the claims on them are the same, because later claims may not be.
    """
    found: dict[_Alike, list[_Piece]] = {}
    for line in lines:
        of_subject = [each for each in claims if each.subject == line.subject]
        if not of_subject:
            continue
        turns = _turns(of_subject)
        groups: dict[tuple[int, tuple[Claim, ...]], list[Cell]] = {}
        for cell in line.cells:
            on = claims_on(of_subject, line.right, cell[0], cell[1])
            groups.setdefault((bisect_right(turns, cell[1]), on), []).append(cell)
        weights = _whole([sum(cell[2] for cell in cells) for cells in groups.values()])
        royalties = allocate(line.royalty_minor, weights)
        taxes = allocate(line.tax_minor, weights)
        for ((stretch, on), cells), *money in zip(groups.items(), royalties, taxes, strict=True):
            if on:
                alike = _Alike(line.subject, line.right, stretch, on)
                found.setdefault(alike, []).append(_Piece(cells, *money))
    return tuple(
        _contested(alike, pieces, holder=holder, policy=policy) for alike, pieces in found.items()
    )


class _Alike(NamedTuple):
    """Uses that are divided together: of one subject and right, in days with the same claims."""

    subject: str
    right: str | None
    stretch: int
    on: tuple[Claim, ...]


class _Piece(NamedTuple):
    """What of one line is for some uses."""

    cells: Sequence[Cell]
    royalty_minor: int
    tax_minor: int


def _turns(claims: Iterable[Claim]) -> list[date]:
    """Return the days on which claims begin or end."""
    days = {day for each in claims for day in (each.starts_on, each.ends_on) if day is not None}
    return sorted(days)


def _contested(
    alike: _Alike, pieces: Sequence[_Piece], *, holder: str, policy: OverclaimPolicy
) -> Contested:
    cells = [cell for piece in pieces for cell in piece.cells]
    days = [day for _, day, _ in cells]
    return Contested(
        where=Where(
            subject=alike.subject,
            right=alike.right,
            territories=tuple(sorted({territory for territory, _, _ in cells}, key=str)),
            first_day=min(days),
            last_day=max(days),
        ),
        standing=standing_beside(alike.on, alike.subject, holder=holder, policy=policy),
        royalty_minor=sum(piece.royalty_minor for piece in pieces),
        tax_minor=sum(piece.tax_minor for piece in pieces),
    )


def _shared(contested: Contested, *, reference: str, fee_bp: int, fee_tax_bp: int) -> Shared:
    fee = take_bp(contested.royalty_minor, fee_bp)
    fee_tax = consumption_tax(taxable_minor=fee, rate_bp=fee_tax_bp)
    amount, tax = contested.royalty_minor - fee, contested.tax_minor - fee_tax
    parts = parts_of(amount, tax, contested.standing)
    return Shared(
        reference=reference,
        where=contested.where,
        royalty_minor=contested.royalty_minor,
        receipts_tax_minor=contested.tax_minor,
        amount_minor=amount,
        tax_minor=tax,
        parts=parts,
        suspense_minor=amount - sum(each.amount_minor for each in parts),
        suspense_tax_minor=tax - sum(each.tax_minor for each in parts),
        suspense_bp=contested.standing.suspense_bp,
    )


def _whole(weights: Sequence[Fraction | int]) -> list[int]:
    """Return weights in the same proportion as whole numbers; all alike when there are none."""
    exact = [Fraction(each) for each in weights]
    if not any(exact):
        return [1 for _ in exact]
    times = lcm(*(each.denominator for each in exact))
    return [int(each * times) for each in exact]
