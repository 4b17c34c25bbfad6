"""Revenue that firms state for a month, and how closings compared it: written once, in versions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, insert

from ledger.core.exchange import Exchange, FxRate, FxRule
from ledger.core.money import Rounding
from ledger.core.revenue_report import RevenueVersion
from ledger.core.revenue_share import TopUpHold
from ledger.core.revenue_terms import RevenueBase
from ledger.core.snapshot import from_plain, to_plain
from ledger.core.top_up import (
    Charged,
    Comparison,
    GrantMonth,
    ReportedRevenue,
    SubjectCharged,
)
from ledger.store.parties import insert_all
from ledger.store.tables.revenues import RevenueComparisonRow, RevenueReportRow

# Months that something new was stated for, and those that were never compared to an end.
_FIRST = """
    SELECT least(
        (SELECT min(month) FROM revenue_report WHERE book_id = :book AND counted_month = :month),
        (SELECT min(accrual_month) FROM (
            SELECT DISTINCT ON (license_grant_id, accrual_month) accrual_month, hold
            FROM revenue_comparison WHERE book_id = :book AND closing_month < :month
            ORDER BY license_grant_id, accrual_month, closing_month DESC
        ) latest WHERE hold IS NOT NULL))
"""

_REPORTED = """
    SELECT license_grant_id, month, version, counted_month, amount, currency
    FROM revenue_report
    WHERE book_id = :book AND month >= :since AND counted_month <= :counted_by
    ORDER BY license_grant_id, month, version
"""

_VERSIONS = """
    SELECT license_grant_id, version, amount, currency, reported_at, reported_by, counted_month
    FROM revenue_report WHERE licensee_id = :licensee AND month = :month
    ORDER BY license_grant_id, version
"""

_COMPARISONS = """
    SELECT * FROM revenue_comparison
    WHERE book_id = :book AND accrual_month BETWEEN :since AND :through
      AND (CAST(:before AS date) IS NULL OR closing_month < :before)
      AND (CAST(:licensee AS bigint) IS NULL OR licensee_id = :licensee)
    ORDER BY closing_month, license_grant_id, accrual_month
"""

_CHARGED = """
    SELECT v.license_grant_id, r.accrual_month, r.subject_id,
           CAST(coalesce(sum(r.amount_minor) FILTER (WHERE r.cause <> 'revenue_share'), 0)
                AS bigint) AS units_minor,
           CAST(coalesce(sum(r.amount_minor) FILTER (WHERE r.cause = 'revenue_share'), 0)
                AS bigint) AS top_up_minor,
           CAST(coalesce(sum(r.generation_count) FILTER (WHERE r.cause IN ('use', 'late')), 0)
                AS bigint) AS use_count
    FROM royalty_line r JOIN terms_version v USING (terms_version_id)
    WHERE r.book_id = :book AND r.accrual_month >= :since AND r.closing_month < :month
      AND v.license_grant_id = ANY (CAST(:grants AS bigint[]))
    GROUP BY 1, 2, 3
