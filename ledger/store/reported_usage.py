"""What an AI firm reported of a month, row by row as it came in; nothing in it ever changes."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import Session

from ledger.store.database import driver_connection

# A correction stands in its own place, and what it corrects stays in its own.
_REPORTED = """
    WITH said AS (
        SELECT batch_number, position, 'report' AS said, source, event_id, occurred_at,
               judgement_id, quantity, net_revenue, currency, model, title, output_sha256,
               content_hash
        FROM generation
        WHERE licensee_id = %(licensee)s AND accrual_month = %(month)s
        UNION ALL
        SELECT batch_number, position, kind, source, event_id, occurred_at,
               judgement_id, quantity, net_revenue, currency, model, title, output_sha256,
               content_hash
        FROM correction
        WHERE licensee_id = %(licensee)s AND accrual_month = %(month)s
    )
    SELECT s.batch_number, s.position, b.recorded_at, s.said, s.source, s.event_id, s.occurred_at,
           j.license_reference,
           ARRAY(SELECT l.subject_reference FROM judgement_line l
                 WHERE l.licensee_id = j.licensee_id AND l.judgement_id = j.judgement_id
                 ORDER BY l.position),
           j.use_class, j.modality, s.quantity, j.unit, s.net_revenue, s.currency, j.territory,
           j.language, s.model, s.title, encode(s.output_sha256, 'hex'),
           encode(s.content_hash, 'hex')
    FROM said s
    JOIN batch b ON b.licensee_id = %(licensee)s AND b.batch_number = s.batch_number
    LEFT JOIN judgement j
      ON j.licensee_id = %(licensee)s AND j.judgement_id = s.judgement_id
    ORDER BY s.batch_number, s.position
"""


def stream_reported(
    session: Session, *, licensee_id: int, month: date
) -> Iterator[tuple[object, ...]]:
    """
    Yield everything a firm said of a month, by batch and place.

    A row is batch, position, instant, what it is, source, id, when it happened, license,
    subjects, use class, modality, quantity, unit, net revenue and its currency, territory,
    language, model, title, hash of the output and of the content.
    """
    with driver_connection(session).cursor("reported") as cursor:
        cursor.itersize = 5_000
        yield from cursor.execute(_REPORTED, {"licensee": licensee_id, "month": month})
