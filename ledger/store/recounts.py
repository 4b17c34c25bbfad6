"""
Recounts: the totals of some months counted again, from the generations and their corrections.

What was kept with each batch has to be the same to the digit.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.usage_facts import Tally, TotalsFact

# The generations are added up by judgement and day first, by all processes that the server has
# for it, which is why nothing is joined before: there are few of those, and only then is each
# joined with its firm and subjects. Days are cut as the core cuts them: nine hours on. Of a
# generation that was corrected, the report is taken out and what stands now put in its place.
_DIFFERENCES = """
    WITH firm AS (
        SELECT party_id AS licensee_id FROM party
        WHERE book_id = :book
          AND (CAST(:licensees AS bigint[]) IS NULL OR party_id = ANY(:licensees))
    ), standing AS (
        SELECT DISTINCT ON (c.licensee_id, c.accrual_month, c.source, c.event_id) c.*
        FROM correction c JOIN firm USING (licensee_id)
        WHERE c.accrual_month BETWEEN :first AND :last
        ORDER BY c.licensee_id, c.accrual_month, c.source, c.event_id, c.revision DESC
    ), counted AS (
        SELECT g.licensee_id, g.accrual_month, g.judgement_id,
               CAST(g.occurred_at AT TIME ZONE INTERVAL '9 hours' AS date) AS day,
               count(*) AS generation_count, sum(coalesce(g.quantity, 0)) AS quantity,
               sum(coalesce(g.net_revenue, 0)) AS net_revenue
        FROM generation g
        WHERE g.accrual_month BETWEEN :first AND :last
          AND (CAST(:licensees AS bigint[]) IS NULL OR g.licensee_id = ANY(:licensees))
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT g.licensee_id, g.accrual_month, g.judgement_id,
               CAST(g.occurred_at AT TIME ZONE INTERVAL '9 hours' AS date),
               -1, -coalesce(g.quantity, 0), -coalesce(g.net_revenue, 0)
        FROM standing c CROSS JOIN LATERAL (
            SELECT * FROM generation
            WHERE licensee_id = c.licensee_id AND source = c.source AND event_id = c.event_id
              AND accrual_month = c.accrual_month
            OFFSET 0
        ) g
        UNION ALL
        SELECT c.licensee_id, c.accrual_month, c.judgement_id,
               CAST(c.occurred_at AT TIME ZONE INTERVAL '9 hours' AS date),
               1, coalesce(c.quantity, 0), coalesce(c.net_revenue, 0)
        FROM standing c WHERE c.kind = 'replace'
    ), sides AS (
        SELECT c.licensee_id, c.accrual_month, c.day, l.decision, l.reasons[1] AS reason,
               l.terms_version_id, l.rate_line_id, l.subject_id, j.territory,
               'recounted' AS side, sum(c.generation_count) AS generation_count,
               sum(c.quantity) AS quantity, sum(c.net_revenue) AS net_revenue
        FROM counted c
        JOIN firm USING (licensee_id)
        JOIN judgement j USING (licensee_id, judgement_id)
        JOIN judgement_line l USING (licensee_id, judgement_id)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        UNION ALL
        SELECT t.licensee_id, t.accrual_month, t.day, t.decision, t.reason,
               t.terms_version_id, t.rate_line_id, t.subject_id, t.territory,
               'kept', sum(t.generation_count), sum(t.quantity), sum(t.net_revenue)
        FROM batch_total t JOIN firm USING (licensee_id)
        WHERE t.accrual_month BETWEEN :first AND :last
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), differing AS (
        SELECT licensee_id, day, decision, reason, rate_line_id, subject_id, territory,
               jsonb_object_agg(side, ARRAY[CAST(generation_count AS text), CAST(quantity AS text),
                                            CAST(net_revenue AS text)]) AS told
        FROM sides
        GROUP BY licensee_id, accrual_month, day, decision, reason, terms_version_id,
                 rate_line_id, subject_id, territory
        HAVING sum(CASE side WHEN 'kept' THEN generation_count ELSE -generation_count END) <> 0
            OR sum(CASE side WHEN 'kept' THEN quantity ELSE -quantity END) <> 0
            OR sum(CASE side WHEN 'kept' THEN net_revenue ELSE -net_revenue END) <> 0
    )
    SELECT p.reference AS licensee, d.day, d.decision, d.reason, s.reference AS subject,
           d.rate_line_id, d.territory, d.told
    FROM differing d
    JOIN party p ON p.party_id = d.licensee_id
    LEFT JOIN subject s ON s.subject_id = d.subject_id
    ORDER BY 1, 2, 3, 4, 5, 6, 7
"""

# Those that came late were not there when their month closed. A tally has each generation once.
_COUNT = """
    SELECT CAST(coalesce(sum(t.generation_count), 0) AS bigint)
    FROM batch_tally t
    JOIN party p ON p.party_id = t.licensee_id AND p.book_id = :book
    JOIN batch b ON b.licensee_id = t.licensee_id AND b.batch_number = t.batch_number
                AND b.kind = 'report' AND b.counted_month IS NULL
    WHERE t.accrual_month = :month
"""

_LAST_BATCHES = """
    SELECT b.licensee_id, max(b.batch_number)
    FROM batch b JOIN party p ON p.party_id = b.licensee_id AND p.book_id = :book
    WHERE b.first_month <= :last AND b.last_month >= :first
    GROUP BY 1
"""


def differing_totals(
    session: Session,
    *,
    book_id: int,
    first: date,
    last: date,
    licensee_ids: Collection[int] | None = None,
) -> tuple[TotalsFact, ...]:
    """
    Count the generations of some months, and return where totals kept at intake differ.

    They are those of some licensees, or of everybody (None).
    """
    parameters = {
        "book": book_id,
        "first": first,
        "last": last,
        "licensees": None if licensee_ids is None else list(licensee_ids),
    }
    return tuple(
        TotalsFact(
            licensee=row.licensee,
            day=row.day,
            decision=row.decision,
            reason=row.reason,
            subject=row.subject,
            rate_line_id=row.rate_line_id,
            territory=row.territory,
            kept=_tally(row.told.get("kept")),
            recounted=_tally(row.told.get("recounted")),
        )
        for row in session.execute(text(_DIFFERENCES), parameters)
    )


def last_batches(session: Session, *, book_id: int, first: date, last: date) -> Mapping[int, int]:
    """
    Return the number of the last batch that each licensee has in some months.

    A licensee's batches are numbered in the order in which they are written, and never change:
    while the number is the same, so is everything that it reported of these months.
    """
    parameters = {"book": book_id, "first": first, "last": last}
    return dict(map(tuple, session.execute(text(_LAST_BATCHES), parameters)))


def count_generations(session: Session, *, book_id: int, month: date) -> int:
    """Return how many generations were reported for a month, whatever became of them."""
    count: int = session.execute(text(_COUNT), {"book": book_id, "month": month}).scalar_one()
    return count


def _tally(told: Sequence[str] | None) -> Tally:
    count, quantity, revenue = told or ("0", "0", "0")
    return Tally(
        generation_count=int(count), quantity=Decimal(quantity), net_revenue=Decimal(revenue)
    )
