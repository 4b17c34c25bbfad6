"""Checks of reported usage, and of what closed months charged for it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from ledger.core.acceptance import Decision
from ledger.core.adjustment import adjustments, first_adjusted
from ledger.core.closing import RoyaltyLine, input_hash, royalty_lines
from ledger.core.counter import UsageTotal
from ledger.core.facts import BatchFact, ClosedMonthFact, Facts, Violation, same
from ledger.core.period import Month
from ledger.core.proof import EMPTY_HEAD, chain_head

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
        usage = _known_to(closed, facts)
        lines = _charged_again(closed, facts, usage)
        recomputed, kept = _by_place(lines), _by_place(closed.lines)
        for place in sorted(recomputed.keys() | kept.keys()):
            yield from same(
                f"royalty line of {month}, {place}", recomputed.get(place), kept.get(place)
            )
        total = sum(line.amount_minor for line in lines)
        found = sum(line.amount_minor for line in closed.lines)
        yield from same(f"royalty of {month}", total, found)
        hashed = input_hash(month=month, terms=facts.terms, totals=usage, lines=lines)
        yield from same(f"inputs of {month}", hashed.hex(), closed.input_hash.hex())


def usage_is_in_lines(facts: Facts) -> Iterator[Violation]:
    """Compare what was accepted with what royalty lines count."""
    for closed in facts.closed_months:
        reported: Counter[str] = Counter()
        for total in _known_to(closed, facts):
            is_counted = (total.counted_month or total.month) == closed.month
            if is_counted and total.decision in _CHARGED:
                place = _place_of_line(total.month, total.rate_line_id, total.subject_id)
                reported[place] += total.generation_count
        charged = Counter(
            {
                _place_of_line(line.month, line.rate_line_id, line.subject_id): (
                    line.generation_count
                )
                for line in closed.lines
            }
        )
        for place in sorted(reported.keys() | charged.keys()):
            yield from same(
                f"usage of {closed.month:%Y-%m}, {place}", reported[place], charged[place]
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


def _known_to(closed: ClosedMonthFact, facts: Facts) -> list[UsageTotal]:
    """Return the usage that a closing knew: what was told later is counted in a later one."""
    return [each for each in facts.usage if (each.counted_month or each.month) <= closed.month]


def _charged_again(
    closed: ClosedMonthFact, facts: Facts, usage: Sequence[UsageTotal]
) -> tuple[RoyaltyLine, ...]:
    """Return the lines that a closing makes of what it knew, and of the closings before it."""

    def charge(month: Month) -> tuple[RoyaltyLine, ...]:
        return royalty_lines(month=month, terms=facts.terms, totals=usage)

    month = Month.of_day(closed.month)
    lines = charge(month)
    since = first_adjusted(month, usage)
    if since is None:
        return lines
    charged = [
        line for each in facts.closed_months if each.month < closed.month for line in each.lines
    ]
    return lines + adjustments(month=month, since=since, charge=charge, charged=charged)


def _by_place(lines: Iterable[RoyaltyLine]) -> dict[str, RoyaltyLine]:
    """Return lines without their count of generations, which has a check of its own."""
    return {
        _place_of_line(line.month, line.rate_line_id, line.subject_id): replace(
            line, generation_count=0
        )
        for line in lines
    }


def _place_of_line(month: date, rate_line_id: int | None, subject_id: int | None) -> str:
    return f"{month:%Y-%m}, rate line {rate_line_id}, subject {subject_id}"
