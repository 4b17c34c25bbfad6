"""
What a closing writes: the lines of its own month, and the adjustments of months before it.

Usage that was reported late or corrected after its month was closed is counted in a later month,
and so are terms that were agreed for closed months. The closing works the earlier months out
again with everything that is known by then, and charges each line less what was charged for it
before (DOMAIN section 2, rule 2). Tiers are run again, so that usage that moves a counter moves
the lines after it, too. A line is rounded as a whole, so adjustments never add up to anything
else than the line they end in.

An adjustment has one cause. When usage and terms are told to the same closing, usage is charged
at the old rate, what was charged before at the difference of the rates, and the usage at that
difference on a line of its own (DOMAIN E5).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from ledger.core.closing import Cause, RoyaltyLine, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.event_total import EventTotal, steps_of_events
from ledger.core.period import Month
from ledger.core.rerating import Rerating, first_rerated
from ledger.core.royalty import ChargeStep

#: What the steps are called that take off what was charged before, and that add new rates.
CHARGED_BEFORE = "charged_before"
NEW_RATE = "new_rate"

#: Causes whose lines count usage; the others only price what is counted already.
_COUNTING = frozenset({Cause.USE, Cause.LATE})

#: Steps whose rate is the price of each unit, whatever else was used.
_PLAIN = frozenset({"unit", "revenue"})

_Told = TypeVar("_Told", UsageTotal, EventTotal)
_Key = tuple[int, int]  # rate line, as the closing sees it, and subject


@dataclass(frozen=True, kw_only=True)
class _Charged:
    """What closings have charged so far for one line of one month."""

    line: RoyaltyLine | None = None  # the last one
    generation_count: int = 0
    quantity: Decimal = Decimal(0)
    amount_minor: int = 0

    def plus(self, line: RoyaltyLine) -> "_Charged":
        """Return it with another line charged."""
        is_counting = line.cause in _COUNTING
        return _Charged(
            line=line if is_counting or self.line is None else self.line,
            generation_count=self.generation_count + is_counting * line.generation_count,
            quantity=self.quantity + line.quantity if is_counting else self.quantity,
            amount_minor=self.amount_minor + line.amount_minor,
        )


def lines_of_closing(
    *,
    month: Month,
    terms: ClosingTerms,
    totals: Sequence[UsageTotal],
    events: Sequence[EventTotal] = (),
    charged: Iterable[RoyaltyLine],
) -> tuple[RoyaltyLine, ...]:
    """
    Return every line that a closing writes.

    ``totals`` and ``events`` are what is known when it closes, from :func:`first_adjusted` on, and
    totals as far back as tier counters ask for; ``charged`` are the lines of every closing so far,
    from that month.
    """
    now = Rerating(terms, month)
    lines = _charge(month, now, totals, events)
    since = first_adjusted(month, terms, [*totals, *events])
    if since is None:
        return lines
    desk = _Desk(month=month, terms=terms, totals=totals, events=events, now=now)
    before = desk.by_month(charged)
    earlier = Month.of_day(since)
    while earlier < month:
        lines += tuple(desk.adjust(earlier, before.get(earlier.first_day, {})))
        earlier = earlier.next()
    return lines


def first_adjusted(
    month: Month, terms: ClosingTerms, told: Iterable[UsageTotal | EventTotal]
) -> date | None:
    """Return the earliest month that something new is known of when a month closes."""
    months = [each.month for each in told if each.counted_month == month.first_day]
    if (rerated := first_rerated(terms, month)) is not None:
        months.append(rerated)
    return min(months, default=None)


def change_of_rate(cause: Cause, steps: Sequence[ChargeStep]) -> Decimal | None:
    """Return by how much terms for a closed month changed a rate, when that is one figure."""
    if cause is Cause.RETRO and len(steps) == 2:
        now, before = (step.rate for step in steps)
        return None if now is None or before is None else now - before
    if cause is Cause.LATE_RETRO:
        return steps[0].rate
    return None


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Works out what one closing adjusts."""

    month: Month
    terms: ClosingTerms
    totals: Sequence[UsageTotal]
    events: Sequence[EventTotal]
    now: Rerating

    def by_month(self, charged: Iterable[RoyaltyLine]) -> dict[date, dict[_Key, _Charged]]:
        """Add up what was charged, by month of use and line."""
        months: dict[date, dict[_Key, _Charged]] = {}
        for line in charged:
            if line.cause is Cause.REVENUE_SHARE:  # Which is compared anew, not charged again.
                continue
            of_month = months.setdefault(line.month, {})
            key = self._key(line)
            of_month[key] = of_month.get(key, _Charged()).plus(line)
        return months

    def adjust(self, earlier: Month, before: Mapping[_Key, _Charged]) -> Iterator[RoyaltyLine]:
        """Yield the adjustments of one closed month."""
        after = self._by_key(_charge(earlier, self.now, self.totals, self.events))
        rerated_since = first_rerated(self.terms, self.month)
        is_rerated = rerated_since is not None and rerated_since <= earlier.first_day
        if is_rerated:
            old = Rerating(self.terms, self.month.previous())
            totals, events = self._before(self.totals), self._before(self.events)
            late = self._by_key(_charge(earlier, old, self.totals, self.events))
            retro = self._by_key(_charge(earlier, self.now, totals, events))
        else:
            late, retro = after, {}
        for key in dict.fromkeys([*after, *late, *retro, *before]):
            was = before.get(key, _Charged())
            lines = {
                Cause.LATE: _changed(late.get(key), was),
                Cause.RETRO: _repriced(retro.get(key), was) if is_rerated else None,
            }
            lines[Cause.LATE_RETRO] = (
                _rest(after.get(key), was, lines.values()) if is_rerated else None
            )
            for cause, line in lines.items():
                if line and (line.amount_minor or (cause is Cause.LATE and _is_used(line))):
                    yield replace(line, closing_month=self.month.first_day, cause=cause)

    def _before(self, told: Iterable[_Told]) -> list[_Told]:
        """Return what earlier closings knew."""
        own = self.month.first_day
        return [each for each in told if (each.counted_month or each.month) < own]

    def _by_key(self, lines: Iterable[RoyaltyLine]) -> dict[_Key, RoyaltyLine]:
        return {self._key(line): line for line in lines}

    def _key(self, line: RoyaltyLine) -> _Key:
        return (self.now.line_for(line.rate_line_id, line.month).rate_line_id, line.subject_id)


