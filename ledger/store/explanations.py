"""
What an explanation says of lines and generations, read in few queries, whoever asks.

A line is named by the month whose closing made it and its place among that closing's lines:
``LINE-2026-10-3``. Lines of a closing are written at once and never change, so it stays its name.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.closing import Cause
from ledger.core.explanation_facts import BilledFact, LineFact, TermsFact
from ledger.core.top_up import Comparison
from ledger.store.divided_lines import over_divided_lines
from ledger.store.revenues import read_comparisons

# For whoever pays for it, whose it is, and whoever earned a part of what was paid for it.
_NAMED = over_divided_lines("""
    SELECT r.royalty_line_id FROM (
        SELECT * FROM royalty_line WHERE book_id = :book AND closing_month = :month
        ORDER BY royalty_line_id OFFSET :place LIMIT 1
    ) r
    WHERE CAST(:reader AS bigint) IS NULL OR r.licensee_id = :reader OR r.owner_id = :reader
       OR EXISTS (SELECT FROM (/* divided lines */) paid
                  JOIN earning e ON e.settlement_id = paid.settlement_id
                                AND e.holder_id = r.owner_id AND e.owner_id = :reader
                                AND e.category NOT IN ('claim', 'claim_released')
                  WHERE paid.royalty_line_id = r.royalty_line_id)
""")

_OF_INVOICE = """
    SELECT il.royalty_line_id FROM invoice_line il
    WHERE il.document_id = :document AND il.royalty_line_id IS NOT NULL
      AND (CAST(:number AS integer) IS NULL OR il.number = :number)
    ORDER BY il.number
"""

# In the order in which a statement lists them.
_OF_DIVISIONS = over_divided_lines("""
    SELECT line.royalty_line_id
    FROM (
        SELECT settled.royalty_line_id FROM (/* divided lines */) settled
        WHERE settled.settlement_id = :settlement
        UNION
        SELECT u.royalty_line_id FROM settled_prepayment_use settled
        JOIN prepayment_use u USING (prepayment_use_id)
        WHERE settled.settlement_id = :settlement
    ) paid
    JOIN royalty_line line USING (royalty_line_id)
    JOIN subject s USING (subject_id)
    JOIN party holder ON holder.party_id = line.owner_id
    JOIN party licensee ON licensee.party_id = line.licensee_id
    WHERE line.owner_id = ANY (CAST(:holders AS bigint[]))
    ORDER BY holder.reference COLLATE "C", s.reference COLLATE "C",
             licensee.reference COLLATE "C", line.accrual_month, line.royalty_line_id
