"""
What a preview of a month reads: lines in words, use that waits, and what the book lacks.

Everything comes from batch totals and the lines of closings, in a fixed number of queries.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.closing import Cause, RoyaltyLine
from ledger.core.month_findings import Lacking
from ledger.core.month_preview import Place, PreviewLine, Waiting
from ledger.core.reason import Decision, Reason

_PLACES = """
    SELECT rate.rate_line_id, licensee.reference AS licensee, l.reference AS license,
           v.clause_reference, rate.basis,
           coalesce(rate.modality, CASE WHEN cardinality(g.modalities) = 1
                                        THEN g.modalities[1] END, '') AS modality,
           coalesce(rate.use_class, CASE WHEN cardinality(g.use_classes) = 1
                                         THEN g.use_classes[1] END, '') AS use_class
    FROM rate_line rate
    JOIN terms_version v ON v.terms_version_id = rate.terms_version_id
    JOIN license_grant g ON g.license_grant_id = v.license_grant_id
    JOIN license l ON l.license_id = g.license_id
    JOIN party licensee ON licensee.party_id = l.licensee_id
    WHERE rate.rate_line_id = ANY (CAST(:lines AS bigint[]))
"""

_SUBJECTS = """
    SELECT s.subject_id, s.reference, s.title_ja, s.title_en, holder.reference AS holder
    FROM subject s JOIN party holder ON holder.party_id = s.owner_id
    WHERE s.subject_id = ANY (CAST(:subjects AS bigint[]))
"""

# What is held waits until somebody decides, so that of earlier months is there, too; what was
# refused is told with the month that counts it. Corrections may take either away again.
_WAITING = """
    WITH told AS (
        SELECT t.licensee_id, t.subject_id, t.decision, t.reason, t.day,
               sum(t.generation_count) AS use_count
        FROM batch_total t
        JOIN party p ON p.party_id = t.licensee_id AND p.book_id = :book
        LEFT JOIN batch late ON late.licensee_id = t.licensee_id
                            AND late.batch_number = t.batch_number
                            AND late.counted_month IS NOT NULL
        WHERE t.accrual_month <= :month AND t.decision IN ('held', 'refused')
          AND coalesce(late.counted_month, t.accrual_month) <= :month
          AND (t.decision = 'held' OR coalesce(late.counted_month, t.accrual_month) = :month)
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(t.generation_count) <> 0
    )
    SELECT told.decision, told.reason, licensee.reference AS licensee, s.reference AS subject,
           CAST(sum(told.use_count) AS bigint) AS use_count, min(told.day) AS since
    FROM told
    JOIN party licensee ON licensee.party_id = told.licensee_id
    LEFT JOIN subject s ON s.subject_id = told.subject_id
    GROUP BY told.decision, told.reason, licensee.reference, s.reference
    ORDER BY told.decision, sum(told.use_count) DESC, told.reason,
             licensee.reference COLLATE "C", s.reference COLLATE "C"
