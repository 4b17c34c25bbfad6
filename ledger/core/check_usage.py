"""Checks of reported usage, and of what closed months charged for it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import TypeVar

from ledger.core.acceptance import Decision
from ledger.core.adjustment import lines_of_closing
from ledger.core.check_revenue import share_again
from ledger.core.closing import RoyaltyLine, input_hash
from ledger.core.counter import UsageTotal
from ledger.core.event_total import EventTotal
from ledger.core.facts import ClosedMonthFact, Facts, Violation, same
from ledger.core.period import Month
from ledger.core.proof import EMPTY_HEAD, chain_head
from ledger.core.rerating import Rerating
from ledger.core.usage_facts import BatchFact

_Told = TypeVar("_Told", UsageTotal, EventTotal)

_CHARGED = frozenset({Decision.ACCEPTED, Decision.WIND_DOWN})

# Reported usage.


def totals_agree(facts: Facts) -> Iterator[Violation]:
    """Compare the totals kept at intake with those counted again."""
    for total in facts.totals_that_differ:
        place = (
            f"{total.licensee} on {total.day}: {total.subject or 'unknown subject'}"
            f" in {total.territory}, {total.decision} {total.reason or ''}".rstrip()
        )
        yield from same(place, total.recounted, total.kept)


def events_agree(facts: Facts) -> Iterator[Violation]:
    """Compare how many events alike batches count with the generations, one by one."""
    for events in facts.events_that_differ:
        place = (
            f"events of {events.licensee} in {events.month:%Y-%m}: judgement"
            f" {events.judgement_id}, quantity {events.quantity}, revenue {events.net_revenue}"
        )
        yield from same(place, events.recounted, events.kept)


def chains_are_unbroken(facts: Facts) -> Iterator[Violation]:
    """Follow each licensee's chain of batches from its beginning."""
    licensee, number, head = "", 0, EMPTY_HEAD
    for batch in facts.batches:
        if batch.licensee != licensee:
            licensee, number, head = batch.licensee, 0, EMPTY_HEAD
        place = _place_of(batch)
        yield from same(f"{place}: number", number + 1, batch.number)
        yield from same(f"{place}: previous head", head.hex(), batch.previous_head.hex())
        yield from same(f"{place}: root", batch.found_root.hex(), batch.root.hex())
        yield from same(f"{place}: head", _head_of(batch).hex(), batch.head.hex())
        number, head = batch.number, batch.head


def batch_counts_agree(facts: Facts) -> Iterator[Violation]:
    """Compare what a batch says of its generations with the generations."""
    for batch in facts.batches:
        counts = batch.found_counts
        place = _place_of(batch)
        yield from same(f"{place}: decisions", counts, batch.counts)
        found = counts.accepted + counts.held + counts.refused + counts.void
        yield from same(f"{place}: generations", found, batch.generation_count)


def _head_of(batch: BatchFact) -> bytes:
    return chain_head(
        previous=batch.previous_head,
        number=batch.number,
        count=batch.generation_count,
        root=batch.root,
    )


def _place_of(batch: BatchFact) -> str:
    return f"batch {batch.number} of {batch.licensee}"


# Closed months.


def royalty_is_recomputed(facts: Facts) -> Iterator[Violation]:
    """Close every closed month again, and compare."""
    for closed in facts.closed_months:
        month = Month.of_day(closed.month)
        usage = _known_to(closed, facts.usage)
        charged = [
            line for each in facts.closed_months if each.month < closed.month for line in each.lines
        ]
        events = _known_to(closed, facts.events)
        units = lines_of_closing(
            month=month, terms=facts.terms, totals=usage, events=events, charged=charged
        )
        shared = share_again(closed, facts, charged=[*charged, *units])
        lines = (*units, *shared.lines)
        recomputed, kept = _by_place(lines), _by_place(closed.lines)
        for place in sorted(recomputed.keys() | kept.keys()):
            yield from same(
                f"royalty line of {month}, {place}", recomputed.get(place), kept.get(place)
            )
        total = sum(line.amount_minor for line in lines)
        found = sum(line.amount_minor for line in closed.lines)
        yield from same(f"royalty of {month}", total, found)
        hashed = input_hash(
            month=month,
            terms=facts.terms,
            totals=usage,
            lines=lines,
            events=events,
            comparisons=shared.comparisons,
        )
        yield from same(f"inputs of {month}", hashed.hex(), closed.input_hash.hex())


def usage_is_in_lines(facts: Facts) -> Iterator[Violation]:
    """Compare what was accepted with what royalty lines count."""
    for closed in facts.closed_months:
        rerating = Rerating(facts.terms, Month.of_day(closed.month))

        def place(
            month: date, rate_line_id: int, subject_id: int, rerating: Rerating = rerating
        ) -> str:
            """Name the line that counts usage judged under another, as terms change."""
            priced = rerating.line_for(rate_line_id, month)
            return _place_of_line(month, priced.rate_line_id, subject_id)

        reported: Counter[str] = Counter()
        for total in _known_to(closed, facts.usage):
            is_counted = (total.counted_month or total.month) == closed.month
            if is_counted and total.decision in _CHARGED:
                assert total.rate_line_id is not None
                assert total.subject_id is not None
                where = place(total.month, total.rate_line_id, total.subject_id)
                reported[where] += total.generation_count
        charged: Counter[str] = Counter()
        for line in closed.lines:
            where = place(line.month, line.rate_line_id, line.subject_id)
            charged[where] += line.generation_count
        for where in sorted(reported.keys() | charged.keys()):
            yield from same(
                f"usage of {closed.month:%Y-%m}, {where}", reported[where], charged[where]
            )


def closed_months_stay(facts: Facts) -> Iterator[Violation]:
    """Look for what was written into a month after it was closed."""
    for closed in facts.closed_months:
        place = f"closed month {closed.month:%Y-%m}"
        yield from same(
            f"{place}: generations", closed.generation_count, closed.found_generation_count
        )
        if closed.last_recorded_at is not None and closed.last_recorded_at > closed.closed_at:
            yield Violation(
                place=f"{place}: last written into",
                expected=f"by {closed.closed_at.isoformat()}",
                found=closed.last_recorded_at.isoformat(),
            )


def _known_to(closed: ClosedMonthFact, told: Iterable[_Told]) -> list[_Told]:
    """Return the usage that a closing knew: what was told later is counted in a later one."""
    return [each for each in told if (each.counted_month or each.month) <= closed.month]


def _by_place(lines: Iterable[RoyaltyLine]) -> dict[str, RoyaltyLine]:
    """Return lines without their count of generations, which has a check of its own."""
    return {
        f"{_place_of_line(line.month, line.rate_line_id, line.subject_id)}, {line.cause}": replace(
            line, generation_count=0
        )
        for line in lines
    }


def _place_of_line(month: date, rate_line_id: int | None, subject_id: int | None) -> str:
    return f"{month:%Y-%m}, rate line {rate_line_id}, subject {subject_id}"
