"""
Corrections under quotas: what of a generation that is reported anew would exceed, and why.

A correction is held against a quota for what it adds. One that takes away, or leaves as much, is
taken whatever is used by now; what the quota had said of the event before stays as it was said
(:func:`ledger.core.quota_batch.quota_reasons`).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.core.correction import State
from ledger.core.period import tokyo_day
from ledger.core.quota_batch import REASON_BEYOND, LimitedGrant, Span
from ledger.core.reason import CHARGED_DECISIONS, Reason


class Change(NamedTuple):
    """What a correction makes of a generation; None is void."""

    before: State | None
    after: State | None


class _Part(NamedTuple):
    """A subject's part under a quota, and what it counts."""

    place: int
    subject_id: int | None
    span: Span
    counts: Decimal


def spans_of(
    changes: Sequence[Change], limits: Mapping[int, LimitedGrant]
) -> dict[Span, LimitedGrant]:
    """Return the periods of quotas that some corrections come under."""
    grants = {limited.grant_id: limited for limited in limits.values()}
    return {
        part.span: grants[part.span.grant_id]
        for change in changes
        for state in change
        for part in _parts(state, limits)
    }


def beyond_of_corrections(
    changes: Sequence[Change],
    *,
    limits: Mapping[int, LimitedGrant],
    used: Mapping[Span, Decimal],
) -> list[dict[int, Reason]]:
    """
    Return for each correction, in order, what of it exceeds: why, by the subject's place.

    ``used`` is what the book has counted, the generations as they were before among it.
    """
    grants = {limited.grant_id: limited for limited in limits.values()}
    counted = dict(used)
    found = []
    for change in changes:
        was: dict[tuple[int | None, Span], Decimal] = {}
        for part in _parts(change.before, limits):
            was[part.subject_id, part.span] = part.counts
            counted[part.span] -= part.counts
        beyond = {}
        for part in _parts(change.after, limits):
            quota = grants[part.span.grant_id].quota
            grows = part.counts > was.get((part.subject_id, part.span), Decimal(0))
            if grows and counted[part.span] + part.counts > quota.units:
                beyond[part.place] = REASON_BEYOND[quota.on_exceed]
            else:
                counted[part.span] += part.counts
        found.append(beyond)
    return found


def _parts(state: State | None, limits: Mapping[int, LimitedGrant]) -> Iterator[_Part]:
    """Yield the parts of a generation that earn under a grant with a quota."""
    if state is None:
        return
    reported = state.reported
    for place, line in enumerate(state.judgement.lines):
        limited = limits.get(line.terms_version_id or 0)
        if limited is not None and line.decision in CHARGED_DECISIONS:
            span = Span(limited.grant_id, *limited.span(tokyo_day(reported.occurred_at)))
            counts = limited.quota.counts(unit=reported.unit, quantity=reported.quantity)
            yield _Part(place, line.subject_id, span, counts)
