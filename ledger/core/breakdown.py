"""
Earnings broken down: what lines earned, divided by day and territory, and added up by anything.

A royalty line is rounded once, for a month. What a day or a territory earned of it is its part of
the line by quantity, in whole minor units that add up to the line to the yen: under tiers it is
an average, as no day has a rate of its own. What nobody used, as a fixed fee, has no day.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import NamedTuple


class Dimension(StrEnum):
    """What earnings are added up by."""

    WORK = "work"  # with everything in it
    SUBJECT = "subject"  # each work, character and voice by itself
    LICENSEE = "licensee"
    TERRITORY = "territory"
    MODALITY = "modality"
    MONTH = "month"
    DAY = "day"


class LineKey(NamedTuple):
    """The use that a line charges: closing, month of use, rate line and subject."""

    closing_month: date
    accrual_month: date
    rate_line_id: int
    subject_id: int


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What was earned, with whatever of it is known; a line, or a part of one."""

    key: LineKey
    licensee_id: int
    modality: str | None
    currency: str
    generation_count: int
    amount_minor: int
    territory: str | None = None
    day: date | None = None


class LineUse(NamedTuple):
    """What of a line was used in a territory or on a day; None where it was not asked for."""

    territory: str | None
    day: date | None
    generation_count: int
    quantity: Decimal


class Sum(NamedTuple):
    """What something earned in one currency, and how often it was used."""

    value: object  # of the dimension; None where it is not known
    currency: str
    generation_count: int
    amount_minor: int


def spread(amount_minor: int, weights: Sequence[Decimal]) -> list[int]:
    """
    Divide an amount by quantities, which may be below zero where use was taken out.

    The parts add up to the amount; the units left over go to the largest remainders, and on a tie
    to whoever is listed first. A negative amount mirrors the positive one.

    >>> spread(10, [Decimal(1), Decimal(1), Decimal(1)])
    [4, 3, 3]
    >>> spread(-300, [Decimal(-5), Decimal(2)])
    [-500, 200]
    """
    if amount_minor < 0:
        return [-part for part in spread(-amount_minor, weights)]
    whole = sum(map(Fraction, weights))
    exact = [amount_minor * Fraction(weight) / whole for weight in weights]
    parts = [floor(each) for each in exact]
    order = sorted(range(len(exact)), key=lambda place: parts[place] - exact[place])
    for place in order[: amount_minor - sum(parts)]:
        parts[place] += 1
    return parts


def divided(lines: Iterable[Earned], use: Mapping[LineKey, Sequence[LineUse]]) -> Iterator[Earned]:
    """Yield what each line earned by its use; as a whole where nothing of it was used."""
    for line in lines:
        used = use.get(line.key, ())
        quantities = [each.quantity for each in used]
        if not sum(quantities):
            yield line
            continue
        for each, part in zip(used, spread(line.amount_minor, quantities), strict=True):
            yield replace(
                line,
                territory=each.territory,
                day=each.day,
                generation_count=each.generation_count,
                amount_minor=part,
            )


def add_up(earned: Iterable[Earned], *, of: Callable[[Earned], object]) -> tuple[Sum, ...]:
    """Add up by what each earned amount is of, and by currency; the most first."""
    sums: dict[tuple[object, str], list[int]] = defaultdict(lambda: [0, 0])
    for each in earned:
        counted = sums[of(each), each.currency]
        counted[0] += each.generation_count
        counted[1] += each.amount_minor
    rows = (
        Sum(value, currency, count, amount) for (value, currency), (count, amount) in sums.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.amount_minor, -row.generation_count)))
