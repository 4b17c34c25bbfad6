"""The journal: nothing unbalanced can be built, and what is undone leaves no trace in balances."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.journal import (
    Account,
    AccountCode,
    EntryHasNoPostings,
    JournalEntry,
    Posting,
    PostingGoesNowhere,
    PostingMustBePositive,
    SidesDiffer,
    asset_of,
    balances,
    move,
    reversal,
    spread,
)
from ledger.core.money import AMOUNT_MINOR_MAX

BANK = Account(AccountCode.BANK)
RECEIVABLE = Account(AccountCode.RECEIVABLE, 1)
HOLDERS = Account(AccountCode.HOLDERS, 2)
HOLDERS_TAX = Account(AccountCode.HOLDERS_TAX, 2)
AUTHOR = Account(AccountCode.PAYABLE, 3)
PUBLISHER = Account(AccountCode.PAYABLE, 4)

ACCOUNTS = st.builds(Account, st.sampled_from(AccountCode), st.integers(1, 3))
SIDES = st.lists(st.tuples(ACCOUNTS, st.integers(-10_000, 10_000)), max_size=8)


def posting(debit: Account, credit: Account, amount_minor: int) -> Posting:
    return Posting(debit=debit, credit=credit, amount_minor=amount_minor)


def entry(*postings: Posting, currency: str = "JPY") -> JournalEntry:
    return JournalEntry(
        kind="settlement",
        posted_on=date(2026, 12, 10),
        currency=currency,
        source="2026-11",
        postings=postings,
    )


@pytest.mark.parametrize(
    "amount_minor",
    [
        0,  # Nothing moves, so there is nothing to write down.
        -1,  # The other direction is said by the sides, not by a sign.
        AMOUNT_MINOR_MAX + 1,  # It would not fit its column.
        True,  # A truth is no amount.
    ],
)
def test_a_posting_moves_a_positive_amount_that_fits(amount_minor: int) -> None:
    with pytest.raises(PostingMustBePositive) as refusal:
        posting(BANK, RECEIVABLE, amount_minor)
    assert refusal.value.amount_minor is amount_minor


def test_the_largest_amount_fits() -> None:
    assert posting(BANK, RECEIVABLE, AMOUNT_MINOR_MAX).amount_minor == 2**63 - 1


def test_a_posting_from_an_account_to_itself_is_refused() -> None:
    with pytest.raises(PostingGoesNowhere):
        posting(BANK, BANK, 1)


def test_an_account_kept_for_another_party_is_another_account() -> None:
    assert posting(AUTHOR, PUBLISHER, 1).debit != PUBLISHER


def test_an_entry_without_postings_is_refused() -> None:
    with pytest.raises(EntryHasNoPostings):
        entry()


@pytest.mark.parametrize(("currency", "asset"), [("JPY", "JPY/0"), ("USD", "USD/2")])
def test_the_asset_names_the_scale(currency: str, asset: str) -> None:
    assert asset_of(currency) == asset
    assert entry(posting(BANK, RECEIVABLE, 1), currency=currency).asset == asset


@pytest.mark.parametrize(
    ("amount_minor", "moved"),
    [
        (5, (posting(BANK, AUTHOR, 5),)),
        (-5, (posting(AUTHOR, BANK, 5),)),  # Taken back: the sides change, not the sign.
        (0, ()),
    ],
)
def test_a_move_keeps_its_direction_in_the_sides(
    amount_minor: int, moved: tuple[Posting, ...]
) -> None:
    assert move(BANK, AUTHOR, amount_minor) == moved


def test_what_is_received_and_paid_out_leaves_only_the_fee_in_the_bank() -> None:
    fee, output_tax = Account(AccountCode.ADMIN_FEE), Account(AccountCode.OUTPUT_TAX)
    invoice = entry(
        posting(RECEIVABLE, HOLDERS, 2_864_159), posting(RECEIVABLE, HOLDERS_TAX, 286_415)
    )
    receipt = entry(posting(BANK, RECEIVABLE, 3_150_574))
    settlement = entry(
        posting(HOLDERS, fee, 229_132),
        posting(HOLDERS, output_tax, 22_913),
        *spread(
            debits=[(HOLDERS, 2_612_114), (HOLDERS_TAX, 286_415)], credits=[(AUTHOR, 2_898_529)]
        ),
    )
    payout = entry(posting(AUTHOR, BANK, 2_898_529))
    left = balances([invoice, receipt, settlement, payout])
    assert {account: amount for (account, _), amount in left.items() if amount} == {
        BANK: 252_045,
        fee: -229_132,
        output_tax: -22_913,
    }


@pytest.mark.parametrize(
    ("debits", "credits", "postings"),
    [
        ([], [], ()),
        ([(HOLDERS, 0)], [(AUTHOR, 0)], ()),  # Nothing moves.
        (
            [(HOLDERS, 70), (HOLDERS_TAX, 7)],
            [(AUTHOR, 60), (PUBLISHER, 17)],
            (
                posting(HOLDERS, AUTHOR, 60),  # The first pays the first as far as it goes.
                posting(HOLDERS, PUBLISHER, 10),
                posting(HOLDERS_TAX, PUBLISHER, 7),
            ),
        ),
        (
            [(HOLDERS, 90), (HOLDERS_TAX, -9)],
            [(AUTHOR, 81)],
            (posting(HOLDERS, HOLDERS_TAX, 9), posting(HOLDERS, AUTHOR, 81)),  # An export's fee.
        ),
        (
            [(HOLDERS, -100)],
            [(AUTHOR, -70), (PUBLISHER, -30)],
            # A month that is taken back mirrors the month that was paid.
            (posting(AUTHOR, HOLDERS, 70), posting(PUBLISHER, HOLDERS, 30)),
        ),
        (
            [(HOLDERS, 30)],
            [(AUTHOR, 40), (AUTHOR, -10)],  # A fee to a member whose share is clawed back.
            (posting(HOLDERS, AUTHOR, 30),),
        ),
    ],
)
def test_two_sides_are_paired_in_listed_order(
    debits: list[tuple[Account, int]],
    credits: list[tuple[Account, int]],
    postings: tuple[Posting, ...],
) -> None:
    assert spread(debits=debits, credits=credits) == postings


def test_sides_that_differ_are_refused() -> None:
    with pytest.raises(SidesDiffer) as refusal:
        spread(debits=[(HOLDERS, 100)], credits=[(AUTHOR, 99)])
    assert (refusal.value.debits_minor, refusal.value.credits_minor) == (100, 99)


@given(debits=SIDES, credits=SIDES)
def test_spreading_moves_each_account_by_its_net_amount(
    debits: list[tuple[Account, int]], credits: list[tuple[Account, int]]
) -> None:
    missing = sum(amount for _, amount in debits) - sum(amount for _, amount in credits)
    credits = [*credits, (BANK, missing)]
    postings = spread(debits=debits, credits=credits)

    wanted: dict[Account, int] = {}
    for sign, side in ((1, debits), (-1, credits)):
        for account, amount in side:
            wanted[account] = wanted.get(account, 0) + sign * amount
    moved = balances([entry(*postings)]) if postings else {}
    assert {account: amount for (account, _), amount in moved.items() if amount} == {
        account: amount for account, amount in wanted.items() if amount
    }
    assert len(postings) < max(1, len(wanted))


@given(
    st.lists(
        st.tuples(ACCOUNTS, ACCOUNTS, st.integers(1, AMOUNT_MINOR_MAX)).filter(
            lambda drawn: drawn[0] != drawn[1]
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_reversal_undoes_its_original_and_every_entry_balances(
    drawn: list[tuple[Account, Account, int]],
) -> None:
    original = entry(*(posting(debit, credit, amount) for debit, credit, amount in drawn))
    undone = reversal(original, entry_id=7, posted_on=date(2027, 1, 4))
    assert sum(balances([original]).values()) == 0
    assert set(balances([original, undone]).values()) == {0}
    assert (undone.reverses, undone.kind, undone.source) == (7, "reversal", original.source)
    assert undone.posted_on == date(2027, 1, 4)


def test_balances_keep_assets_apart() -> None:
    yen = entry(posting(BANK, RECEIVABLE, 100))
    dollars = entry(posting(BANK, RECEIVABLE, 100), currency="USD")
    assert balances([yen, yen, dollars]) == {
        (BANK, "JPY/0"): 200,
        (RECEIVABLE, "JPY/0"): -200,
        (BANK, "USD/2"): 100,
        (RECEIVABLE, "USD/2"): -100,
    }
