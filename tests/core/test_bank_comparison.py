"""The ledger's bank account beside the bank's statement, by tables."""

from datetime import date
from typing import Any

import pytest

from ledger.core.bank_comparison import BankMovement, BookMovement, compare

NOVEMBER = [(date(2026, 11, 1), date(2026, 11, 30))]


def booked(amount: int, day: int = 10, month: int = 11, **changes: Any) -> BookMovement:
    values: dict[str, Any] = {
        "source": f"B-{amount}-{day}",
        "kind": "refund",
        "day": date(2026, month, day),
        "currency": "JPY",
        "amount_minor": amount,
    }
    return BookMovement(**values | changes)


def line(number: int, amount: int, day: int = 10, **changes: Any) -> BankMovement:
    values: dict[str, Any] = {
        "line_id": number,
        "day": date(2026, 11, day),
        "currency": "JPY",
        "amount_minor": amount,
        "told": "",
        "state": "open",
    }
    return BankMovement(**values | changes)


@pytest.mark.parametrize(
    ("book", "bank", "agreed", "in_book", "in_bank"),
    [
        ([booked(-5)], [line(1, -5, 15)], 1, [], []),  # Five days later.
        ([booked(-5)], [line(1, -5, 16)], 0, [-5], [1]),  # Too far away.
        ([booked(-5)], [line(1, 5)], 0, [-5], [1]),  # The other way round.
        ([booked(-5)], [line(1, -5, currency="USD")], 0, [-5], [1]),
        ([booked(-5), booked(-5, 12)], [line(1, -5, 12)], 1, [-5], []),  # Two, and one line.
        ([booked(-5, 1, month=10)], [], 0, [], []),  # No statement covers it.
        # Money of a firm agrees with the line that is behind it, and with no other.
        ([booked(9, payment_id=1)], [line(1, 9, 29, payment_id=1)], 1, [], []),
        ([booked(9, payment_id=1)], [line(1, 9)], 0, [9], [1]),
        # A run leaves in one sum, or payment by payment.
        ([booked(-9, parts=(-4, -5))], [line(1, -9)], 1, [], []),
        ([booked(-9, parts=(-4, -5))], [line(1, -5), line(2, -4)], 2, [], []),
        ([booked(-9, parts=(-4, -5))], [line(1, -5)], 1, [-4], []),
        ([booked(-9, parts=(-4, -5))], [], 0, [-9], []),
        # The nearest of two.
        ([booked(-5)], [line(1, -5, 14), line(2, -5, 11)], 1, [], [1]),
    ],
)
def test_what_agrees_and_what_is_on_one_side(
    book: list[BookMovement],
    bank: list[BankMovement],
    agreed: int,
    in_book: list[int],
    in_bank: list[int],
) -> None:
    found = compare(book, bank, covered=NOVEMBER)
    assert found.agreed_count == agreed
    assert [each.amount_minor for each in found.in_book_only] == in_book
    assert [each.line_id for each in found.in_bank_only] == in_bank
