"""
Declaring: an AI firm says what a month was, and both sides see how the book differs from it.

A declaration may be replaced while its month is open; those before it stay. Whether it agrees
is worked out whenever somebody asks.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger.core.completeness import (
    Declaration,
    MonthReport,
    NewDeclaration,
    check_begun,
    read_declaration,
)
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import declarations
from ledger.store.database import Database
from ledger.store.declarations import FirmMonth
from ledger.store.parties import find_parties


class DeclarationTooLate(Refusal):
    """The month is closed, and what was declared for it stays as it is."""

    code = "declaration_too_late"
    field = "month"


class LicenseeNotFound(Refusal):
    """No AI firm of the book has the reference."""

    code = "licensee_not_found"
    field = "licensee"


@dataclass(frozen=True, kw_only=True)
class ReportPage:
    """Firms' months, the latest first, and after which one the next page begins."""

    reports: tuple[MonthReport, ...]
    next_after: tuple[date, str] | None


def declare(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee_id: int,
    licensee: str,
    month: Month,
    new: NewDeclaration,
    declared_at: datetime,
) -> MonthReport:
    """
    Record what a firm declares for a month, and return how the month stands.

    What says the same as the declaration in force is no new version, whenever it comes.

    :raises DeclarationTooLate: the month is closed.
    :raises MonthNotBegun: it has not begun.
    :raises Refusal: something in the declaration cannot be taken; see ``read_declaration``.
    """
    said = read_declaration(new)
    check_begun(month, at=declared_at)
    with database.transaction() as session:
        declarations.lock_declaring(
            session, book_id=book_id, licensee_id=licensee_id, month=month.first_day
        )
        wanted = [FirmMonth(licensee_id, licensee, month)]
        (report,) = declarations.read_reports(session, book_id=book_id, wanted=wanted)
        if report.latest is not None and report.latest.said == said:
            return report
        if report.is_closed:
            raise DeclarationTooLate(month=month)
        declaration = Declaration(
            version=len(report.declarations) + 1, declared_at=declared_at, said=said
        )
        declarations.insert_declaration(
            session,
            book_id=book_id,
            licensee_id=licensee_id,
            month=month,
            declaration=declaration,
        )
    return replace(report, declarations=(*report.declarations, declaration))


def read_month(
    database: Database, *, book_id: int = BOOK_ID, licensee: str, month: Month
) -> MonthReport:
    """
    Return how one firm's month stands.

    :raises LicenseeNotFound: there is no such AI firm.
    """
    with database.transaction() as session:
        found = find_parties(session, book_id=book_id, references=[licensee])
        if licensee not in found or found[licensee].role != "licensee":
            raise LicenseeNotFound(value=licensee)
        wanted = [FirmMonth(found[licensee].id, licensee, month)]
        (report,) = declarations.read_reports(session, book_id=book_id, wanted=wanted)
    return report


def list_months(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee_id: int | None,
    at: datetime,
    after: tuple[date, str] | None = None,
    limit: int,
) -> ReportPage:
    """
    Return months of a firm, or with None of all firms, up to the one that runs at an instant.

    They are those that were declared or reported, or in which a license was in force.
    """
    with database.transaction() as session:
        found = declarations.list_months(
            session,
            book_id=book_id,
            licensee_id=licensee_id,
            last=Month.of(at),
            after=after,
            limit=limit + 1,
        )
        page = found[:limit]
        reports = declarations.read_reports(session, book_id=book_id, wanted=page)
    last = page[-1] if len(found) > limit else None
    return ReportPage(reports=reports, next_after=last and (last.month.first_day, last.licensee))


def month_of_all(
    database: Database, *, book_id: int = BOOK_ID, month: Month
) -> tuple[MonthReport, ...]:
    """Return how a month stands for every firm that declared, reported or had a license."""
    with database.transaction() as session:
        firms = declarations.firms_of_month(session, book_id=book_id, month=month)
        return declarations.read_reports(session, book_id=book_id, wanted=firms)
