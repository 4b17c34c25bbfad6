"""
Licenses as they are written: grants, their subjects, and the versions of their terms.

Each call is one statement a table, whatever the number of grants and subjects. Nothing here is
ever written twice: a change of terms is a new version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, insert, select

from ledger.core.quota_terms import Quota
from ledger.core.recoup_terms import RecoupGroup
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.terms import License, TermsVersion
from ledger.store.licenses import quota_of
from ledger.store.recoup_terms import insert_groups
from ledger.store.tables.licenses import (
    LicenseGrantRow,
    LicenseRow,
    RateLineRow,
    RateTierRow,
    TermsVersionRow,
)


@dataclass(frozen=True, kw_only=True)
class GrantInBook:
    """A grant's keys, and what a new version of its terms has to come after."""

    id: int
    licensee_id: int
    last_version: int
    quota: Quota | None
    last_terms_version_id: int
    last_effective_from: datetime
    currency: str  # of all its terms
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DaysOfUse:
    """The first and the last day in Japan on which something was used."""

    first: date
    last: date


_GRANT_SUBJECTS = """
    INSERT INTO grant_subject (license_grant_id, subject_id, licensee_id, position)
    SELECT grant_id, subject_id, :licensee, position
    FROM unnest(CAST(:grants AS bigint[]), CAST(:subjects AS bigint[]), CAST(:positions AS int[]))
             AS added (grant_id, subject_id, position)
"""

_GRANT = """
    SELECT g.license_grant_id AS id, g.licensee_id, v.version AS last_version,
           g.quota_units, g.quota_period, g.quota_on_exceed, g.quota_unit, g.quota_overage_rate,
           v.terms_version_id AS last_terms_version_id, v.effective_from AS last_effective_from,
           v.currency, g.ends_at
    FROM license l
    JOIN license_grant g USING (license_id)
    JOIN terms_version v USING (license_grant_id)
    WHERE l.book_id = :book AND l.reference = :license AND g.position = :position
    ORDER BY v.version DESC LIMIT 1
"""


# Of every other grant of a license, what is in force at an instant and what takes over later.
_TERMS_BESIDE = """
    SELECT v.terms_version_id
    FROM license l
    JOIN license_grant g USING (license_id)
    JOIN terms_version v USING (license_grant_id)
    WHERE l.book_id = :book AND l.reference = :license AND g.position <> :position
      AND v.effective_from >= coalesce(
          (SELECT max(w.effective_from) FROM terms_version w
           WHERE w.license_grant_id = g.license_grant_id AND w.effective_from <= :since),
          :since)
    ORDER BY g.position, v.version
"""


# What was taken out again counts for nothing: its batches add up to none. The index leads to the
# totals of one firm's months, and no generation is looked at.
_PRICED_USE = """
    SELECT min(day) AS first, max(day) AS last FROM (
        SELECT t.day
        FROM batch_total t
        JOIN rate_line r USING (rate_line_id)
        JOIN terms_version v ON v.terms_version_id = r.terms_version_id
        WHERE t.licensee_id = :licensee AND t.accrual_month >= :month AND t.day >= :since
          AND t.decision <> 'refused' AND v.license_grant_id = :grant
        GROUP BY t.accrual_month, t.day, t.decision, t.rate_line_id, t.subject_id
        HAVING sum(t.generation_count) <> 0 OR sum(t.quantity) <> 0 OR sum(t.net_revenue) <> 0
    ) used
"""


def insert_license(
    session: Session,
    *,
    book_id: int,
    license_: License,
    subject_ids: Sequence[Sequence[int]],
    groups: Sequence[RecoupGroup] = (),
    signed_on: date,
    recorded_at: datetime,
) -> None:
    """
    Write a license with its grants and the first version of each grant's terms.

    ``subject_ids`` has each grant's subjects in the order of the contract; the ids within
    ``license_`` are ignored.
    """
    license_id = session.scalar(
        insert(LicenseRow).returning(col(LicenseRow.license_id)),
        {
            "book_id": book_id,
            "licensee_id": license_.licensee_id,
            "reference": license_.reference,
            "starts_at": license_.starts_at,
            "ends_at": license_.ends_at,
            "wind_down_days": license_.wind_down_days,
            "signed_on": signed_on,
            "recorded_at": recorded_at,
        },
    )
    key = col(LicenseGrantRow.license_grant_id)
    grant_ids = session.scalars(
        insert(LicenseGrantRow).returning(key, sort_by_parameter_order=True),
        [
            {
                "license_id": license_id,
                "licensee_id": license_.licensee_id,
                "position": position,
                "modalities": sorted(map(str, grant.modalities)),
                "use_classes": sorted(map(str, grant.use_classes)),
                "territories": sorted(grant.territories),
                "starts_at": grant.starts_at,
                "ends_at": grant.ends_at,
                "wind_down_days": grant.wind_down_days,
                "claim_multiple": grant.claim_multiple,
                **_quota_columns(grant.quota),
                "ai_label": grant.ai_label,
                "prohibited_content": list(grant.prohibited_content),
            }
            for position, grant in enumerate(license_.grants)
        ],
    ).all()
    insert_groups(
        session,
        license_id=license_id,
        licensee_id=license_.licensee_id,
        currency=license_.grants[0].versions[0].currency,
        grant_ids=grant_ids,
        groups=groups,
    )
    _insert_grant_subjects(session, license_.licensee_id, zip(grant_ids, subject_ids, strict=True))
    insert_terms(
        session,
        licensee_id=license_.licensee_id,
        terms=[
            (grant_id, version)
            for grant_id, grant in zip(grant_ids, license_.grants, strict=True)
            if grant_id is not None
            for version in grant.versions
        ],
        recorded_at=recorded_at,
    )


