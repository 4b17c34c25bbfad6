"""
What a contract says of a share of revenue: how much, of what, in which currency, at which rate.

The share stands beside the rate card of a version of the terms: a month of a grant earns what its
units earn, or the share of what the firm took in, whichever is more. The firm states its revenue
once for each month (:mod:`ledger.core.revenue_report`). That is not the revenue of a single
event, which a line of the rate card may be a percentage of (``pct_revenue``).
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ledger.core.exchange import FxRule


class RevenueBase(StrEnum):
    """What the percentage is of; the contract says what that is made up of."""

    NET_REVENUE = "net_revenue"
    GROSS_REVENUE = "gross_revenue"


@dataclass(frozen=True, kw_only=True)
class RevenueTerms:
    """
    The percentage of a month's revenue that the units of a grant must at least come to.

    ``currency`` is that of the revenue. Where the terms are in another, the contract names whose
    exchange rates count and which day's.
    """

    percent: Decimal
    base: RevenueBase
    currency: str
    fx_source: str | None = None
    fx_rule: FxRule | None = None
