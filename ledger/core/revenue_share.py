"""
Greater-of: a share of the licensee's revenue, where it is more than the price of the units.

The royalty lines of a grant and month stand as they were charged. When the share of revenue is
more, the difference is a top-up, divided over the lines in proportion to what they earned
(DOMAIN section 4, step 7); where none earned anything by its units, in proportion to how often
each was used, and where nothing was used, equally. Revenue that is not reported, or cannot be
exchanged, holds the top-up; it is never taken for nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from ledger.core.exchange import Exchange, minor_units
from ledger.core.explanation import Figure, figure
from ledger.core.money import Rounding, allocate, round_to_minor
from ledger.core.terms import InvalidRateLine

_PERCENT = 100


class TopUpHold(StrEnum):
    """Why it is not known yet whether there is a top-up."""

    REVENUE_UNKNOWN = "revenue_unknown"
    EXCHANGE_RATE_UNKNOWN = "exchange_rate_unknown"


@dataclass(frozen=True, kw_only=True)
class RevenueShare:
    """The part of net revenue that the units of a grant must at least come to, in a month."""

    percent: Decimal
    currency: str = "JPY"
    rounding: Rounding = Rounding.TRUNCATE

    def __post_init__(self) -> None:
        if not 0 < self.percent <= _PERCENT:
            raise InvalidRateLine("revenue_share_percent", "must be above 0, and 100 at most")


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """What a licensee took in, in major units of its currency; None is not known, not nothing."""

    amount: Decimal | None
    currency: str
    exchange: Exchange | None = None  # not needed in the currency of the terms


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What one line of a grant earned by its units, in whole minor units."""

    line: str
    amount_minor: int
    use_count: int = 0  # what is gone by where no line earned anything


@dataclass(frozen=True, kw_only=True)
class TopUp:
    """
    How a grant's month compares with its share of revenue.

    ``parts`` are in the order of the lines and sum to ``top_up_minor``, which is None while the
    top-up is held.
    """

    per_unit_minor: int
    share: Fraction | None  # exact
    top_up_minor: int | None
    parts: tuple[Earned, ...]
    hold: TopUpHold | None
    figures: tuple[Figure, ...]


def greater_of(
    *, terms: RevenueShare, revenues: Sequence[Revenue], lines: Sequence[Earned]
) -> TopUp:
    """
    Compare what a grant's lines earned in a month with the share of revenue.

    The share is added up exactly over all revenues and rounded once, as the terms say.

    :raises ValueError: there is no line to share a top-up over.
    """
    per_unit = sum(line.amount_minor for line in lines)
    hold = _hold(terms, revenues)
    if hold is not None:
        return TopUp(
            per_unit_minor=per_unit, share=None, top_up_minor=None, parts=(), hold=hold, figures=()
        )
    shares = [_share(terms, each) for each in revenues]
    share = sum(shares, Fraction(0))
    top_up = max(0, round_to_minor(share, terms.rounding) - per_unit)
    parts = tuple(
        Earned(line=line.line, amount_minor=part)
        for line, part in zip(lines, _divided(top_up, lines), strict=True)
    )
    return TopUp(
        per_unit_minor=per_unit,
        share=share,
        top_up_minor=top_up,
        parts=parts,
        hold=None,
        figures=(
            *_figures_of_share(terms, revenues, shares),
            figure("revenue_share", share),
            figure("per_unit", per_unit),
            figure("top_up", top_up),
            *(figure("top_up_part", part.amount_minor, about=part.line) for part in parts),
        ),
    )


def _hold(terms: RevenueShare, revenues: Sequence[Revenue]) -> TopUpHold | None:
    if not revenues or any(each.amount is None for each in revenues):
        return TopUpHold.REVENUE_UNKNOWN
    if any(each.exchange is None and each.currency != terms.currency for each in revenues):
        return TopUpHold.EXCHANGE_RATE_UNKNOWN
    return None


def _share(terms: RevenueShare, revenue: Revenue) -> Fraction:
    return _exchanged(terms, revenue) * Fraction(terms.percent) / _PERCENT


def _exchanged(terms: RevenueShare, revenue: Revenue) -> Fraction:
    """Return a revenue in exact minor units of the currency of the terms."""
    assert revenue.amount is not None  # Or it is held.
    rate = _rate(terms, revenue)
    return minor_units(Fraction(revenue.amount) * rate, currency=terms.currency)


def _rate(terms: RevenueShare, revenue: Revenue) -> Fraction:
    if revenue.exchange is None or revenue.currency == terms.currency:
        return Fraction(1)
    return revenue.exchange.rate


def _divided(top_up_minor: int, lines: Sequence[Earned]) -> list[int]:
    earned = [max(0, line.amount_minor) for line in lines]
    used = [max(0, line.use_count) for line in lines]
    weights = next((each for each in (earned, used) if any(each)), [1 for _ in lines])
    return allocate(top_up_minor, weights)


def _figures_of_share(
    terms: RevenueShare, revenues: Sequence[Revenue], shares: Sequence[Fraction]
) -> Iterator[Figure]:
    """Yield each revenue in its currency's major units, in yen, and the share of it."""
    for revenue, share in zip(revenues, shares, strict=True):
        exchanged = _exchanged(terms, revenue)
        yield figure("revenue", Fraction(revenue.amount or 0), about=revenue.currency)
        if revenue.currency != terms.currency:
            yield figure("revenue_exchanged", exchanged, rate=_rate(terms, revenue))
        percent = Fraction(terms.percent) / _PERCENT
        yield figure("share_of_revenue", share, base=exchanged, rate=percent)
