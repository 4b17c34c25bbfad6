"""
Events alike, counted: what the floors and stacking caps of single events are worked out from.

Where a rate line limits single events, a month cannot be priced from its sums alone. A batch then
keeps, beside its totals, how many of its events were judged alike and have the same quantity and
revenue, so that a closing works out each kind once and never reads a generation.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledger.core.acceptance import Judgement, UsageLine
from ledger.core.batch import Batch, judgement_hash, kind_of
from ledger.core.correction import State
from ledger.core.counter import ClosingTerms, Place, rate_card
from ledger.core.period import Month, tokyo_day
from ledger.core.reason import Decision
from ledger.core.royalty import ChargeStep
from ledger.core.stacking import OutputKind, StackedOutput, SubjectPart, line_steps, stack
from ledger.core.terms import License, RateLine

#: What is accepted is charged, and so is what winds down.
CHARGED = frozenset({Decision.ACCEPTED, Decision.WIND_DOWN})

_NOTHING = Decimal(0)


class EventPart(NamedTuple):
    """One subject's part in an event whose line limits single events."""

    subject_id: int
    rate_line_id: int
    weight_bp: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTotal:
    """How often there were events of a month that are alike in all that limits look at."""

    month: date
    counted_month: date | None  # the closing that takes it in, when its own is over
    parts: tuple[EventPart, ...]  # in the order of the report
    quantity: Decimal
    net_revenue: Decimal
    generation_count: int


class EventCount(NamedTuple):
    """How many events of a batch are alike in judgement, quantity and revenue."""

    accrual_month: date
    judgement: Judgement
    quantity: Decimal
    net_revenue: Decimal
    generation_count: int  # of a correction, after it less before


def limits_events(line: RateLine) -> bool:
    """Tell whether a line says the least or the most of single events."""
    return line.event_floor_minor > 0 or line.stacking is not None


def event_lines(licenses: Iterable[License]) -> frozenset[int]:
    """Return the rate lines of some licenses that limit single events."""
    return frozenset(
        line.id
        for license_ in licenses
        for grant in license_.grants
        for version in grant.versions
        for line in version.rate_lines
        if limits_events(line)
    )


def is_limited(judgement: Judgement, *, lines: Container[int]) -> bool:
    """Tell whether what a judgement charges depends on each event by itself."""
    return any(_is_charged(line) and line.rate_line_id in lines for line in judgement.lines)


def count_events(batch: Batch, *, lines: Container[int]) -> tuple[EventCount, ...]:
    """
    Count the events of a batch that are alike, where one of some lines charges for them.

    ``lines`` are those that limit single events (:func:`event_lines`).
    """
    limited = {alike for alike in set(batch.alikes) if is_limited(alike.judgement, lines=lines)}
    if not limited:
        return ()
    counted: Counter[tuple[date, int, Decimal, Decimal]] = Counter()
    judgements = {id(alike.judgement): alike.judgement for alike in limited}
    events = zip(batch.accrual_months, batch.alikes, batch.amounts, strict=True)
    for (month, alike, amount), count in Counter(events).items():
        if alike in limited:
            quantity, revenue = amount.quantity or _NOTHING, amount.net_revenue or _NOTHING
            counted[month, id(alike.judgement), quantity, revenue] += count
    return tuple(
        EventCount(month, judgements[key], quantity, revenue, count)
        for (month, key, quantity, revenue), count in counted.items()
    )


def event_difference(
    *, before: Iterable[State], after: Iterable[State], lines: Container[int]
) -> tuple[EventCount, ...]:
    """
    Count the events alike after some corrections less those before, where lines limit them.

    Of judgements that are the same but for their identity, the first stands for all.
    """
    judgements: dict[bytes, Judgement] = {}
    changed: Counter[tuple[date, bytes, Decimal, Decimal]] = Counter()
    for sign, states in ((-1, before), (1, after)):
        for state in states:
            if is_limited(state.judgement, lines=lines):
                reported, judgement = state.reported, state.judgement
                hashed = judgement_hash(kind=kind_of(reported), judgement=judgement)
                judgements.setdefault(hashed, judgement)
                month = tokyo_day(reported.occurred_at).replace(day=1)
                quantity, revenue = reported.quantity, reported.net_revenue
                changed[month, hashed, quantity or _NOTHING, revenue or _NOTHING] += sign
    return tuple(
        EventCount(month, judgements[hashed], quantity, revenue, count)
        for (month, hashed, quantity, revenue), count in changed.items()
        if count
    )


def steps_of_events(
    *, month: Month, terms: ClosingTerms, events: Iterable[EventTotal]
) -> Mapping[tuple[int, int], tuple[ChargeStep, ...]]:
    """
    Return what the limits of single events change on a month's lines, by line and subject.

    Events of other months are left out.

    :raises WeightNotDeclared: see :func:`ledger.core.stacking.stack`.
    """
    of_month = [event for event in events if event.month == month.first_day]
    places = {place.line.id: place for place in rate_card(terms)} if of_month else {}
    return line_steps(stacked(event, places=places) for event in of_month)


def stacked(event: EventTotal, *, places: Mapping[int, Place]) -> StackedOutput:
    """Price one of some events for each of its subjects; ``places`` are by rate line."""
    parts = tuple(
        SubjectPart(
            subject_id=part.subject_id,
            line=places[part.rate_line_id].line,
            weight_bp=part.weight_bp,
        )
        for part in event.parts
    )
    kind = OutputKind(
        parts=parts,
        quantity=event.quantity,
        net_revenue=event.net_revenue,
        count=event.generation_count,
    )
    return stack(kind, currency=places[event.parts[0].rate_line_id].version.currency)


def _is_charged(line: UsageLine) -> bool:
    return line.rate_line_id is not None and line.decision in CHARGED