""")

_LINES = """
    WITH wanted AS (
        SELECT r.* FROM royalty_line r WHERE r.royalty_line_id = ANY (CAST(:ids AS bigint[]))
    ), numbered AS (
        SELECT r.royalty_line_id, r.accrual_month, r.subject_id, r.closing_month, r.amount_minor,
               r.cause, v.license_grant_id, priced.basis, priced.modality, priced.use_class,
               row_number() OVER (PARTITION BY r.closing_month ORDER BY r.royalty_line_id) AS place
        FROM royalty_line r
        JOIN terms_version v ON v.terms_version_id = r.terms_version_id
        JOIN rate_line priced ON priced.rate_line_id = r.rate_line_id
        WHERE r.book_id = :book AND (r.closing_month IN (SELECT closing_month FROM wanted)
              OR r.closing_month IN (SELECT o.closing_month FROM royalty_line o JOIN wanted w
                     ON o.book_id = w.book_id AND o.accrual_month = w.accrual_month
                    AND o.subject_id = w.subject_id))
    ), reported AS (
        SELECT t.licensee_id, t.accrual_month, t.rate_line_id, t.subject_id,
               coalesce(b.counted_month, t.accrual_month) AS closing_month,
               count(DISTINCT t.batch_number) AS batch_count,
               min(t.batch_number) AS first_batch, max(t.batch_number) AS last_batch
        FROM (SELECT DISTINCT licensee_id, accrual_month FROM wanted) month
        JOIN batch_total t USING (licensee_id, accrual_month)
        JOIN batch b USING (licensee_id, batch_number)
        WHERE t.decision IN ('accepted', 'wind_down')
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT r.royalty_line_id AS id, r.cause, v.license_grant_id, r.licensee_id,
           licensee.reference AS licensee,
           r.owner_id AS holder_id, holder.reference AS holder, r.subject_id,
           s.reference AS subject,
           s.title_ja, s.title_en, r.accrual_month AS month, r.closing_month, r.currency,
           l.reference AS license, v.clause_reference AS clause, v.version, v.effective_from,
           v.currency AS terms_currency,
           (SELECT jsonb_object_agg(key, value #>> '{}') FROM jsonb_each(to_jsonb(priced))
            WHERE jsonb_typeof(value) <> 'null') AS rate_line,
           ARRAY(SELECT t.up_to FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position) AS bounds,
           ARRAY(SELECT t.rate FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position) AS rates,
           r.generation_count, r.quantity, r.counter_before, r.steps, r.exact, r.rounding,
           r.amount_minor, c.input_hash, c.closed_at,
           coalesce(reported.batch_count, 0) AS batch_count, reported.first_batch,
           reported.last_batch, n.place,
           (SELECT jsonb_agg(jsonb_build_array(o.closing_month, o.place, o.amount_minor)
                             ORDER BY o.royalty_line_id)
            FROM numbered o
            WHERE o.accrual_month = r.accrual_month AND o.subject_id = r.subject_id
              AND o.license_grant_id = n.license_grant_id AND o.basis = n.basis
              AND o.modality IS NOT DISTINCT FROM n.modality
              AND o.use_class IS NOT DISTINCT FROM n.use_class
              AND (o.cause = 'revenue_share') = (r.cause = 'revenue_share')
              AND o.closing_month <> r.closing_month
           ) AS of_same_use,
           d.reference AS invoice, il.number, il.amount_minor AS billed_minor,
           il.amount_minor - il.recouped_minor AS asked_minor, il.tax_minor, i.capacity,
           i.issued_on, i.due_on, paid.received_on, paid.received_minor, paid.received_tax_minor,
           r.recognition,
           CASE WHEN r.recognition = 'cash' THEN paid.settlement_ids
                WHEN done.settlement_id IS NOT NULL THEN ARRAY[done.settlement_id]
           END AS settlement_ids
    FROM wanted r
    JOIN numbered n USING (royalty_line_id)
    JOIN party licensee ON licensee.party_id = r.licensee_id
    JOIN party holder ON holder.party_id = r.owner_id
    JOIN subject s ON s.subject_id = r.subject_id
    JOIN license l ON l.license_id = r.license_id
    JOIN terms_version v ON v.terms_version_id = r.terms_version_id
    JOIN rate_line priced ON priced.rate_line_id = r.rate_line_id
    JOIN month_closing c ON c.book_id = r.book_id AND c.month = r.closing_month
    LEFT JOIN reported ON reported.licensee_id = r.licensee_id
                      AND reported.accrual_month = r.accrual_month
                      AND reported.rate_line_id = r.rate_line_id
                      AND reported.subject_id = r.subject_id
                      AND reported.closing_month = r.closing_month
    LEFT JOIN invoice_line il ON il.royalty_line_id = r.royalty_line_id
    LEFT JOIN invoice i ON i.document_id = il.document_id
    LEFT JOIN document d ON d.document_id = il.document_id
    LEFT JOIN LATERAL (
        SELECT max(receipt.received_on) AS received_on,
               CAST(coalesce(sum(part.amount_minor), 0) AS bigint) AS received_minor,
               CAST(coalesce(sum(part.tax_minor), 0) AS bigint) AS received_tax_minor,
               array_agg(DISTINCT settled.settlement_id)
                   FILTER (WHERE settled.settlement_id IS NOT NULL) AS settlement_ids
        FROM receipt_part part
        JOIN receipt USING (receipt_id)
        LEFT JOIN settled_receipt settled USING (receipt_id)
        WHERE part.royalty_line_id = il.royalty_line_id
    ) paid ON true
    LEFT JOIN accrued_line done ON done.royalty_line_id = r.royalty_line_id
"""

_TERMS = """
    SELECT priced.rate_line_id, l.reference AS license, v.clause_reference AS clause, v.version,
           v.effective_from, v.currency AS terms_currency, v.recognition,
           (SELECT jsonb_object_agg(key, value #>> '{}') FROM jsonb_each(to_jsonb(priced))
            WHERE jsonb_typeof(value) <> 'null') AS rate_line,
           ARRAY(SELECT t.up_to FROM rate_tier t WHERE t.rate_line_id = priced.rate_line_id
                 ORDER BY t.position) AS bounds,
           ARRAY(SELECT t.rate FROM rate_tier t WHERE t.rate_line_id = priced.rate_line_id
                 ORDER BY t.position) AS rates
    FROM rate_line priced
    JOIN terms_version v USING (terms_version_id)
    JOIN license_grant g USING (license_grant_id)
    JOIN license l USING (license_id)
    WHERE priced.rate_line_id = ANY (CAST(:ids AS bigint[]))
"""


def find_line(
    session: Session, *, book_id: int, closing_month: date, number: int, reader_id: int | None
) -> int | None:
    """Return the key of a closing's line that a reader may see, None when there is none."""
    asked = {"book": book_id, "month": closing_month, "place": number - 1, "reader": reader_id}
    return session.execute(text(_NAMED), asked).scalar_one_or_none()


def lines_of_invoice(session: Session, *, document_id: int, number: int | None = None) -> list[int]:
    """Return the keys of the lines of an invoice in order, or of the one of a number."""
    asked = {"document": document_id, "number": number}
    return list(session.scalars(text(_OF_INVOICE), asked))


def lines_of_divisions(
    session: Session, *, settlement_id: int, holder_ids: Collection[int]
) -> list[int]:
    """Return the keys of the lines that were paid for, in the order of a statement."""
    asked = {"settlement": settlement_id, "holders": list(holder_ids)}
    return list(session.scalars(text(_OF_DIVISIONS), asked))


def read_lines(session: Session, *, book_id: int, ids: Iterable[int]) -> dict[int, LineFact]:
    """Return lines with all that they followed from, by key, in the order asked for."""
    wanted = list(ids)
    rows = session.execute(text(_LINES), {"book": book_id, "ids": wanted}).all()
    topped_up = [row.month for row in rows if row.cause == Cause.REVENUE_SHARE]
    comparisons = (
        read_comparisons(session, book_id=book_id, since=min(topped_up)) if topped_up else ()
    )
    compared = {(each.closing_month, *each.of): each for each in comparisons}
    found = {row.id: _line(row, compared) for row in rows}
    return {key: found[key] for key in wanted}


def read_terms(session: Session, *, rate_line_ids: Collection[int]) -> dict[int, TermsFact]:
    """Return the terms of some rate lines."""
    rows = session.execute(text(_TERMS), {"ids": list(rate_line_ids)})
    return {row.rate_line_id: _terms(row) for row in rows}


def _terms(row: Row[Any]) -> TermsFact:
    return TermsFact(
        license=row.license,
        clause=row.clause,
        version=row.version,
        effective_from=row.effective_from,
        currency=row.terms_currency,
        recognition=row.recognition,
        rate_line=row.rate_line,
        tiers=tuple(zip(row.bounds, row.rates, strict=True)),
    )


def _line(row: Row[Any], compared: Mapping[tuple[date, int, date], Comparison]) -> LineFact:
    is_top_up = row.cause == Cause.REVENUE_SHARE
    place = (row.closing_month, row.license_grant_id, row.month)
    return LineFact(
        id=row.id,
        reference=_reference(row.closing_month, row.place),
        licensee_id=row.licensee_id,
        licensee=row.licensee,
        holder_id=row.holder_id,
        holder=row.holder,
        subject_id=row.subject_id,
        subject=row.subject,
        title_ja=row.title_ja,
        title_en=row.title_en,
        month=row.month,
        closing_month=row.closing_month,
        currency=row.currency,
        terms=_terms(row),
        generation_count=row.generation_count,
        quantity=row.quantity,
        counter_before=row.counter_before,
        steps=tuple(row.steps),
        exact=Fraction(row.exact),
        rounding=row.rounding,
        amount_minor=row.amount_minor,
        input_hash=row.input_hash,
        closed_at=row.closed_at,
        batch_count=row.batch_count,
        first_batch=row.first_batch,
        last_batch=row.last_batch,
        of_same_use=tuple(
            (_reference(closing := date.fromisoformat(month), place), closing, amount)
            for month, place, amount in row.of_same_use or ()
        ),
        billed=_billed(row),
        compared=compared[place] if is_top_up else None,
    )


def _reference(closing_month: date, place: int) -> str:
    return f"LINE-{closing_month:%Y-%m}-{place}"


def _billed(row: Row[Any]) -> BilledFact | None:
    if row.invoice is None:
        return None
    return BilledFact(
        invoice=row.invoice,
        number=row.number,
        amount_minor=row.billed_minor,
        asked_minor=row.asked_minor,
        capacity=row.capacity,
        tax_minor=row.tax_minor,
        issued_on=row.issued_on,
        due_on=row.due_on,
        received_on=row.received_on,
        received_minor=row.received_minor,
        received_tax_minor=row.received_tax_minor,
        settlement_ids=tuple(row.settlement_ids or ()),
    )
