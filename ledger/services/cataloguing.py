"""
Cataloguing: how works, characters and voices get into the book, and how they are found there.

A catalogue may be sent again and again: what is in the book with the same facts is passed over,
and what is there with other facts is refused by name, because a correction is a decision.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from ledger.core.catalogue import search_words
from ledger.core.fields import (
    FieldRefusal,
    check_instant,
    check_new,
    check_reference,
    check_text,
    check_whole,
    check_word,
)
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import lineages, searches, works
from ledger.store.database import Database, Transaction
from ledger.store.lineages import Offered
from ledger.store.parties import lock_names, require_parties
from ledger.store.searches import FIRST_PAGE, SearchCursor
from ledger.store.works import NewSubject, SubjectInBook, SubjectUnknown

#: The longest query that is looked at, in characters.
QUERY_LENGTH_MAX = 256

#: The most subjects on one page of a search.
LIMIT_MAX = 200

_IDENTIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*):\s*(\S.*)")
_SCHEME = re.compile(r"[a-z][a-z0-9_.-]{0,39}")

_TEXTS_MAYBE_EMPTY = ("title_kana", "title_en", "medium", "credit_line")


class SubjectKind(StrEnum):
    """What a subject is."""

    FRANCHISE = "franchise"
    WORK = "work"
    CHARACTER = "character"
    VOICE = "voice"
    STYLE = "style"


class SubjectDiffers(FieldRefusal):
    """The book has a subject of this reference with other facts. Names what differs."""

    code = "subject_differs"


class ParentIsItsOwnChild(FieldRefusal):
    """Following parents from a subject leads back to it."""

    code = "parent_is_its_own_child"


class SchemeMalformed(FieldRefusal):
    """An identifier's scheme is not a short word of small letters and digits."""

    code = "scheme_malformed"


class QueryEmpty(Refusal):
    """Nothing is left of a query when marks and spaces are left out."""

    code = "query_empty"
    field = "q"


class QueryTooLong(Refusal):
    """A query is longer than any title."""

    code = "query_too_long"
    field = "q"


@dataclass(frozen=True, kw_only=True)
class Added:
    """What became of a catalogue: how many subjects are new, how many were there already."""

    added: int
    passed_over: int


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """Found subjects, best first, and where the next page begins; None after the last."""

    subjects: tuple[SubjectInBook, ...]
    next_cursor: SearchCursor | None
    offered: Mapping[int, Offered]  # by key, those whose holder makes offers


def add_subjects(
    database: Database, *, subjects: Sequence[NewSubject], recorded_at: datetime
) -> Added:
    """
    Write works, characters and voices, all or none, in any order; parents may be among them.

    :raises ReferenceTaken: a reference is twice in the list.
    :raises SubjectDiffers: it is in the book with other facts.
    :raises PartyUnknown: an owner is not in the book.
    :raises SubjectUnknown: a parent is neither in the book nor in the list.
    :raises ParentIsItsOwnChild: parents go round in a circle.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    at = check_instant(recorded_at, field="recorded_at")
    for subject in subjects:
        _check_subject(subject)
    check_new([subject.reference for subject in subjects], taken=(), field="reference")
    listed = {subject.reference: subject for subject in subjects}
    _check_circles(listed)
    with database.transaction() as session:
        lock_names(session)
        in_book = _in_book(session, subjects)
        new = [subject for subject in subjects if not _is_in_book(subject, in_book)]
        owners = require_parties(
            session, book_id=BOOK_ID, fields={subject.owner: "owner" for subject in new}
        )
        _require_parents(new, known=listed.keys() | in_book.keys())
        if new:
            works.insert_subjects(
                session,
                book_id=BOOK_ID,
                subjects=new,
                owner_ids={reference: party.id for reference, party in owners.items()},
                parent_ids={reference: subject.id for reference, subject in in_book.items()},
                recorded_at=at,
            )
    return Added(added=len(new), passed_over=len(subjects) - len(new))


def search(
    database: Database, *, query: str, limit: int = 20, cursor: SearchCursor | None = None
) -> SearchPage:
    """
    Find subjects by title in any spelling, or by ``scheme:value``.

    Titles that have every word of the query are found; a whole title comes first, then titles
    that begin with the query, then those that have it, then those that have its words; among
    equals the shorter, then by reference.

    :raises QueryEmpty: nothing is left of the query without marks and spaces.
    :raises QueryTooLong: it has more than :data:`QUERY_LENGTH_MAX` characters.
    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    if len(query) > QUERY_LENGTH_MAX:
        raise QueryTooLong(value=len(query), most=QUERY_LENGTH_MAX)
    with database.transaction() as session:
        places = _places(session, query, cursor or FIRST_PAGE, limit + 1)
        page = places[:limit]
        found = works.find_subjects(
            session, book_id=BOOK_ID, references=[place.reference for place in page]
        )
        offered = _offered(session, found.values())
    return SearchPage(
        offered=offered,
        subjects=tuple(found[place.reference] for place in page),
        next_cursor=page[-1] if len(places) > limit else None,
    )


