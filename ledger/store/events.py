"""
Events alike, as batches count them: written with a batch, read for a closing, counted again.

They are kept where the lines of the terms limit single events, and nowhere else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.event_total import EventCount, EventPart, EventTotal
from ledger.core.usage_facts import EventsFact
from ledger.store.database import driver_connection

_COPY = """
    COPY batch_event_total (licensee_id, batch_number, position, accrual_month, judgement_id,
                            quantity, net_revenue, generation_count)
    FROM STDIN
"""

_TOTALS = """
    WITH counted AS (
        SELECT t.licensee_id, t.accrual_month AS month, late.counted_month, t.judgement_id,
               t.quantity, t.net_revenue,
               CAST(sum(t.generation_count) AS bigint) AS generation_count
        FROM batch_event_total t
        JOIN party p ON p.party_id = t.licensee_id AND p.book_id = :book
        LEFT JOIN batch late ON late.licensee_id = t.licensee_id
                            AND late.batch_number = t.batch_number
                            AND late.counted_month IS NOT NULL
        WHERE t.accrual_month BETWEEN :first AND :last
          AND (late.counted_month IS NULL OR late.counted_month <= :counted_by)
          AND (CAST(:licensee AS bigint) IS NULL OR t.licensee_id = :licensee)
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING sum(t.generation_count) <> 0
    )
    SELECT c.month, c.counted_month, c.quantity, c.net_revenue, c.generation_count,
           array_agg(l.subject_id ORDER BY l.position) AS subject_ids,
           array_agg(l.rate_line_id ORDER BY l.position) AS rate_line_ids,
           array_agg(l.weight_bp ORDER BY l.position) AS weights_bp
    FROM counted c
    JOIN judgement_line l USING (licensee_id, judgement_id)
    JOIN rate_line r ON r.rate_line_id = l.rate_line_id
                    AND (r.event_floor_minor > 0 OR r.stacking_group IS NOT NULL)
    WHERE l.decision IN ('accepted', 'wind_down')
    GROUP BY c.licensee_id, c.month, c.counted_month, c.judgement_id, c.quantity, c.net_revenue,
             c.generation_count
    ORDER BY c.month, c.counted_month NULLS FIRST, c.licensee_id, c.judgement_id, c.quantity,
             c.net_revenue
"""

_ANY_LIMITED = """
    SELECT EXISTS (SELECT FROM rate_line r JOIN party p ON p.party_id = r.licensee_id
                   WHERE p.book_id = :book
                     AND (r.event_floor_minor > 0 OR r.stacking_group IS NOT NULL))
