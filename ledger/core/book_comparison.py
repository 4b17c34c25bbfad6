"""
What was found when the whole book was compared: in itself, with the bank, and with Stripe.

A broken invariant and a difference from Stripe are faults. A movement that the bank or the ledger
has alone may only be on its way, so it is told apart from them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from ledger.core.bank_comparison import BankComparison
from ledger.core.facts import Violation
from ledger.core.period import tokyo_day
from ledger.core.reconciliation import Difference


class StripeState(StrEnum):
    """Whether Stripe was asked."""

    NOT_USED = "not_used"  # no key is set
    COMPARED = "compared"
    AWAY = "away"  # it did not answer, or refused to


class Side(StrEnum):
    """Who has a movement that the other does not have."""

    BOOK = "book"
    BANK = "bank"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A place where an invariant does not hold; both sides as text."""

    invariant: str
    place: str
    expected: str
    found: str


@dataclass(frozen=True, kw_only=True)
class OneSided:
    """A movement of the bank account that only the ledger or only the bank has."""

    side: Side
    day: date
    currency: str
    amount_minor: int  # above zero what came in
    told: str  # in the book what it follows from, at the bank the payer and the remark


@dataclass(frozen=True, kw_only=True)
class BookComparison:
    """One comparison of the whole book, by whom and when."""

    compared_at: datetime
    compared_by: str
    with_generations: bool  # whether every generation was counted again
    broken: tuple[Broken, ...]
    bank_agreed_count: int
    bank_differences: tuple[OneSided, ...]
    stripe: StripeState
    stripe_reason: str  # why it could not be asked
    stripe_differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether there is no fault, and nothing that could not be looked at."""
        is_whole = self.stripe is not StripeState.AWAY
        return is_whole and not self.broken and not self.stripe_differences

    def is_due_again(self, *, at: datetime) -> bool:
        """Tell whether a day in Japan began since, or Stripe is to be asked after an hour."""
        if self.stripe is StripeState.AWAY:
            return at - self.compared_at >= timedelta(hours=1)
        return tokyo_day(at) > tokyo_day(self.compared_at)


def compared(
    violations: Mapping[str, Sequence[Violation]],
    bank: BankComparison,
    *,
    stripe: StripeState,
    stripe_reason: str = "",
    stripe_differences: Sequence[Difference] = (),
    with_generations: bool,
    compared_by: str,
    compared_at: datetime,
) -> BookComparison:
    """Return what the three comparisons found as one; ``violations`` are by invariant."""
    return BookComparison(
        compared_at=compared_at,
        compared_by=compared_by,
        with_generations=with_generations,
        broken=tuple(
            Broken(invariant=name, place=each.place, expected=each.expected, found=each.found)
            for name, found in violations.items()
            for each in found
        ),
        bank_agreed_count=bank.agreed_count,
        bank_differences=tuple(_one_sided(bank)),
        stripe=stripe,
        stripe_reason=stripe_reason,
        stripe_differences=tuple(stripe_differences),
    )


def _one_sided(bank: BankComparison) -> Iterator[OneSided]:
    for ours in bank.in_book_only:
        yield OneSided(
            side=Side.BOOK,
            day=ours.day,
            currency=ours.currency,
            amount_minor=ours.amount_minor,
            told=f"{ours.kind} {ours.source}",
        )
    for theirs in bank.in_bank_only:
        yield OneSided(
            side=Side.BANK,
            day=theirs.day,
            currency=theirs.currency,
            amount_minor=theirs.amount_minor,
            told=theirs.told,
        )
