"""
What a firm says that it took in under a grant in a month, which a share of revenue is of.

It is said in a whole amount for the month, whatever single generations reported
(``net_revenue`` of an event is what a ``pct_revenue`` line is a percentage of). A later version
takes the place of the one before, which stays. One that comes after its month was closed is
counted by the next closing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ledger.core.fields import (
    CurrencyUnknown,
    FieldRefusal,
    NumberOutOfRange,
    check_exact,
    check_list,
    check_whole,
)
from ledger.core.money import CURRENCY_EXPONENTS
from ledger.core.period import Month
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.top_up import Comparison

#: The largest place of a grant in its license.
GRANT_MAX = 10_000


class RevenueGrantUnknown(FieldRefusal):
    """The firm has no license of this reference, or the license no such grant."""

    code = "revenue_grant_unknown"


class RevenueNotAsked(FieldRefusal):
    """The terms of a grant have no share of revenue in the month."""

    code = "revenue_not_asked"


class RevenueCurrencyDiffers(FieldRefusal):
    """Revenue is stated in another currency than the contract names."""

    code = "revenue_currency_differs"


@dataclass(frozen=True, kw_only=True)
class NewRevenue:
    """What a firm sends: its revenue under one grant, which is named by its place."""

    license: str
    amount: str | int | Decimal  # in major units
    currency: str
    grant: int = 0


@dataclass(frozen=True, kw_only=True)
class StatedRevenue:
    """Revenue that was read."""

    license: str
    grant: int
    amount: Decimal
    currency: str
    field: str  # the path of what was sent


@dataclass(frozen=True, kw_only=True)
class RevenueVersion:
    """One version of what a firm stated; the last one counts."""

    version: int
    amount: Decimal
    currency: str
    reported_at: datetime
    reported_by: str  # the firm, or whoever entered it on its behalf
    counted_month: date


@dataclass(frozen=True, kw_only=True)
class GrantRevenue:
    """How a grant's month stands: its terms, what was stated, and what closings compared."""

    license: str
    grant: int
    share: RevenueTerms
    versions: tuple[RevenueVersion, ...]  # the first one first
    comparisons: tuple[Comparison, ...]  # the first closing's first

    @property
    def latest(self) -> RevenueVersion | None:
        """What counts; None while nothing is stated."""
        return self.versions[-1] if self.versions else None


@dataclass(frozen=True, kw_only=True)
class RevenueMonth:
    """A firm's month: every grant that has a share of revenue in it."""

    licensee: str
    month: Month
    is_closed: bool
    counted_month: Month  # the closing that would count what is stated now
    grants: tuple[GrantRevenue, ...]


def read_revenues(new: tuple[NewRevenue, ...]) -> tuple[StatedRevenue, ...]:
    """
    Read what a firm states.

    :raises ListEmpty, ListedTwice: there is none, or two for one grant.
    :raises NumberNotExact, NumberTooLong, NumberOutOfRange: an amount is no exact amount, or below
        zero.
    :raises CurrencyUnknown: the book does not know a currency.
    """
    read = tuple(_read(each, f"revenues.{index}") for index, each in enumerate(new))
    check_list([f"{each.license}/{each.grant}" for each in read], field="revenues")
    return read


def _read(new: NewRevenue, path: str) -> StatedRevenue:
    amount = check_exact(new.amount, field=f"{path}.amount")
    if amount < 0:
        raise NumberOutOfRange(field=f"{path}.amount", value=new.amount, least=0, most="1E+30")
    if new.currency not in CURRENCY_EXPONENTS:
        raise CurrencyUnknown(field=f"{path}.currency", value=new.currency)
    return StatedRevenue(
        license=new.license,
        grant=check_whole(new.grant, field=f"{path}.grant", most=GRANT_MAX),
        amount=amount,
        currency=new.currency,
        field=path,
    )


def check_share(stated: StatedRevenue, share: RevenueTerms | None, *, month: Month) -> RevenueTerms:
    """
    Make sure that a grant has a share of what was stated for a month.

    :raises RevenueNotAsked: its terms have none.
    :raises RevenueCurrencyDiffers: the contract names another currency.
    """
    if share is None:
        raise RevenueNotAsked(
            field=f"{stated.field}.license", value=stated.license, grant=stated.grant, month=month
        )
    if stated.currency != share.currency:
        raise RevenueCurrencyDiffers(
            field=f"{stated.field}.currency", value=stated.currency, agreed=share.currency
        )
    return share