"""

#: Later than every month there is.
_END = date(9999, 1, 1)


def first_to_compare(session: Session, *, book_id: int, month: date) -> date | None:
    """Return the earliest month that a closing compares for what was stated, or not yet stated."""
    asked = {"book": book_id, "month": month}
    first: date | None = session.execute(text(_FIRST), asked).scalar_one()
    return first


def read_reported(
    session: Session, *, book_id: int, since: date, counted_by: date
) -> tuple[ReportedRevenue, ...]:
    """Return every version for months since one that a closing knows."""
    asked = {"book": book_id, "since": since, "counted_by": counted_by}
    return tuple(
        ReportedRevenue(
            of=GrantMonth(row.license_grant_id, row.month),
            version=row.version,
            counted_month=row.counted_month,
            amount=row.amount,
            currency=row.currency,
        )
        for row in session.execute(text(_REPORTED), asked)
    )


def read_versions(
    session: Session, *, licensee_id: int, month: date
) -> Mapping[int, list[RevenueVersion]]:
    """Return what a firm stated for a month, by grant, the first version first."""
    versions: dict[int, list[RevenueVersion]] = defaultdict(list)
    asked = {"licensee": licensee_id, "month": month}
    for row in session.execute(text(_VERSIONS), asked):
        versions[row.license_grant_id].append(
            RevenueVersion(
                version=row.version,
                amount=row.amount,
                currency=row.currency,
                reported_at=row.reported_at,
                reported_by=row.reported_by,
                counted_month=row.counted_month,
            )
        )
    return versions


def insert_report(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    of: GrantMonth,
    version: RevenueVersion,
) -> None:
    """Write a version of what was taken in. The database refuses one that leaves another out."""
    row = {
        "licensee_id": licensee_id,
        "license_grant_id": of.grant_id,
        "month": of.month,
        "version": version.version,
        "book_id": book_id,
        "counted_month": version.counted_month,
        "amount": version.amount,
        "currency": version.currency,
        "reported_at": version.reported_at,
        "reported_by": version.reported_by,
    }
    session.execute(insert(RevenueReportRow), [row])


def read_comparisons(
    session: Session,
    *,
    book_id: int,
    since: date,
    through: date = _END,
    before: date | None = None,
    licensee_id: int | None = None,
) -> tuple[Comparison, ...]:
    """Return what closings compared for some months of use; with ``before``, those before one."""
    asked = {
        "book": book_id,
        "since": since,
        "through": through,
        "before": before,
        "licensee": licensee_id,
    }
    return tuple(map(_comparison, session.execute(text(_COMPARISONS), asked)))


def insert_comparisons(
    session: Session, *, book_id: int, comparisons: Iterable[Comparison]
) -> None:
    """Write how a closing compared, in its transaction."""
    insert_all(session, RevenueComparisonRow, (_row(book_id, each) for each in comparisons))


def read_charged(
    session: Session, *, book_id: int, grant_ids: Collection[int], since: date, month: date
) -> Charged:
    """Return what closings before a month's charged some grants, by month of use and subject."""
    asked = {"book": book_id, "grants": list(grant_ids), "since": since, "month": month}
    charged: dict[GrantMonth, dict[int, SubjectCharged]] = defaultdict(dict)
    for row in session.execute(text(_CHARGED), asked):
        of = GrantMonth(row.license_grant_id, row.accrual_month)
        charged[of][row.subject_id] = SubjectCharged(
            units_minor=row.units_minor, top_up_minor=row.top_up_minor, use_count=row.use_count
        )
    return charged


def _row(book_id: int, each: Comparison) -> dict[str, object]:
    exchange = each.exchange
    return {
        "book_id": book_id,
        "closing_month": each.closing_month,
        "license_grant_id": each.of.grant_id,
        "accrual_month": each.of.month,
        "licensee_id": each.licensee_id,
        "terms_version_id": each.terms_version_id,
        "percent": each.percent,
        "base": str(each.base),
        "currency": each.currency,
        "rounding": str(each.rounding),
        "per_unit_minor": each.per_unit_minor,
        "revenue_version": each.revenue_version,
        "revenue": each.revenue,
        "revenue_currency": each.revenue_currency,
        "fx_source": each.fx_source,
        "fx_rule": each.fx_rule and str(each.fx_rule),
        "fx_asked_on": exchange and exchange.asked_on,
        "fx_rate": exchange and str(exchange.rate),
        "fx_used": [] if exchange is None else to_plain(exchange.used),
        "share_exact": None if each.share is None else str(each.share),
        "top_up_minor": each.top_up_minor,
        "hold": each.hold and str(each.hold),
    }


def _comparison(row: Row[Any]) -> Comparison:
    return Comparison(
        closing_month=row.closing_month,
        of=GrantMonth(row.license_grant_id, row.accrual_month),
        licensee_id=row.licensee_id,
        terms_version_id=row.terms_version_id,
        percent=row.percent,
        base=RevenueBase(row.base),
        currency=row.currency,
        rounding=Rounding(row.rounding),
        per_unit_minor=row.per_unit_minor,
        revenue_currency=row.revenue_currency,
        fx_source=row.fx_source,
        fx_rule=FxRule(row.fx_rule) if row.fx_rule else None,
        revenue_version=row.revenue_version,
        revenue=row.revenue,
        exchange=_exchange(row),
        share=None if row.share_exact is None else Fraction(row.share_exact),
        top_up_minor=row.top_up_minor,
        hold=TopUpHold(row.hold) if row.hold else None,
    )


def _exchange(row: Row[Any]) -> Exchange | None:
    if row.fx_rate is None:
        return None
    return Exchange(
        rule=FxRule(row.fx_rule),
        asked_on=row.fx_asked_on,
        used=from_plain(tuple[FxRate, ...], row.fx_used),
        rate=Fraction(row.fx_rate),
    )
