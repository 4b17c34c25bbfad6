"""A month's revenue: what you took in, and how closings compared it with your use."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

from msgspec import Struct

from api.client.calls import Call, json_call, reader
from api.client.generation import Quantity, check_exact


class Revenue(Struct, frozen=True, kw_only=True):
    """What you took in under a grant in a month, in major units of the terms' currency."""

    license: str
    amount: Quantity
    currency: str
    grant: int = 0


class RevenueTerms(Struct, frozen=True, kw_only=True):
    """The share of a month's revenue that the units of a grant at least come to."""

    percent: Decimal
    base: str
    currency: str
    fx_source: str | None
    fx_rule: str | None


class RevenueVersion(Struct, frozen=True, kw_only=True):
    """One version of what you stated; the last one counts."""

    version: int
    amount: Decimal
    currency: str
    reported_at: datetime
    counted_month: str
    reported_by: str = ""


class RevenueComparison(Struct, frozen=True, kw_only=True):
    """What a closing compared; ``rate`` and ``share`` are whole numbers or fractions, as text."""

    closing_month: str
    currency: str
    per_unit_minor: int
    revenue_version: int | None
    revenue: Decimal | None
    rate: str | None
    rate_days: tuple[date, ...]
    rate_asked_on: date | None
    is_rate_carried: bool | None
    share: str | None
    greater: Literal["units", "share"] | None
    top_up_minor: int | None
    hold: str | None


class GrantRevenue(Struct, frozen=True, kw_only=True):
    """One grant: its share of revenue, what you stated, and what came of it."""

    license: str
    grant: int
    terms: RevenueTerms
    state: Literal["unstated", "stated", "held", "compared"]
    versions: tuple[RevenueVersion, ...]
    comparisons: tuple[RevenueComparison, ...]


class RevenueMonth(Struct, frozen=True, kw_only=True):
    """A month: every grant whose terms have a share of revenue in it."""

    licensee: str
    month: str
    is_closed: bool
    counted_month: str
    revenues: tuple[GrantRevenue, ...]


_read = reader(RevenueMonth)


def state_revenue_call(month: str, revenues: Sequence[Revenue]) -> Call[RevenueMonth]:
    """
    Return the request that states a month's revenue; stating the same again changes nothing.

    :raises GenerationInvalid: an amount is a float.
    """
    told: list[dict[str, Any]] = []
    for each in revenues:
        check_exact(each.amount, field="amount")
        told.append(
            {
                "license": each.license,
                "grant": each.grant,
                "amount": each.amount,
                "currency": each.currency,
            }
        )
    return json_call("PUT", _path(month), {"revenues": told}, read=_read)


def revenue_call(month: str) -> Call[RevenueMonth]:
    """Return the request for a month's revenue as it stands."""
    return Call(path=_path(month), read=_read)


def _path(month: str) -> str:
    return f"/v1/reports/{quote(month, safe='')}/revenue"
