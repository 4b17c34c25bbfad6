"""A share of revenue as it is sent with the terms of an offer."""

from pydantic import Field

from api.sent_values import Amount, Body, Currency, Text, exact
from ledger.core.exchange import FxRule
from ledger.core.revenue_agreement import NewRevenueShare
from ledger.core.revenue_terms import RevenueBase


class NewRevenueShareBody(Body):
    """A share of a month's revenue, which the units of a grant at least come to."""

    percent: Amount
    base: RevenueBase | None = Field(
        default=None, description="What of the revenue the percentage is of; has to be said"
    )
    currency: Currency | None = Field(
        default=None, description="In which the firm states its revenue; has to be said"
    )
    fx_source: Text | None = Field(
        default=None,
        description="Whose exchange rates count, where the terms are in another currency",
        examples=["ecb"],
    )
    fx_rule: FxRule | None = Field(
        default=None, description="Which day's rate of the month counts, then"
    )


def revenue_share(body: NewRevenueShareBody | None) -> NewRevenueShare | None:
    """Return a share of revenue as the book takes it."""
    if body is None:
        return None
    return NewRevenueShare(
        percent=exact(body.percent),
        base=body.base,
        currency=body.currency,
        fx_source=body.fx_source,
        fx_rule=body.fx_rule,
    )
