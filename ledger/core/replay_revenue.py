"""
Shares of revenue in a replay: compared month by month, with what was stated, on both sides.

What counts is the last that firms stated, and the rate that closings went by; a month that no
closing compared goes by the rate that the terms mean. What is not known adds nothing on either
side, because a replay charges nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ledger.core.closing import RoyaltyLine
from ledger.core.counter import ClosingTerms
from ledger.core.exchange import Exchange, FxRate, find_exchange
from ledger.core.money import NotADecimal, parse_decimal
from ledger.core.period import Month
from ledger.core.replay_refusal import (
    ReplayChangesNothing,
    ReplayLicenseUnknown,
    ReplayValueWrong,
)
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.terms import License, TermsVersion
from ledger.core.top_up import (
    Comparison,
    GrantMonth,
    ReportedRevenue,
    add_up,
    share_revenue,
    shares_of,
)

_PERCENT_MAX = 100


@dataclass(frozen=True, kw_only=True)
class ChangedShare:
    """A license with a share of revenue, and another percentage of it; 0 takes it away."""

    license: str
    percent: str | int | Decimal


@dataclass(frozen=True, kw_only=True)
class StatedRevenues:
    """What firms stated for the months of a replay, what closings compared, and known rates."""

    reported: Sequence[ReportedRevenue] = ()
    compared: Sequence[Comparison] = ()
    rates: Sequence[FxRate] = ()


def topped_up(
    month: Month,
    terms: ClosingTerms,
    lines: Sequence[RoyaltyLine],
    stated: StatedRevenues,
) -> tuple[RoyaltyLine, ...]:
    """
    Return a month's lines with the top-ups that they lack to shares of revenue.

    ``terms`` are all that are known by now, so that those agreed for the past count in it.
    """
    if not shares_of(terms, month):
        return tuple(lines)
    known = _known_at_once(terms)

    def find(of: GrantMonth, share: RevenueTerms, currency: str) -> Exchange | None:
        if share.fx_source is None or share.fx_rule is None:
            return None
        return find_exchange(
            stated.rates,
            source=share.fx_source,
            currency=share.currency,
            into=currency,
            month=Month.of_day(of.month),
            rule=share.fx_rule,
        )

    shared = share_revenue(
        month=month,
        since=month,
        terms=known,
        charged=add_up(known, lines),
        reported=stated.reported,
        before=stated.compared,
        find_exchange=find,
    )
    return (*lines, *shared.lines)


def changed_shares(terms: ClosingTerms, changes: Iterable[ChangedShare]) -> ClosingTerms:
    """
    Return terms with other percentages of revenue.

    :raises ReplayLicenseUnknown: a license is not in the book.
    :raises ReplayValueWrong: a percentage is no number from 0 to 100.
    :raises ReplayChangesNothing: a license has no share of revenue, or has that one.
    """
    for change in changes:
        percent = _percent(change)
        if all(each.reference != change.license for each in terms.licenses):
            raise ReplayLicenseUnknown(value=change.license)
        licenses = tuple(
            _license(each, percent) if each.reference == change.license else each
            for each in terms.licenses
        )
        if licenses == terms.licenses:
            raise ReplayChangesNothing(value=change.license)
        terms = replace(terms, licenses=licenses)
    return terms


def _percent(change: ChangedShare) -> Decimal:
    try:
        percent = parse_decimal(change.percent)
    except NotADecimal as wrong:
        raise ReplayValueWrong(value=change.license, problem=str(wrong)) from None
    if not 0 <= percent <= _PERCENT_MAX:
        raise ReplayValueWrong(value=change.license, problem="percent: from 0 to 100")
    return percent


def _license(license_: License, percent: Decimal) -> License:
    grants = (
        replace(grant, versions=tuple(_version(each, percent) for each in grant.versions))
        for grant in license_.grants
    )
    return replace(license_, grants=tuple(grants))


def _version(version: TermsVersion, percent: Decimal) -> TermsVersion:
    if version.revenue_share is None:
        return version
    share = replace(version.revenue_share, percent=percent) if percent else None
    return replace(version, revenue_share=share)


def _known_at_once(terms: ClosingTerms) -> ClosingTerms:
    """Return terms of which a month's comparison knows all, whenever they were agreed."""
    licenses = tuple(
        replace(
            license_,
            grants=tuple(
                replace(
                    grant,
                    versions=tuple(replace(each, counted_month=None) for each in grant.versions),
                )
                for grant in license_.grants
            ),
        )
        for license_ in terms.licenses
    )
    return replace(terms, licenses=licenses)
