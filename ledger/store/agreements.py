"""Licenses as their parties read them: what was agreed, grant by grant, page by page."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.terms import TermsVersion
from ledger.store import licenses
from ledger.store.recoup_balances import GroupBalance, balances_of


@dataclass(frozen=True, kw_only=True)
class GrantInBook:
    """One permission of a license, without its price."""

    position: int  # in the license, from 0
    modalities: tuple[str, ...]
    use_classes: tuple[str, ...]
    territories: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    ai_label: str
    prohibited_content: tuple[str, ...]
    subject_count: int


@dataclass(frozen=True, kw_only=True)
class LicenseInBook:
    """A license with its grants in their order."""

    id: int
    reference: str
    licensee_reference: str
    signed_on: date
    starts_at: datetime
    ends_at: datetime | None
    grants: tuple[GrantInBook, ...]
    recoup_groups: tuple[GroupBalance, ...]


@dataclass(frozen=True, kw_only=True)
class GrantTerms:
    """One permission of a license, its subjects, and every version of its price in order."""

    grant: GrantInBook
    subjects: tuple[str, ...]  # references, in the order of the contract
    versions: tuple[TermsVersion, ...]


_LICENSES = """
    SELECT l.license_id, l.reference, l.signed_on, l.starts_at, l.ends_at,
           p.reference AS licensee_reference
    FROM license l JOIN party p ON p.party_id = l.licensee_id
    WHERE l.book_id = :book
      AND (CAST(:licensee AS bigint) IS NULL OR l.licensee_id = :licensee)
"""
_PAGE = _LICENSES + "AND l.reference > :after ORDER BY l.reference LIMIT :limit"
_NAMED = _LICENSES + "AND l.reference = :reference"

_GRANT = """
    SELECT g.license_id, g.license_grant_id, g.position, g.modalities, g.use_classes,
           g.territories, g.starts_at, g.ends_at, g.ai_label, g.prohibited_content,
           (SELECT count(*) FROM grant_subject m
            WHERE m.license_grant_id = g.license_grant_id) AS subject_count
    FROM license_grant g
"""
_GRANTS = (
    _GRANT
    + "WHERE g.license_id = ANY (CAST(:licenses AS bigint[])) ORDER BY g.license_id, g.position"
)
_GRANT_PAGE = (
    _GRANT + "WHERE g.license_id = :license AND g.position > :after"
    " ORDER BY g.position LIMIT :limit"
)

_SUBJECTS = """
    SELECT m.license_grant_id, s.reference
    FROM grant_subject m JOIN licensed_subject s USING (subject_id)
    WHERE m.license_grant_id = ANY (CAST(:grants AS bigint[]))
    ORDER BY m.license_grant_id, m.position
"""
_VERSIONS = """
    SELECT terms_version_id FROM terms_version
    WHERE license_grant_id = ANY (CAST(:grants AS bigint[]))
    ORDER BY license_grant_id, version
"""


def list_licenses(
    session: Session, *, book_id: int, licensee_id: int | None, after: str, limit: int
) -> list[LicenseInBook]:
    """Return a party's licenses, or with None everybody's, that come after a reference."""
    parameters = {"book": book_id, "licensee": licensee_id, "after": after, "limit": limit}
    rows = session.execute(text(_PAGE), parameters).all()
    return _licenses(session, rows)


def find_license(
    session: Session, *, book_id: int, licensee_id: int | None, reference: str
) -> LicenseInBook | None:
    """Return a party's own license; with None, anybody's."""
    parameters = {"book": book_id, "licensee": licensee_id, "reference": reference}
    found = _licenses(session, session.execute(text(_NAMED), parameters).all())
    return found[0] if found else None


def list_terms(session: Session, *, license_id: int, after: int, limit: int) -> list[GrantTerms]:
    """Return a license's grants that come after a position, with their prices."""
    parameters = {"license": license_id, "after": after, "limit": limit}
    rows = session.execute(text(_GRANT_PAGE), parameters).all()
    ids = [row.license_grant_id for row in rows]
    subjects = defaultdict(list)
    for grant_id, reference in session.execute(text(_SUBJECTS), {"grants": ids}):
        subjects[grant_id].append(reference)
    versions = defaultdict(list)
    named = session.scalars(text(_VERSIONS), {"grants": ids}).all()
    in_book = licenses.terms_versions(session, ids=named)
    for each in (in_book[terms_version_id] for terms_version_id in named):
        versions[each.grant_id].append(each.terms)
    return [
        GrantTerms(
            grant=_grant(row),
            subjects=tuple(subjects[row.license_grant_id]),
            versions=tuple(versions[row.license_grant_id]),
        )
        for row in rows
    ]


def _grants(session: Session, license_ids: Collection[int]) -> dict[int, list[GrantInBook]]:
    grants: dict[int, list[GrantInBook]] = defaultdict(list)
    for row in session.execute(text(_GRANTS), {"licenses": list(license_ids)}):
        grants[row.license_id].append(_grant(row))
    return grants


def _licenses(session: Session, rows: Sequence[Row[Any]]) -> list[LicenseInBook]:
    ids = [row.license_id for row in rows]
    grants, groups = _grants(session, ids), balances_of(session, license_ids=ids)
    return [_license(row, grants[row.license_id], groups.get(row.license_id, ())) for row in rows]


def _license(
    row: Row[Any], grants: Collection[GrantInBook], groups: Collection[GroupBalance]
) -> LicenseInBook:
    return LicenseInBook(
        id=row.license_id,
        reference=row.reference,
        licensee_reference=row.licensee_reference,
        signed_on=row.signed_on,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        grants=tuple(grants),
        recoup_groups=tuple(groups),
    )


def _grant(row: Row[Any]) -> GrantInBook:
    return GrantInBook(
        position=row.position,
        modalities=tuple(row.modalities),
        use_classes=tuple(row.use_classes),
        territories=tuple(row.territories),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ai_label=row.ai_label,
        prohibited_content=tuple(row.prohibited_content),
        subject_count=row.subject_count,
    )