def _charge(
    month: Month, rerating: Rerating, totals: Sequence[UsageTotal], events: Sequence[EventTotal]
) -> tuple[RoyaltyLine, ...]:
    terms = rerating.known
    return royalty_lines(
        month=month,
        terms=terms,
        totals=rerating.totals(totals),
        event_steps=steps_of_events(month=month, terms=terms, events=rerating.events(events)),
    )


def _changed(line: RoyaltyLine | None, was: _Charged) -> RoyaltyLine | None:
    """Return what is left of a line when what was charged for it before is taken off."""
    line = line or _emptied(was)
    if line is None:
        return None
    less = _less(line, was, ())
    return replace(
        less,
        generation_count=line.generation_count - was.generation_count,
        quantity=line.quantity - was.quantity,
    )


def _repriced(line: RoyaltyLine | None, was: _Charged) -> RoyaltyLine | None:
    """Return what new rates add to what was charged, for as much usage as it was charged for."""
    line = line or _emptied(was)
    if line is None:
        return None
    priced_before = was.line.charge.steps[:1] if was.line else ()
    return replace(_less(line, was, priced_before), generation_count=0, quantity=was.quantity)


def _rest(
    line: RoyaltyLine | None, was: _Charged, others: Iterable[RoyaltyLine | None]
) -> RoyaltyLine | None:
    """Return what new rates add for the usage that was told with them."""
    line = line or _emptied(was)
    if line is None:
        return None
    taken = [other for other in others if other is not None]
    exact = line.charge.exact - was.amount_minor - sum(each.charge.exact for each in taken)
    amount = line.amount_minor - was.amount_minor - sum(each.amount_minor for each in taken)
    now, old = _plain_rate(line.charge.steps), _plain_rate(taken[0].charge.steps if taken else ())
    quantity = line.quantity - was.quantity
    is_plain = now is not None and old is not None
    step = ChargeStep(
        code=NEW_RATE,
        quantity=quantity if is_plain else None,
        rate=None if now is None or old is None else now - old,
        exact=exact,
    )
    return replace(
        line,
        generation_count=0,
        quantity=quantity,
        charge=replace(line.charge, exact=exact, amount_minor=amount, steps=(step,)),
    )


def _less(line: RoyaltyLine, was: _Charged, priced_before: Sequence[ChargeStep]) -> RoyaltyLine:
    """Take off what was charged before; of a line with one price, say which that was."""
    steps = line.charge.steps
    if was.amount_minor:
        rate = _plain_rate(priced_before)
        step = ChargeStep(
            code=CHARGED_BEFORE,
            quantity=None if rate is None else -was.quantity,
            rate=rate,
            exact=Fraction(-was.amount_minor),
        )
        steps += (step,)
    charge = replace(
        line.charge,
        exact=line.charge.exact - was.amount_minor,
        amount_minor=line.amount_minor - was.amount_minor,
        steps=steps,
    )
    return replace(line, charge=charge)


def _plain_rate(steps: Sequence[ChargeStep]) -> Decimal | None:
    """Return the rate of a line that begins with one price for all of its units."""
    return steps[0].rate if steps and steps[0].code in _PLAIN else None


def _emptied(was: _Charged) -> RoyaltyLine | None:
    """Return a line of which nothing is left: all of its usage was taken out."""
    if was.line is None:
        return None
    charge = replace(was.line.charge, exact=Fraction(0), amount_minor=0, steps=())
    return replace(was.line, generation_count=0, quantity=Decimal(0), charge=charge)


def _is_used(line: RoyaltyLine) -> bool:
    return bool(line.quantity or line.generation_count)
