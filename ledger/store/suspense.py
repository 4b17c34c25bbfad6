"""What waits while claims are disputed: what settlements suspended, and what they released."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.contested import Cell, Shared
from ledger.core.snapshot import to_plain
from ledger.core.suspense import Released, Suspense, Where
from ledger.store.parties import insert_all
from ledger.store.tables.claims import SuspenseReleaseRow, SuspenseRow

#: Stands for a territory that is not known.
_UNKNOWN = "?"

_OPEN = """
    SELECT s.suspense_id, s.reference, holder.reference AS holder, subject.reference AS subject,
           s.use_right, s.territories, s.first_day, s.last_day, s.amount_minor, s.tax_minor,
           CAST(s.suspended_minor - coalesce(r.released_minor, 0) AS bigint) AS left_minor,
           CAST(s.suspended_tax_minor - coalesce(r.released_tax_minor, 0) AS bigint)
               AS left_tax_minor,
           coalesce(r.left_bp, s.suspense_bp) AS left_bp,
           s.parts || coalesce(r.parts, '[]') AS parts
    FROM suspense s
    JOIN settlement made USING (settlement_id)
    JOIN subject USING (subject_id)
    JOIN party holder ON holder.party_id = s.owner_id
    LEFT JOIN LATERAL (
        SELECT sum(r.released_minor) AS released_minor,
               sum(r.released_tax_minor) AS released_tax_minor,
               min(r.left_bp) AS left_bp,
               (SELECT jsonb_agg(part) FROM suspense_release x, jsonb_array_elements(x.parts) part
                WHERE x.suspense_id = s.suspense_id) AS parts
        FROM suspense_release r WHERE r.suspense_id = s.suspense_id
    ) r ON true
    WHERE made.book_id = :book AND coalesce(r.left_bp, s.suspense_bp) > 0
    ORDER BY s.suspense_id
"""

# Usage of a line by territory and day. Of a line that adjusts a month it is that of the month.
# Usage names the rate line it was judged under; of terms for closed months, which begin with a
# month and have the same lines, it belongs to the version that its closing went by. What a
# closing is told late is charged by the terms of the one before, and what they lack beside it.
_CELLS = """
    SELECT l.royalty_line_id, t.territory, t.day,
           CASE rate.basis WHEN 'pct_revenue' THEN sum(t.net_revenue) ELSE sum(t.quantity) END
               AS used
    FROM royalty_line l
    JOIN rate_line rate USING (rate_line_id)
    JOIN terms_version charged ON charged.terms_version_id = l.terms_version_id
    JOIN terms_version told ON told.license_grant_id = charged.license_grant_id
    JOIN rate_line alike ON alike.terms_version_id = told.terms_version_id
                        AND alike.basis = rate.basis
                        AND alike.modality IS NOT DISTINCT FROM rate.modality
                        AND alike.use_class IS NOT DISTINCT FROM rate.use_class
    JOIN batch_total t ON t.licensee_id = l.licensee_id AND t.rate_line_id = alike.rate_line_id
                      AND t.subject_id = l.subject_id AND t.accrual_month = l.accrual_month
                      AND t.decision IN ('accepted', 'wind_down')
    WHERE l.royalty_line_id = ANY (CAST(:lines AS bigint[]))
      AND (told.terms_version_id <> charged.terms_version_id
           OR alike.rate_line_id = rate.rate_line_id)
      AND charged.terms_version_id = (
          SELECT known.terms_version_id FROM terms_version known
          WHERE known.license_grant_id = charged.license_grant_id
            AND (known.counted_month IS NULL OR known.counted_month < l.closing_month
                 OR (known.counted_month = l.closing_month AND l.cause <> 'late'))
            AND (known.terms_version_id = told.terms_version_id
                 OR known.effective_from
                    <= CAST(l.accrual_month AS timestamp) AT TIME ZONE INTERVAL '9 hours')
          ORDER BY known.effective_from DESC LIMIT 1)
    GROUP BY l.royalty_line_id, rate.basis, t.territory, t.day
    HAVING CASE rate.basis WHEN 'pct_revenue' THEN sum(t.net_revenue) ELSE sum(t.quantity) END > 0
    ORDER BY l.royalty_line_id, t.territory COLLATE "C", t.day
"""


def open_suspense(session: Session, *, book_id: int) -> dict[str, tuple[Suspense, ...]]:
    """Return all that waits, by rights holder, in the order in which it was suspended."""
    found: dict[str, list[Suspense]] = {}
    for row in session.execute(text(_OPEN), {"book": book_id}):
        found.setdefault(row.holder, []).append(_suspense(row))
    return {holder: tuple(waiting) for holder, waiting in found.items()}


def cells_of_lines(session: Session, *, line_ids: Collection[int]) -> dict[int, tuple[Cell, ...]]:
    """Return where and when what royalty lines charge was used, by their keys."""
    if not line_ids:
        return {}
    found: dict[int, list[Cell]] = {}
    for row in session.execute(text(_CELLS), {"lines": list(line_ids)}):
        cell: Cell = (row.territory, row.day, Fraction(row.used))
        found.setdefault(row.royalty_line_id, []).append(cell)
    return {line: tuple(cells) for line, cells in found.items()}


def insert_suspense(
    session: Session,
    *,
    settlement_id: int,
    shared: Mapping[int, Sequence[Shared]],
    released: Mapping[int, Sequence[Released]],
    subject_ids: Mapping[str, int],
) -> None:
    """Write what a settlement suspended and released of some holders' money, by their keys."""
    insert_all(
        session,
        SuspenseRow,
        (
            {
                "settlement_id": settlement_id,
                "owner_id": holder_id,
                "subject_id": subject_ids[each.where.subject],
                "reference": each.reference,
                "use_right": each.where.right,
                "territories": [place or _UNKNOWN for place in each.where.territories],
                "first_day": each.where.first_day,
                "last_day": each.where.last_day,
                "amount_minor": each.amount_minor,
                "tax_minor": each.tax_minor,
                "suspended_minor": each.suspense_minor,
                "suspended_tax_minor": each.suspense_tax_minor,
                "suspense_bp": each.suspense_bp,
                "parts": to_plain(each.parts),
            }
            for holder_id, of_holder in shared.items()
            for each in of_holder
            if each.suspense_bp and (each.suspense_minor or each.suspense_tax_minor)
        ),
    )
    insert_all(
        session,
        SuspenseReleaseRow,
        (
            {
                "settlement_id": settlement_id,
                "suspense_id": each.suspense.id,
                "owner_id": holder_id,
                "released_minor": each.released_minor,
                "released_tax_minor": each.released_tax_minor,
                "left_bp": each.left_bp,
                "parts": to_plain(each.parts),
            }
            for holder_id, of_holder in released.items()
            for each in of_holder
        ),
    )


def _suspense(row: Row[Any]) -> Suspense:
    had: dict[str, tuple[int, int]] = {}
    for part in row.parts:
        amount, tax = had.get(part["party"], (0, 0))
        had[part["party"]] = (amount + part["amount_minor"], tax + part["tax_minor"])
    return Suspense(
        id=row.suspense_id,
        reference=row.reference,
        where=Where(
            subject=row.subject,
            right=row.use_right,
            territories=tuple(None if each == _UNKNOWN else each for each in row.territories),
            first_day=row.first_day,
            last_day=row.last_day,
        ),
        amount_minor=row.amount_minor,
        tax_minor=row.tax_minor,
        had=tuple((party, amount, tax) for party, (amount, tax) in had.items()),
        left_minor=row.left_minor,
        left_tax_minor=row.left_tax_minor,
        left_bp=row.left_bp,
    )
