"""A payee's own advance: what is set off of it, and that its balance is never negative."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.fields import FieldRefusal
from ledger.core.journal import Account, AccountCode
from ledger.core.payee_advance import (
    AdvanceMoved,
    NewPayeeAdvance,
    PayeeAdvance,
    check_payee_advance,
    due,
    postings,
    set_off,
)

THROUGH = date(2026, 11, 30)
PAID_ON = date(2026, 9, 1)


def advance(left_minor: int, *, paid_on: date | None = PAID_ON, number: int = 1) -> PayeeAdvance:
    return PayeeAdvance(
        id=number,
        reference=f"ADV-{number}",
        payee="author",
        amount_minor=100_000,
        left_minor=left_minor,
        paid_on=paid_on,
    )


def recouped(available_minor: int, *advances: PayeeAdvance) -> list[int]:
    moved = set_off(advances, payee="author", available_minor=available_minor, through=THROUGH)
    return [each.recouped_minor for each in moved]


@pytest.mark.parametrize(
    ("available", "left", "parts"),
    [
        (30_000, [100_000], [30_000]),  # All that is earned.
        (130_000, [100_000], [100_000]),  # No more than there is.
        (0, [100_000], [0]),
        (-5, [100_000], [0]),  # A balance below zero recoups nothing.
        (50_000, [20_000, 100_000], [20_000, 30_000]),  # The oldest first.
    ],
)
def test_earnings_recoup_what_was_paid(available: int, left: list[int], parts: list[int]) -> None:
    advances = [
        advance(each, number=number, paid_on=date(2026, 6 + number, 1))
        for number, each in enumerate(left, start=1)
    ]
    assert recouped(available, *advances) == parts


def test_an_advance_is_not_set_off_before_it_is_paid_nor_paid_twice() -> None:
    waiting = advance(100_000, paid_on=None)
    assert recouped(50_000, waiting) == []
    assert [each.paid_minor for each in due([waiting, advance(1, number=2)])] == [100_000]


def test_paying_owes_it_to_the_payee_and_setting_off_takes_it_back() -> None:
    payable = Account(AccountCode.PAYABLE, 7)
    advanced = Account(AccountCode.PAYEE_ADVANCES, 7)
    for moved, debit, amount in (
        (
            AdvanceMoved(advance=advance(100_000, paid_on=None), paid_minor=100_000),
            advanced,
            100_000,
        ),
        (AdvanceMoved(advance=advance(100_000), recouped_minor=300), payable, 300),
    ):
        (posting,) = postings({"author": [moved]}, party_ids={"author": 7})
        assert (posting.debit, posting.amount_minor) == (debit, amount)


@given(
    st.lists(st.integers(min_value=0, max_value=100_000), max_size=4),
    st.integers(min_value=-10_000, max_value=500_000),
)
def test_no_balance_is_ever_negative(left: list[int], available: int) -> None:
    advances = [advance(each, number=number) for number, each in enumerate(left)]
    moved = set_off(advances, payee="author", available_minor=available, through=THROUGH)
    assert all(each.after_minor >= 0 for each in moved)
    assert sum(each.recouped_minor for each in moved) == min(max(0, available), sum(left))


@pytest.mark.parametrize(
    ("field", "value"), [("reference", "no spaces"), ("amount_minor", 0), ("reason", "a\nb")]
)
def test_an_advance_that_cannot_be_is_refused_by_its_field(field: str, value: object) -> None:
    sound = NewPayeeAdvance(reference="ADV-1", payee="author", amount_minor=1, pay_from=THROUGH)
    changes: dict[str, Any] = {field: value}
    with pytest.raises(FieldRefusal) as refused:
        check_payee_advance(replace(sound, **changes))
    assert refused.value.field == field
