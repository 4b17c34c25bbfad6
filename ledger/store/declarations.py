"""
Declared months: what AI firms say they generated, beside what the tallies of their batches say.

A tally is kept with each batch, so a month is compared without looking at its generations.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlmodel import Session, insert

from ledger.core.acceptance import Decision
from ledger.core.completeness import (
    ControlTotals,
    Declaration,
    DeclaredTotal,
    MonthReport,
    ReportedTotal,
)
from ledger.core.period import Month
from ledger.core.usage import Modality, Unit
from ledger.store.parties import find_parties, insert_all
from ledger.store.tables.completeness import (
    AcceptedDifferenceRow,
    DeclaredTotalRow,
    MonthDeclarationRow,
)


class FirmMonth(NamedTuple):
    """One AI firm's month."""

    licensee_id: int
    licensee: str
    month: Month


_LOCK = "SELECT lock_declaring(:book, :licensee, :month)"

_LAST_CLOSED = "SELECT max(month) FROM known_month WHERE book_id = :book AND is_closed"

# What was reported is asked of each open month, not gathered from all tallies there are.
_MONTHS = """
    WITH known AS (
        SELECT d.licensee_id, d.month FROM month_declaration d WHERE d.book_id = :book
        UNION
        SELECT p.party_id, m.month
        FROM party p JOIN known_month m ON m.book_id = p.book_id
        WHERE p.book_id = :book AND p.role = 'licensee'
          AND EXISTS (SELECT FROM reported_tally t
                      WHERE t.licensee_id = p.party_id AND t.accrual_month = m.month)
        UNION
        SELECT l.licensee_id, CAST(begins AS date)
        FROM license l
        CROSS JOIN LATERAL generate_series(
            date_trunc('month', l.starts_at AT TIME ZONE INTERVAL '9 hours'),
            least((l.ends_at - INTERVAL '1 microsecond') AT TIME ZONE INTERVAL '9 hours',
                  CAST(:last AS timestamp)),
            INTERVAL '1 month') AS begins
        WHERE l.book_id = :book
    )
    SELECT k.licensee_id, p.reference AS licensee, k.month
    FROM known k JOIN party p ON p.party_id = k.licensee_id
    WHERE (CAST(:licensee AS bigint) IS NULL OR k.licensee_id = :licensee)
      AND k.month BETWEEN :first AND :last
      AND (k.month < CAST(:before AS date)
           OR (k.month = CAST(:before AS date) AND p.reference COLLATE "C" > :after))
    ORDER BY k.month DESC, p.reference COLLATE "C"
    LIMIT :limit
"""

_DECLARATIONS = """
    SELECT d.*
    FROM unnest(CAST(:licensees AS bigint[]), CAST(:months AS date[])) AS w (licensee_id, month)
    JOIN month_declaration d USING (licensee_id, month)
    ORDER BY d.version
"""

_TOTALS = """
    SELECT d.*
    FROM unnest(CAST(:licensees AS bigint[]), CAST(:months AS date[])) AS w (licensee_id, month)
    JOIN declared_total d USING (licensee_id, month)
    ORDER BY d.modality, d.unit
"""

_TALLIES = """
    SELECT t.licensee_id, t.accrual_month AS month, t.modality, t.unit, t.decision,
           CAST(sum(t.generation_count) AS bigint) AS generation_count,
           sum(t.quantity) AS quantity
    FROM unnest(CAST(:licensees AS bigint[]), CAST(:months AS date[])) AS w (licensee_id, month)
    JOIN reported_tally t ON t.licensee_id = w.licensee_id AND t.accrual_month = w.month
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(t.generation_count) <> 0 OR sum(t.quantity) <> 0
    ORDER BY t.modality, t.unit, t.decision
"""

#: Later than every month there is.
_END = date(9999, 1, 1)
_BEGINNING = date(1, 1, 1)


def lock_declaring(session: Session, *, book_id: int, licensee_id: int, month: date) -> None:
    """Let nobody else declare for a firm, nor close the month, until the transaction ends."""
    session.execute(text(_LOCK), {"book": book_id, "licensee": licensee_id, "month": month})


def list_months(
    session: Session,
    *,
    book_id: int,
    licensee_id: int | None,
    last: Month,
    after: tuple[date, str] | None,
    limit: int,
) -> list[FirmMonth]:
    """
    Return firms' months, the latest first, that were declared, reported or under license.

    ``after`` is the month and licensee that the page before ended with.
    """
    before, reference = after or (_END, "")
    return _months(
        session,
        book=book_id,
        licensee=licensee_id,
        first=_BEGINNING,
        last=last.first_day,
        before=before,
        after=reference,
        limit=limit,
    )


