"""The payout plan: thresholds, reasons, taxes on what is paid, and nothing lost."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.payout import NotPaid, PayeeBalance, PayeeListedTwice, PayoutLine, plan
from ledger.core.registration import PartyKind
from ledger.core.tax import PayeeTaxProfile, StepCode

PAID_ON = date(2026, 11, 30)
AUTHOR = PayeeTaxProfile(kind=PartyKind.INDIVIDUAL, residence="JP", is_registered=True)
PUBLISHER = PayeeTaxProfile(kind=PartyKind.COMPANY, residence="JP", is_registered=True)
WRITER_ABROAD = PayeeTaxProfile(kind=PartyKind.INDIVIDUAL, residence="BO", is_registered=False)


def only_line(balance: PayeeBalance) -> PayoutLine:
    (line,) = plan(balances=[balance], paid_on=PAID_ON).lines
    return line


def author(supplies: int, *, minimum: int = 5_000) -> PayeeBalance:
    return PayeeBalance(
        payee="author", profile=AUTHOR, supplies_minor=supplies, minimum_payment_minor=minimum
    )


def test_a_balance_below_the_minimum_is_carried_and_paid_with_the_next() -> None:
    first = only_line(author(3_120))  # E4, first month
    assert first == PayoutLine(
        payee="author", carried_out_minor=3_120, reason=NotPaid.BELOW_MINIMUM
    )

    second = only_line(author(247_732 + first.carried_out_minor))  # E4, next month
    assert second.payable_minor == 250_852
    assert second.consumption_tax_minor == 25_085
    assert second.withholding_base_minor == 250_852
    assert second.withholding_minor == 25_611
    assert second.payout_minor == 250_326
    assert (second.carried_out_minor, second.reason) == (0, None)
    assert [step.code for step in second.steps] == [
        StepCode.SUPPLY_TAXED,
        StepCode.WITHHOLDING_RESIDENT,
    ]


@pytest.mark.parametrize(
    ("supplies", "passthrough", "minimum", "reason"),
    [
        (4_999, 0, 5_000, NotPaid.BELOW_MINIMUM),  # With tax it would be 5,498: that is no matter.
        (5_000, 0, 5_000, None),  # The minimum itself is paid.
        (2_000, 3_000, 5_000, None),  # Both parts of a balance count.
        (-1_000, 5_999, 5_000, NotPaid.BELOW_MINIMUM),  # A claw-back is set off first.
        (1, 0, 0, None),
        (0, 0, 0, NotPaid.BELOW_MINIMUM),  # A transfer of nothing is refused by every bank.
        (-1, 0, 0, NotPaid.NEGATIVE_BALANCE),
        (3_000, -3_001, 0, NotPaid.NEGATIVE_BALANCE),
    ],
)
def test_the_minimum_is_measured_on_the_tax_exclusive_balance(
    supplies: int, passthrough: int, minimum: int, reason: NotPaid | None
) -> None:
    line = only_line(
        PayeeBalance(
            payee="studio",
            profile=PUBLISHER,
            supplies_minor=supplies,
            passthrough_minor=passthrough,
            minimum_payment_minor=minimum,
        )
    )
    assert line.reason == reason


@pytest.mark.parametrize(
    ("supplies", "hold", "has_bank_account", "reason"),
    [
        (10_000, None, True, None),
        (10_000, "disputed", True, NotPaid.HOLD),
        (10_000, None, False, NotPaid.BANK_ACCOUNT_MISSING),
        (10_000, "disputed", False, NotPaid.HOLD),
        # A hold on what would not be paid anyway need not be lifted.
        (100, "disputed", False, NotPaid.BELOW_MINIMUM),
        (-100, "disputed", False, NotPaid.NEGATIVE_BALANCE),
    ],
)
def test_the_first_reason_in_order_is_told(
    supplies: int, hold: str | None, has_bank_account: bool, reason: NotPaid | None
) -> None:
    line = only_line(
        PayeeBalance(
            payee="author",
            profile=AUTHOR,
            supplies_minor=supplies,
            minimum_payment_minor=5_000,
            hold_reason=hold,
            has_bank_account=has_bank_account,
        )
    )
    assert line.reason == reason


def test_what_is_carried_bears_no_tax_and_keeps_the_tax_received_for_it() -> None:
    line = only_line(
        PayeeBalance(
            payee="lead",
            profile=PUBLISHER,
            passthrough_minor=4_000,
            passthrough_tax_minor=400,
            minimum_payment_minor=5_000,
        )
    )
    assert line == PayoutLine(
        payee="lead",
        carried_out_minor=4_000,
        carried_tax_minor=400,
        reason=NotPaid.BELOW_MINIMUM,
    )


def test_what_a_committee_cannot_pay_is_carried_beside_a_payment() -> None:
    line = only_line(
        PayeeBalance(
            payee="publisher",
            profile=PUBLISHER,
            passthrough_minor=50_000,
            passthrough_tax_minor=5_000,
            arrears_minor=7_000,
            arrears_tax_minor=700,
        )
    )
    assert (line.payable_minor, line.consumption_tax_minor, line.payout_minor) == (
        *(50_000, 5_000),
        55_000,
    )
    assert (line.carried_out_minor, line.carried_tax_minor, line.reason) == (7_000, 700, None)


@pytest.mark.parametrize(
    ("balance", "reason"),
    [
        (0, NotPaid.COMMITTEE_DEFICIT),  # Nothing but what a committee cannot pay.
        (100, NotPaid.BELOW_MINIMUM),  # What cannot be paid is not counted toward the minimum.
        (-100, NotPaid.NEGATIVE_BALANCE),
    ],
)
def test_what_a_committee_cannot_pay_is_carried_with_the_rest(
    balance: int, reason: NotPaid
) -> None:
    line = only_line(
        PayeeBalance(
            payee="publisher",
            profile=PUBLISHER,
            passthrough_minor=balance,
            arrears_minor=7_000,
            minimum_payment_minor=5_000,
        )
    )
    assert (line.reason, line.carried_out_minor) == (reason, balance + 7_000)


def test_a_payout_that_tax_turns_negative_is_carried() -> None:
    line = only_line(
        PayeeBalance(
            payee="lead",
            profile=PUBLISHER,
            supplies_minor=-1_000_000,  # With it 100,000 of tax are to be taken back.
            passthrough_minor=1_050_000,
        )
    )
    assert (line.reason, line.carried_out_minor) == (NotPaid.NEGATIVE_BALANCE, 50_000)


def test_totals_are_the_sums_of_the_lines() -> None:
    publisher = PayeeBalance(
        payee="publisher",
        profile=PUBLISHER,
        supplies_minor=106_172,
        passthrough_minor=50_000,
        passthrough_tax_minor=4_999,
    )
    writer = PayeeBalance(payee="writer", profile=WRITER_ABROAD, supplies_minor=1_000_000)
    studio = PayeeBalance(
        payee="studio",
        profile=PUBLISHER,
        passthrough_minor=4_000,
        passthrough_tax_minor=400,
        has_bank_account=False,
    )
    made = plan(balances=[author(250_852), publisher, writer, studio], paid_on=PAID_ON)
    assert [line.payee for line in made.payments] == ["author", "publisher", "writer"]
    totals = made.totals
    assert totals.payable_minor == 250_852 + 156_172 + 1_000_000
    assert totals.consumption_tax_minor == 25_085 + 10_617 + 4_999
    assert totals.withholding_minor == 25_611 + 204_200
    assert totals.payout_minor == 250_326 + 171_788 + 795_800
    assert (totals.carried_out_minor, totals.carried_tax_minor) == (4_000, 400)


def test_two_balances_of_one_payee_are_refused_because_withholding_counts_the_payment() -> None:
    # Apart 122,520 would be withheld, together it is 142,940.
    with pytest.raises(PayeeListedTwice) as refusal:
        plan(balances=[author(600_000), author(600_000)], paid_on=PAID_ON)
    assert refusal.value.payee == "author"
    assert only_line(author(1_200_000)).withholding_minor == 142_940


AMOUNTS = st.integers(-(10**7), 10**7)
BALANCES = st.builds(
    PayeeBalance,
    payee=st.text(alphabet="abcdefgh", min_size=1, max_size=4),
    profile=st.sampled_from([AUTHOR, PUBLISHER, WRITER_ABROAD]),
    supplies_minor=AMOUNTS,
    passthrough_minor=AMOUNTS,
    passthrough_tax_minor=st.integers(-(10**6), 10**6),
    minimum_payment_minor=st.sampled_from([0, 1, 5_000]),
    hold_reason=st.sampled_from([None, "disputed"]),
    has_bank_account=st.booleans(),
    arrears_minor=st.integers(0, 10**6),
    arrears_tax_minor=st.integers(0, 10**5),
)


@settings(max_examples=10)
@given(balances=st.lists(BALANCES, max_size=6, unique_by=lambda balance: balance.payee))
def test_every_balance_is_paid_whole_or_carried_whole(balances: list[PayeeBalance]) -> None:
    made = plan(balances=balances, paid_on=PAID_ON)
    assert [line.payee for line in made.lines] == [balance.payee for balance in balances]
    for balance, line in zip(balances, made.lines, strict=True):
        carried = line.carried_out_minor - balance.arrears_minor
        assert line.payable_minor + carried == balance.balance_minor
        assert (line.payable_minor == 0) or (carried == 0)
        assert line.payout_minor == (
            line.payable_minor + line.consumption_tax_minor - line.withholding_minor
        )
        assert (line.reason is None) == (line.payout_minor > 0)
        if line.reason is None:
            assert line.payable_minor >= balance.minimum_payment_minor
        else:
            carried_tax = line.carried_tax_minor - balance.arrears_tax_minor
            assert carried_tax == balance.passthrough_tax_minor
            assert line.consumption_tax_minor == line.withholding_minor == 0
