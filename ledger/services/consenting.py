"""
Consenting: what performers agree to have done with their voices, and that they withdraw.

Both are added and never changed. A report and a clearance follow with the next batch, because
either moves the clock of the terms. A withdrawal never reaches into a month that is closed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.consent import Consent, ConsentContradicts
from ledger.core.fields import (
    FieldRefusal,
    ReferenceTaken,
    check_instant,
    check_list,
    check_reference,
    check_text,
    check_whole,
    check_word,
)
from ledger.core.language import LanguageMalformed, is_tag
from ledger.core.offer import OfferState
from ledger.core.period import day_starts_at
from ledger.core.usage import UseClass
from ledger.services import BOOK_ID
from ledger.store import consents, withdrawals, works
from ledger.store.consents import ConsentInBook
from ledger.store.database import Database
from ledger.store.effective import keep_open
from ledger.store.parties import lock_names

#: Ten years.
NOTICE_DAYS_MAX = 3_660

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ConsentNotNeeded(FieldRefusal):
    """The subject is no voice, and nobody's consent is asked for it."""

    code = "consent_not_needed"


class VoiceOfAnother(FieldRefusal):
    """The voice is another holder's, who alone may enter a consent to its use."""

    code = "voice_of_another"


class ConsentUnknown(FieldRefusal):
    """The voice has no consent of this reference."""

    code = "consent_unknown"


class WithdrawnAlready(FieldRefusal):
    """The consent was withdrawn before. Carries from which day."""

    code = "consent_withdrawn_already"


class EvidenceMalformed(FieldRefusal):
    """What proves the consent is named by 64 hexadecimal digits, in small letters."""

    code = "evidence_malformed"


@dataclass(frozen=True, kw_only=True)
class NewConsent:
    """A performer's consent as it was given. Days are those of the Japanese calendar."""

    reference: str  # one of its own among the voice's consents
    subject: str  # the voice
    performer: str
    use_classes: tuple[str, ...]
    given_on: date
    notice_period_days: int  # whole days in which use still earns after a withdrawal
    languages: tuple[str, ...] = ()  # such as "ja" or "en-US"; none is any
    evidence_sha256: str | None = None  # of what the performer signed or said


def give_consent(
    database: Database,
    *,
    consent: NewConsent,
    recorded_by: str,
    recorded_at: datetime,
    owner_id: int | None = None,
) -> None:
    """
    Write a performer's consent to some uses of one voice; with ``owner_id``, of that holder's.

    :raises SubjectUnknown: the voice is not in the book.
    :raises VoiceOfAnother: it is another holder's.
    :raises ConsentNotNeeded: the subject is no voice.
    :raises ReferenceTaken: the voice has a consent of this reference.
    :raises LanguageMalformed, EvidenceMalformed, FieldRefusal: a field cannot be taken.
    """
    read = _read(consent)
    check_text(recorded_by, field="recorded_by")
    with database.transaction() as session:
        lock_names(session)
        fields = {consent.subject: "subject"}
        voice = works.require_subjects(session, book_id=BOOK_ID, fields=fields)[consent.subject]
        if owner_id not in (None, voice.owner_id):
            raise VoiceOfAnother(field="subject", value=consent.subject)
        if voice.kind != works.VOICE:
            raise ConsentNotNeeded(field="subject", value=consent.subject)
        known = consents.list_consents(session, book_id=BOOK_ID, subject=consent.subject)
        if any(each.reference == consent.reference for each in known):
            raise ReferenceTaken(field="reference", value=consent.reference)
        consents.insert_consent(
            session,
            subject_id=voice.id,
            owner_id=voice.owner_id,
            reference=consent.reference,
            consent=read,
            recorded_at=check_instant(recorded_at, field="recorded_at"),
            recorded_by=recorded_by,
        )


def withdraw_consent(
    database: Database,
    *,
    subject: str,
    reference: str,
    withdrawn_on: date,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
    owner_id: int | None = None,
) -> ConsentInBook:
    """
    Write that a consent is withdrawn from a day on; return it as it was.

    With ``owner_id`` it has to be of one of that holder's voices.

    Use still earns until the notice that was agreed is over. Firms whose licenses name the voice
    are told.

    :raises ConsentUnknown: the voice has no consent of this reference.
    :raises WithdrawnAlready: it was withdrawn before.
    :raises ConsentContradicts: the day lies before the one on which it was given.
    :raises EffectiveInClosedMonth: the day lies in or before a closed month.
    """
    check_text(reason, field="reason")
    check_text(recorded_by, field="recorded_by")
    with database.transaction() as session:
        lock_names(session)
        keep_open(session, book_id=BOOK_ID, instants={"withdrawn_on": day_starts_at(withdrawn_on)})
        found = consents.list_consents(session, book_id=BOOK_ID, subject=subject)
        given = next(
            (
                each
                for each in found
                if each.reference == reference and owner_id in (None, each.owner_id)
            ),
            None,
        )
        if given is None:
            raise ConsentUnknown(field="reference", value=reference, subject=subject)
        if given.consent.withdrawn_on is not None:
            before = given.consent.withdrawn_on
            raise WithdrawnAlready(field="reference", value=reference, withdrawn_on=before)
        if withdrawn_on < given.consent.given_on:
            raise ConsentContradicts("withdrawn_on", given.consent.performer)
        consents.insert_withdrawal(
            session,
            of=given,
            withdrawn_on=withdrawn_on,
            reason=reason,
            recorded_at=check_instant(recorded_at, field="recorded_at"),
            recorded_by=recorded_by,
        )
        withdrawals.tell_firms(
            session,
            book_id=BOOK_ID,
            owner_id=given.owner_id,
            subject_ids={given.subject_id},
            consent=reference,
            state=OfferState.WITHDRAWN,
            effective_at=day_starts_at(withdrawn_on),
            notice_days=given.consent.notice_period_days,
            occurred_at=check_instant(recorded_at, field="recorded_at"),
        )
    return given


def list_consents(
    database: Database, *, subject: str | None = None, owner_id: int | None = None
) -> tuple[ConsentInBook, ...]:
    """Return the consents of one voice, or of every voice of a holder's or anybody's, all kept."""
    with database.transaction() as session:
        return consents.list_consents(session, book_id=BOOK_ID, subject=subject, owner_id=owner_id)


def _read(new: NewConsent) -> Consent:
    check_reference(new.reference, field="reference")
    check_list(new.use_classes, field="use_classes")
    if new.evidence_sha256 is not None and not _SHA256.fullmatch(new.evidence_sha256):
        raise EvidenceMalformed(field="evidence_sha256", value=new.evidence_sha256)
    return Consent(
        performer=check_text(new.performer, field="performer"),
        use_classes=frozenset(
            check_word(each, of=UseClass, field="use_classes") for each in new.use_classes
        ),
        languages=_read_languages(new.languages),
        given_on=new.given_on,
        notice_period_days=check_whole(
            new.notice_period_days, field="notice_period_days", most=NOTICE_DAYS_MAX
        ),
        evidence_sha256=new.evidence_sha256,
    )


def _read_languages(languages: Collection[str]) -> frozenset[str]:
    for each in languages:
        if not is_tag(each):
            raise LanguageMalformed(field="languages", value=each)
    return frozenset(languages)
