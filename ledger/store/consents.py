"""Consents of performers: written as rows that are added, read as values that a judgement takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, insert

from ledger.core.acceptance import Subject
from ledger.core.consent import Consent
from ledger.core.usage import UseClass
from ledger.store.tables.consents import ConsentRow, ConsentWithdrawalRow

_CONSENTS = """
    SELECT s.reference AS subject, s.subject_id, c.owner_id, c.consent_id, c.reference,
           c.performer, c.use_classes, c.languages, c.given_on, c.notice_period_days,
           encode(c.evidence_sha256, 'hex') AS evidence_sha256, c.recorded_at, c.recorded_by,
           w.withdrawn_on, w.reason, w.recorded_by AS withdrawn_by
    FROM consent c
    JOIN subject s USING (subject_id)
    LEFT JOIN consent_withdrawal w USING (consent_id)
    WHERE s.book_id = :book AND (CAST(:subject AS text) IS NULL OR s.reference = :subject)
      AND (CAST(:owner AS bigint) IS NULL OR s.owner_id = :owner)
    ORDER BY s.reference COLLATE "C", c.given_on, c.consent_id
"""


_OF_VOICES = """
    SELECT s.reference AS subject, c.performer, c.use_classes, c.languages, c.given_on,
           c.notice_period_days, encode(c.evidence_sha256, 'hex') AS evidence_sha256,
           w.withdrawn_on
    FROM subject s
    LEFT JOIN consent c USING (subject_id)
    LEFT JOIN consent_withdrawal w USING (consent_id)
    WHERE s.subject_id = ANY (CAST(:subjects AS bigint[])) AND s.kind = 'voice'
    ORDER BY s.subject_id, c.given_on, c.consent_id
"""


@dataclass(frozen=True, kw_only=True)
class ConsentInBook:
    """A consent as the book has it, and of which voice it is."""

    id: int
    subject_id: int
    owner_id: int
    subject: str  # references
    reference: str
    consent: Consent
    recorded_at: datetime
    recorded_by: str
    reason: str | None  # of the withdrawal
    withdrawn_by: str | None


def insert_consent(
    session: Session,
    *,
    subject_id: int,
    owner_id: int,
    reference: str,
    consent: Consent,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write a consent, which is not withdrawn yet."""
    evidence = consent.evidence_sha256
    row = {
        "subject_id": subject_id,
        "owner_id": owner_id,
        "reference": reference,
        "performer": consent.performer,
        "use_classes": sorted(map(str, consent.use_classes)),
        "languages": sorted(consent.languages),
        "given_on": consent.given_on,
        "notice_period_days": consent.notice_period_days,
        "evidence_sha256": None if evidence is None else bytes.fromhex(evidence),
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    session.execute(insert(ConsentRow), [row])


def insert_withdrawal(
    session: Session,
    *,
    of: ConsentInBook,
    withdrawn_on: date,
    reason: str,
    recorded_at: datetime,
    recorded_by: str,
) -> None:
    """Write that a consent is withdrawn from a day on."""
    row = {
        "consent_id": of.id,
        "subject_id": of.subject_id,
        "owner_id": of.owner_id,
        "withdrawn_on": withdrawn_on,
        "reason": reason,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
    }
    session.execute(insert(ConsentWithdrawalRow), [row])


def list_consents(
    session: Session, *, book_id: int, subject: str | None = None, owner_id: int | None = None
) -> tuple[ConsentInBook, ...]:
    """Return the consents of one voice, or of every voice, by voice and the day they were given."""
    asked = {"book": book_id, "subject": subject, "owner": owner_id}
    rows = session.execute(text(_CONSENTS), asked)
    return tuple(map(_in_book, rows))


def with_consents(session: Session, subjects: Mapping[str, Subject]) -> dict[str, Subject]:
    """Return subjects by reference as they came, the voices among them with their consents."""
    parameters = {"subjects": [subject.id for subject in subjects.values()]}
    given: dict[str, list[Consent]] = {}
    for row in session.execute(text(_OF_VOICES), parameters):
        own = given.setdefault(row.subject, [])
        if row.performer is not None:
            own.append(_consent(row))
    asked = {
        reference: replace(subjects[reference], needs_consent=True, consents=tuple(own))
        for reference, own in given.items()
    }
    return {**subjects, **asked}


def _in_book(row: Row[Any]) -> ConsentInBook:
    return ConsentInBook(
        id=row.consent_id,
        subject_id=row.subject_id,
        owner_id=row.owner_id,
        subject=row.subject,
        reference=row.reference,
        consent=_consent(row),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        reason=row.reason,
        withdrawn_by=row.withdrawn_by,
    )


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        performer=row.performer,
        use_classes=frozenset(map(UseClass, row.use_classes)),
        languages=frozenset(row.languages),
        given_on=row.given_on,
        notice_period_days=row.notice_period_days,
        withdrawn_on=row.withdrawn_on,
        evidence_sha256=row.evidence_sha256,
    )
