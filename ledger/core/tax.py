"""
Consumption tax and withholding: what one supply or one payment bears, and why.

Every rate comes from :mod:`ledger.core.tax_tables` for the day concerned. Results carry the
steps that led to them, so that a document can print each figure beside its base and rate.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from ledger.core.money import BASIS_POINTS, Rounding, round_to_minor, take_bp
from ledger.core.refusal import Refusal
from ledger.core.registration import PartyKind
from ledger.core.tax_tables import (
    CONSUMPTION_TAX_RATES,
    TRANSITIONAL_CREDITS,
    TREATY_RATES,
    WITHHOLDING_BRACKETS,
    RateNotKnown,
    Treatment,
    TreatyRate,
    WithholdingScope,
    row_in_force,
)

#: ISO 3166-1 alpha-2.
JAPAN = "JP"


class NotACountryCode(Refusal):
    """The text is not an ISO 3166-1 code; "jp" would quietly become a foreign country."""

    code = "not_a_country_code"
    field = "country"

    def __init__(self, value: str) -> None:
        super().__init__(value=value)


class PaymentIsNegative(ValueError):
    """Tax was asked for on a balance below zero, which is carried and not paid."""

    def __init__(self, balance_minor: int) -> None:
        super().__init__(f"a balance of {balance_minor} cannot be paid; carry it")
        self.balance_minor = balance_minor


class StepCode(StrEnum):
    """What a step of the tax on a payment states. Documents word each of them."""

    SUPPLY_TAXED = "supply_taxed"
    SUPPLY_UNREGISTERED = "supply_unregistered"
    SUPPLY_OUTSIDE_SCOPE = "supply_outside_scope"
    TAX_PASSED_THROUGH = "tax_passed_through"
    WITHHOLDING_NOT_FOR_COMPANIES = "withholding_not_for_companies"
    WITHHOLDING_RESIDENT = "withholding_resident"
    WITHHOLDING_NON_RESIDENT = "withholding_non_resident"
    WITHHOLDING_TREATY = "withholding_treaty"
    TREATY_FORM_NOT_IN_TIME = "treaty_form_not_in_time"


class WithholdingBase(StrEnum):
    """Of what income tax is withheld from a resident: a term of the payee (平元直法6-1)."""

    EXCLUDING_TAX = "excluding_tax"  # The payee shows consumption tax separately.
    INCLUDING_TAX = "including_tax"  # It does not, so the tax is part of what is paid.


@dataclass(frozen=True, kw_only=True)
class PayeeTaxProfile:
    """
    What decides the tax on a payment, as it stands on the day of payment.

    ``residence`` is the country (ISO 3166-1 alpha-2) where a person lives or a company has its
    head office. A treaty rate works only with the day on which the relief form was filed.

    :raises NotACountryCode: the residence is not two capital letters.
    """

    kind: PartyKind
    residence: str
    is_registered: bool
    treaty_rate_bp: int | None = None
    treaty_form_filed_on: date | None = None
    withholding_base: WithholdingBase = WithholdingBase.EXCLUDING_TAX

    def __post_init__(self) -> None:
        check_country(self.residence)

    @property
    def is_domestic(self) -> bool:
        """Whether Japan taxes the payee as its own."""
        return self.residence == JAPAN

    @property
    def bears_withholding(self) -> bool:
        """Whether income tax is withheld from royalties: from all but domestic companies."""
        return not (self.is_domestic and self.kind == PartyKind.COMPANY)

    def treaty_rate_on(self, paid_on: date) -> int | None:
        """Return the treaty rate, if its form came by the day before (実施特例省令2条)."""
        filed_on = self.treaty_form_filed_on
        return self.treaty_rate_bp if filed_on is not None and filed_on < paid_on else None


@dataclass(frozen=True, kw_only=True)
class TaxStep:
    """One figure of the explanation: ``amount_minor`` is ``rate_bp`` of ``base_minor``."""

    code: StepCode
    base_minor: int
    rate_bp: int | None  # None when the amount was handed on, not computed.
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class PayoutTax:
    """The tax on one payment to one payee, in whole yen."""

    balance_minor: int  # tax-exclusive: supplies and what is passed through
    supply_tax_minor: int
    passthrough_tax_minor: int
    withholding_base_minor: int  # 0 when nothing can be withheld from this payee
    withholding_minor: int
    steps: tuple[TaxStep, ...]

    @property
    def consumption_tax_minor(self) -> int:
        """Consumption tax paid out with the balance."""
        return self.supply_tax_minor + self.passthrough_tax_minor

    @property
    def payout_minor(self) -> int:
        """What the payee receives."""
        return self.balance_minor + self.consumption_tax_minor - self.withholding_minor


def consumption_tax_rate_bp(*, on: date, treatment: Treatment = Treatment.STANDARD) -> int:
    """
    Return the rate of a taxed treatment in force on the day of supply.

    :raises RateNotKnown: the treatment has no rate on that day.
    """
    rows = (row for row in CONSUMPTION_TAX_RATES if row.treatment == treatment)
    return row_in_force(rows, rate=f"consumption_tax.{treatment}", on=on).rate_bp


def consumption_tax(
    *, taxable_minor: int, rate_bp: int, rounding: Rounding = Rounding.TRUNCATE
) -> int:
    """
    Return the tax on a tax-exclusive total, rounded once (消費税法施行令70条の10).

    >>> consumption_tax(taxable_minor=315, rate_bp=1000)
    31
    """
    return take_bp(taxable_minor, rate_bp, rounding)


def consumption_tax_within(
    *, inclusive_minor: int, rate_bp: int, rounding: Rounding = Rounding.TRUNCATE
) -> int:
    """
    Return the tax contained in a tax-inclusive total, rounded once.

    >>> consumption_tax_within(inclusive_minor=60_000, rate_bp=1000)
    5454
    """
    exact = Fraction(inclusive_minor * rate_bp, BASIS_POINTS + rate_bp)
    return round_to_minor(exact, rounding)


def cumulative_supply_tax(*, carried_minor: int, added_minor: int, rate_bp: int) -> int:
    """
    Return the tax that an addition brings to a balance that is taxed as one amount.

    Taxing each month by itself would lose up to a yen a month against the tax on the payment;
    the increments of the running total add up to it exactly.

    >>> cumulative_supply_tax(carried_minor=9, added_minor=1, rate_bp=1000)
    1
    """
    before = consumption_tax(taxable_minor=carried_minor, rate_bp=rate_bp)
    after = consumption_tax(taxable_minor=carried_minor + added_minor, rate_bp=rate_bp)
    return after - before


def treaty_rate(*, country: str, on: date) -> TreatyRate | None:
    """
    Return what the treaty with a country allows, with its confidence; None without a treaty row.

    This is to propose and to check a claim. A payment uses the rate of the filed form.

    :raises NotACountryCode: the country is not two capital letters.
    """
    check_country(country)
    return next((row for row in TREATY_RATES if row.country == country and row.covers(on)), None)


def transitional_credit_percent(completed_on: date) -> int:
    """
    Return how much of an unregistered supplier's tax may be credited, by the day of completion.

    A service that spans a change is judged whole by the day on which it was completed.

    :raises RateNotKnown: the day is before consumption tax existed.
    """
    return row_in_force(TRANSITIONAL_CREDITS, rate="transitional_credit", on=completed_on).percent


def payout_tax(
    *,
    profile: PayeeTaxProfile,
    supplies_minor: int,
    paid_on: date,
    passthrough_minor: int = 0,
    passthrough_tax_minor: int = 0,
) -> PayoutTax:
    """
    Compute the taxes on one payment of a tax-exclusive balance in yen.

    ``supplies_minor`` is what the payee supplied to us: a registered domestic payee receives
    tax on it. ``passthrough_minor`` is money held for the payee, and ``passthrough_tax_minor``
    the tax received with it, handed on as it is. Income tax is withheld from individuals and
    from payees abroad, once per payment (所得税法204条, 205条, 212条, 213条), on the
    tax-exclusive amount unless the payee's tax is not shown separately (平元直法6-1). To a payee
    abroad no consumption tax is due, so what is handed on as tax is part of the base.

    :raises PaymentIsNegative: the balance is below zero.
    :raises RateNotKnown: the tables have no rate for the day of payment.
    """
    balance = supplies_minor + passthrough_minor
    if balance < 0:
        raise PaymentIsNegative(balance)
    supply = _supply_step(profile, supplies_minor, paid_on)
    is_apart = profile.is_domestic and profile.withholding_base is WithholdingBase.EXCLUDING_TAX
    tax_in_base = 0 if is_apart else supply.amount_minor + passthrough_tax_minor
    base = max(0, balance + tax_in_base) if profile.bears_withholding else 0
    withheld = tuple(_withholding_steps(profile, base, paid_on))
    return PayoutTax(
        balance_minor=balance,
        supply_tax_minor=supply.amount_minor,
        passthrough_tax_minor=passthrough_tax_minor,
        withholding_base_minor=base,
        withholding_minor=sum(step.amount_minor for step in withheld),
        steps=(supply, *_passed_steps(passthrough_minor, passthrough_tax_minor), *withheld),
    )


def withholding_steps(
    *, profile: PayeeTaxProfile, base_minor: int, paid_on: date
) -> tuple[TaxStep, ...]:
    """
    Return how one payment's base is taxed at the source, bracket by bracket, with the reason.

    :raises RateNotKnown: the tables have no rate for the day of payment.
    """
    return tuple(_withholding_steps(profile, base_minor, paid_on))


def _supply_step(profile: PayeeTaxProfile, supplies_minor: int, paid_on: date) -> TaxStep:
    if not profile.is_domestic:
        return _step(StepCode.SUPPLY_OUTSIDE_SCOPE, supplies_minor)
    if not profile.is_registered:
        return _step(StepCode.SUPPLY_UNREGISTERED, supplies_minor)
    return _step(StepCode.SUPPLY_TAXED, supplies_minor, consumption_tax_rate_bp(on=paid_on))


def _passed_steps(passthrough_minor: int, tax_minor: int) -> Iterator[TaxStep]:
    if passthrough_minor or tax_minor:
        code = StepCode.TAX_PASSED_THROUGH
        yield TaxStep(code=code, base_minor=passthrough_minor, rate_bp=None, amount_minor=tax_minor)


def _withholding_steps(profile: PayeeTaxProfile, base_minor: int, on: date) -> Iterator[TaxStep]:
    treaty_rate_bp = profile.treaty_rate_on(on)
    if not profile.bears_withholding:
        yield _step(StepCode.WITHHOLDING_NOT_FOR_COMPANIES)
    elif profile.is_domestic:
        scope = WithholdingScope.RESIDENT_INDIVIDUAL
        yield from _bracket_steps(StepCode.WITHHOLDING_RESIDENT, scope, base_minor, on)
    elif treaty_rate_bp is not None:
        yield _step(StepCode.WITHHOLDING_TREATY, base_minor, treaty_rate_bp)
    else:
        if profile.treaty_rate_bp is not None:
            yield _step(StepCode.TREATY_FORM_NOT_IN_TIME)
        scope = WithholdingScope.NON_RESIDENT
        yield from _bracket_steps(StepCode.WITHHOLDING_NON_RESIDENT, scope, base_minor, on)


def _bracket_steps(
    code: StepCode, scope: WithholdingScope, base_minor: int, on: date
) -> Iterator[TaxStep]:
    rows = [row for row in WITHHOLDING_BRACKETS if row.scope == scope and row.covers(on)]
    if not rows:
        raise RateNotKnown(f"withholding.{scope}", on)
    tops = [*(row.above_minor for row in rows[1:]), base_minor]
    for row, top in zip(rows, tops, strict=True):
        part = min(base_minor, top) - row.above_minor
        if part > 0:
            yield _step(code, part, row.rate_bp)


def _step(code: StepCode, base_minor: int = 0, rate_bp: int | None = None) -> TaxStep:
    amount_minor = take_bp(base_minor, rate_bp or 0)
    return TaxStep(code=code, base_minor=base_minor, rate_bp=rate_bp, amount_minor=amount_minor)


def check_country(value: str) -> None:
    """
    Make sure that a country is written as it is in ISO 3166-1.

    :raises NotACountryCode: it is not two capital letters.
    """
    if not (len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()):
        raise NotACountryCode(value)
