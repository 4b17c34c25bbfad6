"""
Royalty lines: the totals and terms a month is closed from, and the lines its closing writes.

Totals were kept with each batch, so a closing adds up thousands of rows. The audit counts the
generations themselves, once for the whole month, and compares.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.closing import RoyaltyLine
from ledger.core.counter import ClosingTerms, UsageTotal, YearBegins
from ledger.core.facts import Tally, TotalsFact
from ledger.core.invoice import InvoiceLine
from ledger.core.invoice_plan import BillableLine
from ledger.core.money import Rounding
from ledger.core.royalty import Charge, ChargeStep
from ledger.core.snapshot import from_plain, to_plain
from ledger.core.terms import Basis, TierMode
from ledger.core.usage import Modality, UseClass
from ledger.store.licenses import load_snapshot
from ledger.store.parties import insert_all
from ledger.store.tables.months import RoyaltyLineRow

_OWNERS = """
    SELECT subject_id, owner_id FROM subject
    WHERE book_id = :book AND subject_id IN (SELECT subject_id FROM grant_subject)
"""

_TOTALS = """
    SELECT t.accrual_month AS month, t.decision, t.reason, t.terms_version_id, t.rate_line_id,
           t.subject_id, t.day >= coalesce(begins.day, 'infinity') AS is_new_year,
           CAST(sum(t.generation_count) AS bigint) AS generation_count,
           sum(t.quantity) AS quantity, sum(t.net_revenue) AS net_revenue, late.counted_month
    FROM batch_total t
    JOIN party p ON p.party_id = t.licensee_id AND p.book_id = :book
    LEFT JOIN batch late ON late.licensee_id = t.licensee_id
                        AND late.batch_number = t.batch_number AND late.counted_month IS NOT NULL
    LEFT JOIN unnest(CAST(:versions AS bigint[]), CAST(:months AS date[]), CAST(:days AS date[]))
           AS begins (terms_version_id, month, day)
      ON begins.terms_version_id = t.terms_version_id AND begins.month = t.accrual_month
    WHERE t.accrual_month BETWEEN :first AND :last
      AND (late.counted_month IS NULL OR late.counted_month <= :last)
      AND (t.decision = 'accepted' OR t.accrual_month >= :with_held)
      AND (CAST(:licensee AS bigint) IS NULL OR t.licensee_id = :licensee)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, late.counted_month
    HAVING sum(t.generation_count) <> 0 OR sum(t.quantity) <> 0 OR sum(t.net_revenue) <> 0
