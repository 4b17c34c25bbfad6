"""
The versions of recoup groups: as a license brought them, and as later terms changed them.

What a version says of advances and guarantees is kept as it was agreed; an advance or a guarantee
that it brings has its own row beside, so that closings can bill it and set off against it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.prepayment import PrepaymentKind
from ledger.core.recoup_terms import (
    Advance,
    AdvanceKind,
    Checkpoint,
    Crossing,
    MinimumGuarantee,
    RecoupedFrom,
    RecoupGroup,
)
from ledger.core.recoup_versions import RecoupVersion, VersionedGroup
from ledger.core.snapshot import from_plain, to_plain
from ledger.store.parties import insert_all
from ledger.store.recoup_terms import advance_row, guarantee_row
from ledger.store.tables.prepayments import (
    MinimumGuaranteeRow,
    PrepaymentRow,
    RecoupAmendmentRow,
)

_FIRST = """
    SELECT g.recoup_group_id, g.reference, g.crossing,
           array_agg(CAST(grants.position AS text) ORDER BY s.position) AS sources
    FROM recoup_group g
    JOIN recoup_source s USING (recoup_group_id)
    JOIN license_grant grants USING (license_grant_id)
    WHERE g.recoup_group_id = ANY (CAST(:groups AS bigint[]))
    GROUP BY g.recoup_group_id
"""

_ADVANCES = """
    SELECT recoup_group_id, reference, kind, amount_minor, due_on, sources, shares_bp, guarantee
    FROM prepayment
    WHERE recoup_group_id = ANY (CAST(:groups AS bigint[])) AND version = 1 AND kind <> :shortfall
    ORDER BY prepayment_id
"""

_GUARANTEES = """
    SELECT * FROM minimum_guarantee
    WHERE recoup_group_id = ANY (CAST(:groups AS bigint[])) AND version = 1
    ORDER BY position
"""

_LATER = """
    SELECT a.recoup_group_id, a.version, a.effective_from, a.crossing, a.clause_reference, a.terms,
           array_agg(CAST(grants.position AS text) ORDER BY s.position) AS sources
    FROM recoup_amendment a
    JOIN recoup_amendment_source s USING (recoup_group_id, version)
    JOIN license_grant grants USING (license_grant_id)
    WHERE a.recoup_group_id = ANY (CAST(:groups AS bigint[]))
    GROUP BY a.recoup_group_id, a.version
    ORDER BY a.recoup_group_id, a.version
"""

_OF_LICENSE = """
    SELECT l.license_id, l.licensee_id, l.starts_at, l.ends_at, g.recoup_group_id,
           (SELECT count(*) FROM license_grant n WHERE n.license_id = l.license_id) AS grant_count
    FROM license l LEFT JOIN recoup_group g USING (license_id)
    WHERE l.book_id = :book AND l.reference = :license
    ORDER BY g.position
"""

_BILLED = """
    SELECT guarantee, CAST(sum(amount_minor) AS bigint) FROM prepayment
    WHERE recoup_group_id = :group AND kind = :shortfall GROUP BY guarantee
"""

_INSERT_SOURCES = """
    INSERT INTO recoup_amendment_source
        (recoup_group_id, version, license_grant_id, licensee_id, position)
    SELECT :group, :version, g.license_grant_id, g.licensee_id, wanted.place - 1
    FROM unnest(CAST(:sources AS int[])) WITH ORDINALITY AS wanted (source, place)
    JOIN recoup_group r ON r.recoup_group_id = :group
    JOIN license_grant g ON g.license_id = r.license_id AND g.position = wanted.source
    ORDER BY wanted.place
"""

_CURRENCY = """
    SELECT v.currency FROM recoup_source s JOIN terms_version v USING (license_grant_id)
    WHERE s.recoup_group_id = :group AND v.version = 1 ORDER BY s.position LIMIT 1
"""

_OF_LINE = """
    SELECT g.reference, m.version, a.effective_from AS since,
           a.clause_reference
    FROM royalty_line r
    JOIN terms_version v USING (terms_version_id)
    JOIN recoup_member m ON m.license_grant_id = v.license_grant_id
                  AND r.closing_month >= m.since AND r.closing_month < m.until
    JOIN recoup_group g USING (recoup_group_id)
    LEFT JOIN recoup_amendment a ON a.recoup_group_id = m.recoup_group_id
                                AND a.version = m.version
    WHERE r.royalty_line_id = :line
"""


@dataclass(frozen=True, kw_only=True)
class LicenseGroups:
    """The groups of a license in the order of the contract, by key, with all their versions."""

    licensee_id: int
    starts_at: datetime
    ends_at: datetime | None
    grant_count: int
    groups: Mapping[int, VersionedGroup]


@dataclass(frozen=True, kw_only=True)
class VersionOfLine:
    """The group in which a royalty line is set off, and the version that was applied."""

    reference: str
    version: int
    since: date | None  # None of the first version
    clause_reference: str | None


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What a version says of advances and guarantees, as it is kept."""

    advances: tuple[Advance, ...]
    guarantees: tuple[MinimumGuarantee, ...]


