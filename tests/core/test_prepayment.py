"""What prepayments pay for: each yen once, line by line, until their term is over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.journal import Account, AccountCode, JournalEntry, balances
from ledger.core.period import Month
from ledger.core.prepayment import (
    GroupClosing,
    OpenGroup,
    OpenLine,
    Prepayment,
    PrepaymentKind,
    Share,
    UseKind,
    close_group,
    is_idle,
)
from ledger.core.prepayment_use import SettledUse, postings, tax_of_uses
from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Checkpoint,
    Crossing,
    MinimumGuarantee,
    RecoupedFrom,
    RecoupGroup,
)
from ledger.core.recoupment import RecoupState
from ledger.core.sharing import NothingToShareOver, share_over

APRIL, MAY, JUNE = Month(2026, 4), Month(2026, 5), Month(2026, 6)
MONTHS = (APRIL, MAY, JUNE)
SOURCES = ("0", "1")


def group(
    *amounts: int,
    kind: AdvanceKind = AdvanceKind.GUARANTEED,
    crossing: Crossing = Crossing.CROSS,
    targets: Sequence[tuple[date, int]] = (),
) -> RecoupGroup:
    """A group of two sources; advances are all paid in April, and recouped by both."""
    return RecoupGroup(
        reference="group",
        crossing=crossing,
        sources=SOURCES,
        advances=tuple(
            Advance(
                reference=f"advance-{index}",
                kind=kind,
                amount_minor=amount,
                paid_on=APRIL.first_day,
                recouped_from=tuple(RecoupedFrom(source=each) for each in SOURCES),
            )
            for index, amount in enumerate(amounts)
        ),
        guarantees=(
            MinimumGuarantee(
                reference="mg",
                sources=SOURCES,
                starts_on=APRIL.first_day,
                checkpoints=tuple(
                    Checkpoint(due_on=due_on, target_minor=target) for due_on, target in targets
                ),
            ),
        )
        if targets
        else (),
    )


class Book:
    """A group over several months, kept as the store keeps it."""

    def __init__(self, agreed: RecoupGroup, *, ends_on: date | None = None) -> None:
        self.agreed, self.ends_on = agreed, ends_on
        self.state = RecoupState()
        self.prepayments = [
            Prepayment(
                reference=each.reference,
                kind=PrepaymentKind(each.kind.value),
                amount_minor=each.amount_minor,
                left_minor=each.amount_minor,
                due_on=each.paid_on,
            )
            for each in agreed.advances
        ]
        self.waiting: list[OpenLine] = []
        self.earned: Counter[str] = Counter()
        self.number = 0

    def opened(self, amounts: dict[str, Sequence[int]]) -> OpenGroup:
        lines = []
        for source, each in amounts.items():
            for amount in each:
                self.number += 1
                lines.append(line(self.number, source, amount))
                self.earned[source] += amount
        self.waiting += lines
        return OpenGroup(
            group=self.agreed,
            ends_on=self.ends_on,
            state=self.state,
            prepayments=tuple(self.prepayments),
            lines=tuple(self.waiting),
            shares=tuple(
                Share(
                    source=each, subject_id=int(each), owner_id=10, earned_minor=self.earned[each]
                )
                for each in SOURCES
            ),
        )

    def close(self, month: Month, **amounts: Sequence[int]) -> GroupClosing:
        opened = self.opened({name.removeprefix("s"): each for name, each in amounts.items()})
        closing = close_group(opened, month=month)
        used: Counter[str] = Counter()
        for use in closing.uses:
            used[use.prepayment] += use.amount_minor
        known = [*self.prepayments, *(_whole(each) for each in closing.shortfalls)]
        self.prepayments = [
            replace(each, left_minor=each.left_minor - used[each.reference]) for each in known
        ]
        self.waiting = [
            replace(each, is_new=False)
            for each in self.waiting
            if each.royalty_line_id not in closing.set_off
        ]
        self.state = closing.state
        return closing


def _whole(shortfall: Prepayment) -> Prepayment:
    return replace(shortfall, left_minor=shortfall.amount_minor)


def line(number: int, source: str, amount: int) -> OpenLine:
    return OpenLine(
        royalty_line_id=number,
        source=source,
        subject_id=int(source),
        owner_id=10,
        amount_minor=amount,
        is_new=True,
        is_adjustment=amount < 0,
    )


def test_an_advance_pays_lines_in_proportion_and_the_oldest_advance_first() -> None:
    book = Book(group(100, 1_000))
    closing = book.close(APRIL, s0=(300, 100), s1=(100,))
    recouped = [(use.prepayment, use.royalty_line_id, use.amount_minor) for use in closing.uses]
    # Of 400 and 100 the first advance takes 80 and 20; the second takes the rest.
    assert recouped == [
        ("advance-0", 1, 60),
        ("advance-0", 2, 20),
        ("advance-1", 1, 240),
        ("advance-1", 2, 80),
        ("advance-0", 3, 20),
        ("advance-1", 3, 80),
    ]
    assert closing.set_off == {1: 300, 2: 100, 3: 100}
    assert [each.left_minor for each in book.prepayments] == [0, 600]


def test_lines_of_a_source_that_owes_wait_and_are_then_set_off_together() -> None:
    book = Book(group(1_000))
    assert book.close(APRIL, s0=(-500, 200)).set_off == {}
    closing = book.close(MAY, s0=(700,))
    assert closing.set_off == {1: -500, 2: 200, 3: 700}
    assert [each.left_minor for each in book.prepayments] == [600]


@pytest.mark.parametrize(
    ("kind", "use", "owners"),
    [
        (AdvanceKind.GUARANTEED, UseKind.RELEASED, {(0, 300), (1, 100)}),
        (AdvanceKind.REPAYABLE, UseKind.RETURNED, {(None, 400)}),
    ],
)
def test_the_rest_of_an_advance_ends_with_the_license(
    kind: AdvanceKind, use: UseKind, owners: set[tuple[int | None, int]]
) -> None:
    book = Book(group(800, kind=kind), ends_on=MAY.last_day)
    book.close(APRIL, s0=(300,), s1=(100,))
    closing = book.close(MAY)
    assert {(each.subject_id, each.amount_minor) for each in closing.uses} == owners
    assert {each.kind for each in closing.uses} == {use}
    assert book.close(JUNE, s0=(50,)).set_off == {3: 0}  # Payable: nothing is left.
    assert is_idle(book.opened({}), month=Month(2026, 7))


@pytest.mark.parametrize(
    ("ends_on", "lines", "through", "is_over"),
    [
        (None, {}, APRIL, False),  # A license without an end is never over.
        (APRIL.last_day, {}, APRIL, True),
        (APRIL.last_day, {"0": (1,)}, APRIL, False),  # Something came late.
        (MAY.last_day, {}, APRIL, False),  # Its last month is still to be closed.
    ],
)
def test_a_group_is_idle_only_when_nothing_can_happen_to_it(
    ends_on: date | None, lines: dict[str, Sequence[int]], through: Month, is_over: bool
) -> None:
    book = Book(group(100), ends_on=ends_on)
    book.state = replace(book.state, through=through.last_day)
    assert is_idle(book.opened(lines), month=MAY) is is_over


AMOUNTS = st.lists(st.integers(-500, 1_500), max_size=3)


@given(
    advances=st.lists(st.integers(1, 2_000), max_size=3),
    kind=st.sampled_from(AdvanceKind),
    target=st.one_of(st.none(), st.tuples(st.integers(1, 1_000), st.integers(1, 4_000))),
    used=st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=3, max_size=3),
)
def test_each_yen_of_a_prepayment_is_used_once(
    advances: list[int],
    kind: AdvanceKind,
    target: tuple[int, int] | None,
    used: list[tuple[list[int], list[int]]],
) -> None:
    targets = []
    if target is not None:
        targets = [(MAY.last_day, target[0]), (JUNE.last_day, target[0] + target[1])]
    book = Book(group(*advances, kind=kind, targets=targets), ends_on=JUNE.last_day)
    payable = 0
    for month, (first, second) in zip(MONTHS, used, strict=True):
        closing = book.close(month, s0=first, s1=second)
        recouped: Counter[int] = Counter()
        for use in closing.uses:
            if use.royalty_line_id is not None:
                recouped[use.royalty_line_id] += use.amount_minor
        assert {key: recouped[key] for key in closing.set_off} == dict(closing.set_off)
        payable += closing.recoupment.payable_minor
        assert all(0 <= each.left_minor <= each.amount_minor for each in book.prepayments)
    assert not any(each.left_minor for each in book.prepayments)  # All has gone somewhere.
    earned = sum(sum(first) + sum(second) for first, second in used)
    waiting = sum(each.amount_minor for each in book.waiting)
    recouped_minor = earned - waiting - payable
    assert 0 <= recouped_minor <= sum(each.amount_minor for each in book.prepayments)


@given(
    amount=st.integers(1, 10**9),
    tax=st.integers(0, 10**8),
    data=st.data(),
)
def test_the_tax_of_a_prepayment_goes_with_its_uses_and_is_used_up_with_it(
    amount: int, tax: int, data: st.DataObject
) -> None:
    used, used_tax = 0, 0
    while used < amount:
        uses = [data.draw(st.integers(1, amount - used))]
        parts = tax_of_uses(
            tax_minor=tax,
            amount_minor=amount,
            used_minor=used,
            used_tax_minor=used_tax,
            uses=uses if used < amount // 2 else [amount - used],
        )
        used += uses[0] if used < amount // 2 else amount - used
        used_tax += sum(parts)
        assert used_tax == tax * used // amount
    assert used_tax == tax


def test_what_is_used_leaves_the_licensees_account_with_its_tax() -> None:
    uses = [
        SettledUse(
            prepayment_use_id=number,
            licensee_id=1,
            holder_id=holder,
            amount_minor=amount,
            tax_minor=amount // 10,
        )
        for number, (holder, amount) in enumerate([(2, 1_000), (3, -200), (None, 500)])
    ]
    entry = JournalEntry(
        kind="settlement",
        posted_on=date(2026, 5, 10),
        currency="JPY",
        source="SET-2026-04",
        postings=postings(uses),
    )
    found = {account: amount for (account, _), amount in balances([entry]).items()}
    assert found == {
        Account(AccountCode.ADVANCES, 1): 1_430,
        Account(AccountCode.HOLDERS, 2): -1_000,
        Account(AccountCode.HOLDERS_TAX, 2): -100,
        Account(AccountCode.HOLDERS, 3): 200,
        Account(AccountCode.HOLDERS_TAX, 3): 20,
        Account(AccountCode.REFUNDS, 1): -550,
    }


@given(st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=6), st.integers(0, 5_000))
def test_shares_sum_to_what_is_shared(amounts: list[int], total: int) -> None:
    if sum(amounts) <= 0:
        with pytest.raises(NothingToShareOver):
            share_over(total, amounts)
        return
    assert sum(share_over(total, amounts)) == total
    assert share_over(sum(amounts), amounts) == amounts
