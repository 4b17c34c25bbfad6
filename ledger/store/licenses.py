"""
Licenses and the versions of their terms as they are read: whole, as core values.

The reporting path reads everything it judges by in seven queries and keeps it until the terms
clock moves; it never asks about one event. Each query sees what is committed when it begins, so
the clock is read with the first of them and after the last: only then are they of one version.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.acceptance import OptInState, Subject
from ledger.core.exchange import FxRule
from ledger.core.money import Rounding
from ledger.core.quota_terms import OnExceed, Quota, QuotaPeriod
from ledger.core.revenue_terms import RevenueBase, RevenueTerms
from ledger.core.terms import (
    Allocation,
    Basis,
    CounterScope,
    Grant,
    License,
    RateLine,
    Recognition,
    Stacking,
    TermsVersion,
    Tier,
    TierMode,
)
from ledger.core.usage import Modality, Unit, UseClass
from ledger.store import lineages
from ledger.store.consents import with_consents
from ledger.store.database import DatabaseBusy
from ledger.store.suspensions import with_suspensions


@dataclass(frozen=True, kw_only=True)
class TermsInBook:
    """One version of the terms, and where in the book it stands."""

    terms: TermsVersion
    grant_id: int
    subject_ids: tuple[int, ...]  # in the order of the contract, which decides about odd yen
    license_id: int
    license_reference: str
    license_starts_at: datetime  # contract years are counted from it
    licensee_id: int
    licensee_reference: str


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything a generation is judged by, as of one reading of the terms clock."""

    version: int
    licenses: Mapping[str, License]  # by reference
    subjects: Mapping[str, Subject]  # by reference: all that are granted or were decided about
    terms: Mapping[int, TermsInBook]
    rate_lines: Mapping[int, RateLine]
    has_offers: bool  # then a subject that is not among these may be offered all the same


class SubjectsNamed(NamedTuple):
    """Those of some named subjects that are in the book."""

    version: int  # what the terms clock said when the last of it was read
    subjects: Mapping[str, Subject]  # by reference


#: How often terms are read that change while they are read.
READINGS_MAX = 5

_CLOCK = "SELECT version FROM terms_clock WHERE book_id = :book"
_CLOCK_AND_OFFERS = """
    SELECT coalesce((SELECT version FROM terms_clock WHERE book_id = :book), 0) AS version,
           EXISTS (SELECT FROM offer WHERE book_id = :book) AS has_offers
"""

_TERMS = """
    SELECT v.*, l.license_id, l.reference AS license_reference, l.starts_at AS license_starts_at,
           l.ends_at AS license_ends_at, l.wind_down_days AS license_wind_down_days,
           p.reference AS licensee_reference,
           g.modalities, g.use_classes, g.territories, g.starts_at, g.ends_at, g.wind_down_days,
           g.claim_multiple, g.quota_units, g.quota_period, g.quota_on_exceed, g.quota_unit,
           g.quota_overage_rate, g.ai_label, g.prohibited_content,
           ARRAY(SELECT m.subject_id FROM grant_subject m
                 WHERE m.license_grant_id = v.license_grant_id ORDER BY m.position) AS subject_ids
    FROM terms_version v
    JOIN license_grant g USING (license_grant_id)
    JOIN license l ON l.license_id = g.license_id
    JOIN party p ON p.party_id = l.licensee_id
"""
_TERMS_OF_BOOK = _TERMS + "WHERE l.book_id = :book ORDER BY l.license_id, g.position, v.version"
_TERMS_NAMED = (
    _TERMS + "WHERE v.terms_version_id = ANY (CAST(:ids AS bigint[])) ORDER BY v.terms_version_id"
)

_RATE_LINES = """
    SELECT r.*,
           ARRAY(SELECT t.up_to FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position) AS bounds,
           ARRAY(SELECT t.rate FROM rate_tier t WHERE t.rate_line_id = r.rate_line_id
                 ORDER BY t.position) AS tier_rates
    FROM rate_line r
"""
_RATE_LINES_OF_TERMS = (
    _RATE_LINES + "WHERE r.terms_version_id = ANY (CAST(:ids AS bigint[])) ORDER BY r.position"
)
_RATE_LINES_NAMED = (
    _RATE_LINES + "WHERE r.rate_line_id = ANY (CAST(:ids AS bigint[])) ORDER BY r.rate_line_id"
)

