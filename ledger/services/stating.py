"""
Stating: an AI firm says what it took in under a grant in a month, and sees what became of it.

What is stated may be stated anew; the versions before stay. Once the month is closed, a version
is counted by the next closing, which adjusts the top-up; nothing that was charged is edited.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.core.closing import version_of_month
from ledger.core.completeness import check_begun
from ledger.core.fields import check_instant, check_text
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.rerating import known_to
from ledger.core.revenue_report import (
    GrantRevenue,
    NewRevenue,
    RevenueGrantUnknown,
    RevenueMonth,
    RevenueVersion,
    StatedRevenue,
    check_share,
    read_revenues,
)
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.terms import Grant
from ledger.core.top_up import GrantMonth
from ledger.services import BOOK_ID
from ledger.store import declarations, months, revenues, royalties
from ledger.store.database import Database, Transaction
from ledger.store.parties import find_parties


class FirmNotKnown(Refusal):
    """No AI firm of the book has the reference."""

    code = "licensee_not_found"
    field = "licensee"


@dataclass(frozen=True, kw_only=True)
class _Firm:
    """A firm and one of its months."""

    id: int
    reference: str
    month: Month


def state_revenue(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee: str,
    month: Month,
    new: tuple[NewRevenue, ...],
    stated_by: str,
    stated_at: datetime,
) -> RevenueMonth:
    """
    Record what a firm took in under some grants in a month, and return how the month stands.

    ``stated_by`` is the firm, or who entered it on the firm's behalf.

    What says the same as the version in force is no new version, whenever it comes. Grants that
    are not named keep what was stated for them.

    :raises FirmNotKnown: there is no such AI firm.
    :raises MonthNotBegun: the month has not begun.
    :raises RevenueGrantUnknown: a license is not the firm's, or has no such grant.
    :raises RevenueNotAsked: the terms of a grant have no share of revenue in the month.
    :raises RevenueCurrencyDiffers: an amount is not in the currency that the terms name.
    :raises Refusal: something cannot be taken as it was sent; see ``read_revenues``.
    """
    read = read_revenues(new)
    check_text(stated_by, field="stated_by")
    at = check_instant(stated_at, field="stated_at")
    check_begun(month, at=at)
    with database.transaction() as session:
        firm = _firm(session, book_id, licensee, month)
        counted = _hold(session, book_id, firm)
        grants = _grants(session, book_id, firm, counted)
        placed = [(each, *_place(each, grants, month)) for each in read]
        versions = revenues.read_versions(session, licensee_id=firm.id, month=month.first_day)
        for each, grant, _ in placed:
            known = versions[grant.id]
            if not known or (known[-1].amount, known[-1].currency) != (each.amount, each.currency):
                revenues.insert_report(
                    session,
                    book_id=book_id,
                    licensee_id=firm.id,
                    of=GrantMonth(grant.id, month.first_day),
                    version=RevenueVersion(
                        version=len(known) + 1,
                        amount=each.amount,
                        currency=each.currency,
                        reported_at=at,
                        reported_by=stated_by,
                        counted_month=counted.first_day,
                    ),
                )
        return _stands(session, book_id, firm)


def read_month(
    database: Database, *, book_id: int = BOOK_ID, licensee: str, month: Month
) -> RevenueMonth:
    """
    Return how one firm's month stands.

    :raises FirmNotKnown: there is no such AI firm.
    """
    with database.transaction() as session:
        return _stands(session, book_id, _firm(session, book_id, licensee, month))


def _firm(session: Transaction, book_id: int, licensee: str, month: Month) -> _Firm:
    found = find_parties(session, book_id=book_id, references=[licensee])
    if licensee not in found or found[licensee].role != "licensee":
        raise FirmNotKnown(value=licensee)
    return _Firm(id=found[licensee].id, reference=licensee, month=month)


def _hold(session: Transaction, book_id: int, firm: _Firm) -> Month:
    """Keep the month whose closing counts what is stated now from being closed; return it."""
    counted = _counted(session, book_id, firm.month)
    while True:
        declarations.lock_declaring(
            session, book_id=book_id, licensee_id=firm.id, month=counted.first_day
        )
        now = _counted(session, book_id, firm.month)
        if now == counted:
            return counted
        counted = now  # It was closed while we waited.


def _counted(session: Transaction, book_id: int, month: Month) -> Month:
    last = months.read_months(session, book_id=book_id).last_closed
    return month if last is None else max(month, Month.of_day(last).next())


def _grants(
    session: Transaction, book_id: int, firm: _Firm, counted: Month
) -> dict[tuple[str, int], tuple[Grant, RevenueTerms | None]]:
    """Return a firm's grants by license and place, with the share each has in the month."""
    terms = known_to(royalties.read_terms(session, book_id=book_id), counted)
    found: dict[tuple[str, int], tuple[Grant, RevenueTerms | None]] = {}
    for license_ in terms.licenses:
        if license_.licensee_id == firm.id:
            for position, grant in enumerate(license_.grants):
                version = version_of_month(firm.month, license_, grant)
                if version is None:
                    version = grant.version_at(firm.month.starts_at)  # It may wind down.
                share = None if version is None else version.revenue_share
                found[license_.reference, position] = (grant, share)
    return found


def _place(
    stated: StatedRevenue,
    grants: dict[tuple[str, int], tuple[Grant, RevenueTerms | None]],
    month: Month,
) -> tuple[Grant, RevenueTerms]:
    found = grants.get((stated.license, stated.grant))
    if found is None:
        raise RevenueGrantUnknown(
            field=f"{stated.field}.license", value=stated.license, grant=stated.grant
        )
    grant, share = found
    return grant, check_share(stated, share, month=month)


def _stands(session: Transaction, book_id: int, firm: _Firm) -> RevenueMonth:
    """Return what was stated for a month, and what closings made of it."""
    counted = _counted(session, book_id, firm.month)
    versions = revenues.read_versions(session, licensee_id=firm.id, month=firm.month.first_day)
    compared = revenues.read_comparisons(
        session,
        book_id=book_id,
        since=firm.month.first_day,
        through=firm.month.first_day,
        licensee_id=firm.id,
    )
    return RevenueMonth(
        licensee=firm.reference,
        month=firm.month,
        is_closed=counted > firm.month,
        counted_month=counted,
        grants=tuple(
            GrantRevenue(
                license=license_,
                grant=position,
                share=share,
                versions=tuple(versions.get(grant.id, ())),
                comparisons=tuple(each for each in compared if each.of.grant_id == grant.id),
            )
            for (license_, position), (grant, share) in sorted(
                _grants(session, book_id, firm, counted).items(), key=lambda each: each[0]
            )
            if share is not None
        ),
    )
