"""The register's rows add up to slips and years, and say by which law a payment was taxed."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.banking import is_open_for_banking
from ledger.core.period import Month
from ledger.core.registration import PartyKind
from ledger.core.tax import PayeeTaxProfile, withholding_steps
from ledger.core.tax_tables import WithholdingScope
from ledger.core.withholding import (
    Remitted,
    SlipTotal,
    Withheld,
    WithholdingReason,
    annual_totals,
    slips,
)

PAID_ON = date(2026, 12, 25)
RESIDENT, ABROAD = WithholdingScope.RESIDENT_INDIVIDUAL, WithholdingScope.NON_RESIDENT


def withheld(
    base_minor: int = 1_000_000,
    *,
    payee: str = "author",
    residence: str = "JP",
    treaty_bp: int | None = None,
    filed_on: date | None = None,
    paid_on: date = PAID_ON,
    number: int = 1,
) -> Withheld:
    """Return a payment as the register has it."""
    profile = PayeeTaxProfile(
        kind=PartyKind.INDIVIDUAL,
        residence=residence,
        is_registered=False,
        treaty_rate_bp=treaty_bp,
        treaty_form_filed_on=filed_on,
    )
    steps = withholding_steps(profile=profile, base_minor=base_minor, paid_on=paid_on)
    return Withheld(
        id=number,
        run="PAY-2026-11",
        statement=f"STM-2026-{number}",
        payee=payee,
        name_ja="南ひかり",
        name_en="Hikari Minami",
        profile=profile,
        decided_on=paid_on,
        paid_on=paid_on,
        currency="JPY",
        amount_minor=base_minor,
        consumption_tax_minor=base_minor // 10,
        base_minor=base_minor,
        withheld_minor=sum(step.amount_minor for step in steps),
        steps=steps,
    )


@pytest.mark.parametrize(
    ("row", "reason", "rates", "amount"),
    [
        (withheld(), WithholdingReason.RESIDENT, (1021,), 102_100),
        (withheld(1_480_000), WithholdingReason.RESIDENT, (1021, 2042), 200_116),  # E4
        (withheld(residence="US"), WithholdingReason.NON_RESIDENT, (2042,), 204_200),
        # Filed by the day before payment.
        (
            withheld(residence="KR", treaty_bp=1_000, filed_on=date(2026, 12, 24)),
            WithholdingReason.TREATY,
            (1000,),
            100_000,
        ),
        # A day late.
        (
            withheld(residence="KR", treaty_bp=1_000, filed_on=date(2026, 12, 25)),
            WithholdingReason.TREATY_FORM_LATE,
            (2042,),
            204_200,
        ),
        (
            withheld(residence="KR", treaty_bp=1_000),
            WithholdingReason.TREATY_FORM_MISSING,
            (2042,),
            204_200,
        ),
        # Nothing is withheld, and the register says why.
        (
            withheld(residence="US", treaty_bp=0, filed_on=date(2026, 12, 1)),
            WithholdingReason.TREATY,
            (0,),
            0,
        ),
    ],
)
def test_a_row_says_by_which_law_and_rates_it_was_taxed(
    row: Withheld, reason: WithholdingReason, rates: tuple[int, ...], amount: int
) -> None:
    assert (row.reason, row.rates_bp, row.withheld_minor) == (reason, rates, amount)


@pytest.mark.parametrize(
    ("month", "due_on"),
    [
        (Month(2026, 10), date(2026, 11, 10)),
        (Month(2026, 12), date(2027, 1, 12)),  # The 10th is a Sunday, the 11th a holiday.
        (Month(2027, 6), date(2027, 7, 12)),  # A Saturday.
        (Month(2027, 12), date(2028, 1, 11)),  # A holiday.
    ],
)
def test_a_slip_is_due_on_the_tenth_or_the_next_banking_day(month: Month, due_on: date) -> None:
    (slip,) = slips([total(month)], remitted=[], is_banking_day=is_open_for_banking)
    assert slip.due_on == due_on
    assert (slip.open_minor, slip.is_overdue(due_on), slip.is_late) == (100, False, False)


def total(month: Month, scope: WithholdingScope = RESIDENT) -> SlipTotal:
    return SlipTotal(
        month=month,
        scope=scope,
        currency="JPY",
        payment_count=1,
        amount_minor=1_000,
        withheld_minor=100,
    )


def remitted(month: Month, scope: WithholdingScope, on: date) -> Remitted:
    return Remitted(
        month=month,
        scope=scope,
        currency="JPY",
        amount_minor=100,
        remitted_on=on,
        reference="",
        recorded_by="keiri",
    )


def test_residents_and_payees_abroad_have_slips_of_their_own() -> None:
    month = Month(2026, 12)
    late = remitted(month, ABROAD, date(2027, 1, 13))
    found = slips(
        [total(month), total(month, ABROAD)], remitted=[late], is_banking_day=is_open_for_banking
    )
    assert [(slip.total.scope, slip.open_minor, slip.is_late) for slip in found] == [
        (ABROAD, 0, True),
        (RESIDENT, 100, False),
    ]
    assert found[1].is_overdue(date(2027, 1, 13))


def test_what_came_back_after_it_was_remitted_is_set_off_against_the_next_slip() -> None:
    december, january, february = Month(2026, 12), Month(2027, 1), Month(2027, 2)
    totals = [
        total(december),
        replace(total(january), withheld_minor=-100),  # The payment of December came back.
        replace(total(february), withheld_minor=250),
    ]
    done = [remitted(december, RESIDENT, date(2027, 1, 12))]
    found = slips(totals, remitted=done, is_banking_day=is_open_for_banking)
    assert [(slip.open_minor, slip.excess_minor, slip.carried_minor) for slip in found] == [
        (0, 0, 0),
        (0, 100, 0),
        (150, 0, 100),
    ]
    assert sum(slip.open_minor for slip in found) == sum(t.withheld_minor for t in totals) - 100


@pytest.mark.parametrize(
    ("amount", "is_reported"),
    [(50_000, False), (50_001, True)],  # Above, not from, fifty thousand.
)
def test_a_resident_is_reported_above_the_threshold(amount: int, is_reported: bool) -> None:
    (year,) = annual_totals([withheld(amount)])
    assert year.is_reported is is_reported


def test_whether_payees_abroad_are_reported_is_not_said() -> None:
    (year,) = annual_totals([withheld(residence="US")])
    assert year.is_reported is None


PAYMENTS = st.lists(
    st.tuples(
        st.integers(0, 3_000_000),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["JP", "US"]),
        st.dates(date(2025, 12, 1), date(2027, 1, 31)),
    ),
    max_size=12,
)


@given(PAYMENTS)
def test_years_lose_no_yen_and_no_payment(drawn: list[tuple[int, str, str, date]]) -> None:
    rows = [
        withheld(base, payee=payee, residence=residence, paid_on=on, number=number)
        for number, (base, payee, residence, on) in enumerate(drawn)
    ]
    years = annual_totals(reversed(rows))
    assert years == annual_totals(rows)
    assert sum(each.withheld_minor for each in years) == sum(row.withheld_minor for row in rows)
    assert sum(each.amount_minor for each in years) == sum(row.amount_minor for row in rows)
    assert sum(each.payment_count for each in years) == len(rows)
    keys = [(each.year, each.payee, each.scope) for each in years]
    assert keys == sorted(set(keys))
