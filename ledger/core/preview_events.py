"""
Limits of single events in a preview: a generation as an event, and what limits change on lines.

Lines are only those that may grow; an event of the book may have other subjects beside them, and
their prices decide about the cap too.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ledger.core.batch import Judged
from ledger.core.counter import ClosingTerms, rate_card
from ledger.core.event_total import EventPart, EventTotal, limits_events, steps_of_events
from ledger.core.period import Month
from ledger.core.royalty import ChargeStep
from ledger.core.terms import RateLine


def limited_event(each: Judged, lines: Sequence[RateLine | None]) -> EventTotal | None:
    """
    Return a generation as an event, where one of its lines has a floor or a stacking cap.

    ``lines`` price its subjects in order, None where one is not priced.
    """
    parts = tuple(
        EventPart(part.subject_id, line.id, part.weight_bp)
        for line, part in zip(lines, each.judgement.lines, strict=True)
        if line is not None and part.subject_id is not None and limits_events(line)
    )
    if not parts:
        return None
    return EventTotal(
        month=each.accrual_month,
        counted_month=None,
        parts=parts,
        quantity=each.reported.quantity or Decimal(0),
        net_revenue=each.reported.net_revenue or Decimal(0),
        generation_count=1,
    )


def steps_on(
    touched: ClosingTerms, *, month: Month, whole: ClosingTerms, events: Iterable[EventTotal]
) -> Mapping[tuple[int, int], tuple[ChargeStep, ...]]:
    """Return what limits change on the lines of some terms, whoever else is in the events."""
    steps = steps_of_events(month=month, terms=whole, events=events)
    lines = {
        (place.line.id, subject_id)
        for place in rate_card(touched)
        for subject_id in touched.listed[place.grant.id]
    }
    return {key: steps[key] for key in steps.keys() & lines}