"""

_LACKING = """
    SELECT EXISTS (SELECT FROM party WHERE book_id = :book AND role = 'operator') AS has_operator,
           coalesce((SELECT p.reference FROM party p
                     WHERE p.book_id = :book AND p.role = 'operator'
                       AND NOT EXISTS (SELECT FROM bank_account b WHERE b.owner_id = p.party_id
                                                                    AND b.effective_from <= :on)
                     LIMIT 1), '') AS account_of,
           ARRAY(SELECT p.reference FROM party p
                 WHERE p.party_id = ANY (CAST(:holders AS bigint[]))
                   AND NOT EXISTS (SELECT FROM entrustment e WHERE e.owner_id = p.party_id
                                                               AND e.effective_from <= :last_day)
                 ORDER BY p.reference COLLATE "C") AS without_fee,
           ARRAY(SELECT p.reference FROM party p
                 WHERE p.party_id = ANY (CAST(:holders AS bigint[])) AND p.kind = 'committee'
                   AND NOT EXISTS (SELECT FROM waterfall_version w WHERE w.owner_id = p.party_id
                                                                     AND w.effective_from <= :month)
                 ORDER BY p.reference COLLATE "C") AS without_waterfall,
           ARRAY(SELECT c.reference FROM claim c
                 JOIN LATERAL (SELECT state FROM claim_version v WHERE v.claim_id = c.claim_id
                               ORDER BY v.version DESC LIMIT 1) last ON true
                 WHERE c.book_id = :book AND last.state = 'disputed'
                 ORDER BY c.reference COLLATE "C") AS disputed,
           ARRAY(SELECT c.reference FROM license_suspension s JOIN license c USING (license_id)
                 LEFT JOIN license_lifting l USING (license_suspension_id)
                 WHERE c.book_id = :book AND l.license_suspension_id IS NULL
                 ORDER BY c.reference COLLATE "C") AS suspended,
           (SELECT count(*) FROM invoice i
            WHERE i.book_id = :book AND i.due_on < :on
              AND i.total_minor > (SELECT coalesce(sum(r.amount_minor), 0) FROM receipt r
                                   WHERE r.document_id = i.document_id)) AS overdue_count
"""


def in_words(session: Session, *, lines: Iterable[RoyaltyLine]) -> tuple[PreviewLine, ...]:
    """Say of royalty lines, written or not, what each is about."""
    listed = list(lines)
    places = {
        row.rate_line_id: row
        for row in session.execute(
            text(_PLACES), {"lines": list({line.rate_line_id for line in listed})}
        )
    }
    subjects = {
        row.subject_id: row
        for row in session.execute(
            text(_SUBJECTS), {"subjects": list({line.subject_id for line in listed})}
        )
    }
    said = []
    for line in listed:
        place, subject = places[line.rate_line_id], subjects[line.subject_id]
        said.append(
            PreviewLine(
                place=Place(
                    licensee=place.licensee,
                    holder=subject.holder,
                    license=place.license,
                    subject=subject.reference,
                    **_kind(line, place),
                    currency=line.currency,
                ),
                title_ja=subject.title_ja,
                title_en=subject.title_en,
                clause=place.clause_reference,
                accrual_month=line.month,
                cause=line.cause,
                generation_count=line.generation_count,
                quantity=line.quantity,
                amount_minor=line.amount_minor,
                closing_month=line.closing_month,
            )
        )
    return tuple(said)


def _kind(line: RoyaltyLine, place: Row[Any]) -> dict[str, str]:
    """Say what a line is for: the use its rate line selects, or a share of revenue."""
    if line.cause is Cause.REVENUE_SHARE:
        return {"basis": str(Cause.REVENUE_SHARE), "modality": "", "use_class": ""}
    return {"basis": place.basis, "modality": place.modality, "use_class": place.use_class}


def find_waiting(session: Session, *, book_id: int, month: date) -> tuple[Waiting, ...]:
    """Return what is held by the end of a month, and what it refused, the most first."""
    rows = session.execute(text(_WAITING), {"book": book_id, "month": month})
    return tuple(
        Waiting(
            decision=Decision(row.decision),
            reason=Reason(row.reason),
            licensee=row.licensee,
            subject=row.subject,
            use_count=row.use_count,
            since=row.since,
        )
        for row in rows
    )


def find_lacking(
    session: Session, *, book_id: int, holder_ids: Sequence[int], last_day: date, on: date
) -> Lacking:
    """Return what the book lacks on a day to invoice and settle royalty of some holders."""
    parameters = {
        "book": book_id,
        "holders": list(holder_ids),
        "last_day": last_day,
        "month": last_day.replace(day=1),
        "on": on,
    }
    row = session.execute(text(_LACKING), parameters).one()
    return Lacking(
        operator=not row.has_operator,
        account_of=row.account_of,
        fees=tuple(row.without_fee),
        waterfalls=tuple(row.without_waterfall),
        overdue_count=row.overdue_count,
        disputed=tuple(row.disputed),
        suspended=tuple(row.suspended),
    )
