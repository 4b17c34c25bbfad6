"""
Recounting: before a month closes, its totals are counted again from the generations.

It takes most of the time that a closing takes, and is done while everybody goes on reporting.
What was counted stays so, because what a batch says never changes: only firms that wrote more
batches are counted again when the month is locked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.usage_facts import EventsFact, TotalsFact
from ledger.store import events, recounts
from ledger.store.database import Transaction


class TotalsDisagree(Refusal):
    """
    The totals kept at intake are not those counted from the generations: the month stays open.

    ``differences`` has every place where they differ.
    """

    code = "totals_disagree"
    field = "month"

    def __init__(self, month: Month, differences: tuple[TotalsFact, ...]) -> None:
        first = differences[0]
        super().__init__(
            month=month,
            count=len(differences),
            licensee=first.licensee,
            subject=first.subject or "?",
            day=first.day,
            kept=first.kept.generation_count,
            recounted=first.recounted.generation_count,
        )
        self.differences = differences


class EventsDisagree(Refusal):
    """Events alike are not as many as batches count: the month stays open."""

    code = "events_disagree"
    field = "month"

    def __init__(self, month: Month, differences: tuple[EventsFact, ...]) -> None:
        first = differences[0]
        super().__init__(
            month=month,
            count=len(differences),
            licensee=first.licensee,
            judgement=first.judgement_id,
            quantity=first.quantity,
            kept=first.kept,
            recounted=first.recounted,
        )
        self.differences = differences


@dataclass(frozen=True, kw_only=True)
class Recounted:
    """
    Months in which the generations bear out all totals, and the last batch of each firm in them.

    It holds for as long as a firm's last batch stays the same.
    """

    first: date
    last: date
    last_batches: Mapping[int, int]  # by licensee


def recount(session: Transaction, *, book_id: int, month: Month, first: date) -> Recounted:
    """
    Count the generations from a month ``first`` through the one that closes, and compare.

    :raises TotalsDisagree, EventsDisagree: they do not bear out what was kept.
    """
    # Asked before: a batch that comes in between is counted twice rather than never.
    batches = recounts.last_batches(session, book_id=book_id, first=first, last=month.first_day)
    _check(session, book_id, month, first)
    return Recounted(first=first, last=month.first_day, last_batches=batches)


def recount_written_since(
    session: Transaction, *, book_id: int, month: Month, first: date, before: Recounted
) -> None:
    """
    Count again the firms that wrote something after a recount.

    The month has to be locked, so that nobody writes any more.

    :raises TotalsDisagree, EventsDisagree: as in :func:`recount`.
    """
    if first < before.first or month.first_day != before.last:
        _check(session, book_id, month, first)
        return
    now = recounts.last_batches(session, book_id=book_id, first=before.first, last=before.last)
    written = [firm for firm, number in now.items() if before.last_batches.get(firm) != number]
    if written:
        _check(session, book_id, month, before.first, licensee_ids=written)


def _check(
    session: Transaction,
    book_id: int,
    month: Month,
    first: date,
    licensee_ids: Collection[int] | None = None,
) -> None:
    """Count the generations that a closing charges again, of some firms or all, and compare."""
    differences = recounts.differing_totals(
        session, book_id=book_id, first=first, last=month.first_day, licensee_ids=licensee_ids
    )
    if differences:
        raise TotalsDisagree(month, differences)
    differing = events.differing_events(
        session, book_id=book_id, first=first, last=month.first_day, licensee_ids=licensee_ids
    )
    if differing:
        raise EventsDisagree(month, differing)
