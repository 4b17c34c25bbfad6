"""
The ledger's bank account beside what the bank says of it: agreed, or on one side only.

Only days that statements cover are compared. Money that came in agrees with the line that a match
or a person put behind it; everything else with a line of its amount on a day near by. A run of
payouts may leave the bank in one sum or payment by payment. What does not agree is only listed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

#: How far the bank's day may lie from the ledger's: a weekend with a holiday on both sides.
DAYS_APART = timedelta(days=5)


@dataclass(frozen=True, kw_only=True)
class BookMovement:
    """Money in or out of the bank, as the ledger has it."""

    source: str  # the number of what it follows from
    kind: str  # of its entry; "payment" for what a firm paid
    day: date
    currency: str
    amount_minor: int  # above zero what came in
    parts: tuple[int, ...] = ()  # that the bank may move one by one
    payment_id: int | None = None

    @property
    def return_of(self) -> str | None:
        """The payout that came back by it, None when it is anything else."""
        return self.source if self.kind == "payout_return" else None


@dataclass(frozen=True, kw_only=True)
class BankMovement:
    """A line of a statement."""

    line_id: int
    day: date
    currency: str
    amount_minor: int
    told: str  # payer and remark
    state: str  # "open", "matched", "returned" or "not_ours"
    payment_id: int | None = None
    return_of: str | None = None  # the payout that a person said it is, run and payee


@dataclass(frozen=True, kw_only=True)
class BankComparison:
    """What agrees, by number, and what does not."""

    agreed_count: int
    in_book_only: tuple[BookMovement, ...]
    in_bank_only: tuple[BankMovement, ...]

    @property
    def difference_count(self) -> int:
        """How many movements are on one side only."""
        return len(self.in_book_only) + len(self.in_bank_only)


def compare(
    book: Iterable[BookMovement],
    bank: Iterable[BankMovement],
    *,
    covered: Sequence[tuple[date, date]],
) -> BankComparison:
    """Compare movements; ``covered`` are the first and last days of statements."""
    waiting = list(bank)
    of_payments = {each.payment_id: each for each in waiting if each.payment_id is not None}
    of_returns = {each.return_of: each for each in waiting if each.return_of is not None}
    left, agreed = [], 0
    for movement in sorted(book, key=lambda each: (each.day, each.source)):
        line = of_payments.get(movement.payment_id) if movement.payment_id is not None else None
        if line is None and movement.return_of is not None:
            line = of_returns.get(movement.return_of)
        if line is None and movement.payment_id is None:
            line = _near(movement.amount_minor, movement, waiting)
        if line is not None:
            waiting.remove(line)
            agreed += 1
            continue
        missing = list(_missing_parts(movement, waiting))
        if len(missing) == len(movement.parts):
            left.append(movement)
            continue
        agreed += len(movement.parts) - len(missing)
        left += [replace(movement, amount_minor=part, parts=()) for part in missing]
    return BankComparison(
        agreed_count=agreed,
        in_book_only=tuple(each for each in left if _is_covered(each.day, covered)),
        in_bank_only=tuple(waiting),
    )


def _missing_parts(movement: BookMovement, waiting: list[BankMovement]) -> Iterator[int]:
    """Take the lines of single payments, and yield what no line stands for."""
    for part in movement.parts:
        line = _near(part, movement, waiting)
        if line is None:
            yield part
        else:
            waiting.remove(line)


def _near(
    amount_minor: int, movement: BookMovement, waiting: Iterable[BankMovement]
) -> BankMovement | None:
    """Return the nearest line of an amount that no payment stands behind, None without one."""
    found = [
        each
        for each in waiting
        if each.payment_id is None
        and each.return_of is None
        and (each.amount_minor, each.currency) == (amount_minor, movement.currency)
        and abs(each.day - movement.day) <= DAYS_APART
    ]
    return min(found, key=lambda each: (abs(each.day - movement.day), each.line_id), default=None)


def _is_covered(day: date, covered: Sequence[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in covered)
