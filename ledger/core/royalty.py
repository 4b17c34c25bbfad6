"""
The charge for a quantity under one rate line, exact, with the steps that led to it.

A quantity is totalled first and multiplied once; tiers look at the cumulative counter. The
result stays an exact fraction of minor units until the statement line rounds it, once
(DOMAIN section 2: rounding per event would pay 89 where 90 is owed).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from ledger.core.money import Rounding, allocate, exponent_of, round_to_minor
from ledger.core.terms import UNIT_OF_BASIS, Basis, RateLine, Tier, TierMode


@dataclass(frozen=True, kw_only=True)
class ChargeStep:
    """One multiplication: so much quantity at such a rate gives such an exact amount."""

    #: "unit", "tier", "whole_volume", "package", "billed_before", "revenue" or "fixed"; then
    #: "event_floor" and "stacking_cap" (how many events), "overage_at_rate" and "overage" (what
    #: lies beyond a quota), and "minimum" or "cap".
    code: str
    quantity: Decimal | None
    rate: Decimal | None
    exact: Fraction


@dataclass(frozen=True, kw_only=True)
class Charge:
    """An exact amount in minor units, what it is rounded to, and how it came about."""

    exact: Fraction
    amount_minor: int
    rounding: Rounding
    steps: tuple[ChargeStep, ...]

    @property
    def residual(self) -> Fraction:
        """What rounding left over; shown, never lost."""
        return self.exact - self.amount_minor


def charge(
    *,
    line: RateLine,
    quantity: Decimal,
    counter_before: Decimal = Decimal(0),
    currency: str = "JPY",
    rounding: Rounding = Rounding.TRUNCATE,
) -> Charge:
    """
    Price a month's quantity under one rate line.

    ``quantity`` is in the basis's own unit (images, seconds, characters), or net revenue in
    major units of the currency for a percentage; a fixed fee ignores it. ``counter_before``
    is what the tier counter had reached before this month.

    Whole-volume tiers charge everything in the counter's scope at the rate reached, less the
    same calculation for what was counted before (DOMAIN E1: 189,470), so the month in which
    a cheaper tier is reached gives back the difference. Packages are charged alike, each at its
    flat price; nothing used costs nothing.
    """
    steps = rated(line=line, quantity=quantity, counter_before=counter_before, currency=currency)
    return total((*steps, *limits(line=line, steps=steps, is_used=quantity > 0)), rounding=rounding)


def rated(
    *, line: RateLine, quantity: Decimal, counter_before: Decimal, currency: str
) -> tuple[ChargeStep, ...]:
    """Return the steps that price a quantity, before the minimum and the cap of its line."""
    if line.basis is Basis.FIXED_MONTH:
        fee = ChargeStep(code="fixed", quantity=None, rate=line.rate, exact=Fraction(line.rate))
        return (fee,)
    per_rate = _minor_per_rate(line.basis, currency)
    match line.tier_mode:
        case TierMode.NONE:
            code = "revenue" if line.basis is Basis.PCT_REVENUE else "unit"
            return (_step(code, quantity, line.rate, per_rate),)
        case TierMode.MARGINAL:
            return tuple(
                _step("tier", portion, tier.rate, per_rate)
                for tier, portion in _portions(line.tiers, counter_before, quantity)
            )
        case TierMode.WHOLE_VOLUME:
            return _whole_volume_steps(line.tiers, counter_before, quantity, per_rate)
        case TierMode.PACKAGE:
            return _package_steps(line.tiers, counter_before, quantity)


def limits(*, line: RateLine, steps: Iterable[ChargeStep], is_used: bool) -> tuple[ChargeStep, ...]:
    """
    Return the step, if any, that lifts a month to the line's minimum or holds it under its cap.

    Both are of the whole line, whatever its portions. Only a month with any usage is lifted, and
    none that gives back: a minimum says what use costs at least, and takes no refund away.
    """
    exact = sum((step.exact for step in steps), Fraction(0))
    if is_used and 0 <= exact < line.minimum_minor:
        return (_limit("minimum", line.minimum_minor - exact),)
    if line.cap_minor is not None and exact > line.cap_minor:
        return (_limit("cap", line.cap_minor - exact),)
    return ()


def total(steps: Sequence[ChargeStep], *, rounding: Rounding) -> Charge:
    """Add steps up to a charge, rounded once."""
    exact = sum((step.exact for step in steps), Fraction(0))
    return Charge(
        exact=exact,
        amount_minor=round_to_minor(exact, rounding),
        rounding=rounding,
        steps=tuple(steps),
    )


def price(line: RateLine, quantity: Decimal | Fraction, *, currency: str = "JPY") -> Fraction:
    """
    Return what a quantity is at the rate of a line, exact, in minor units.

    That is the whole price only of a line without tiers, and before any floor, cap or minimum.
    """
    return Fraction(quantity) * _unit_price(line.rate, line.basis, currency)


def share_fixed_fee(amount_minor: int, subject_count: int) -> list[int]:
    """Divide a grant's fixed fee over its subjects, equally and to the unit."""
    return allocate(amount_minor, [1] * subject_count)