_SUBJECTS_TOUCHED = """
    SELECT s.reference, s.subject_id, o.effective_at, o.state,
           s.owner_id IN (SELECT f.owner_id FROM offer f) AS may_be_in_offer
    FROM subject s LEFT JOIN opt_in o USING (subject_id)
    WHERE s.book_id = :book AND (o.subject_id IS NOT NULL
                                 OR s.subject_id IN (SELECT subject_id FROM grant_subject))
    ORDER BY s.subject_id, o.effective_at
"""
#: The clock comes with them, and by itself when there are none.
_SUBJECTS_NAMED = """
    SELECT s.reference, s.subject_id, o.effective_at, o.state,
           s.owner_id IN (SELECT f.owner_id FROM offer f) AS may_be_in_offer, c.version
    FROM (SELECT coalesce((SELECT version FROM terms_clock WHERE book_id = :book), 0)) c (version)
    LEFT JOIN subject s ON s.book_id = :book AND s.reference = ANY (CAST(:references AS text[]))
    LEFT JOIN opt_in o ON o.subject_id = s.subject_id
    ORDER BY s.subject_id, o.effective_at
"""


def terms_clock(session: Session, *, book_id: int) -> int:
    """Return the number of changes so far that a judgement may depend on."""
    return session.scalar(text(_CLOCK), {"book": book_id}) or 0


def load_snapshot(session: Session, *, book_id: int) -> Snapshot:
    """
    Return everything generations are judged by, all of it of one version of the terms.

    What changes while we read would be in one part and not in another, so it is read again.

    :raises DatabaseBusy: the terms changed during each of several readings.
    """
    for _ in range(READINGS_MAX):
        snapshot = _read_snapshot(session, book_id)
        if terms_clock(session, book_id=book_id) == snapshot.version:
            return snapshot
    raise DatabaseBusy(reason="terms_clock")


def _read_snapshot(session: Session, book_id: int) -> Snapshot:
    version, has_offers = session.execute(text(_CLOCK_AND_OFFERS), {"book": book_id}).one()
    terms = _terms(session, _TERMS_OF_BOOK, {"book": book_id})
    touched = session.execute(text(_SUBJECTS_TOUCHED), {"book": book_id}).all()
    return Snapshot(
        version=version,
        licenses=with_suspensions(
            session, {each.reference: each for each in _licenses(terms)}, book_id=book_id
        ),
        subjects=with_consents(session, _subjects(session, touched)),
        terms={item.terms.id: item for _, item in terms},
        rate_lines={line.id: line for _, item in terms for line in item.terms.rate_lines},
        has_offers=has_offers,
    )


def find_subjects(session: Session, *, book_id: int, references: Collection[str]) -> SubjectsNamed:
    """
    Return those of the named subjects that are in the book, as the reporting path needs them.

    One query tells the version of the terms too. Where holders make offers there are more, and
    the clock is read after them, so that what is of the version it tells is wholly so.

    They are those that no license names, so that nobody has to ask for a performer's consent.
    """
    parameters = {"book": book_id, "references": list(references)}
    rows = session.execute(text(_SUBJECTS_NAMED), parameters).all()
    found = _subjects(session, [row for row in rows if row.reference is not None])
    if any(row.may_be_in_offer for row in rows):
        return SubjectsNamed(terms_clock(session, book_id=book_id), found)
    return SubjectsNamed(rows[0].version, found)


def terms_versions(session: Session, *, ids: Collection[int]) -> dict[int, TermsInBook]:
    """Return versions of the terms by key, with their licenses and licensees."""
    return {item.terms.id: item for _, item in _terms(session, _TERMS_NAMED, {"ids": list(ids)})}


def rate_lines(session: Session, *, ids: Collection[int]) -> dict[int, RateLine]:
    """Return rate lines by key."""
    rows = session.execute(text(_RATE_LINES_NAMED), {"ids": list(ids)})
    return {row.rate_line_id: _rate_line(row) for row in rows}


def _terms(
    session: Session, statement: str, parameters: Mapping[str, object]
) -> list[tuple[Row[Any], TermsInBook]]:
    """Return versions of the terms, each beside the row that has its grant and license too."""
    rows = session.execute(text(statement), parameters).all()
    lines = defaultdict(list)
    ids = {"ids": [row.terms_version_id for row in rows]}
    for line in session.execute(text(_RATE_LINES_OF_TERMS), ids):
        lines[line.terms_version_id].append(_rate_line(line))
    return [(row, _terms_in_book(row, lines[row.terms_version_id])) for row in rows]


