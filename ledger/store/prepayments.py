"""Prepayments on their way: billed to licensees, set off on invoices, passed on to holders."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.capacity import Capacity, capacity_of
from ledger.core.closing import Cause
from ledger.core.invoice import PrepaymentLine
from ledger.core.invoice_plan import BillablePrepayment, LineSetOff
from ledger.core.period import Month
from ledger.core.prepayment import PrepaymentKind, UseKind
from ledger.core.prepayment_use import SettledUse, tax_of_uses
from ledger.core.statement import UsageRow
from ledger.core.terms import Basis, Recognition
from ledger.core.unsettled import ReceivedLine
from ledger.core.usage import Modality, UseClass
from ledger.store.royalties import basis_shown, rate_shown

_TO_BILL = """
    SELECT p.prepayment_id, p.licensee_id, licensee.reference AS licensee, p.currency,
           coalesce(p.closing_month, CAST(date_trunc('month', p.due_on) AS date)) AS month,
           l.reference AS license_reference, p.reference, p.kind, p.due_on, p.target_minor,
           p.credited_minor, p.amount_minor,
           ARRAY(SELECT DISTINCT holder.reference
                 FROM recoup_member s JOIN grant_subject USING (license_grant_id)
                 JOIN subject USING (subject_id)
                 JOIN party holder ON holder.party_id = subject.owner_id
                 WHERE s.recoup_group_id = p.recoup_group_id AND p.due_on >= s.since
                   AND p.due_on < s.until) AS holders,
           (SELECT holder.country
            FROM recoup_member s JOIN grant_subject USING (license_grant_id)
            JOIN subject USING (subject_id)
            JOIN party holder ON holder.party_id = subject.owner_id
            WHERE s.recoup_group_id = p.recoup_group_id AND p.due_on >= s.since
              AND p.due_on < s.until
            ORDER BY holder.country <> 'JP', holder.country LIMIT 1) AS licensor_country,
           ARRAY(SELECT coalesce((SELECT e.capacity FROM entrustment e
                                  WHERE e.owner_id = held.owner_id
                                    AND e.effective_from <= :supplied_on
                                  ORDER BY e.effective_from DESC LIMIT 1), 'intermediary')
                 FROM (SELECT DISTINCT subject.owner_id
                       FROM recoup_member s JOIN grant_subject USING (license_grant_id)
                       JOIN subject USING (subject_id)
                       WHERE s.recoup_group_id = p.recoup_group_id AND p.due_on >= s.since
                         AND p.due_on < s.until) held) AS capacities
    FROM prepayment p
    JOIN recoup_group g USING (recoup_group_id)
    JOIN license l USING (license_id)
    JOIN party licensee ON licensee.party_id = p.licensee_id
    LEFT JOIN invoice_prepayment billed ON billed.prepayment_id = p.prepayment_id
    WHERE l.book_id = :book AND billed.prepayment_id IS NULL
"""
_ADVANCES = (
    _TO_BILL
    + """
      AND p.closing_month IS NULL AND p.due_on <= :through
    ORDER BY licensee.reference COLLATE "C", p.due_on, p.prepayment_id
"""
)
_SHORTFALLS = _TO_BILL + " AND p.closing_month <= :through ORDER BY p.prepayment_id"

_SET_OFFS = """
    SELECT u.royalty_line_id, p.prepayment_id, l.reference AS license_reference, p.reference,
           p.kind, p.amount_minor, u.amount_minor AS recouped_minor,
           CAST(p.amount_minor - (
               SELECT sum(every.amount_minor) FROM prepayment_use every
               WHERE every.prepayment_id = p.prepayment_id AND every.kind = 'recouped'
                 AND every.closing_month <= u.closing_month
           ) AS bigint) AS left_minor
    FROM prepayment_use u
    JOIN prepayment p USING (prepayment_id)
    JOIN recoup_group g ON g.recoup_group_id = p.recoup_group_id
    JOIN license l USING (license_id)
    WHERE u.royalty_line_id = ANY (CAST(:lines AS bigint[]))
    ORDER BY u.prepayment_use_id
"""


_SETTLEMENTS_OF = """
    SELECT DISTINCT done.settlement_id
    FROM prepayment_use u JOIN settled_prepayment_use done USING (prepayment_use_id)
    WHERE u.royalty_line_id = :line ORDER BY 1
