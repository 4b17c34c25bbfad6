"""
Royalty lines: the totals and terms a month is closed from, and the lines its closing writes.

Totals were kept with each batch, so a closing adds up thousands of rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.adjustment import change_of_rate
from ledger.core.capacity import Capacity
from ledger.core.closing import Cause, RoyaltyLine
from ledger.core.counter import ClosingTerms, UsageTotal, YearBegins
from ledger.core.invoice import AdjustedLine, InvoiceLine, revenue_compared
from ledger.core.invoice_plan import BillableLine
from ledger.core.money import Rounding
from ledger.core.period import Month
from ledger.core.royalty import Charge, ChargeStep
from ledger.core.snapshot import from_plain, to_plain
from ledger.core.terms import Basis, TierMode
from ledger.core.top_up import Comparison
from ledger.core.usage import Modality, UseClass
from ledger.store import revenues
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
      AND (late.counted_month IS NULL OR late.counted_month <= :counted_by)
      AND (t.decision IN ('accepted', 'wind_down') OR t.accrual_month >= :with_held)
      AND (CAST(:licensee AS bigint) IS NULL OR t.licensee_id = :licensee)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, late.counted_month
    HAVING sum(t.generation_count) <> 0 OR sum(t.quantity) <> 0 OR sum(t.net_revenue) <> 0
"""

_LINES = """
    SELECT accrual_month AS month, licensee_id, owner_id, license_id, subject_id,
           terms_version_id, rate_line_id, currency, generation_count, quantity, counter_before,
           exact, amount_minor, rounding, steps,
           NULLIF(closing_month, accrual_month) AS closing_month, cause
    FROM royalty_line WHERE book_id = :book AND accrual_month >= :since
      AND (CAST(:closing_month AS date) IS NULL OR closing_month = :closing_month)
    ORDER BY royalty_line_id
"""

_FIRST_ADJUSTED = """
    SELECT min(t.accrual_month) FROM batch b
    JOIN party p ON p.party_id = b.licensee_id AND p.book_id = :book
    CROSS JOIN LATERAL (
        SELECT accrual_month FROM batch_total
        WHERE licensee_id = b.licensee_id AND batch_number = b.batch_number
        UNION ALL
        SELECT accrual_month FROM batch_event_total
        WHERE licensee_id = b.licensee_id AND batch_number = b.batch_number
    ) t
    WHERE b.counted_month = :month
"""

