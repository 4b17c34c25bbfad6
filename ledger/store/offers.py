"""
Offers as they are written and read: versions that follow one another, whole, as core values.

What a version says about rates is kept in the words of the agreement and read again as a
license is read, so that what an offer may say and what a license may say is the same.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, text
from sqlmodel import Session, col, insert

from ledger.core.agreement import NewQuota, NewTerms
from ledger.core.offer import Breadth, Offer, OfferState, OfferVersion
from ledger.core.offered_advances import OfferedAdvance, OfferedGuarantee
from ledger.core.proposal import NewOfferVersion, read_version
from ledger.store.tables.offers import OfferRow, OfferVersionRow

_TERMS = TypeAdapter(NewTerms)
_QUOTA = TypeAdapter(NewQuota | None)
_ADVANCES = TypeAdapter(tuple[OfferedAdvance, ...])
_GUARANTEES = TypeAdapter(tuple[OfferedGuarantee, ...])


@dataclass(frozen=True, kw_only=True)
class VersionInBook:
    """One version of an offer, in the words it was written in, with who wrote it and why."""

    version: OfferVersion
    words: NewOfferVersion
    recorded_at: datetime
    recorded_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OfferInBook:
    """An offer with its keys, the names of its holder and its target, and all its versions."""

    id: int
    owner_id: int
    subject_id: int | None
    offer: Offer
    holder_ja: str
    holder_en: str
    title_ja: str  # of what it is for; empty when that is everything
    title_en: str
    versions: tuple[VersionInBook, ...]

    def written(self, version: OfferVersion) -> VersionInBook:
        """Return how one of its versions was written."""
        return self.versions[version.version - 1]


_OFFERS = """
    SELECT f.offer_id, f.owner_id, f.subject_id, f.reference, f.breadth,
           p.reference AS holder, p.name_ja AS holder_ja, p.name_en AS holder_en,
           s.reference AS subject, coalesce(s.title_ja, '') AS title_ja,
           coalesce(s.title_en, '') AS title_en
    FROM offer f
    JOIN party p ON p.party_id = f.owner_id
    LEFT JOIN subject s ON s.subject_id = f.subject_id
"""
_VISIBLE = (
    _OFFERS + "WHERE f.book_id = :book AND (CAST(:owner AS bigint) IS NULL OR f.owner_id = :owner) "
)
_PAGE = (
    _VISIBLE
    + "AND f.offer_id > :after "
    + "AND (CAST(:standing_at AS timestamptz) IS NULL OR offer_stands(f.offer_id, :standing_at)) "
    + "ORDER BY f.offer_id LIMIT :limit"
)
_NAMED = _VISIBLE + "AND f.reference = :reference"
_OWNERS = "SELECT DISTINCT owner_id FROM offer WHERE book_id = :book"
_OF_OWNERS = _OFFERS + "WHERE f.owner_id = ANY (CAST(:owners AS bigint[])) ORDER BY f.offer_id"

_VERSIONS = """
    SELECT * FROM offer_version WHERE offer_id = ANY (CAST(:offers AS bigint[]))
    ORDER BY offer_id, version
"""

_HAS = "SELECT EXISTS (SELECT FROM offer WHERE book_id = :book AND reference = :reference)"

_ACCEPT = """
    INSERT INTO offer_acceptance (license_id, licensee_id, offer_version_id, accepted_at,
                                  accepted_by)
    SELECT l.license_id, l.licensee_id, v.offer_version_id, :at, :by
    FROM license l, offer_version v
    WHERE l.book_id = :book AND l.reference = :license
      AND v.offer_id = :offer AND v.version = :version
"""

_ACCEPTED_BY = """
    SELECT DISTINCT a.licensee_id FROM offer_acceptance a JOIN offer_version v
        USING (offer_version_id)
    WHERE v.offer_id = :offer ORDER BY a.licensee_id
