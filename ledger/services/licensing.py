"""Licensing: what a firm was granted and at what price, as it reads it back page by page."""

from dataclasses import dataclass

from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import agreements, recoup_balances
from ledger.store.agreements import GrantTerms, LicenseInBook
from ledger.store.database import Database
from ledger.store.recoup_balances import PrepaidLeft

#: Before the first grant of a license.
BEFORE_ALL = -1


class LicenseNotFound(Refusal):
    """The book has no license of this reference, or it is another firm's."""

    code = "license_not_found"


@dataclass(frozen=True, kw_only=True)
class LicensePage:
    """Licenses by reference, and after which one the next page begins; None after the last."""

    licenses: tuple[LicenseInBook, ...]
    next_after: str | None


@dataclass(frozen=True, kw_only=True)
class TermsPage:
    """A license, some of its grants in order, and after which the next page begins."""

    license: LicenseInBook
    grants: tuple[GrantTerms, ...]
    next_after: int | None


def list_licenses(
    database: Database, *, licensee_id: int | None, after: str = "", limit: int
) -> LicensePage:
    """Return a firm's own licenses in the order of their references; with None, everybody's."""
    with database.transaction() as session:
        found = agreements.list_licenses(
            session, book_id=BOOK_ID, licensee_id=licensee_id, after=after, limit=limit + 1
        )
    page = found[:limit]
    return LicensePage(
        licenses=tuple(page), next_after=page[-1].reference if len(found) > limit else None
    )


def read_terms(
    database: Database,
    *,
    licensee_id: int | None,
    reference: str,
    after: int = BEFORE_ALL,
    limit: int,
) -> TermsPage:
    """
    Return the grants of a firm's own license with every version of their terms.

    :raises LicenseNotFound: there is none of this reference, or it is another firm's.
    """
    with database.transaction() as session:
        license_ = agreements.find_license(
            session, book_id=BOOK_ID, licensee_id=licensee_id, reference=reference
        )
        if license_ is None:
            raise LicenseNotFound(value=reference)
        found = agreements.list_terms(session, license_id=license_.id, after=after, limit=limit + 1)
    page = found[:limit]
    return TermsPage(
        license=license_,
        grants=tuple(page),
        next_after=page[-1].grant.position if len(found) > limit else None,
    )


def left_to_recoup(database: Database, *, book_id: int = BOOK_ID) -> tuple[PrepaidLeft, ...]:
    """Return what closings have left to recoup of everything that was paid ahead."""
    with database.transaction() as session:
        return recoup_balances.left_to_recoup(session, book_id=book_id)