"""

# Of a generation that was corrected, the report is taken out and what stands now put in its place.
_DIFFERENCES = """
    WITH firm AS (
        SELECT party_id AS licensee_id FROM party
        WHERE book_id = :book
          AND (CAST(:licensees AS bigint[]) IS NULL OR party_id = ANY(:licensees))
    ), limited AS (
        SELECT DISTINCT l.licensee_id, l.judgement_id
        FROM judgement_line l
        JOIN rate_line r ON r.rate_line_id = l.rate_line_id
                    AND (r.event_floor_minor > 0 OR r.stacking_group IS NOT NULL)
        JOIN firm ON firm.licensee_id = l.licensee_id
        WHERE l.decision IN ('accepted', 'wind_down')
    ), standing AS (
        SELECT DISTINCT ON (c.licensee_id, c.accrual_month, c.source, c.event_id) c.*
        FROM correction c JOIN firm USING (licensee_id)
        WHERE c.accrual_month BETWEEN :first AND :last
        ORDER BY c.licensee_id, c.accrual_month, c.source, c.event_id, c.revision DESC
    ), events AS (
        SELECT g.licensee_id, g.accrual_month, g.judgement_id, coalesce(g.quantity, 0) AS quantity,
               coalesce(g.net_revenue, 0) AS net_revenue, 1 AS found
        FROM generation g
        WHERE g.accrual_month BETWEEN :first AND :last
          AND (CAST(:licensees AS bigint[]) IS NULL OR g.licensee_id = ANY(:licensees))
        UNION ALL
        SELECT g.licensee_id, g.accrual_month, g.judgement_id, coalesce(g.quantity, 0),
               coalesce(g.net_revenue, 0), -1
        FROM standing c CROSS JOIN LATERAL (
            SELECT * FROM generation
            WHERE licensee_id = c.licensee_id AND source = c.source AND event_id = c.event_id
              AND accrual_month = c.accrual_month
            OFFSET 0
        ) g
        UNION ALL
        SELECT c.licensee_id, c.accrual_month, c.judgement_id, coalesce(c.quantity, 0),
               coalesce(c.net_revenue, 0), 1
        FROM standing c WHERE c.kind = 'replace'
    ), sides AS (
        SELECT e.*, 0 AS kept FROM events e JOIN limited USING (licensee_id, judgement_id)
        UNION ALL
        SELECT t.licensee_id, t.accrual_month, t.judgement_id, t.quantity, t.net_revenue, 0,
               t.generation_count
        FROM batch_event_total t JOIN firm USING (licensee_id)
        WHERE t.accrual_month BETWEEN :first AND :last
    )
    SELECT p.reference AS licensee, s.accrual_month AS month, s.judgement_id, s.quantity,
           s.net_revenue, CAST(sum(s.kept) AS bigint) AS kept,
           CAST(sum(s.found) AS bigint) AS recounted
    FROM sides s JOIN party p ON p.party_id = s.licensee_id
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(s.kept) <> sum(s.found)
    ORDER BY 1, 2, 3, 4, 5
"""


def insert_counts(
    session: Session,
    *,
    batch: tuple[int, int],
    counts: Sequence[EventCount],
    ids: Mapping[int, int],
) -> None:
    """
    Write the counts of events alike of a batch, which is named by licensee and number.

    ``ids`` are those of its judgements, by the identity of each.
    """
    with driver_connection(session).cursor().copy(_COPY) as copy:
        for position, count in enumerate(counts):
            copy.write_row(
                (
                    *(*batch, position, count.accrual_month, ids[id(count.judgement)]),
                    *(count.quantity, count.net_revenue, count.generation_count),
                )
            )


def read_events(
    session: Session,
    *,
    book_id: int,
    first: date,
    last: date,
    licensee_id: int | None = None,
    counted_by: date | None = None,
) -> tuple[EventTotal, ...]:
    """
    Add up the events alike of some months, of one licensee or of everybody.

    What was told late is among them when it is counted in a month through ``counted_by``, which
    is the last one unless said otherwise.
    """
    parameters = {
        "book": book_id,
        "first": first,
        "last": last,
        "licensee": licensee_id,
        "counted_by": counted_by or last,
    }
    return tuple(map(_event, session.execute(text(_TOTALS), parameters)))


def differing_events(
    session: Session,
    *,
    book_id: int,
    first: date,
    last: date,
    licensee_ids: Collection[int] | None = None,
) -> tuple[EventsFact, ...]:
    """
    Count the events of some months again, and return where the counts of batches differ.

    They are those of some licensees, or of everybody (None).
    """
    if not session.scalar(text(_ANY_LIMITED), {"book": book_id}):
        return ()
    parameters = {
        "book": book_id,
        "first": first,
        "last": last,
        "licensees": None if licensee_ids is None else list(licensee_ids),
    }
    return tuple(
        EventsFact(**row._mapping) for row in session.execute(text(_DIFFERENCES), parameters)
    )


def _event(row: Row[Any]) -> EventTotal:
    parts: Iterable[tuple[int, int, int | None]] = zip(
        row.subject_ids, row.rate_line_ids, row.weights_bp, strict=True
    )
    return EventTotal(
        month=row.month,
        counted_month=row.counted_month,
        parts=tuple(EventPart(*part) for part in parts),
        quantity=Decimal(row.quantity),
        net_revenue=Decimal(row.net_revenue),
        generation_count=row.generation_count,
    )