"""


def has_offer(session: Session, *, book_id: int, reference: str) -> bool:
    """Tell whether an offer of this reference is in the book."""
    return bool(session.scalar(text(_HAS), {"book": book_id, "reference": reference}))


def list_offers(
    session: Session,
    *,
    book_id: int,
    owner_id: int | None,
    standing_at: datetime | None = None,
    after: int,
    limit: int,
) -> list[OfferInBook]:
    """
    Return a holder's offers, or with None everybody's, in the order they were made.

    With an instant, only those that are offered at it, whatever other offers say.
    """
    parameters = {
        "book": book_id,
        "owner": owner_id,
        "standing_at": standing_at,
        "after": after,
        "limit": limit,
    }
    return _offers(session, session.execute(text(_PAGE), parameters).all())


def find_offer(
    session: Session, *, book_id: int, owner_id: int | None, reference: str
) -> OfferInBook | None:
    """Return a holder's own offer; with None, anybody's."""
    parameters = {"book": book_id, "owner": owner_id, "reference": reference}
    found = _offers(session, session.execute(text(_NAMED), parameters).all())
    return found[0] if found else None


def offers_of(session: Session, *, owner_ids: Collection[int]) -> dict[int, list[OfferInBook]]:
    """Return all offers of some holders, by the key of each, in the order they were made."""
    parameters = {"owners": list(owner_ids)}
    by_owner: dict[int, list[OfferInBook]] = defaultdict(list)
    for each in _offers(session, session.execute(text(_OF_OWNERS), parameters).all()):
        by_owner[each.owner_id].append(each)
    return by_owner


def owners(session: Session, *, book_id: int) -> list[int]:
    """Return the keys of the holders that ever offered anything."""
    return list(session.scalars(text(_OWNERS), {"book": book_id}))


def insert_offer(
    session: Session,
    *,
    book_id: int,
    owner_id: int,
    reference: str,
    breadth: Breadth,
    subject_id: int | None,
    recorded_at: datetime,
    recorded_by: str,
) -> int:
    """Write an offer without its first version, and return its key."""
    key: int | None = session.scalar(
        insert(OfferRow).returning(col(OfferRow.offer_id)),
        {
            "book_id": book_id,
            "owner_id": owner_id,
            "reference": reference,
            "breadth": str(breadth),
            "subject_id": subject_id,
            "recorded_at": recorded_at,
            "recorded_by": recorded_by,
        },
    )
    assert key is not None, "the database gives every offer a key"
    return key


def insert_version(
    session: Session, *, offer_id: int, owner_id: int, written: VersionInBook
) -> None:
    """Write a version of an offer, which stands from its own instant on."""
    version, words = written.version, written.words
    row = {
        "offer_id": offer_id,
        "owner_id": owner_id,
        "version": version.version,
        "state": str(version.state),
        "effective_at": version.effective_at,
        "ends_at": version.ends_at,
        "modalities": list(words.modalities),
        "use_classes": list(words.use_classes),
        "territories": list(words.territories),
        "wind_down_days": words.wind_down_days,
        "ai_label": words.ai_label,
        "prohibited_content": list(words.prohibited_content),
        "terms": _TERMS.dump_python(words.terms, mode="json", exclude={"effective_from"}),
        "quota": _QUOTA.dump_python(words.quota, mode="json"),
        "advances": _ADVANCES.dump_python(words.advances, mode="json"),
        "guarantees": _GUARANTEES.dump_python(words.guarantees, mode="json"),
        "recorded_at": written.recorded_at,
        "recorded_by": written.recorded_by,
        "reason": written.reason,
    }
    session.execute(insert(OfferVersionRow), [row])


def insert_acceptance(
    session: Session,
    *,
    book_id: int,
    license_reference: str,
    offer_id: int,
    version: int,
    accepted_at: datetime,
    accepted_by: str,
) -> None:
    """Write which version of an offer a license, written just now, accepts."""
    session.execute(
        text(_ACCEPT),
        {
            "book": book_id,
            "license": license_reference,
            "offer": offer_id,
            "version": version,
            "at": accepted_at,
            "by": accepted_by,
        },
    )


def accepted_by(session: Session, *, offer_id: int) -> list[int]:
    """Return the keys of the firms that accepted any version of an offer."""
    return list(session.scalars(text(_ACCEPTED_BY), {"offer": offer_id}))


def _offers(session: Session, rows: Sequence[Row[Any]]) -> list[OfferInBook]:
    versions: dict[int, list[VersionInBook]] = defaultdict(list)
    ids = {"offers": [row.offer_id for row in rows]}
    if rows:
        for row in session.execute(text(_VERSIONS), ids):
            versions[row.offer_id].append(_version(row))
    return [_offer(row, versions[row.offer_id]) for row in rows]


def _offer(row: Row[Any], versions: Sequence[VersionInBook]) -> OfferInBook:
    return OfferInBook(
        id=row.offer_id,
        owner_id=row.owner_id,
        subject_id=row.subject_id,
        offer=Offer(
            reference=row.reference,
            holder=row.holder,
            breadth=Breadth(row.breadth),
            target=row.subject or row.holder,
            versions=tuple(each.version for each in versions),
        ),
        holder_ja=row.holder_ja,
        holder_en=row.holder_en,
        title_ja=row.title_ja,
        title_en=row.title_en,
        versions=tuple(versions),
    )


def _version(row: Row[Any]) -> VersionInBook:
    words = NewOfferVersion(
        modalities=tuple(row.modalities),
        use_classes=tuple(row.use_classes),
        territories=tuple(row.territories),
        terms=_TERMS.validate_python({**row.terms, "effective_from": row.effective_at}),
        ends_at=row.ends_at,
        wind_down_days=row.wind_down_days,
        ai_label=row.ai_label,
        prohibited_content=tuple(row.prohibited_content),
        quota=_QUOTA.validate_python(row.quota),
        advances=_ADVANCES.validate_python(row.advances),
        guarantees=_GUARANTEES.validate_python(row.guarantees),
    )
    return VersionInBook(
        version=replace(read_version(words, version=row.version), state=OfferState(row.state)),
        words=words,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        reason=row.reason,
    )
