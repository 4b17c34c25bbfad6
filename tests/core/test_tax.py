"""Consumption tax: rounded once, by the right rate, on the right charges."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.charged_tax import ChargeReason, charge_treatment
from ledger.core.money import Rounding
from ledger.core.registration import PartyKind
from ledger.core.tax import (
    NotACountryCode,
    PayeeTaxProfile,
    consumption_tax,
    consumption_tax_within,
    cumulative_supply_tax,
    treaty_rate,
)
from ledger.core.tax_tables import Treatment

PAID_ON = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("taxable", "rate_bp", "rounding", "tax"),
    [
        (315, 1000, Rounding.TRUNCATE, 31),  # 3 x 105: rounding each line would give 30.
        (315, 1000, Rounding.HALF_UP, 32),  # 31.5
        (315, 1000, Rounding.CEILING, 32),
        (2_864_159, 1000, Rounding.TRUNCATE, 286_415),  # E1
        (999, 1000, Rounding.TRUNCATE, 99),  # E9
        (-999, 1000, Rounding.TRUNCATE, -99),  # A credit mirrors its original.
        (9_987, 800, Rounding.FLOOR, 798),
        (1_000, 0, Rounding.TRUNCATE, 0),  # Export exempt.
    ],
)
def test_tax_is_rounded_once_on_the_total(
    taxable: int, rate_bp: int, rounding: Rounding, tax: int
) -> None:
    assert consumption_tax(taxable_minor=taxable, rate_bp=rate_bp, rounding=rounding) == tax


@pytest.mark.parametrize(
    ("inclusive", "rate_bp", "rounding", "tax"),
    [
        (60_000, 1000, Rounding.TRUNCATE, 5_454),  # Q&A 57 of the Tax Agency.
        (40_000, 800, Rounding.TRUNCATE, 2_962),
        (60_000, 1000, Rounding.HALF_UP, 5_455),
        (-60_000, 1000, Rounding.TRUNCATE, -5_454),
        (110, 1000, Rounding.CEILING, 10),  # Exact, so no mode moves it.
    ],
)
def test_tax_inside_an_inclusive_total_is_rounded_once(
    inclusive: int, rate_bp: int, rounding: Rounding, tax: int
) -> None:
    assert (
        consumption_tax_within(inclusive_minor=inclusive, rate_bp=rate_bp, rounding=rounding) == tax
    )


@pytest.mark.parametrize(
    ("carried", "added", "tax"),
    [
        (0, 9, 0),  # 0.9
        (9, 1, 1),  # The total reaches 10.
        (3_120, 247_732, 24_773),  # E4: 25,085 on the whole, 312 of it before.
        (250_852, -250_852, -25_085),  # Taking everything back takes all its tax back.
        (-5, 10, 0),  # Truncated toward zero on both sides of it.
    ],
)
def test_an_addition_brings_the_tax_the_balance_grows_by(
    carried: int, added: int, tax: int
) -> None:
    assert cumulative_supply_tax(carried_minor=carried, added_minor=added, rate_bp=1000) == tax


@settings(max_examples=10)
@given(added=st.lists(st.integers(-(10**9), 10**9), max_size=8))
def test_taxes_of_the_additions_sum_to_the_tax_of_the_balance(added: list[int]) -> None:
    carried, taxes = 0, 0
    for amount in added:
        taxes += cumulative_supply_tax(carried_minor=carried, added_minor=amount, rate_bp=1000)
        carried += amount
    assert taxes == consumption_tax(taxable_minor=carried, rate_bp=1000)


@pytest.mark.parametrize(
    ("country", "has_jp_establishment", "treatment", "rate_bp", "reason"),
    [
        ("JP", True, Treatment.STANDARD, 1000, ChargeReason.DOMESTIC_LICENSEE),
        # A Japanese firm is domestic whatever the establishment field says.
        ("JP", False, Treatment.STANDARD, 1000, ChargeReason.DOMESTIC_LICENSEE),
        # Its Japanese branch contracts for the license or uses it.
        ("US", True, Treatment.STANDARD, 1000, ChargeReason.JAPANESE_ESTABLISHMENT),
        ("US", False, Treatment.EXPORT_EXEMPT, 0, ChargeReason.LICENSEE_ABROAD),
    ],
)
def test_a_charge_is_taxed_by_where_the_licensee_uses_the_license(
    country: str,
    has_jp_establishment: bool,
    treatment: Treatment,
    rate_bp: int,
    reason: ChargeReason,
) -> None:
    charge = charge_treatment(
        country=country, has_jp_establishment=has_jp_establishment, on=PAID_ON
    )
    assert (charge.treatment, charge.rate_bp, charge.reason) == (treatment, rate_bp, reason)


@pytest.mark.parametrize(("country", "has_establishment"), [("JP", True), ("US", False)])
def test_what_is_licensed_from_abroad_is_outside_the_scope_for_everybody(
    country: str, has_establishment: bool
) -> None:
    charge = charge_treatment(
        country=country, has_jp_establishment=has_establishment, on=PAID_ON, licensor_country="FR"
    )
    assert (charge.treatment, charge.rate_bp) == (Treatment.OUTSIDE_SCOPE, 0)
    assert charge.reason is ChargeReason.LICENSOR_ABROAD


@pytest.mark.parametrize("country", ["jp", "JPN", "", "日本", "J1"])
def test_a_country_that_is_no_code_is_refused_and_not_taken_for_foreign(country: str) -> None:
    with pytest.raises(NotACountryCode) as refusal:
        charge_treatment(country=country, has_jp_establishment=False, on=PAID_ON)
    assert refusal.value.values == {"value": country}
    with pytest.raises(NotACountryCode):
        PayeeTaxProfile(kind=PartyKind.COMPANY, residence=country, is_registered=True)
    with pytest.raises(NotACountryCode):
        treaty_rate(country=country, on=PAID_ON)