def firms_of_month(session: Session, *, book_id: int, month: Month) -> list[FirmMonth]:
    """Return the firms that declared or reported a month, or had a license in force in it."""
    return _months(
        session,
        book=book_id,
        licensee=None,
        first=month.first_day,
        last=month.first_day,
        before=_END,
        after="",
        limit=None,
    )


def read_reports(
    session: Session, *, book_id: int, wanted: Sequence[FirmMonth]
) -> tuple[MonthReport, ...]:
    """Return what was declared for some months and what the book has, in three queries."""
    closed: date | None = session.execute(text(_LAST_CLOSED), {"book": book_id}).scalar_one()
    parameters: dict[str, object] = {
        "licensees": [each.licensee_id for each in wanted],
        "months": [each.month.first_day for each in wanted],
    }
    declarations = _declarations(session, parameters)
    reported = defaultdict(list)
    for row in session.execute(text(_TALLIES), parameters):
        reported[row.licensee_id, row.month].append(_reported(row))
    return tuple(
        MonthReport(
            licensee=each.licensee,
            month=each.month,
            is_closed=closed is not None and each.month.first_day <= closed,
            declarations=tuple(declarations[each.licensee_id, each.month.first_day]),
            reported=tuple(reported[each.licensee_id, each.month.first_day]),
        )
        for each in wanted
    )


def insert_declaration(
    session: Session, *, book_id: int, licensee_id: int, month: Month, declaration: Declaration
) -> None:
    """Write a version of a firm's declaration. The database refuses it for a closed month."""
    said = declaration.said
    key: dict[str, object] = {
        "licensee_id": licensee_id,
        "month": month.first_day,
        "version": declaration.version,
    }
    row = {
        **key,
        "book_id": book_id,
        "is_nil": said.is_nil,
        "generation_count": said.generation_count,
        "declared_at": declaration.declared_at,
    }
    session.execute(insert(MonthDeclarationRow), [row])
    totals = (
        {
            **key,
            "modality": str(total.modality),
            "unit": str(total.unit),
            "quantity": total.quantity,
        }
        for total in said.totals
    )
    insert_all(session, DeclaredTotalRow, totals)


def insert_accepted(
    session: Session,
    *,
    book_id: int,
    differing: Collection[MonthReport],
    accepted_at: datetime,
    accepted_by: str,
    reason: str,
) -> None:
    """Write that a month is closed over some firms' declarations, and why."""
    found = find_parties(
        session, book_id=book_id, references=[report.licensee for report in differing]
    )
    rows = (
        {
            "licensee_id": found[report.licensee].id,
            "month": report.month.first_day,
            "version": len(report.declarations),
            "book_id": book_id,
            "accepted_at": accepted_at,
            "accepted_by": accepted_by,
            "reason": reason,
        }
        for report in differing
    )
    insert_all(session, AcceptedDifferenceRow, rows)


def _months(session: Session, **parameters: object) -> list[FirmMonth]:
    return [
        FirmMonth(row.licensee_id, row.licensee, Month.of_day(row.month))
        for row in session.execute(text(_MONTHS), parameters)
    ]


def _declarations(
    session: Session, parameters: Mapping[str, object]
) -> Mapping[tuple[int, date], list[Declaration]]:
    totals = defaultdict(list)
    for row in session.execute(text(_TOTALS), parameters):
        totals[row.licensee_id, row.month, row.version].append(_declared(row))
    found: dict[tuple[int, date], list[Declaration]] = defaultdict(list)
    for row in session.execute(text(_DECLARATIONS), parameters):
        of_version = totals[row.licensee_id, row.month, row.version]
        found[row.licensee_id, row.month].append(_declaration(row, of_version))
    return found


def _declaration(row: Row[Any], totals: Iterable[DeclaredTotal]) -> Declaration:
    return Declaration(
        version=row.version,
        declared_at=row.declared_at,
        said=ControlTotals(
            is_nil=row.is_nil, generation_count=row.generation_count, totals=tuple(totals)
        ),
    )


def _declared(row: Row[Any]) -> DeclaredTotal:
    return DeclaredTotal(
        modality=Modality(row.modality), unit=Unit(row.unit), quantity=row.quantity
    )


def _reported(row: Row[Any]) -> ReportedTotal:
    return ReportedTotal(
        modality=Modality(row.modality),
        unit=Unit(row.unit),
        decision=Decision(row.decision),
        generation_count=row.generation_count,
        quantity=row.quantity,
    )