"""

# The generations are added up by judgement and day first: there are few of those, and only
# then is each joined with its subjects. Days are cut as the core cuts them: nine hours on. Of a
# generation that was corrected, the report is taken out and what stands now put in its place.
_DIFFERENCES = """
    WITH standing AS (
        SELECT DISTINCT ON (c.licensee_id, c.accrual_month, c.source, c.event_id) c.*
        FROM correction c JOIN party p ON p.party_id = c.licensee_id AND p.book_id = :book
        WHERE c.accrual_month BETWEEN :first AND :last
        ORDER BY c.licensee_id, c.accrual_month, c.source, c.event_id, c.revision DESC
    ), counted AS (
        SELECT g.licensee_id, g.accrual_month, g.judgement_id,
               CAST(g.occurred_at AT TIME ZONE INTERVAL '9 hours' AS date) AS day,
               count(*) AS generation_count, sum(coalesce(g.quantity, 0)) AS quantity,
               sum(coalesce(g.net_revenue, 0)) AS net_revenue
        FROM generation g JOIN party p ON p.party_id = g.licensee_id AND p.book_id = :book
        WHERE g.accrual_month BETWEEN :first AND :last
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
        JOIN judgement j USING (licensee_id, judgement_id)
        JOIN judgement_line l USING (licensee_id, judgement_id)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        UNION ALL
        SELECT t.licensee_id, t.accrual_month, t.day, t.decision, t.reason,
               t.terms_version_id, t.rate_line_id, t.subject_id, t.territory,
               'kept', sum(t.generation_count), sum(t.quantity), sum(t.net_revenue)
        FROM batch_total t JOIN party p ON p.party_id = t.licensee_id AND p.book_id = :book
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

# Those that came late were not there when their month closed.
_COUNT = """
    SELECT (SELECT count(*) FROM generation g
            JOIN party p ON p.party_id = g.licensee_id AND p.book_id = :book
            WHERE g.accrual_month = :month)
         - (SELECT count(*) FROM batch b
            JOIN party p ON p.party_id = b.licensee_id AND p.book_id = :book
            JOIN generation g ON g.licensee_id = b.licensee_id
                             AND g.batch_number = b.batch_number AND g.accrual_month = :month
            WHERE b.counted_month IS NOT NULL AND b.kind = 'report')
"""

_LINES = """
    SELECT accrual_month AS month, licensee_id, owner_id, license_id, subject_id,
           terms_version_id, rate_line_id, currency, generation_count, quantity, counter_before,
           exact, amount_minor, rounding, steps
    FROM royalty_line WHERE book_id = :book
    ORDER BY royalty_line_id
"""

_TO_BILL = """
    SELECT r.royalty_line_id, r.licensee_id, r.owner_id, r.accrual_month, r.currency,
           r.generation_count, r.quantity, r.exact, r.amount_minor, r.rate_line_id,
           licensee.reference AS licensee, holder.reference AS holder,
           s.reference AS subject_reference, s.title_ja, s.title_en,
           l.reference AS license_reference, v.clause_reference,
           rate.basis, rate.rate, rate.tier_mode,
           coalesce(rate.modality, CASE WHEN cardinality(g.modalities) = 1
                                        THEN g.modalities[1] END) AS modality,
           coalesce(rate.use_class, CASE WHEN cardinality(g.use_classes) = 1
                                         THEN g.use_classes[1] END) AS use_class
    FROM royalty_line r
    JOIN party licensee ON licensee.party_id = r.licensee_id
    JOIN party holder ON holder.party_id = r.owner_id
    JOIN subject s ON s.subject_id = r.subject_id
    JOIN license l ON l.license_id = r.license_id
    JOIN terms_version v ON v.terms_version_id = r.terms_version_id
    JOIN license_grant g ON g.license_grant_id = v.license_grant_id
    JOIN rate_line rate ON rate.rate_line_id = r.rate_line_id
    LEFT JOIN invoice_line billed ON billed.royalty_line_id = r.royalty_line_id
    WHERE r.book_id = :book AND r.accrual_month <= :month AND billed.royalty_line_id IS NULL
    ORDER BY r.royalty_line_id
"""


def read_terms(session: Session, *, book_id: int) -> ClosingTerms:
    """Return every license of the book, whose each granted subject is, and how it is listed."""
    snapshot = load_snapshot(session, book_id=book_id)
    owners = session.execute(text(_OWNERS), {"book": book_id})
    return ClosingTerms(
        licenses=tuple(snapshot.licenses.values()),
        owners={row.subject_id: row.owner_id for row in owners},
        listed={terms.grant_id: terms.subject_ids for terms in snapshot.terms.values()},
    )


def read_usage(
    session: Session,
    *,
    book_id: int,
    first: date,
    last: date,
    years: Sequence[YearBegins],
    with_held_from: date,
    licensee_id: int | None = None,
) -> tuple[UsageTotal, ...]:
    """
    Add up the batch totals of some months, in two parts where a contract year begins.

    They are those of one licensee, or of everybody.

    What is held or refused comes only for months from ``with_held_from`` on: counters of
    earlier months do not ask for it.
    """
    parameters = {
        "book": book_id,
        "first": first,
        "last": last,
        "with_held": with_held_from,
        "licensee": licensee_id,
        "versions": [year.terms_version_id for year in years],
        "months": [year.month for year in years],
        "days": [year.day for year in years],
    }
    return tuple(UsageTotal(**row._mapping) for row in session.execute(text(_TOTALS), parameters))


def differing_totals(
    session: Session, *, book_id: int, first: date, last: date
) -> tuple[TotalsFact, ...]:
    """Count the generations of some months, and return where totals kept at intake differ."""
    parameters = {"book": book_id, "first": first, "last": last}
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


def count_generations(session: Session, *, book_id: int, month: date) -> int:
    """Return how many generations were reported for a month, whatever became of them."""
    count: int = session.execute(text(_COUNT), {"book": book_id, "month": month}).scalar_one()
    return count


def insert_lines(
    session: Session, *, book_id: int, closing_month: date, lines: Iterable[RoyaltyLine]
) -> None:
    """Write the royalty lines of a month that is being closed, in their order."""
    insert_all(
        session,
        RoyaltyLineRow,
        ({"book_id": book_id, "closing_month": closing_month, **_row(line)} for line in lines),
    )


def read_lines(session: Session, *, book_id: int) -> dict[date, tuple[RoyaltyLine, ...]]:
    """Return every royalty line of the book by its month of use, as they were computed."""
    lines: dict[date, list[RoyaltyLine]] = defaultdict(list)
    for row in session.execute(text(_LINES), {"book": book_id}):
        lines[row.month].append(_line(row))
    return {month: tuple(of_month) for month, of_month in lines.items()}


def lines_to_bill(session: Session, *, book_id: int, through: date) -> list[BillableLine]:
    """Return the lines that no invoice has taken, of months through one, in their order."""
    rows = session.execute(text(_TO_BILL), {"book": book_id, "month": through})
    return [_billable(row) for row in rows]


def _tally(told: Sequence[str] | None) -> Tally:
    count, quantity, revenue = told or ("0", "0", "0")
    return Tally(
        generation_count=int(count), quantity=Decimal(quantity), net_revenue=Decimal(revenue)
    )


def _row(line: RoyaltyLine) -> dict[str, object]:
    return {
        "accrual_month": line.month,
        "licensee_id": line.licensee_id,
        "owner_id": line.owner_id,
        "license_id": line.license_id,
        "subject_id": line.subject_id,
        "terms_version_id": line.terms_version_id,
        "rate_line_id": line.rate_line_id,
        "currency": line.currency,
        "generation_count": line.generation_count,
        "quantity": line.quantity,
        "counter_before": line.counter_before,
        "exact": str(line.charge.exact),
        "rounding": str(line.charge.rounding),
        "amount_minor": line.charge.amount_minor,
        "steps": to_plain(line.charge.steps),
    }


def _line(row: Row[Any]) -> RoyaltyLine:
    charge = Charge(
        exact=Fraction(row.exact),
        amount_minor=row.amount_minor,
        rounding=Rounding(row.rounding),
        steps=from_plain(tuple[ChargeStep, ...], row.steps),
    )
    return RoyaltyLine(
        month=row.month,
        licensee_id=row.licensee_id,
        owner_id=row.owner_id,
        license_id=row.license_id,
        subject_id=row.subject_id,
        terms_version_id=row.terms_version_id,
        rate_line_id=row.rate_line_id,
        currency=row.currency,
        generation_count=row.generation_count,
        quantity=row.quantity,
        counter_before=row.counter_before,
        charge=charge,
    )


def _billable(row: Row[Any]) -> BillableLine:
    return BillableLine(
        royalty_line_id=row.royalty_line_id,
        licensee=row.licensee,
        holder=row.holder,
        licensee_id=row.licensee_id,
        holder_id=row.owner_id,
        month=row.accrual_month,
        currency=row.currency,
        line=InvoiceLine(
            number=0,
            subject_reference=row.subject_reference,
            title_ja=row.title_ja,
            title_en=row.title_en,
            license_reference=row.license_reference,
            clause_reference=row.clause_reference,
            rate_line_id=row.rate_line_id,
            basis=Basis(row.basis),
            modality=Modality(row.modality) if row.modality else None,
            use_class=UseClass(row.use_class) if row.use_class else None,
            generation_count=row.generation_count,
            quantity=row.quantity,
            rate=row.rate,
            is_tiered=row.tier_mode != TierMode.NONE,
            exact=row.exact,
            amount_minor=row.amount_minor,
        ),
    )
