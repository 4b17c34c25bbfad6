"""Prepayments on their way: billed to licensees, set off on invoices, passed on to holders."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.capacity import Capacity, capacity_of
from ledger.core.invoice import PrepaymentLine
from ledger.core.invoice_plan import BillablePrepayment, LineSetOff
from ledger.core.period import Month

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