def _offered(session: Transaction, found: Iterable[SubjectInBook]) -> dict[int, Offered]:
    ids = [each.id for each in found if each.may_be_in_offer]
    return lineages.offered(session, subject_ids=ids) if ids else {}


def _check_subject(subject: NewSubject) -> None:
    check_reference(subject.reference, field="reference")
    check_word(subject.kind, of=SubjectKind, field="kind")
    check_text(subject.title_ja, field="title_ja")
    for name in _TEXTS_MAYBE_EMPTY:
        check_text(getattr(subject, name), field=name, may_be_empty=True)
    for scheme, value in subject.identifiers:
        if not _SCHEME.fullmatch(scheme):
            raise SchemeMalformed(field="identifiers", value=scheme)
        check_text(value, field="identifiers")


def _check_circles(listed: Mapping[str, NewSubject]) -> None:
    """Follow parents within the list; what is in the book already cannot point into it."""
    sound: set[str] = set()
    for reference in listed:
        path: dict[str, None] = {}
        current: str | None = reference
        while current is not None and current in listed and current not in sound:
            if current in path:
                raise ParentIsItsOwnChild(field="parent", value=current)
            path[current] = None
            current = listed[current].parent
        sound.update(path)


def _in_book(session: Transaction, subjects: Iterable[NewSubject]) -> dict[str, SubjectInBook]:
    references = {subject.reference for subject in subjects}
    references |= {subject.parent for subject in subjects if subject.parent is not None}
    return works.find_subjects(session, book_id=BOOK_ID, references=references)


def _is_in_book(subject: NewSubject, in_book: Mapping[str, SubjectInBook]) -> bool:
    found = in_book.get(subject.reference)
    if found is None:
        return False
    differing = [
        item.name
        for item in fields(NewSubject)
        if getattr(found.facts, item.name) != getattr(subject, item.name)
    ]
    if differing:
        raise SubjectDiffers(
            field=differing[0], value=subject.reference, differing=", ".join(differing)
        )
    return True


def _require_parents(subjects: Iterable[NewSubject], *, known: Container[str]) -> None:
    for subject in subjects:
        if subject.parent is not None and subject.parent not in known:
            raise SubjectUnknown(field="parent", value=subject.parent)


def _places(
    session: Transaction, query: str, after: SearchCursor, limit: int
) -> list[SearchCursor]:
    """Look a ``scheme:value`` up as an identifier first, because titles have colons too."""
    identifier = _IDENTIFIER.fullmatch(query.strip())
    if identifier:
        scheme, value = identifier[1].lower(), identifier[2]
        places = searches.search_identifier(
            session, book_id=BOOK_ID, scheme=scheme, value=value, after=after, limit=limit
        )
        if places:
            return places
    if not search_words(query):
        raise QueryEmpty(value=query)
    return searches.search_titles(session, book_id=BOOK_ID, query=query, after=after, limit=limit)
