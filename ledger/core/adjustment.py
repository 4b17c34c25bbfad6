"""
Adjustments: what a closing charges or gives back for months that are closed.

Usage that was reported late or corrected after its month was closed is counted in a later month.
Its closing works out the earlier months again, with everything that is known by then, and
charges each line less what was charged for it before (DOMAIN section 2, rule 2). Tiers are run
again, so that usage that moves a counter moves the lines after it, too. A line is rounded as a
whole, so adjustments never add up to anything else than the line they end in.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ledger.core.closing import RoyaltyLine
from ledger.core.counter import UsageTotal
from ledger.core.period import Month
from ledger.core.royalty import ChargeStep

#: What the step is called that takes off what was charged before.
CHARGED_BEFORE = "charged_before"

_Key = tuple[int, int]  # rate line and subject


@dataclass(frozen=True, kw_only=True)
class _Charged:
    """What closings have charged so far for one line of one month."""

    generation_count: int
    quantity: Decimal
    amount_minor: int


_NOTHING = _Charged(generation_count=0, quantity=Decimal(0), amount_minor=0)


def first_adjusted(month: Month, totals: Iterable[UsageTotal]) -> date | None:
    """Return the earliest month whose usage was told late, and is counted in a month."""
    late = (total.month for total in totals if total.counted_month == month.first_day)
    return min(late, default=None)


def adjustments(
    *,
    month: Month,
    since: date,
    charge: Callable[[Month], Sequence[RoyaltyLine]],
    charged: Iterable[RoyaltyLine],
) -> tuple[RoyaltyLine, ...]:
    """
    Return the lines that bring closed months up to what is known when ``month`` closes.

    ``since`` is the earliest month to look at, and ``charge`` works one out with all that is
    known. ``charged`` are the lines of every closing so far, of months from ``since`` on. A
    line that comes to the same, in amount and in usage, is not adjusted.
    """
    before = _by_month(charged)
    lines: list[RoyaltyLine] = []
    earlier = Month.of_day(since)
    while earlier < month:
        lines += _of_month(month, charge(earlier), before.get(earlier.first_day, {}))
        earlier = earlier.next()
    return tuple(lines)


def _by_month(
    charged: Iterable[RoyaltyLine],
) -> dict[date, dict[_Key, list[RoyaltyLine]]]:
    months: dict[date, dict[_Key, list[RoyaltyLine]]] = {}
    for line in charged:
        months.setdefault(line.month, {}).setdefault(_key(line), []).append(line)
    return months


def _of_month(
    month: Month, now: Sequence[RoyaltyLine], before: dict[_Key, list[RoyaltyLine]]
) -> list[RoyaltyLine]:
    lines = [_less(month, line, _sum(before.get(_key(line), ()))) for line in now]
    known = {_key(line) for line in now}
    lines += [
        _less(month, _emptied(of_key[-1]), _sum(of_key))
        for key, of_key in before.items()
        if key not in known
    ]
    return [line for line in lines if line.amount_minor or line.quantity or line.generation_count]


def _less(month: Month, line: RoyaltyLine, before: _Charged) -> RoyaltyLine:
    """Return what is left of a line when what was charged for it before is taken off."""
    steps = line.charge.steps
    if before.amount_minor:
        exact = Fraction(-before.amount_minor)
        steps += (ChargeStep(code=CHARGED_BEFORE, quantity=None, rate=None, exact=exact),)
    charge = replace(
        line.charge,
        exact=line.charge.exact - before.amount_minor,
        amount_minor=line.charge.amount_minor - before.amount_minor,
        steps=steps,
    )
    return replace(
        line,
        closing_month=month.first_day,
        generation_count=line.generation_count - before.generation_count,
        quantity=line.quantity - before.quantity,
        charge=charge,
    )


def _emptied(line: RoyaltyLine) -> RoyaltyLine:
    """Return a line of which nothing is left: all of its usage was taken out."""
    charge = replace(line.charge, exact=Fraction(0), amount_minor=0, steps=())
    return replace(line, generation_count=0, quantity=Decimal(0), charge=charge)


def _sum(lines: Iterable[RoyaltyLine]) -> _Charged:
    total = _NOTHING
    for line in lines:
        total = _Charged(
            generation_count=total.generation_count + line.generation_count,
            quantity=total.quantity + line.quantity,
            amount_minor=total.amount_minor + line.amount_minor,
        )
    return total


def _key(line: RoyaltyLine) -> _Key:
    return (line.rate_line_id, line.subject_id)
