"""
What a grant's quota says: how many units may be used in a period, and what becomes of the rest.

What is done with it is in :mod:`ledger.core.quota`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledger.core.fields import FieldRefusal
from ledger.core.period import contract_year_start
from ledger.core.usage import Unit

_NOTHING = Decimal(0)


class QuotaContradicts(FieldRefusal):
    """A quota holds nothing, or sells overage without a price, or has a price and sells none."""

    code = "quota_contradicts"

    def __init__(self, field: str, value: object) -> None:
        super().__init__(field=field, value=value)


class QuotaPeriod(StrEnum):
    """After what a quota is fresh again."""

    DAY = "day"
    MONTH = "month"
    CONTRACT_YEAR = "contract_year"
    LIFE = "life"


class OnExceed(StrEnum):
    """What becomes of usage beyond a quota."""

    HOLD = "hold"
    REJECT = "reject"
    OVERAGE = "overage"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """
    A limit on what a grant may be used for in a period.

    ``unit`` None counts generations; another counts the quantity of reports in that unit, and
    reports in other units do not count. ``overage_rate`` prices the quantity beyond, in the
    basis of the rate line that prices what is within.

    :raises QuotaContradicts: the units are not above zero; the overage has no price, or a
        price is given where nothing is sold.
    """

    units: Decimal
    period: QuotaPeriod
    on_exceed: OnExceed
    unit: Unit | None = None
    overage_rate: Decimal | None = None

    def __post_init__(self) -> None:
        if not (self.units.is_finite() and self.units > 0):
            raise QuotaContradicts("units", self.units)
        sells = self.on_exceed is OnExceed.OVERAGE
        if sells != (self.overage_rate is not None):
            raise QuotaContradicts("overage_rate", self.overage_rate)
        if self.overage_rate is not None and not 0 <= self.overage_rate < Decimal("Infinity"):
            raise QuotaContradicts("overage_rate", self.overage_rate)

    def counts(self, *, unit: Unit, quantity: Decimal | None) -> Decimal:
        """Return what one generation counts; an unknown quantity counts nothing yet."""
        if self.unit is None:
            return Decimal(1)
        return quantity or _NOTHING if unit is self.unit else _NOTHING

    def remaining(self, used: Decimal) -> Decimal:
        """Return what is left in the period, which is never below nothing."""
        return max(_NOTHING, self.units - used)

    def period_start(self, *, on: date, anniversary: date) -> date | None:
        """Return the first day of the period a day lies in; a life has none."""
        match self.period:
            case QuotaPeriod.DAY:
                return on
            case QuotaPeriod.MONTH:
                return on.replace(day=1)
            case QuotaPeriod.CONTRACT_YEAR:
                return contract_year_start(anniversary=anniversary, on=on)
            case QuotaPeriod.LIFE:
                return None