def _terms_in_book(row: Row[Any], lines: Sequence[RateLine]) -> TermsInBook:
    return TermsInBook(
        terms=TermsVersion(
            id=row.terms_version_id,
            version=row.version,
            effective_from=row.effective_from,
            clause_reference=row.clause_reference,
            rate_lines=tuple(lines),
            currency=row.currency,
            rounding=Rounding(row.rounding),
            recognition=Recognition(row.recognition),
            counted_month=row.counted_month,
            revenue_share=_revenue_share(row),
        ),
        grant_id=row.license_grant_id,
        subject_ids=tuple(row.subject_ids),
        license_id=row.license_id,
        license_reference=row.license_reference,
        license_starts_at=row.license_starts_at,
        licensee_id=row.licensee_id,
        licensee_reference=row.licensee_reference,
    )


def _revenue_share(row: Row[Any]) -> RevenueTerms | None:
    if row.revenue_percent is None:
        return None
    return RevenueTerms(
        percent=row.revenue_percent,
        base=RevenueBase(row.revenue_base),
        currency=row.revenue_currency,
        fx_source=row.fx_source,
        fx_rule=FxRule(row.fx_rule) if row.fx_rule else None,
    )


def _rate_line(row: Row[Any]) -> RateLine:
    return RateLine(
        id=row.rate_line_id,
        basis=Basis(row.basis),
        rate=row.rate,
        modality=Modality(row.modality) if row.modality else None,
        use_class=UseClass(row.use_class) if row.use_class else None,
        tier_mode=TierMode(row.tier_mode),
        tiers=tuple(
            Tier(up_to=bound, rate=rate)
            for bound, rate in zip(row.bounds, row.tier_rates, strict=True)
        ),
        counter_scope=CounterScope(row.counter_scope),
        minimum_minor=row.minimum_minor,
        cap_minor=row.cap_minor,
        event_floor_minor=row.event_floor_minor,
        stacking=_stacking(row),
    )


def _stacking(row: Row[Any]) -> Stacking | None:
    if row.stacking_group is None:
        return None
    return Stacking(
        group=row.stacking_group,
        cap_minor=row.stacking_cap_minor,
        allocation=Allocation(row.stacking_allocation),
    )


def _licenses(terms: Iterable[tuple[Row[Any], TermsInBook]]) -> Iterator[License]:
    """Gather versions into grants and grants into licenses; they come in that order."""
    for license_id, of_license in groupby(terms, key=lambda pair: pair[1].license_id):
        grants = [
            _grant(list(of_grant))
            for _, of_grant in groupby(of_license, key=lambda pair: pair[1].grant_id)
        ]
        row = grants[0][0]
        yield License(
            id=license_id,
            reference=row.license_reference,
            licensee_id=row.licensee_id,
            starts_at=row.license_starts_at,
            ends_at=row.license_ends_at,
            wind_down_days=row.license_wind_down_days,
            grants=tuple(grant for _, grant in grants),
        )


def _grant(versions: Sequence[tuple[Row[Any], TermsInBook]]) -> tuple[Row[Any], Grant]:
    row, first = versions[0]
    grant = Grant(
        id=first.grant_id,
        subject_ids=frozenset(first.subject_ids),
        modalities=frozenset(map(Modality, row.modalities)),
        use_classes=frozenset(map(UseClass, row.use_classes)),
        territories=frozenset(row.territories),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        wind_down_days=row.wind_down_days,
        quota=quota_of(row),
        claim_multiple=row.claim_multiple,
        ai_label=row.ai_label,
        prohibited_content=tuple(row.prohibited_content),
        versions=tuple(item.terms for _, item in versions),
    )
    return row, grant


def quota_of(row: Row[Any]) -> Quota | None:
    """Return the quota that a grant's row has."""
    if row.quota_units is None:
        return None
    return Quota(
        units=row.quota_units,
        period=QuotaPeriod(row.quota_period),
        on_exceed=OnExceed(row.quota_on_exceed),
        unit=Unit(row.quota_unit) if row.quota_unit else None,
        overage_rate=row.quota_overage_rate,
    )


def _subjects(session: Session, rows: Sequence[Row[Any]]) -> dict[str, Subject]:
    """Return subjects by reference; their dated states come in order, one row each."""
    ids: dict[str, int] = {}
    states: dict[int, list[tuple[datetime, OptInState]]] = defaultdict(list)
    may_be_in_offers: set[int] = set()
    for row in rows:
        ids[row.reference] = row.subject_id
        if row.state is not None:
            states[row.subject_id].append((row.effective_at, OptInState(row.state)))
        if row.may_be_in_offer:
            may_be_in_offers.add(row.subject_id)
    opt_in = {subject_id: tuple(states[subject_id]) for subject_id in ids.values()}
    if may_be_in_offers:
        opt_in |= lineages.opt_in_of_offered(session, subject_ids=may_be_in_offers)
    return {
        reference: Subject(id=subject_id, reference=reference, opt_in=opt_in[subject_id])
        for reference, subject_id in ids.items()
    }
