"""
Whether the book and Stripe say the same of the balance that Stripe holds, or where they differ.

Movements are compared one by one under Stripe's ids, and the balance of each currency as a whole;
so a difference is found that no single movement shows.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.core.processor import Movement


class DifferenceKind(StrEnum):
    """In which way the book and Stripe differ."""

    NOT_IN_BOOK = "not_in_book"  # Stripe moved its balance, and nothing is posted
    NOT_AT_STRIPE = "not_at_stripe"  # something is posted, and Stripe does not know it
    AMOUNT = "amount"  # both have it, of other amounts
    FEE_MISSING = "fee_missing"  # a payment is in the book, and what Stripe kept of it is not
    BALANCE = "balance"  # the whole of a currency


@dataclass(frozen=True, kw_only=True)
class PostedMovement:
    """A movement as the book has it."""

    reference: str
    category: str
    source: str
    currency: str
    amount_minor: int
    fee_minor: int
    moved_at: datetime

    @property
    def net_minor(self) -> int:
        """What the balance is moved by."""
        return self.amount_minor - self.fee_minor


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One place where the book and Stripe differ; None where one of them has nothing."""

    kind: DifferenceKind
    reference: str
    currency: str
    stripe_minor: int | None
    book_minor: int | None


def compare(
    *,
    movements: Iterable[Movement],
    posted: Iterable[PostedMovement],
    charges: Collection[str],
    charged: Collection[str],
    stripe_balances: Mapping[str, int],
    book_balances: Mapping[str, int],
) -> list[Difference]:
    """
    Return every difference between the movements at Stripe and those in the book.

    Both are of the same time. ``charges`` are payments in the book, ``charged`` those of them whose
    movement is posted.
    """
    found = list(_of_movements(movements, posted))
    found += [
        Difference(
            kind=DifferenceKind.FEE_MISSING,
            reference=charge,
            currency="",
            stripe_minor=None,
            book_minor=None,
        )
        for charge in sorted(set(charges) - set(charged))
    ]
    for currency in sorted({*stripe_balances, *book_balances}):
        theirs, ours = stripe_balances.get(currency, 0), book_balances.get(currency, 0)
        if theirs != ours:
            found.append(
                Difference(
                    kind=DifferenceKind.BALANCE,
                    reference=currency,
                    currency=currency,
                    stripe_minor=theirs,
                    book_minor=ours,
                )
            )
    return found


def _of_movements(
    movements: Iterable[Movement], posted: Iterable[PostedMovement]
) -> Iterator[Difference]:
    ours = {each.reference: each for each in posted}
    for movement in movements:
        own = ours.pop(movement.reference, None)
        if own is None:
            yield _difference(DifferenceKind.NOT_IN_BOOK, movement, movement.net_minor, None)
        elif (own.currency, own.amount_minor, own.fee_minor) != (
            movement.currency,
            movement.amount_minor,
            movement.fee_minor,
        ):
            yield _difference(DifferenceKind.AMOUNT, movement, movement.net_minor, own.net_minor)
    for own in ours.values():
        yield _difference(DifferenceKind.NOT_AT_STRIPE, own, None, own.net_minor)


def _difference(
    kind: DifferenceKind,
    movement: Movement | PostedMovement,
    stripe_minor: int | None,
    book_minor: int | None,
) -> Difference:
    return Difference(
        kind=kind,
        reference=movement.reference,
        currency=movement.currency,
        stripe_minor=stripe_minor,
        book_minor=book_minor,
    )
