"""What an explanation says of an invoice that is not paid in time: reminders and suspensions."""

from collections.abc import Collection
from itertools import groupby
from operator import attrgetter

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.explanation_facts import UnpaidFact

_UNPAID = """
    SELECT m.document_id, w.written_on AS day, 'reminder_' || m.tone AS what,
           CAST(NULL AS text) AS license, m.open_minor, CAST(NULL AS date) AS lifted_on
    FROM reminder m JOIN dunning_letter w USING (dunning_letter_id)
    WHERE m.document_id = ANY (CAST(:documents AS bigint[]))
    UNION ALL
    SELECT s.document_id, CAST(s.suspended_at AT TIME ZONE 'Asia/Tokyo' AS date),
           'license_suspended', c.reference, s.open_minor,
           CAST(l.lifted_at AT TIME ZONE 'Asia/Tokyo' AS date)
    FROM license_suspension s
    JOIN license c USING (license_id)
    LEFT JOIN license_lifting l USING (license_suspension_id)
    WHERE s.document_id = ANY (CAST(:documents AS bigint[]))
    ORDER BY document_id, day, what
"""


def read_unpaid(
    session: Session, *, document_ids: Collection[int]
) -> dict[int, tuple[UnpaidFact, ...]]:
    """Return what was done about invoices that were not paid, by key, in the order of the days."""
    rows = session.execute(text(_UNPAID), {"documents": list(document_ids)})
    return {
        document: tuple(
            UnpaidFact(
                day=row.day,
                what=row.what,
                license=row.license,
                open_minor=row.open_minor,
                lifted_on=row.lifted_on,
            )
            for row in found
        )
        for document, found in groupby(rows, key=attrgetter("document_id"))
    }
