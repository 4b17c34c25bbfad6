"""The taxes on one payment: what is withheld from whom, and what is paid out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.registration import PartyKind
from ledger.core.tax import (
    PayeeTaxProfile,
    PaymentIsNegative,
    StepCode,
    WithholdingBase,
    payout_tax,
)
from ledger.core.withholding import withholding_due_on

PAID_ON = date(2026, 11, 30)
PERSON, COMPANY = PartyKind.INDIVIDUAL, PartyKind.COMPANY

AUTHOR = PayeeTaxProfile(kind=PERSON, residence="JP", is_registered=True)
UNREGISTERED_AUTHOR = PayeeTaxProfile(kind=PERSON, residence="JP", is_registered=False)
PUBLISHER = PayeeTaxProfile(kind=COMPANY, residence="JP", is_registered=True)
UNREGISTERED_STUDIO = PayeeTaxProfile(kind=COMPANY, residence="JP", is_registered=False)


def abroad(
    residence: str,
    *,
    rate_bp: int | None = None,
    filed_on: date | None = None,
    kind: PartyKind = PERSON,
) -> PayeeTaxProfile:
    return PayeeTaxProfile(
        kind=kind,
        residence=residence,
        is_registered=False,
        treaty_rate_bp=rate_bp,
        treaty_form_filed_on=filed_on,
    )


# Withholding.


def withheld(profile: PayeeTaxProfile, balance: int, paid_on: date = PAID_ON) -> int:
    return payout_tax(profile=profile, supplies_minor=balance, paid_on=paid_on).withholding_minor


@pytest.mark.parametrize(
    ("base", "withholding"),
    [
        (0, 0),
        (9, 0),  # 0.9189
        (48, 4),  # 4.9008
        (98, 10),  # 10.0058
        (250_852, 25_611),  # E4
        (999_999, 102_099),
        (1_000_000, 102_100),  # The first bracket includes its end.
        (1_000_001, 102_100),  # 0.2042 of the first yen above
        (1_000_005, 102_101),
        (1_480_000, 200_116),  # E4: 102,100 + 98,016
        (1_200_000, 142_940),  # Two statements of 600,000, paid together.
        (600_000, 61_260),  # Paid apart: 122,520 for both.
        (123_456_789, 25_107_776),
    ],
)
def test_resident_individuals_bear_two_brackets(base: int, withholding: int) -> None:
    assert withheld(AUTHOR, base) == withholding
    assert withheld(UNREGISTERED_AUTHOR, base) == withholding


@pytest.mark.parametrize(
    ("profile", "withholding"),
    [
        (abroad("BO"), 204_200),  # No treaty: flat, without a second bracket.
        (abroad("US", rate_bp=0, filed_on=date(2026, 11, 1)), 0),
        (abroad("KR", rate_bp=1000, filed_on=date(2026, 11, 1)), 100_000),
        (abroad("BR", rate_bp=1250, filed_on=date(2026, 11, 1)), 125_000),
        (abroad("KR", rate_bp=1000, filed_on=PAID_ON - timedelta(days=1)), 100_000),
        (abroad("KR", rate_bp=1000, filed_on=PAID_ON), 204_200),  # On the day is too late.
        (abroad("KR", rate_bp=1000), 204_200),  # No form was filed.
        (abroad("KR", filed_on=date(2026, 11, 1)), 204_200),  # A form that states no rate.
        (abroad("US", kind=COMPANY), 204_200),  # A company abroad is no exception.
        (PUBLISHER, 0),
        (UNREGISTERED_STUDIO, 0),
    ],
)
def test_a_million_yen_bears_what_residence_and_treaty_say(
    profile: PayeeTaxProfile, withholding: int
) -> None:
    assert withheld(profile, 1_000_000) == withholding


def test_payees_abroad_bear_a_flat_rate_above_a_million_too() -> None:
    assert withheld(abroad("BO"), 3_000_000) == 612_600


@pytest.mark.parametrize("profile", [AUTHOR, abroad("BO")])
def test_the_new_surtaxes_of_2027_leave_the_amount_as_it_is(profile: PayeeTaxProfile) -> None:
    before = withheld(profile, 1_480_000, date(2026, 12, 31))
    assert withheld(profile, 1_480_000, date(2027, 1, 1)) == before


@settings(max_examples=10)
@given(base=st.integers(0, 3_000_000))
def test_more_is_never_paid_out_less(base: int) -> None:
    profiles = (AUTHOR, UNREGISTERED_AUTHOR, abroad("BO"), PUBLISHER)
    for profile in profiles:
        tax = payout_tax(profile=profile, supplies_minor=base, paid_on=PAID_ON)
        more = payout_tax(profile=profile, supplies_minor=base + 1, paid_on=PAID_ON)
        assert more.payout_minor >= tax.payout_minor
        assert 0 <= more.withholding_minor - tax.withholding_minor <= 1


# Payouts.


@pytest.mark.parametrize(
    ("profile", "balance", "tax", "base", "withholding", "payout"),
    [
        (AUTHOR, 250_852, 25_085, 250_852, 25_611, 250_326),  # E4
        (UNREGISTERED_AUTHOR, 250_852, 0, 250_852, 25_611, 225_241),  # No tax is paid.
        (AUTHOR, 1_480_000, 148_000, 1_480_000, 200_116, 1_427_884),  # Two brackets.
        (PUBLISHER, 106_172, 10_617, 0, 0, 116_789),  # A company bears no withholding.
        (UNREGISTERED_STUDIO, 106_172, 0, 0, 0, 106_172),
        (abroad("BO"), 1_000_000, 0, 1_000_000, 204_200, 795_800),  # Outside the scope of tax.
        (
            abroad("KR", rate_bp=1000, filed_on=date(2026, 1, 5)),
            *(1_000_000, 0, 1_000_000, 100_000, 900_000),
        ),
        (
            abroad("DE", rate_bp=0, filed_on=date(2026, 1, 5)),
            *(1_000_000, 0, 1_000_000, 0, 1_000_000),
        ),
    ],
)
def test_payouts_of_the_domain_hold_to_the_yen(
    profile: PayeeTaxProfile, balance: int, tax: int, base: int, withholding: int, payout: int
) -> None:
    result = payout_tax(profile=profile, supplies_minor=balance, paid_on=PAID_ON)
    assert result.consumption_tax_minor == tax
    assert result.withholding_base_minor == base
    assert result.withholding_minor == withholding
    assert result.payout_minor == payout


def test_tax_that_is_not_shown_separately_is_part_of_the_base() -> None:
    author = replace(AUTHOR, withholding_base=WithholdingBase.INCLUDING_TAX)
    result = payout_tax(profile=author, supplies_minor=250_852, paid_on=PAID_ON)
    assert result.withholding_base_minor == 275_937
    assert result.withholding_minor == 28_173
    assert result.payout_minor == 247_764


@pytest.mark.parametrize(
    ("profile", "tax", "base", "withholding"),
    [
        # 1,000 of tax on the supply and 4,999 handed on; the base is 10,000 + 50,000.
        (AUTHOR, 5_999, 60_000, 6_126),
        # Tax received for an unregistered holder is the holder's all the same.
        (UNREGISTERED_AUTHOR, 4_999, 60_000, 6_126),
        (PUBLISHER, 5_999, 0, 0),
        # To a payee abroad it is a part of the price.
        (abroad("BO"), 4_999, 64_999, 13_272),
    ],
)
def test_tax_received_for_a_holder_is_handed_on_as_it_is(
    profile: PayeeTaxProfile, tax: int, base: int, withholding: int
) -> None:
    result = payout_tax(
        profile=profile,
        supplies_minor=10_000,
        passthrough_minor=50_000,
        passthrough_tax_minor=4_999,
        paid_on=PAID_ON,
    )
    assert result.balance_minor == 60_000
    assert result.consumption_tax_minor == tax
    assert result.withholding_base_minor == base
    assert result.withholding_minor == withholding
    assert result.payout_minor == 60_000 + tax - withholding


@pytest.mark.parametrize(
    ("profile", "steps"),
    [
        (
            AUTHOR,
            [
                (StepCode.SUPPLY_TAXED, 1_480_000, 1000, 148_000),
                (StepCode.TAX_PASSED_THROUGH, 20_000, None, 2_000),
                (StepCode.WITHHOLDING_RESIDENT, 1_000_000, 1021, 102_100),
                (StepCode.WITHHOLDING_RESIDENT, 500_000, 2042, 102_100),
            ],
        ),
        (
            UNREGISTERED_STUDIO,
            [
                (StepCode.SUPPLY_UNREGISTERED, 1_480_000, None, 0),
                (StepCode.TAX_PASSED_THROUGH, 20_000, None, 2_000),
                (StepCode.WITHHOLDING_NOT_FOR_COMPANIES, 0, None, 0),
            ],
        ),
        (
            abroad("KR", rate_bp=1000, filed_on=date(2026, 11, 1)),
            [
                (StepCode.SUPPLY_OUTSIDE_SCOPE, 1_480_000, None, 0),
                (StepCode.TAX_PASSED_THROUGH, 20_000, None, 2_000),
                (StepCode.WITHHOLDING_TREATY, 1_502_000, 1000, 150_200),
            ],
        ),
        (
            abroad("KR", rate_bp=1000, filed_on=PAID_ON),
            [
                (StepCode.SUPPLY_OUTSIDE_SCOPE, 1_480_000, None, 0),
                (StepCode.TAX_PASSED_THROUGH, 20_000, None, 2_000),
                (StepCode.TREATY_FORM_NOT_IN_TIME, 0, None, 0),
                (StepCode.WITHHOLDING_NON_RESIDENT, 1_502_000, 2042, 306_708),
            ],
        ),
    ],
)
def test_the_steps_explain_each_figure(
    profile: PayeeTaxProfile, steps: list[tuple[StepCode, int, int | None, int]]
) -> None:
    result = payout_tax(
        profile=profile,
        supplies_minor=1_480_000,
        passthrough_minor=20_000,
        passthrough_tax_minor=2_000,
        paid_on=PAID_ON,
    )
    told = [(step.code, step.base_minor, step.rate_bp, step.amount_minor) for step in result.steps]
    assert told == steps


def test_a_negative_balance_is_no_payment() -> None:
    with pytest.raises(PaymentIsNegative) as refusal:
        payout_tax(profile=AUTHOR, supplies_minor=-2, passthrough_minor=1, paid_on=PAID_ON)
    assert refusal.value.balance_minor == -1


# Remittance.

HOLIDAYS = {date(2027, 1, 11), date(2028, 1, 10)}  # Coming of Age Day.


def opens(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


@pytest.mark.parametrize(
    ("paid_on", "due_on"),
    [
        (date(2026, 10, 1), date(2026, 11, 10)),
        (date(2026, 10, 31), date(2026, 11, 10)),  # All payments of a month are due together.
        (date(2026, 12, 28), date(2027, 1, 12)),  # The 10th is a Sunday, the 11th a holiday.
        (date(2027, 6, 30), date(2027, 7, 12)),  # The 10th is a Saturday.
        (date(2027, 12, 1), date(2028, 1, 11)),  # The 10th is a holiday.
    ],
)
def test_what_was_withheld_is_due_on_the_tenth_or_the_next_banking_day(
    paid_on: date, due_on: date
) -> None:
    assert withholding_due_on(paid_on=paid_on, is_banking_day=opens) == due_on
