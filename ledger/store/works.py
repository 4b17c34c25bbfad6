"""
Works, characters and voices: how they enter the catalogue, and are offered.

A whole catalogue goes in by COPY, each title beside what searches compare.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.acceptance import OptInState
from ledger.core.catalogue import index_text
from ledger.core.refusal import Refusal
from ledger.store.database import driver_connection

#: The kind of subject that needs the consent of who has it.
VOICE = "voice"


class SubjectUnknown(Refusal):
    """A reference names no work, character or voice of the book."""

    code = "subject_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubject:
    """Everything that is known of a work, character or voice when it enters the book."""

    reference: str
    kind: str  # "franchise", "work", "character", "voice" or "style"
    owner: str  # the reference of its rights holder: a company, a person or a committee
    title_ja: str
    title_kana: str = ""
    title_en: str = ""
    medium: str = ""  # "anime_tv", "manga", "game"…
    parent: str | None = None  # the reference of the work or franchise it belongs to
    credit_line: str = ""
    identifiers: frozenset[tuple[str, str]] = frozenset()  # (scheme, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectInBook:
    """A subject with its keys, its holder's names and its holder's decisions."""

    id: int
    owner_id: int
    facts: NewSubject
    owner_name_ja: str
    owner_name_en: str
    #: What was decided about it, dated and ordered; what offers say is not among it.
    opt_in: tuple[tuple[datetime, OptInState], ...]
    may_be_in_offer: bool  # because its holder makes offers


class SubjectCredit(NamedTuple):
    """A subject's key, and the line that whoever uses it prints."""

    id: int
    credit_line: str


class SubjectKey(NamedTuple):
    """A subject's keys, what it is, and the reference of its rights holder."""

    id: int
    owner: str
    owner_id: int
    kind: str


_FIND = """
    SELECT s.subject_id, s.owner_id, s.reference, s.kind, o.reference AS owner, s.title_ja,
           s.title_kana, s.title_en, s.medium, p.reference AS parent, s.credit_line,
           o.name_ja, o.name_en,
           s.owner_id IN (SELECT f.owner_id FROM offer f) AS may_be_in_offer,
           ARRAY(SELECT ARRAY[i.scheme, i.value] FROM subject_identifier i
                 WHERE i.subject_id = s.subject_id) AS identifiers,
           ARRAY(SELECT c.effective_at FROM opt_in c WHERE c.subject_id = s.subject_id
                 ORDER BY c.effective_at) AS instants,
           ARRAY(SELECT c.state FROM opt_in c WHERE c.subject_id = s.subject_id
                 ORDER BY c.effective_at) AS states
    FROM subject s
    JOIN party o ON o.party_id = s.owner_id
    LEFT JOIN subject p ON p.subject_id = s.parent_id
    WHERE s.book_id = :book AND s.reference = ANY (CAST(:references AS text[]))
"""

_KEYS = """
    SELECT s.reference, s.subject_id, o.reference AS owner, s.owner_id, s.kind
    FROM subject s JOIN party o ON o.party_id = s.owner_id
    WHERE s.book_id = :book AND s.reference = ANY (CAST(:references AS text[]))
"""

_CREDITS = """
    SELECT reference, subject_id, credit_line FROM subject
    WHERE book_id = :book AND reference = ANY (CAST(:references AS text[]))
"""

_NEW_KEYS = """
    SELECT nextval(pg_get_serial_sequence('subject', 'subject_id')) FROM generate_series(1, :count)
"""

_COPY_SUBJECTS = """
    COPY subject (subject_id, book_id, owner_id, reference, kind, medium, parent_id, title_ja,
                  title_kana, title_en, credit_line, search_text, recorded_at)
    FROM STDIN (FORMAT BINARY)
"""
_SUBJECT_TYPES = [*["int8"] * 3, *["text"] * 3, "int8", *["text"] * 5, "timestamptz"]

_COPY_IDENTIFIERS = """
    COPY subject_identifier (subject_id, owner_id, scheme, value) FROM STDIN (FORMAT BINARY)
"""
_IDENTIFIER_TYPES = ["int8", "int8", "text", "text"]

_STATES = """
    SELECT subject_id, state FROM opt_in
    WHERE subject_id = ANY (CAST(:subjects AS bigint[])) AND effective_at = :effective_at
"""

_OPT_IN = """
    INSERT INTO opt_in (subject_id, owner_id, state, effective_at, recorded_at, recorded_by, reason)
    SELECT subject_id, owner_id, :state, :effective_at, :recorded_at, :recorded_by, :reason
    FROM subject WHERE subject_id = ANY (CAST(:subjects AS bigint[])) ORDER BY subject_id
"""


