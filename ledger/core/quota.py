"""
Quotas: how much of a grant may be used in a period, and what becomes of what is beyond.

Events count in the order in which they come. One that does not fit what remains is beyond the
quota whole, because half a generation cannot be taken back, and counts nothing; a smaller one
after it may still fit. Where the terms sell overage, everything counts and the part beyond has
a price of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ledger.core.explanation import Figure, figure
from ledger.core.money import add_exactly
from ledger.core.quota_terms import OnExceed, Quota, QuotaContradicts, QuotaPeriod
from ledger.core.royalty import ChargeStep, price
from ledger.core.terms import UNIT_OF_BASIS, RateLine

#: The words of a quota are in :mod:`ledger.core.quota_terms`, and are used from here.
__all__ = [
    "Measured",
    "OnExceed",
    "Quota",
    "QuotaContradicts",
    "QuotaPeriod",
    "check_counted",
    "check_overage",
    "measure",
    "overage_steps",
]

_NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What became of some events under a quota, by their places in the order they came."""

    beyond: tuple[int, ...]  # places of events that exceed; none of them where overage is sold
    used_before: Decimal
    used_after: Decimal
    overage: Decimal  # how much of what is used now lies beyond, where overage is sold

    @property
    def figures(self) -> tuple[Figure, ...]:
        """How the quota stood, and what of it was used."""
        return (
            figure("quota_used_before", self.used_before),
            figure("quota_used", self.used_after - self.used_before),
            figure("quota_overage", self.overage),
        )


def measure(quota: Quota, *, used_before: Decimal, counts: Sequence[Decimal]) -> Measured:
    """
    Tell which events exceed a quota; ``counts`` is what each counts, in the order they came.

    ``used_before`` is what was used of the quota since its period began.
    """
    together = add_exactly([used_before, *counts])
    if quota.on_exceed is OnExceed.OVERAGE:
        overage = max(_NOTHING, together - max(quota.units, used_before))
        return Measured(beyond=(), used_before=used_before, used_after=together, overage=overage)
    if together <= quota.units:
        return Measured(beyond=(), used_before=used_before, used_after=together, overage=_NOTHING)
    used, beyond = _one_by_one(quota, used_before, counts)
    return Measured(beyond=beyond, used_before=used_before, used_after=used, overage=_NOTHING)


def overage_steps(
    quota: Quota, *, line: RateLine, overage: Decimal, currency: str = "JPY"
) -> tuple[ChargeStep, ...]:
    """
    Return the steps that take a quantity beyond a quota from the line's rate to its own price.

    They are added to the line's own steps for the whole quantity, so that both prices are seen.
    """
    assert quota.overage_rate is not None  # Only overage that is sold is charged.
    if not overage:
        return ()
    beyond = replace(line, rate=quota.overage_rate)
    return (
        ChargeStep(
            code="overage_at_rate",
            quantity=-overage,
            rate=line.rate,
            exact=-price(line, overage, currency=currency),
        ),
        ChargeStep(
            code="overage",
            quantity=overage,
            rate=beyond.rate,
            exact=price(beyond, overage, currency=currency),
        ),
    )


def check_overage(quota: Quota, lines: Iterable[RateLine]) -> None:
    """
    Make sure that the part beyond a quota can be priced apart from what is within.

    :raises QuotaContradicts: overage is sold on a line with tiers, which has no one rate; or it
        is counted in generations, or in another unit than the line's.
    """
    if quota.on_exceed is not OnExceed.OVERAGE:
        return
    for line in lines:
        if line.tiers:
            raise QuotaContradicts("overage_rate", line.tier_mode)
        if line.basis not in UNIT_OF_BASIS or UNIT_OF_BASIS[line.basis][0] is not quota.unit:
            raise QuotaContradicts("unit", line.basis)


def check_counted(quota: Quota, lines: Iterable[RateLine]) -> None:
    """
    Make sure that what a quota counts can be told from the totals of rate lines.

    :raises QuotaContradicts: it is counted in a unit, and a line charges a share of revenue or a
        fixed fee, whose totals have none; or overage is sold by the day, and a month has many.
    """
    if quota.on_exceed is OnExceed.OVERAGE and quota.period is QuotaPeriod.DAY:
        raise QuotaContradicts("period", quota.period)
    if quota.unit is not None:
        for line in lines:
            if line.basis not in UNIT_OF_BASIS:
                raise QuotaContradicts("unit", line.basis)
    check_overage(quota, lines)


def _one_by_one(
    quota: Quota, used: Decimal, counts: Iterable[Decimal]
) -> tuple[Decimal, tuple[int, ...]]:
    beyond = []
    for place, count in enumerate(counts):
        after = add_exactly([used, count])
        if count and after > quota.units:
            beyond.append(place)
        else:
            used = after
    return used, tuple(beyond)
