"""Which lines go on which invoice, what is carried, how tax is shared, what is posted."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.invoice import InvoiceLine
from ledger.core.invoice_plan import (
    Bill,
    BillableLine,
    InvoicePlan,
    entry,
    plan,
    share_tax,
)
from ledger.core.journal import Account, AccountCode, balances
from ledger.core.money import allocate
from ledger.core.sharing import NothingToShareOver
from ledger.core.terms import Basis

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


def line(
    amount: int, *, month: date = OCTOBER, licensee: str = "studio-a", holder_id: int = 9
) -> BillableLine:
    return BillableLine(
        royalty_line_id=1,
        licensee=licensee,
        holder=f"holder-{holder_id}",
        licensee_id=7,
        holder_id=holder_id,
        month=month,
        currency="JPY",
        line=InvoiceLine(
            number=0,
            subject_reference="kaze-no-machi",
            title_ja="風の町",
            title_en="The Windy Town",
            license_reference="LIC-2026-001",
            clause_reference="第5条第1項",
            rate_line_id=1,
            basis=Basis.PER_IMAGE,
            modality=None,
            use_class=None,
            generation_count=1,
            quantity=Decimal(1),
            rate=Decimal(12),
            is_tiered=False,
            exact=str(amount),
            amount_minor=amount,
        ),
    )


def figures(bills: tuple[Bill, ...]) -> list[list[tuple[date, int]]]:
    return [[(each.month, each.amount_minor) for each in bill.lines] for bill in bills]


def october(*lines: BillableLine) -> InvoicePlan:
    return plan(lines, month=OCTOBER)


@pytest.mark.parametrize(
    ("lines", "issued", "carried"),
    [
        ([(OCTOBER, 5), (OCTOBER, 0)], [(OCTOBER, 5), (OCTOBER, 0)], []),
        ([(OCTOBER, 0)], [], []),  # Nothing to ask for, and nothing to carry.
        ([(OCTOBER, 5), (OCTOBER, -5)], [], [(OCTOBER, 5), (OCTOBER, -5)]),  # Two holders'.
        ([(OCTOBER, -5)], [], [(OCTOBER, -5)]),
        ([(SEPTEMBER, -5), (OCTOBER, 8)], [(SEPTEMBER, -5), (OCTOBER, 8)], []),
        ([(SEPTEMBER, -5), (OCTOBER, 5)], [], [(SEPTEMBER, -5), (OCTOBER, 5)]),
        ([(SEPTEMBER, -5)], [], [(SEPTEMBER, -5)]),  # It goes on waiting.
        ([(SEPTEMBER, 0), (OCTOBER, 8)], [(OCTOBER, 8)], []),  # Nothing is not carried.
        # September's own invoice is still to be issued, and takes what August gave back.
        ([(SEPTEMBER, 5), (OCTOBER, 8)], [(OCTOBER, 8)], []),
        ([(AUGUST, -2), (SEPTEMBER, 5), (OCTOBER, 8)], [(OCTOBER, 8)], []),
        # Together they are not above zero, so September has no invoice of its own.
        (
            [(AUGUST, -7), (SEPTEMBER, 5), (OCTOBER, 8)],
            [(AUGUST, -7), (SEPTEMBER, 5), (OCTOBER, 8)],
            [],
        ),
    ],
)
def test_a_month_that_is_not_above_zero_is_carried_to_the_next_that_is(
    lines: list[tuple[date, int]], issued: list[tuple[date, int]], carried: list[tuple[date, int]]
) -> None:
    planned = october(*(line(amount, month=month) for month, amount in lines))
    assert figures(planned.to_issue) == ([issued] if issued else [])
    assert figures(planned.carried) == ([carried] if carried else [])


def test_lines_are_numbered_from_one_on_each_invoice() -> None:
    planned = october(line(1), line(2, licensee="lumen"), line(3))
    assert [bill.licensee for bill in planned.to_issue] == ["lumen", "studio-a"]
    numbers = [[each.line.number for each in bill.lines] for bill in planned.to_issue]
    assert numbers == [[1], [1, 2]]


@pytest.mark.parametrize(
    ("tax", "amounts", "parts"),
    [
        (31, [105, 105, 105], [11, 10, 10]),  # The spare yen goes to the first listed.
        (286_415, [389_470, 2_429_730, 44_959], [38_947, 242_972, 4_496]),
        (32, [-178, 500], [-18, 50]),  # A give-back takes tax back.
        (0, [5, 5], [0, 0]),
        (1, [0, 9], [0, 1]),
    ],
)
def test_tax_is_shared_by_largest_remainder(tax: int, amounts: list[int], parts: list[int]) -> None:
    assert share_tax(tax, amounts) == parts


@pytest.mark.parametrize("amounts", [[], [0], [5, -5], [-1]])
def test_tax_of_nothing_cannot_be_shared(amounts: list[int]) -> None:
    with pytest.raises(NothingToShareOver):
        share_tax(1, amounts)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=9))
def test_shares_sum_to_the_tax_and_lie_within_a_yen_of_their_part(
    tax: int, amounts: list[int]
) -> None:
    subtotal = sum(amounts)
    if subtotal > 0:
        parts = share_tax(tax, amounts)
        assert sum(parts) == tax
        for part, amount in zip(parts, amounts, strict=True):
            assert abs(part * subtotal - tax * amount) < subtotal


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_without_give_backs_tax_is_shared_like_any_amount(tax: int, amounts: list[int]) -> None:
    if sum(amounts) > 0:
        assert share_tax(tax, amounts) == allocate(tax, amounts)


def test_each_holder_is_credited_with_its_royalty_and_its_tax() -> None:
    bill = Bill(lines=(line(100, holder_id=8), line(-30, holder_id=9), line(50, holder_id=8)))
    posted = entry(bill, [10, -3, 5], reference="INV-2026-000001", issued_on=date(2026, 11, 5))
    assert posted.source == "INV-2026-000001"
    assert balances([posted]) == {
        (Account(AccountCode.RECEIVABLE, 7), "JPY/0"): 132,
        (Account(AccountCode.HOLDERS, 8), "JPY/0"): -150,
        (Account(AccountCode.HOLDERS, 9), "JPY/0"): 30,  # It owes what was given back for it.
        (Account(AccountCode.HOLDERS_TAX, 8), "JPY/0"): -15,
        (Account(AccountCode.HOLDERS_TAX, 9), "JPY/0"): 3,
    }
