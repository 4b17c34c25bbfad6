"""What the audit compares of usage: batches, and the totals kept beside those that are counted."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How much some usage adds up to."""

    generation_count: int
    quantity: Decimal
    net_revenue: Decimal


@dataclass(frozen=True, kw_only=True)
class TotalsFact:
    """One total kept at intake beside the same total counted from the generations."""

    licensee: str
    day: date
    decision: str
    reason: str | None
    subject: str | None
    rate_line_id: int | None
    territory: str
    kept: Tally
    recounted: Tally


@dataclass(frozen=True, kw_only=True)
class EventsFact:
    """How many events alike batches count, beside how many the generations are."""

    licensee: str
    month: date
    judgement_id: int
    quantity: Decimal
    net_revenue: Decimal
    kept: int
    recounted: int


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many rows of a batch were accepted, held and refused, and how many void another."""

    accepted: int
    held: int
    refused: int
    void: int = 0


@dataclass(frozen=True, kw_only=True)
class BatchFact:
    """One batch of a licensee's log, with root and counts found from its generations."""

    licensee: str
    number: int
    previous_head: bytes
    head: bytes
    root: bytes
    generation_count: int
    counts: Counts
    found_root: bytes
    found_counts: Counts