@cache
def _unit_price(rate: Decimal, basis: Basis, currency: str) -> Fraction:
    """Return what one unit of quantity costs; a rate card has few rates, and usage many prices."""
    return Fraction(rate) * _minor_per_rate(basis, currency)


def _minor_per_rate(basis: Basis, currency: str) -> Fraction:
    """Return what one unit of quantity at rate 1 is in minor units."""
    if basis is Basis.PCT_REVENUE:
        return Fraction(10 ** exponent_of(currency), 100)
    return Fraction(1, UNIT_OF_BASIS[basis][1])


def _step(code: str, quantity: Decimal, rate: Decimal, per_rate: Fraction) -> ChargeStep:
    exact = Fraction(quantity) * Fraction(rate) * per_rate
    return ChargeStep(code=code, quantity=quantity, rate=rate, exact=exact)


def _limit(code: str, exact: Fraction) -> ChargeStep:
    return ChargeStep(code=code, quantity=None, rate=None, exact=exact)


def _portions(
    tiers: Sequence[Tier], before: Decimal, quantity: Decimal
) -> list[tuple[Tier, Decimal]]:
    """
    Cut the quantity where the counter passes a tier's bound.

    One below zero takes back what was charged last: the same portions, the highest first.
    """
    if quantity < 0:
        taken = _portions(tiers, before + quantity, -quantity)
        return [(tier, -portion) for tier, portion in reversed(taken)]
    portions = []
    lower, upper = before, before + quantity
    for tier in tiers:
        reached = upper if tier.up_to is None else min(upper, tier.up_to)
        if reached > lower:
            portions.append((tier, reached - lower))
            lower = reached
    return portions


def _whole_volume_steps(
    tiers: Sequence[Tier], before: Decimal, quantity: Decimal, per_rate: Fraction
) -> tuple[ChargeStep, ...]:
    total = before + quantity
    reached = _step("whole_volume", total, _tier_at(tiers, total).rate, per_rate)
    if before == 0:
        return (reached,)
    billed = _step("billed_before", -before, _tier_at(tiers, before).rate, per_rate)
    return (reached, billed)


def _package_steps(
    tiers: Sequence[Tier], before: Decimal, quantity: Decimal
) -> tuple[ChargeStep, ...]:
    """Charge the package that is reached, less the one that was reached before."""
    return tuple(
        ChargeStep(code=code, quantity=sign * counter, rate=package, exact=sign * Fraction(package))
        for code, sign, counter in (
            ("package", 1, before + quantity),
            ("billed_before", -1, before),
        )
        if counter > 0
        for package in (_tier_at(tiers, counter).rate,)
    )


def _tier_at(tiers: Sequence[Tier], counter: Decimal) -> Tier:
    return next(tier for tier in tiers if tier.up_to is None or counter <= tier.up_to)