def find_subjects(
    session: Session, *, book_id: int, references: Collection[str]
) -> dict[str, SubjectInBook]:
    """Return those of the named subjects that are in the book, by reference."""
    rows = session.execute(text(_FIND), {"book": book_id, "references": list(references)})
    return {row.reference: _subject_in_book(row) for row in rows}


def find_credits(
    session: Session, *, book_id: int, references: Collection[str]
) -> dict[str, SubjectCredit]:
    """Return the credits of those of the named subjects that are in the book, by reference."""
    rows = session.execute(text(_CREDITS), {"book": book_id, "references": list(references)})
    return {reference: SubjectCredit(subject_id, line) for reference, subject_id, line in rows}


def require_subjects(
    session: Session, *, book_id: int, fields: Mapping[str, str]
) -> dict[str, SubjectKey]:
    """
    Return the keys of subjects that have to be there; ``fields`` says which field names each.

    :raises SubjectUnknown: names the first that is not in the book, and its field.
    """
    rows = session.execute(text(_KEYS), {"book": book_id, "references": list(fields)})
    keys = {reference: SubjectKey(*key) for reference, *key in rows}
    for reference, field in fields.items():
        if reference not in keys:
            raise SubjectUnknown(field=field, value=reference)
    return keys


def insert_subjects(
    session: Session,
    *,
    book_id: int,
    subjects: Sequence[NewSubject],
    owner_ids: Mapping[str, int],
    parent_ids: Mapping[str, int],
    recorded_at: datetime,
) -> None:
    """
    Write subjects and their identifiers.

    ``owner_ids`` has the key of every owner, ``parent_ids`` of the parents that are in the book
    already; the others are among ``subjects``.
    """
    ids = session.scalars(text(_NEW_KEYS), {"count": len(subjects)}).all()
    keys = dict(parent_ids) | {
        subject.reference: key for subject, key in zip(subjects, ids, strict=True)
    }
    connection = driver_connection(session)
    with connection.cursor().copy(_COPY_SUBJECTS) as copy:
        copy.set_types(_SUBJECT_TYPES)
        for subject in subjects:
            copy.write_row(
                (
                    keys[subject.reference],
                    book_id,
                    owner_ids[subject.owner],
                    subject.reference,
                    str(subject.kind),
                    subject.medium,
                    keys[subject.parent] if subject.parent is not None else None,
                    subject.title_ja,
                    subject.title_kana,
                    subject.title_en,
                    subject.credit_line,
                    index_text(subject.title_ja, subject.title_kana, subject.title_en),
                    recorded_at,
                )
            )
    with connection.cursor().copy(_COPY_IDENTIFIERS) as copy:
        copy.set_types(_IDENTIFIER_TYPES)
        for subject in subjects:
            for scheme, value in subject.identifiers:
                copy.write_row((keys[subject.reference], owner_ids[subject.owner], scheme, value))


def opt_in_states(
    session: Session, *, subject_ids: Collection[int], effective_at: datetime
) -> dict[int, OptInState]:
    """Return what was decided before about subjects for that very instant, by key."""
    parameters = {"subjects": list(subject_ids), "effective_at": effective_at}
    rows = session.execute(text(_STATES), parameters)
    return {subject_id: OptInState(state) for subject_id, state in rows}


def record_opt_in(
    session: Session,
    *,
    subject_ids: Collection[int],
    state: OptInState,
    effective_at: datetime,
    recorded_at: datetime,
    recorded_by: str,
    reason: str,
) -> None:
    """Write what a holder decided about subjects, from an instant on."""
    session.execute(
        text(_OPT_IN),
        {
            "subjects": list(subject_ids),
            "state": str(state),
            "effective_at": effective_at,
            "recorded_at": recorded_at,
            "recorded_by": recorded_by,
            "reason": reason,
        },
    )


def _subject_in_book(row: Row[Any]) -> SubjectInBook:
    return SubjectInBook(
        id=row.subject_id,
        owner_id=row.owner_id,
        facts=NewSubject(
            reference=row.reference,
            kind=row.kind,
            owner=row.owner,
            title_ja=row.title_ja,
            title_kana=row.title_kana,
            title_en=row.title_en,
            medium=row.medium,
            parent=row.parent,
            credit_line=row.credit_line,
            identifiers=frozenset((scheme, value) for scheme, value in row.identifiers),
        ),
        owner_name_ja=row.name_ja,
        owner_name_en=row.name_en,
        opt_in=tuple(zip(row.instants, map(OptInState, row.states), strict=True)),
        may_be_in_offer=row.may_be_in_offer,
    )
