"""
Finding works, characters and voices: by title in any spelling, or by what others call them.

A search compares what ``ledger.core.catalogue`` made of the titles, so two indexes, of trigrams
and of single characters, serve every spelling.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from ledger.core.catalogue import (
    identifier_key,
    joined_spelling,
    search_text,
    search_words,
    spellings,
)
from ledger.store.tables.works import IDENTIFIER_KEY, SubjectIdentifierRow, SubjectRow


class SearchCursor(NamedTuple):
    """The place of a subject in the order of a search; the next page begins after it."""

    rank: int
    length: int
    reference: str


_Condition = ColumnElement[bool]
_TITLES = col(SubjectRow.search_text)

#: Characters that a part has at least for the index of trigrams to be of use.
_TRIGRAM = 3

#: Before every place.
FIRST_PAGE = SearchCursor(-1, 0, "")

#: PostgreSQL takes pages for four times as dear out of order, as on a spinning disk, and would
#: read all titles where its indexes name one in twenty. Holds for the transaction.
_FETCHES_ARE_CHEAP = "SET LOCAL random_page_cost = 1.1"


def search_titles(
    session: Session, *, book_id: int, query: str, after: SearchCursor, limit: int
) -> list[SearchCursor]:
    """
    Return the places of subjects whose titles have every word of a query, best first.

    Best is a whole title, then the beginning of one, then a part; among equals the shorter, then
    the reference. Words in Latin letters are found in English and in romanised titles.
    """
    words = search_words(query)
    condition = and_(*(_has_word(word) for word in words))
    joined = joined_spelling(words)
    if joined is not None:
        condition = or_(condition, _has(_TITLES, joined))
    whole = dict.fromkeys([*spellings(search_text(query)), *([joined] if joined else [])])
    return _page(session, book_id, condition, whole, after, limit)


def search_identifier(
    session: Session, *, book_id: int, scheme: str, value: str, after: SearchCursor, limit: int
) -> list[SearchCursor]:
    """Return the places of subjects that others know by an identifier, however it is divided."""
    known = select(col(SubjectIdentifierRow.subject_id)).where(
        col(SubjectIdentifierRow.scheme) == scheme,
        text(f"{IDENTIFIER_KEY} = :identifier").bindparams(identifier=identifier_key(value)),
    )
    return _page(session, book_id, col(SubjectRow.subject_id).in_(known), [""], after, limit)


def _has_word(word: str) -> _Condition:
    """Ask for a word in all its spellings; two kanji are a word, and trigrams need three."""
    found = or_(*(_has(_TITLES, each) for each in spellings(word)))
    if len(word) >= _TRIGRAM or word.isascii():
        return found
    characters = func.string_to_array(_TITLES, null())
    asked = literal(list(word), ARRAY(Text), literal_execute=True)
    return and_(found, characters.op("@>")(asked))


def _has(titles: ColumnElement[str] | Mapped[str], part: str) -> _Condition:
    """
    Ask whether titles hold a part, which is of letters, digits and spaces.

    It stands in the statement itself: a plan made for any part at all reads the whole index.
    """
    return titles.like(literal(f"%{part}%", literal_execute=True))


def _page(
    session: Session,
    book_id: int,
    condition: _Condition,
    wholes: Collection[str],
    after: SearchCursor,
    limit: int,
) -> list[SearchCursor]:
    bounded = literal(" ") + _TITLES + literal(" ")
    rank = case(
        (or_(*(_has(bounded, f" {whole} ") for whole in wholes)), 0),
        (or_(*(_has(bounded, f" {whole}") for whole in wholes)), 1),
        (or_(*(_has(_TITLES, whole) for whole in wholes)), 2),
        else_=3,
    )
    place = (rank, func.length(_TITLES), col(SubjectRow.reference))
    statement = select(*place).where(col(SubjectRow.book_id) == book_id, condition)
    if after != FIRST_PAGE:
        statement = statement.where(tuple_(*place) > after)
    session.execute(text(_FETCHES_ARE_CHEAP))
    rows = session.execute(statement.order_by(*place).limit(limit))
    return [SearchCursor(*row) for row in rows]
