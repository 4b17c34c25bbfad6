"""What is agreed about paying late, and what holds reminders back, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, insert

from ledger.core.dunning import AgreedTerms, DunningTerms
from ledger.store.tables.dunning import DunningReleaseRow, DunningTermsRow


@dataclass(frozen=True, kw_only=True)
class TermsListed:
    """Agreed terms as people read them."""

    licensee: str
    license: str | None
    effective_from: date
    terms: DunningTerms
    contact_email: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """That nobody is reminded of an invoice, or of all of a firm's."""

    id: int
    reference: str
    licensee_id: int
    licensee: str
    invoice: str | None
    kind: str
    reason: str
    held_at: datetime
    held_by: str
    released_at: datetime | None
    released_by: str | None
    release_reason: str | None


_TERMS = """
    SELECT t.licensee_id, t.license_id, t.effective_from, t.days, t.exempt_reason,
           t.interest_percent, t.suspend_after_days, t.contact_email, t.recorded_at, t.recorded_by,
           p.reference AS licensee, l.reference AS license
    FROM dunning_terms t
    JOIN party p ON p.party_id = t.licensee_id
    LEFT JOIN license l USING (license_id)
    WHERE t.book_id = :book
    ORDER BY p.reference COLLATE "C", l.reference COLLATE "C" NULLS FIRST, t.effective_from
"""

_HAS_TERMS = """
    SELECT EXISTS (SELECT FROM dunning_terms
                   WHERE licensee_id = :licensee AND license_id IS NOT DISTINCT FROM :license
                     AND effective_from = :on)
"""

_LICENSE = "SELECT license_id FROM license WHERE licensee_id = :licensee AND reference = :reference"

_HOLDS = """
    SELECT h.dunning_hold_id AS id, h.reference, h.licensee_id, p.reference AS licensee,
           d.reference AS invoice, h.kind, h.reason, h.held_at, h.held_by,
           r.released_at, r.released_by, r.reason AS release_reason
    FROM dunning_hold h
    JOIN party p ON p.party_id = h.licensee_id
    LEFT JOIN document d USING (document_id)
    LEFT JOIN dunning_release r USING (dunning_hold_id)
    WHERE h.book_id = :book AND (CAST(:reference AS text) IS NULL OR h.reference = :reference)
      AND (:with_released OR r.dunning_hold_id IS NULL)
    ORDER BY h.dunning_hold_id
"""

_INSERT_HOLD = """
    INSERT INTO dunning_hold (licensee_id, book_id, document_id, kind, reason, held_at, held_by)
    VALUES (:licensee_id, :book_id, :document_id, :kind, :reason, :held_at, :held_by)
    RETURNING reference
"""


def find_license(session: Session, *, licensee_id: int, reference: str) -> int | None:
    """Return the key of a firm's license, None when it has none of that reference."""
    asked = {"licensee": licensee_id, "reference": reference}
    found: int | None = session.execute(text(_LICENSE), asked).scalar_one_or_none()
    return found


def has_terms_of(session: Session, *, licensee_id: int, license_id: int | None, on: date) -> bool:
    """Tell whether terms of a firm, or of a license, begin on that very day."""
    asked = {"licensee": licensee_id, "license": license_id, "on": on}
    return bool(session.scalar(text(_HAS_TERMS), asked))


def insert_terms(
    session: Session,
    *,
    book_id: int,
    agreed: AgreedTerms,
    contact_email: str,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write what was agreed."""
    row = {
        "licensee_id": agreed.licensee_id,
        "book_id": book_id,
        "license_id": agreed.license_id,
        "effective_from": agreed.effective_from,
        "days": list(agreed.terms.days),
        "exempt_reason": agreed.terms.exempt_reason,
        "interest_percent": agreed.terms.interest_percent,
        "suspend_after_days": agreed.terms.suspend_after_days,
        "contact_email": contact_email,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    session.execute(insert(DunningTermsRow), [row])


def agreed_terms(session: Session, *, book_id: int) -> tuple[AgreedTerms, ...]:
    """Return all that was ever agreed."""
    return tuple(
        AgreedTerms(
            licensee_id=row.licensee_id,
            license_id=row.license_id,
            effective_from=row.effective_from,
            terms=_terms(row),
        )
        for row in session.execute(text(_TERMS), {"book": book_id})
    )


def list_terms(session: Session, *, book_id: int) -> Sequence[TermsListed]:
    """Return all that was ever agreed as people read it, by firm, license and day."""
    return [
        TermsListed(
            licensee=row.licensee,
            license=row.license,
            effective_from=row.effective_from,
            terms=_terms(row),
            contact_email=row.contact_email,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )
        for row in session.execute(text(_TERMS), {"book": book_id})
    ]


def insert_hold(
    session: Session,
    *,
    book_id: int,
    licensee_id: int,
    document_id: int | None,
    kind: str,
    reason: str,
    held_at: datetime,
    held_by: str,
) -> str:
    """Write a hold, and return its reference."""
    row = {
        "licensee_id": licensee_id,
        "book_id": book_id,
        "document_id": document_id,
        "kind": kind,
        "reason": reason,
        "held_at": held_at,
        "held_by": held_by,
    }
    reference: str = session.execute(text(_INSERT_HOLD), row).scalar_one()
    return reference


def list_holds(
    session: Session, *, book_id: int, reference: str | None = None, with_released: bool = False
) -> Sequence[Hold]:
    """Return holds in the order in which they were set; those that were released when asked."""
    asked = {"book": book_id, "reference": reference, "with_released": with_released}
    return [Hold(**row._mapping) for row in session.execute(text(_HOLDS), asked)]


def insert_release(
    session: Session, *, hold: Hold, reason: str, released_at: datetime, released_by: str
) -> None:
    """Write that a hold is over. The second of two at once meets the key of the first."""
    row = {
        "dunning_hold_id": hold.id,
        "licensee_id": hold.licensee_id,
        "reason": reason,
        "released_at": released_at,
        "released_by": released_by,
    }
    session.execute(insert(DunningReleaseRow), [row])


def _terms(row: Row[Any]) -> DunningTerms:
    return DunningTerms(
        days=tuple(row.days),
        exempt_reason=row.exempt_reason,
        interest_percent=row.interest_percent,
        suspend_after_days=row.suspend_after_days,
    )