_TO_BILL = """
    SELECT r.royalty_line_id, r.licensee_id, r.owner_id, r.accrual_month, r.closing_month,
           r.cause, r.steps, r.currency, original.reference AS adjusted_invoice,
           original.number AS adjusted_line,
           r.generation_count, r.quantity, r.exact, r.amount_minor, r.rate_line_id,
           coalesce(done.recouped_minor, 0) AS recouped_minor,
           coalesce(done.closing_month, r.closing_month) AS billed_month,
           licensee.reference AS licensee, holder.reference AS holder,
           holder.country AS licensor_country,
           coalesce(entrusted.capacity, 'intermediary') AS capacity,
           s.reference AS subject_reference, s.title_ja, s.title_en,
           l.reference AS license_reference, v.clause_reference,
           rate.basis, rate.rate, rate.tier_mode, v.license_grant_id, v.revenue_percent,
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
    LEFT JOIN LATERAL (
        SELECT e.capacity FROM entrustment e
        WHERE e.owner_id = r.owner_id AND e.effective_from <= :supplied_on
        ORDER BY e.effective_from DESC LIMIT 1
    ) entrusted ON true
    LEFT JOIN recoup_member source ON source.license_grant_id = g.license_grant_id
                            AND r.closing_month >= source.since AND r.closing_month < source.until
    LEFT JOIN royalty_set_off done ON done.royalty_line_id = r.royalty_line_id
    LEFT JOIN invoice_line billed ON billed.royalty_line_id = r.royalty_line_id
    LEFT JOIN LATERAL (
        SELECT d.reference, line.number
        FROM royalty_line adjusted
        JOIN invoice_line line ON line.royalty_line_id = adjusted.royalty_line_id
        JOIN document d ON d.document_id = line.document_id
        JOIN rate_line old ON old.rate_line_id = adjusted.rate_line_id
        JOIN terms_version replaced ON replaced.terms_version_id = adjusted.terms_version_id
        WHERE adjusted.closing_month = r.accrual_month
          AND adjusted.accrual_month = r.accrual_month
          AND adjusted.subject_id = r.subject_id
          AND replaced.license_grant_id = v.license_grant_id AND old.basis = rate.basis
          AND old.modality IS NOT DISTINCT FROM rate.modality
          AND old.use_class IS NOT DISTINCT FROM rate.use_class
        ORDER BY old.rate_line_id = r.rate_line_id DESC, d.document_id, line.number LIMIT 1
    ) original ON r.closing_month > r.accrual_month
    WHERE r.book_id = :book AND billed.royalty_line_id IS NULL
      AND coalesce(done.closing_month, r.closing_month) <= :month
      AND (source.license_grant_id IS NULL OR done.royalty_line_id IS NOT NULL)
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
    counted_by: date | None = None,
) -> tuple[UsageTotal, ...]:
    """
    Add up the batch totals of some months, in two parts where a contract year begins.

    They are those of one licensee, or of everybody. What was told late is among them when it is
    counted in a month through ``counted_by``, which is the last one unless said otherwise.

    What is held or refused comes only for months from ``with_held_from`` on: counters of
    earlier months do not ask for it.
    """
    parameters = {
        "book": book_id,
        "first": first,
        "last": last,
        "with_held": with_held_from,
        "licensee": licensee_id,
        "counted_by": counted_by or last,
        "versions": [year.terms_version_id for year in years],
        "months": [year.month for year in years],
        "days": [year.day for year in years],
    }
    return tuple(UsageTotal(**row._mapping) for row in session.execute(text(_TOTALS), parameters))


def insert_lines(
    session: Session, *, book_id: int, closing_month: date, lines: Iterable[RoyaltyLine]
) -> None:
    """Write the royalty lines of a month that is being closed, in their order."""
    insert_all(
        session,
        RoyaltyLineRow,
        ({"book_id": book_id, "closing_month": closing_month, **_row(line)} for line in lines),
    )


def first_adjusted(session: Session, *, book_id: int, month: date) -> date | None:
    """Return the earliest closed month of which something is counted in a month, if any is."""
    parameters = {"book": book_id, "month": month}
    first: date | None = session.execute(text(_FIRST_ADJUSTED), parameters).scalar_one()
    return first


def read_lines(session: Session, *, book_id: int, since: date) -> tuple[RoyaltyLine, ...]:
    """Return every royalty line for use in a month or later, as they were computed."""
    parameters = {"book": book_id, "since": since, "closing_month": None}
    return tuple(map(_line, session.execute(text(_LINES), parameters)))


def lines_of_closing(session: Session, *, book_id: int, month: date) -> tuple[RoyaltyLine, ...]:
    """Return what the closing of a month charged, as it was computed; nothing while it is open."""
    parameters = {"book": book_id, "since": date.min, "closing_month": month}
    return tuple(map(_line, session.execute(text(_LINES), parameters)))


def lines_to_bill(session: Session, *, book_id: int, through: date) -> list[BillableLine]:
    """
    Return the lines that no invoice has taken, of months through one, in their order.

    They are billed in the capacity that the entrustment has on the month's last day. Lines that
    wait until what was taken back from their source is made good are not among them.
    """
    supplied_on = Month.of_day(through).last_day
    asked = {"book": book_id, "month": through, "supplied_on": supplied_on}
    rows = session.execute(text(_TO_BILL), asked).all()
    topped_up = [row.accrual_month for row in rows if row.cause == Cause.REVENUE_SHARE]
    compared = (
        revenues.read_comparisons(session, book_id=book_id, since=min(topped_up))
        if topped_up
        else ()
    )
    of_closing = {(each.closing_month, *each.of): each for each in compared}
    return [_billable(row, of_closing) for row in rows]


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
        "cause": str(line.cause),
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
        closing_month=row.closing_month,
        cause=Cause(row.cause),
    )


def _billable(row: Row[Any], compared: Mapping[tuple[date, int, date], Comparison]) -> BillableLine:
    is_top_up = row.cause == Cause.REVENUE_SHARE
    place = (row.closing_month, row.license_grant_id, row.accrual_month)
    return BillableLine(
        royalty_line_id=row.royalty_line_id,
        licensee=row.licensee,
        holder=row.holder,
        licensee_id=row.licensee_id,
        holder_id=row.owner_id,
        month=row.billed_month,
        currency=row.currency,
        licensor_country=row.licensor_country,
        capacity=Capacity(row.capacity),
        line=InvoiceLine(
            number=0,
            subject_reference=row.subject_reference,
            title_ja=row.title_ja,
            title_en=row.title_en,
            license_reference=row.license_reference,
            clause_reference=row.clause_reference,
            rate_line_id=row.rate_line_id,
            basis=basis_shown(row),
            modality=Modality(row.modality) if row.modality and not is_top_up else None,
            use_class=UseClass(row.use_class) if row.use_class and not is_top_up else None,
            generation_count=row.generation_count,
            quantity=row.quantity,
            rate=rate_shown(row),
            is_tiered=not is_top_up and (row.tier_mode != TierMode.NONE or _has_overage(row)),
            exact=row.exact,
            amount_minor=row.amount_minor,
            adjusts=_adjusted(row),
            recouped_minor=row.recouped_minor,
            top_up=revenue_compared(compared[place]) if is_top_up else None,
        ),
    )


def _has_overage(row: Row[Any]) -> bool:
    """Tell whether a part has a price of its own, so that no one rate explains the amount."""
    return any(step["code"] == "overage" for step in row.steps)


def _adjusted(row: Row[Any]) -> AdjustedLine | None:
    if row.closing_month == row.accrual_month:
        return None
    return AdjustedLine(
        month=row.accrual_month,
        cause=Cause(row.cause),
        invoice=row.adjusted_invoice,
        number=row.adjusted_line,
    )


def basis_shown(row: Row[Any]) -> Basis:
    """Return what the rate of a royalty line is counted in; a top-up is a share of revenue."""
    return Basis.PCT_REVENUE if row.cause == Cause.REVENUE_SHARE else Basis(row.basis)


def rate_shown(row: Row[Any]) -> Decimal:
    """
    Return the rate of a royalty line, or by how much terms for a closed month changed it.

    That of a top-up is the percentage of revenue.
    """
    if row.cause == Cause.REVENUE_SHARE:
        percent: Decimal = row.revenue_percent
        return percent
    steps = from_plain(tuple[ChargeStep, ...], row.steps)
    change = change_of_rate(Cause(row.cause), steps)
    rate: Decimal = row.rate
    return rate if change is None else change