def insert_terms(
    session: Session,
    *,
    licensee_id: int,
    terms: Sequence[tuple[int, TermsVersion]],
    recorded_at: datetime,
) -> None:
    """Write versions of the terms of one licensee's grants, with their rate lines and tiers."""
    key = col(TermsVersionRow.terms_version_id)
    version_ids = session.scalars(
        insert(TermsVersionRow).returning(key, sort_by_parameter_order=True),
        [
            {
                "license_grant_id": grant_id,
                "licensee_id": licensee_id,
                "version": version.version,
                "effective_from": version.effective_from,
                "clause_reference": version.clause_reference,
                "currency": version.currency,
                "rounding": str(version.rounding),
                "recognition": str(version.recognition),
                "recorded_at": recorded_at,
                "counted_month": version.counted_month,
                **_revenue_columns(version.revenue_share),
            }
            for grant_id, version in terms
        ],
    )
    lines = [
        (version_id, position, line)
        for version_id, (_, version) in zip(version_ids, terms, strict=True)
        for position, line in enumerate(version.rate_lines)
    ]
    line_ids = session.scalars(
        insert(RateLineRow).returning(col(RateLineRow.rate_line_id), sort_by_parameter_order=True),
        [
            {
                "terms_version_id": version_id,
                "licensee_id": licensee_id,
                "position": position,
                "basis": str(line.basis),
                "rate": line.rate,
                "modality": line.modality and str(line.modality),
                "use_class": line.use_class and str(line.use_class),
                "tier_mode": str(line.tier_mode),
                "counter_scope": str(line.counter_scope),
                "minimum_minor": line.minimum_minor,
                "cap_minor": line.cap_minor,
                "event_floor_minor": line.event_floor_minor,
                "stacking_group": line.stacking and line.stacking.group,
                "stacking_cap_minor": line.stacking and line.stacking.cap_minor,
                "stacking_allocation": line.stacking and str(line.stacking.allocation),
            }
            for version_id, position, line in lines
        ],
    )
    tiers = [
        {
            "rate_line_id": line_id,
            "position": position,
            "licensee_id": licensee_id,
            "up_to": tier.up_to,
            "rate": tier.rate,
        }
        for line_id, (_, _, line) in zip(line_ids, lines, strict=True)
        for position, tier in enumerate(line.tiers)
    ]
    if tiers:
        session.execute(insert(RateTierRow), tiers)


def find_grant(
    session: Session, *, book_id: int, license_reference: str, position: int
) -> GrantInBook | None:
    """Return a license's grant by its place in the license, counted from 0."""
    parameters = {"book": book_id, "license": license_reference, "position": position}
    row = session.execute(text(_GRANT), parameters).one_or_none()
    if row is None:
        return None
    told = {name: value for name, value in row._mapping.items() if not name.startswith("quota_")}
    return GrantInBook(**told, quota=quota_of(row))


def terms_beside(
    session: Session, *, book_id: int, license_reference: str, position: int, since: datetime
) -> list[int]:
    """Return the terms of a license's other grants that are in force from an instant on."""
    parameters = {
        "book": book_id,
        "license": license_reference,
        "position": position,
        "since": since,
    }
    return list(session.scalars(text(_TERMS_BESIDE), parameters))


def priced_use(session: Session, *, grant: GrantInBook, since: date) -> DaysOfUse | None:
    """
    Return the days of what a grant's terms price from a day in Japan on, None when there is none.

    Only whoever has the licensee's place in line knows that it stays so.
    """
    parameters = {
        "licensee": grant.licensee_id,
        "grant": grant.id,
        "month": since.replace(day=1),
        "since": since,
    }
    row = session.execute(text(_PRICED_USE), parameters).one()
    return None if row.first is None else DaysOfUse(first=row.first, last=row.last)


def has_license(session: Session, *, book_id: int, reference: str) -> bool:
    """Tell whether a license of this reference is in the book."""
    found = select(LicenseRow).where(
        col(LicenseRow.book_id) == book_id, col(LicenseRow.reference) == reference
    )
    return session.exec(found).first() is not None


def _quota_columns(quota: Quota | None) -> dict[str, object]:
    return {
        "quota_units": quota and quota.units,
        "quota_period": quota and str(quota.period),
        "quota_on_exceed": quota and str(quota.on_exceed),
        "quota_unit": quota and quota.unit and str(quota.unit),
        "quota_overage_rate": quota and quota.overage_rate,
    }


def _revenue_columns(share: RevenueTerms | None) -> dict[str, object]:
    return {
        "revenue_percent": share and share.percent,
        "revenue_base": share and str(share.base),
        "revenue_currency": share and share.currency,
        "fx_source": share and share.fx_source,
        "fx_rule": share and share.fx_rule and str(share.fx_rule),
    }


def _insert_grant_subjects(
    session: Session, licensee_id: int, grants: Iterable[tuple[int | None, Sequence[int]]]
) -> None:
    rows = [
        (grant_id, subject_id, position)
        for grant_id, subject_ids in grants
        for position, subject_id in enumerate(subject_ids)
    ]
    grant_ids, subject_ids, positions = map(list, zip(*rows, strict=True))
    session.execute(
        text(_GRANT_SUBJECTS),
        {
            "grants": grant_ids,
            "subjects": subject_ids,
            "positions": positions,
            "licensee": licensee_id,
        },
    )
