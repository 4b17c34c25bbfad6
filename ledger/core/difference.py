"""
What corrections change: totals after them less totals before, and what that is in money.

The totals of a batch of corrections are such differences, so that a month still closes by adding
up the totals of its batches.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact
from typing import NamedTuple

from ledger.core.batch import Total, TotalKey
from ledger.core.correction import State
from ledger.core.money import add_exactly
from ledger.core.period import tokyo_day
from ledger.core.reason import Decision
from ledger.core.royalty import price
from ledger.core.terms import Basis, RateLine

#: Quantities and rates have at most 30 digits on each side of the point.
_EXACT = Context(prec=200, traps=[Inexact])

#: What is accepted is charged, and so is what winds down.
_CHARGED = frozenset({Decision.ACCEPTED, Decision.WIND_DOWN})

_NOTHING = Total(0, Decimal(0), Decimal(0))


class Rate(NamedTuple):
    """A rate line with the currency of its terms."""

    line: RateLine
    currency: str


@dataclass(frozen=True, kw_only=True)
class DifferenceLine:
    """What becomes more or less for one subject under one rate line in one month."""

    month: date
    counted_month: date | None  # when the month is closed: the month it is counted in
    subject: str | None  # reference; None when the book has no such subject
    decision: str
    reason: str | None
    rate_line_id: int | None
    generation_count: int
    quantity: Decimal
    net_revenue: Decimal
    currency: str | None
    #: In minor units, exact; None where it depends on what else the month has, as tiers do.
    price: Decimal | None


def difference(*, before: Iterable[State], after: Iterable[State]) -> dict[TotalKey, Total]:
    """
    Return what counts after some corrections less what counted before, by key of the totals.

    A generation of several subjects counts for each of them with its full quantity, as in the
    totals of a report. A key whose figures are the same on both sides is left out.
    """
    changed: dict[TotalKey, Total] = {}
    for sign, states in ((-1, before), (1, after)):
        for state in states:
            counted = _counted(state, sign)
            for key in _keys(state):
                changed[key] = _plus(changed.get(key, _NOTHING), counted)
    return {key: total for key, total in changed.items() if any(total)}


def describe(
    changed: Mapping[TotalKey, Total],
    *,
    counted_month: date | None,
    subjects: Mapping[int, str],
    rates: Mapping[int, Rate],
) -> tuple[DifferenceLine, ...]:
    """
    Put differences together by month, subject and rate line, and price them.

    The least and the most that a line earns in a month are left out: they are the whole month's.
    """
    added: dict[tuple[date, int | None, str, str | None, int | None], Total] = {}
    for key, total in changed.items():
        place = (key.accrual_month, key.subject_id, key.decision, key.reason, key.rate_line_id)
        added[place] = _plus(added.get(place, _NOTHING), total)
    lines = []
    for (month, subject_id, decision, reason, rate_line_id), total in added.items():
        rate = None if rate_line_id is None else rates[rate_line_id]
        line = DifferenceLine(
            month=month,
            counted_month=counted_month,
            subject=None if subject_id is None else subjects[subject_id],
            decision=decision,
            reason=reason,
            rate_line_id=rate_line_id,
            generation_count=total.generation_count,
            quantity=total.quantity,
            net_revenue=total.net_revenue,
            currency=rate.currency if rate else None,
            price=_price(rate, total) if rate and decision in _CHARGED else None,
        )
        if any(total):
            lines.append(line)
    return tuple(sorted(lines, key=_order))


def _order(line: DifferenceLine) -> tuple[date, str, str, str, int]:
    return (
        line.month,
        line.subject or "",
        line.decision,
        line.reason or "",
        line.rate_line_id or 0,
    )


def _price(rate: Rate, total: Total) -> Decimal | None:
    line = rate.line
    if line.tiers or line.stacking or line.event_floor_minor:
        return None
    if line.basis is Basis.FIXED_MONTH:
        return Decimal(0)
    quantity = total.net_revenue if line.basis is Basis.PCT_REVENUE else total.quantity
    exact = price(line, quantity, currency=rate.currency)
    return _EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _counted(state: State, sign: int) -> Total:
    quantity = state.reported.quantity or Decimal(0)
    revenue = state.reported.net_revenue or Decimal(0)
    if sign < 0:
        quantity, revenue = quantity.copy_negate(), revenue.copy_negate()
    return Total(sign, quantity, revenue)


def _keys(state: State) -> Iterator[TotalKey]:
    day = tokyo_day(state.reported.occurred_at)
    for line in state.judgement.lines:
        yield TotalKey(
            accrual_month=day.replace(day=1),
            day=day,
            decision=str(line.decision),
            reason=str(line.reasons[0]) if line.reasons else None,
            terms_version_id=line.terms_version_id,
            rate_line_id=line.rate_line_id,
            subject_id=line.subject_id,
            territory=state.reported.territory,
        )


def _plus(one: Total, other: Total) -> Total:
    return Total(
        one.generation_count + other.generation_count,
        add_exactly((one.quantity, other.quantity)),
        add_exactly((one.net_revenue, other.net_revenue)),
    )