"""

# What a month takes back is there for what the same month pays, so it comes first of the month:
# else what is used up to a line could come to more than the prepayment ever was.
_UNSETTLED_USES = """
    SELECT u.prepayment_use_id, u.prepayment_id, u.royalty_line_id, u.licensee_id, u.kind,
           p.kind AS prepayment_kind, i.capacity = 'principal' AS is_own,
           u.amount_minor, p.amount_minor AS prepaid_minor, billed.tax_minor AS prepaid_tax_minor,
           coalesce(before.amount_minor, 0) AS used_minor,
           coalesce(before.tax_minor, 0) AS used_tax_minor,
           holder.reference AS holder, licensee.name_ja AS licensee_ja,
           licensee.name_en AS licensee_en, s.reference AS subject_reference, s.title_ja,
           s.title_en, coalesce(line.accrual_month, u.closing_month) AS accrual_month,
           rate.basis, rate.rate, line.cause, line.steps, line.recognition, v.revenue_percent,
           coalesce(rate.modality, CASE WHEN cardinality(g.modalities) = 1
                                        THEN g.modalities[1] END) AS modality,
           coalesce(rate.use_class, CASE WHEN cardinality(g.use_classes) = 1
                                         THEN g.use_classes[1] END) AS use_class,
           rate.tier_mode <> 'none' AS is_tiered, line.generation_count, line.quantity
    FROM prepayment_use u
    JOIN prepayment p USING (prepayment_id)
    JOIN invoice_prepayment billed USING (prepayment_id)
    JOIN invoice i ON i.document_id = billed.document_id
    JOIN LATERAL (
        SELECT sum(part.amount_minor) AS amount_minor
        FROM receipt_part part JOIN receipt r USING (receipt_id)
        WHERE part.prepayment_id = u.prepayment_id AND r.received_on <= :received_through
    ) came_in ON true
    JOIN LATERAL (
        SELECT sum(every.amount_minor) AS amount_minor FROM prepayment_use every
        WHERE every.prepayment_id = u.prepayment_id
          AND (every.closing_month, every.amount_minor > 0, every.prepayment_use_id)
              <= (u.closing_month, u.amount_minor > 0, u.prepayment_use_id)
    ) up_to_here ON true
    JOIN party licensee ON licensee.party_id = u.licensee_id
    LEFT JOIN settled_prepayment_use done USING (prepayment_use_id)
    LEFT JOIN LATERAL (
        SELECT sum(used.amount_minor) AS amount_minor, sum(passed.tax_minor) AS tax_minor
        FROM prepayment_use used JOIN settled_prepayment_use passed USING (prepayment_use_id)
        WHERE used.prepayment_id = u.prepayment_id
    ) before ON true
    LEFT JOIN party holder ON holder.party_id = u.owner_id
    LEFT JOIN subject s ON s.subject_id = u.subject_id
    LEFT JOIN royalty_line line ON line.royalty_line_id = u.royalty_line_id
    LEFT JOIN rate_line rate ON rate.rate_line_id = line.rate_line_id
    LEFT JOIN terms_version v ON v.terms_version_id = line.terms_version_id
    LEFT JOIN license_grant g ON g.license_grant_id = v.license_grant_id
    WHERE i.book_id = :book AND p.currency = :currency
      AND (up_to_here.amount_minor <= came_in.amount_minor OR line.recognition = 'accrual')
      AND u.closing_month <= :closing_month AND done.prepayment_use_id IS NULL
    ORDER BY u.prepayment_id, u.prepayment_use_id