def read_versions(session: Session, *, group_ids: Collection[int]) -> dict[int, VersionedGroup]:
    """Return groups in all their versions, by key, in four statements."""
    asked = {"groups": list(group_ids), "shortfall": str(PrepaymentKind.SHORTFALL)}
    advances, guarantees, later = (
        _by_group(session, statement, asked) for statement in (_ADVANCES, _GUARANTEES, _LATER)
    )
    found = {}
    for row in session.execute(text(_FIRST), asked):
        key = row.recoup_group_id
        first = RecoupGroup(
            reference=row.reference,
            crossing=Crossing(row.crossing),
            sources=tuple(row.sources),
            advances=tuple(map(_advance, advances[key])),
            guarantees=tuple(map(_guarantee, guarantees[key])),
        )
        versions = VersionedGroup.unchanged(first).versions
        found[key] = VersionedGroup(
            versions=(*versions, *(_version(row.reference, each) for each in later[key]))
        )
    return found


def find_groups(session: Session, *, book_id: int, license_reference: str) -> LicenseGroups | None:
    """Return the groups of a license, None when the book has no such license."""
    asked = {"book": book_id, "license": license_reference}
    rows = session.execute(text(_OF_LICENSE), asked).all()
    if not rows:
        return None
    keys = [row.recoup_group_id for row in rows if row.recoup_group_id is not None]
    versions = read_versions(session, group_ids=keys)
    return LicenseGroups(
        licensee_id=rows[0].licensee_id,
        starts_at=rows[0].starts_at,
        ends_at=rows[0].ends_at,
        grant_count=rows[0].grant_count,
        groups={key: versions[key] for key in keys},
    )


def billed_of(session: Session, *, group_id: int) -> dict[str, int]:
    """Return what shortfalls of each guarantee of a group came to so far."""
    asked = {"group": group_id, "shortfall": str(PrepaymentKind.SHORTFALL)}
    return dict(map(tuple, session.execute(text(_BILLED), asked)))


def version_of_line(session: Session, *, royalty_line_id: int) -> VersionOfLine | None:
    """Return which version of which group a royalty line is set off by, None without a group."""
    row = session.execute(text(_OF_LINE), {"line": royalty_line_id}).one_or_none()
    return None if row is None else VersionOfLine(**row._mapping)


def insert_version(
    session: Session,
    *,
    group_id: int,
    licensee_id: int,
    known: VersionedGroup,
    new: RecoupVersion,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """Write new terms of a group, with the advances and guarantees that they bring."""
    of_group = {"recoup_group_id": group_id, "licensee_id": licensee_id}
    group = new.group
    said = _Said(advances=group.advances, guarantees=group.guarantees)
    insert_all(
        session,
        RecoupAmendmentRow,
        [
            {
                **of_group,
                "version": new.version,
                "effective_from": new.since,
                "crossing": str(group.crossing),
                "clause_reference": new.clause_reference,
                "terms": to_plain(said),
                "recorded_by": recorded_by,
                "recorded_at": recorded_at,
            }
        ],
    )
    sources = [int(source) for source in group.sources]
    asked = {"group": group_id, "version": new.version, "sources": sources}
    session.execute(text(_INSERT_SOURCES), asked)
    of_version = {**of_group, "version": new.version}
    before = {each.reference: each for older in known.versions for each in older.group.guarantees}
    insert_all(
        session,
        MinimumGuaranteeRow,
        (
            {**of_version, "position": len(before) + place, **guarantee_row(each)}
            for place, each in enumerate(
                each for each in group.guarantees if each.reference not in before
            )
        ),
    )
    currency = session.execute(text(_CURRENCY), {"group": group_id}).scalar_one()
    paid_before = {each.reference for each in known.advances}
    insert_all(
        session,
        PrepaymentRow,
        (
            {**of_version, "currency": currency, **advance_row(each)}
            for each in group.advances
            if each.reference not in paid_before
        ),
    )


def _advance(row: Row[Any]) -> Advance:
    return Advance(
        reference=row.reference,
        kind=AdvanceKind(row.kind),
        amount_minor=row.amount_minor,
        paid_on=row.due_on,
        recouped_from=tuple(
            RecoupedFrom(source=source, share_bp=share_bp)
            for source, share_bp in zip(row.sources, row.shares_bp, strict=True)
        ),
        counts_toward=row.guarantee,
    )


def _guarantee(row: Row[Any]) -> MinimumGuarantee:
    return MinimumGuarantee(
        reference=row.reference,
        sources=tuple(row.sources),
        starts_on=row.starts_on,
        checkpoints=tuple(
            Checkpoint(due_on=due_on, target_minor=target)
            for due_on, target in zip(row.due_on, row.targets_minor, strict=True)
        ),
    )


def _version(reference: str, row: Row[Any]) -> RecoupVersion:
    said = from_plain(_Said, row.terms)
    return RecoupVersion(
        version=row.version,
        since=row.effective_from,
        clause_reference=row.clause_reference,
        group=RecoupGroup(
            reference=reference,
            crossing=Crossing(row.crossing),
            sources=tuple(row.sources),
            advances=said.advances,
            guarantees=said.guarantees,
        ),
    )


def _by_group(
    session: Session, statement: str, asked: Mapping[str, object]
) -> Mapping[int, Sequence[Row[Any]]]:
    rows = defaultdict(list)
    for row in session.execute(text(statement), asked):
        rows[row.recoup_group_id].append(row)
    return rows
