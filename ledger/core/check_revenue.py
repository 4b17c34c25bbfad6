"""Checks of shares of revenue: every comparison follows again from what it says it went by."""

from collections.abc import Iterable, Iterator
from datetime import date

from ledger.core.closing import Cause, RoyaltyLine
from ledger.core.exchange import Exchange
from ledger.core.facts import ClosedMonthFact, Facts, Violation, same
from ledger.core.period import Month
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.top_up import (
    Charged,
    Comparison,
    GrantMonth,
    Shared,
    add_up,
    share_revenue,
    shares_of,
)


def revenue_shares_are_recomputed(facts: Facts) -> Iterator[Violation]:
    """Compare every closed month's shares of revenue again, and what subjects were charged."""
    for closed in facts.closed_months:
        if not closed.comparisons and not shares_of(facts.terms, Month.of_day(closed.month)):
            continue
        before = _before(facts, closed.month)
        shared = share_again(closed, facts, charged=[*before, *_units(closed.lines)])
        again, kept = _by_place(shared.comparisons), _by_place(closed.comparisons)
        for place in sorted(again.keys() | kept.keys()):
            yield from same(place, again.get(place), kept.get(place))
        for of, compared in kept.items():
            charged = add_up(facts.terms, closed.lines, onto=add_up(facts.terms, before))
            if compared.top_up_minor is not None:
                found = _top_up(charged, compared.of)
                yield from same(f"{of}: top-up charged", compared.top_up_minor, found)


def share_again(closed: ClosedMonthFact, facts: Facts, *, charged: Iterable[RoyaltyLine]) -> Shared:
    """
    Work out again what a closing compared, by the rates it says it went by.

    ``charged`` are the lines of every closing before it, and its own for units.
    """
    month = Month.of_day(closed.month)
    if not shares_of(facts.terms, month):
        return Shared((), ())
    kept = {each.of: each for each in closed.comparisons}
    since = min([closed.month, *(each.month for each in kept)])

    def find(of: GrantMonth, _share: RevenueTerms, _currency: str) -> Exchange | None:
        return kept[of].exchange if of in kept else None

    return share_revenue(
        month=month,
        since=Month.of_day(since),
        terms=facts.terms,
        charged=add_up(facts.terms, charged),
        reported=[each for each in facts.reported_revenues if each.counted_month <= closed.month],
        before=[
            each
            for earlier in facts.closed_months
            if earlier.month < closed.month
            for each in earlier.comparisons
        ],
        find_exchange=find,
    )


def _before(facts: Facts, month: date) -> list[RoyaltyLine]:
    return [line for each in facts.closed_months if each.month < month for line in each.lines]


def _units(lines: Iterable[RoyaltyLine]) -> list[RoyaltyLine]:
    return [line for line in lines if line.cause is not Cause.REVENUE_SHARE]


def _top_up(charged: Charged, of: GrantMonth) -> int:
    return sum(each.top_up_minor for each in charged.get(of, {}).values())


def _by_place(comparisons: Iterable[Comparison]) -> dict[str, Comparison]:
    return {
        f"revenue share of grant {each.of.grant_id} for {each.of.month:%Y-%m},"
        f" closed {each.closing_month:%Y-%m}": each
        for each in comparisons
    }