"""


def advances_to_bill(
    session: Session, *, book_id: int, through: date, supplied_on: date
) -> list[BillablePrepayment]:
    """
    Return the advances due by a day that no invoice has taken, by licensee and day.

    ``supplied_on`` is the day whose entrustments say in which capacity they are billed.
    """
    asked = {"book": book_id, "through": through, "supplied_on": supplied_on}
    rows = session.execute(text(_ADVANCES), asked)
    return [_billable(row) for row in rows]


def shortfalls_to_bill(
    session: Session, *, book_id: int, through: date
) -> list[BillablePrepayment]:
    """Return what guarantees lacked at checkpoints of months through one, and is not invoiced."""
    supplied_on = Month.of_day(through).last_day
    asked = {"book": book_id, "through": through, "supplied_on": supplied_on}
    rows = session.execute(text(_SHORTFALLS), asked)
    return [_billable(row) for row in rows]


def set_offs_of(session: Session, *, royalty_line_ids: Collection[int]) -> list[LineSetOff]:
    """Return what some royalty lines recouped, and what their closing left to recoup."""
    asked = {"lines": list(royalty_line_ids)}
    return [LineSetOff(**row._mapping) for row in session.execute(text(_SET_OFFS), asked)]


def settlements_of(session: Session, *, royalty_line_id: int) -> list[int]:
    """Return the settlements that passed on what prepayments pay of a royalty line, in order."""
    return list(session.scalars(text(_SETTLEMENTS_OF), {"line": royalty_line_id}))


def unsettled_uses(
    session: Session,
    *,
    book_id: int,
    currency: str,
    closing_month: date,
    received_through: date,
) -> tuple[list[ReceivedLine], list[SettledUse]]:
    """
    Return what prepayments pay for, through a closing month, and no settlement has passed on.

    Only what was received is there to be passed on: of a prepayment that was paid in part, the
    uses wait in their order until it covers them. Those by lines under accrual terms do not wait,
    and keep their place in the order. Beside what rights holders get comes what
    licensees are owed again.
    """
    rows = session.execute(
        text(_UNSETTLED_USES),
        {
            "book": book_id,
            "currency": currency,
            "closing_month": closing_month,
            "received_through": received_through,
        },
    ).all()
    passed, returned = [], []
    for _, of_prepayment in groupby(rows, key=attrgetter("prepayment_id")):
        uses = list(of_prepayment)
        taxes = tax_of_uses(
            tax_minor=uses[0].prepaid_tax_minor,
            amount_minor=uses[0].prepaid_minor,
            used_minor=int(uses[0].used_minor),
            used_tax_minor=int(uses[0].used_tax_minor),
            uses=[row.amount_minor for row in uses],
        )
        for row, tax_minor in zip(uses, taxes, strict=True):
            if row.kind == UseKind.RETURNED:
                returned.append(_returned(row, tax_minor))
            else:
                passed.append(_received_line(row, tax_minor))
    return passed, returned


def _returned(row: Row[Any], tax_minor: int) -> SettledUse:
    return SettledUse(
        prepayment_use_id=row.prepayment_use_id,
        licensee_id=row.licensee_id,
        holder_id=None,
        amount_minor=row.amount_minor,
        tax_minor=tax_minor,
    )


def _received_line(row: Row[Any], tax_minor: int) -> ReceivedLine:
    """Show a use as a statement does: like its royalty line, or as what a term left over."""
    is_recouped = row.kind == UseKind.RECOUPED
    is_top_up = row.cause == Cause.REVENUE_SHARE
    is_shortfall = row.prepayment_kind == PrepaymentKind.SHORTFALL
    return ReceivedLine(
        prepayment_use_id=row.prepayment_use_id,
        licensee_id=row.licensee_id,
        holder=row.holder,
        tax_minor=tax_minor,
        is_own=row.is_own,
        royalty_line_id=row.royalty_line_id,
        is_accrued=row.recognition == Recognition.ACCRUAL,
        usage=UsageRow(
            title_ja=row.title_ja,
            title_en=row.title_en,
            subject_reference=row.subject_reference,
            licensee_ja=row.licensee_ja,
            licensee_en=row.licensee_en,
            accrual_month=row.accrual_month,
            basis=basis_shown(row) if is_recouped else Basis.FIXED_MONTH,
            modality=None if row.modality is None or is_top_up else Modality(row.modality),
            use_class=None if row.use_class is None or is_top_up else UseClass(row.use_class),
            generation_count=row.generation_count or 0,
            quantity=row.quantity if is_recouped else Decimal(0),
            rate=rate_shown(row) if is_recouped else Decimal(row.amount_minor),
            is_tiered=bool(row.is_tiered) and not is_top_up,
            royalty_minor=row.amount_minor,
            is_top_up=is_top_up,
            paid_from="recouped" if is_recouped else "shortfall" if is_shortfall else "unrecouped",
        ),
    )


def _billable(row: Row[Any]) -> BillablePrepayment:
    return BillablePrepayment(
        prepayment_id=row.prepayment_id,
        licensee=row.licensee,
        licensee_id=row.licensee_id,
        holders=tuple(sorted(row.holders)),
        month=row.month,
        currency=row.currency,
        licensor_country=row.licensor_country or "JP",
        capacity=capacity_of([Capacity(each) for each in row.capacities or ["intermediary"]]),
        line=PrepaymentLine(
            number=1,
            license_reference=row.license_reference,
            reference=row.reference,
            kind=row.kind,
            due_on=row.due_on,
            target_minor=row.target_minor,
            credited_minor=row.credited_minor,
            amount_minor=row.amount_minor,
        ),
    )
