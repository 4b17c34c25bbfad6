"""How much of grants' quotas is used: one question to the totals of batches, whatever is asked."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.batch import Batch
from ledger.core.quota_batch import (
    LimitedGrant,
    Span,
    beyond,
    counted,
    with_beyond,
)
from ledger.store.terms_cache import Terms

# Each total is looked for by its month first, which the index begins with.
_USED = """
    SELECT w.number, CAST(sum(t.generation_count) AS numeric) AS generation_count,
           sum(t.quantity) AS quantity
    FROM unnest(CAST(:numbers AS int[]), CAST(:lines AS bigint[]), CAST(:since AS date[]),
                CAST(:until AS date[])) AS w (number, rate_line_id, since, until)
    JOIN batch_total t ON t.rate_line_id = w.rate_line_id
                      AND t.day >= w.since AND t.day < w.until
    WHERE t.licensee_id = :licensee AND t.decision IN ('accepted', 'wind_down')
      AND t.accrual_month BETWEEN :first AND :last
    GROUP BY w.number
"""


def used_of(
    session: Session, *, licensee_id: int, spans: Mapping[Span, LimitedGrant]
) -> dict[Span, Decimal]:
    """Return what of one licensee's quotas is used in some periods, in the quotas' own units."""
    asked = [
        (number, line_id, span)
        for number, (span, limited) in enumerate(spans.items())
        for line_id in limited.rate_line_ids
    ]
    rows = session.execute(
        text(_USED),
        {
            "licensee": licensee_id,
            "numbers": [number for number, _, _ in asked],
            "lines": [line_id for _, line_id, _ in asked],
            "since": [span.since for _, _, span in asked],
            "until": [span.until for _, _, span in asked],
            "first": min(span.since for span in spans).replace(day=1),
            "last": max(span.until for span in spans),
        },
    )
    found = {row.number: row for row in rows}
    used = {}
    for number, (span, limited) in enumerate(spans.items()):
        row = found.get(number)
        is_by_count = limited.quota.unit is None
        told = None if row is None else row.generation_count if is_by_count else row.quantity
        used[span] = told or Decimal(0)
    return used


def within_quotas(session: Session, terms: Terms, *, licensee_id: int, batch: Batch) -> Batch:
    """
    Return a batch with what exceeds quotas judged so; the batch itself when nothing does.

    For whoever has the licensee's place in line: nobody else can use what is found to be left.
    """
    under = counted(batch, terms.limits)
    if not under:
        return batch
    spans = {span: each.limited for span, each in under.items()}
    exceeding = beyond(under, used_of(session, licensee_id=licensee_id, spans=spans))
    return with_beyond(batch, exceeding, terms.variants) if exceeding else batch
