"""The tables of rates: each day has one row, and a day without a row is refused."""

from datetime import date

import pytest

from ledger.core import tax_tables
from ledger.core.money import BASIS_POINTS
from ledger.core.registration import PartyKind
from ledger.core.tax import (
    PayeeTaxProfile,
    consumption_tax_rate_bp,
    payout_tax,
    transitional_credit_percent,
    treaty_rate,
)
from ledger.core.tax_tables import Confidence, Dated, RateNotKnown, Treatment, row_in_force

PAID_ON = date(2026, 11, 30)
COMPOSER_ABROAD = PayeeTaxProfile(kind=PartyKind.INDIVIDUAL, residence="BO", is_registered=False)


@pytest.mark.parametrize(
    ("completed_on", "percent"),
    [
        (date(2023, 9, 30), 100),  # The last day before the invoice system.
        (date(2023, 10, 1), 80),
        (date(2026, 9, 30), 80),
        (date(2026, 10, 1), 70),
        (date(2028, 9, 30), 70),
        (date(2028, 10, 1), 50),
        (date(2030, 9, 30), 50),
        (date(2030, 10, 1), 30),
        (date(2031, 9, 30), 30),
        (date(2031, 10, 1), 0),
    ],
)
def test_the_transitional_credit_shrinks_by_schedule(completed_on: date, percent: int) -> None:
    assert transitional_credit_percent(completed_on) == percent


def test_a_day_without_a_rate_is_refused_and_not_guessed() -> None:
    with pytest.raises(RateNotKnown) as refusal:
        consumption_tax_rate_bp(on=date(2019, 9, 30))
    assert refusal.value.values == {"rate": "consumption_tax.standard", "on": "2019-09-30"}
    with pytest.raises(RateNotKnown):
        consumption_tax_rate_bp(on=PAID_ON, treatment=Treatment.EXPORT_EXEMPT)
    with pytest.raises(RateNotKnown):
        payout_tax(profile=COMPOSER_ABROAD, supplies_minor=1_000, paid_on=date(2012, 12, 31))
    with pytest.raises(RateNotKnown):
        transitional_credit_percent(date(1989, 3, 31))


def test_reduced_and_standard_rates_are_told_apart() -> None:
    assert consumption_tax_rate_bp(on=PAID_ON) == 1000
    assert consumption_tax_rate_bp(on=PAID_ON, treatment=Treatment.REDUCED) == 800


@pytest.mark.parametrize(
    ("country", "rate_bp", "confidence"),
    [
        ("US", 0, Confidence.HIGH),
        ("AU", 500, Confidence.HIGH),
        ("CN", 1000, Confidence.HIGH),
        ("BR", 1250, Confidence.MEDIUM),  # Film would be 15 %.
        ("TH", 1500, Confidence.HIGH),
        ("BE", 0, Confidence.MEDIUM),  # The sources differ.
    ],
)
def test_a_treaty_rate_comes_with_how_sure_it_is(
    country: str, rate_bp: int, confidence: Confidence
) -> None:
    row = treaty_rate(country=country, on=PAID_ON)
    assert row is not None
    assert (row.rate_bp, row.confidence) == (rate_bp, confidence)


def test_a_country_without_a_treaty_has_no_rate() -> None:
    assert treaty_rate(country="BO", on=PAID_ON) is None
    assert treaty_rate(country="US", on=date(2025, 12, 31)) is None  # Not looked up for then.


def series() -> list[list[Dated]]:
    """All rows that follow one another, by what they are the rate of."""
    by_key: dict[object, list[Dated]] = {}
    for rate in tax_tables.CONSUMPTION_TAX_RATES:
        by_key.setdefault(rate.treatment, []).append(rate)
    for bracket in tax_tables.WITHHOLDING_BRACKETS:
        by_key.setdefault((bracket.scope, bracket.above_minor), []).append(bracket)
    for treaty in tax_tables.TREATY_RATES:
        by_key.setdefault(treaty.country, []).append(treaty)
    by_key["credit"] = list(tax_tables.TRANSITIONAL_CREDITS)
    return list(by_key.values())


def test_each_rate_follows_the_one_before_it_without_a_gap() -> None:
    for rows in series():
        ends = [row.effective_to for row in rows]
        assert ends == [*(row.effective_from for row in rows[1:]), None], rows
        assert all(row.source for row in rows), rows
        assert row_in_force(rows, rate="this", on=date(2099, 1, 1)) is rows[-1]


def test_a_withholding_rate_is_the_sum_of_what_it_is_made_of() -> None:
    for row in tax_tables.WITHHOLDING_BRACKETS:
        with_surtaxes = BASIS_POINTS + sum(rate_bp for _, rate_bp in row.surtaxes)
        assert row.rate_bp * BASIS_POINTS == row.income_tax_bp * with_surtaxes
