"""What was found in the whole book: when it is a fault, and when it is looked for again."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.core.bank_comparison import BankComparison
from ledger.core.book_comparison import BookComparison, Side, StripeState, compared
from ledger.core.facts import Violation
from ledger.core.reconciliation import Difference, DifferenceKind
from tests.core.test_bank_comparison import booked, line

#: Half past eleven at night on 5 November in Japan.
LATE = datetime(2026, 11, 5, 14, 30, tzinfo=UTC)

NOTHING = BankComparison(agreed_count=3, in_book_only=(), in_bank_only=())
DIFFERENCE = Difference(
    kind=DifferenceKind.BALANCE, reference="JPY", currency="JPY", stripe_minor=1, book_minor=0
)


def found(bank: BankComparison = NOTHING, **changes: Any) -> BookComparison:
    values: dict[str, Any] = {
        "stripe": StripeState.COMPARED,
        "with_generations": False,
        "compared_by": "Sato",
        "compared_at": LATE,
    }
    broken = changes.pop("broken", {"entries_balance": []})
    return compared(broken, bank, **values | changes)


BROKEN = {"entries_balance": [Violation(place="E-1", expected="1", found="2")]}


@pytest.mark.parametrize(
    ("made", "agrees"),
    [
        (found(), True),
        (found(stripe=StripeState.NOT_USED), True),
        (found(stripe=StripeState.AWAY, stripe_reason="timeout"), False),  # It was not looked at.
        (found(stripe_differences=[DIFFERENCE]), False),
        (found(broken=BROKEN), False),
        # A transfer may be on its way: a movement on one side only is no fault by itself.
        (found(BankComparison(agreed_count=0, in_book_only=(booked(5),), in_bank_only=())), True),
    ],
)
def test_what_is_a_fault(made: BookComparison, agrees: bool) -> None:
    assert made.agrees is agrees


def test_movements_on_one_side_say_whose_they_are() -> None:
    bank = BankComparison(agreed_count=0, in_book_only=(booked(-5),), in_bank_only=(line(1, 7),))
    told = [(each.side, each.amount_minor, each.day) for each in found(bank).bank_differences]
    assert told == [
        (Side.BOOK, -5, date(2026, 11, 10)),
        (Side.BANK, 7, date(2026, 11, 10)),
    ]


@pytest.mark.parametrize(
    ("stripe", "at", "is_due"),
    [
        ("compared", datetime(2026, 11, 5, 14, 59, tzinfo=UTC), False),
        ("compared", datetime(2026, 11, 5, 15, tzinfo=UTC), True),  # Midnight in Japan.
        ("away", datetime(2026, 11, 5, 15, 29, tzinfo=UTC), False),
        ("away", datetime(2026, 11, 5, 15, 30, tzinfo=UTC), True),  # An hour later.
    ],
)
def test_when_the_book_is_compared_again(stripe: str, at: datetime, is_due: bool) -> None:
    reason = "timeout" if stripe == "away" else ""
    made = found(stripe=StripeState(stripe), stripe_reason=reason)
    assert made.is_due_again(at=at) is is_due
