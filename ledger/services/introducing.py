"""Introducing: parties are found, and everything that the book has of one is shown."""

from dataclasses import dataclass

from ledger.core.fields import check_whole
from ledger.services import BOOK_ID
from ledger.store import party_files
from ledger.store.database import Database
from ledger.store.party_files import PartyFile, PartyListed

#: Most rows of one page.
LIMIT_MAX = 500


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some parties, and where to go on; None when there are no more."""

    parties: tuple[PartyListed, ...]
    next_after: int | None


def search(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    words: str = "",
    role: str = "",
    after: int = 0,
    limit: int = 50,
) -> Page:
    """
    Return a page of parties whose names, reference or number hold some words; all for none.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = party_files.search_parties(
            session, book_id=book_id, words=words, role=role, after=after, limit=limit + 1
        )
    page = tuple(found[:limit])
    return Page(parties=page, next_after=page[-1].id if len(found) > limit else None)


def read_file(database: Database, *, book_id: int = BOOK_ID, party: str) -> PartyFile | None:
    """Return everything that the book has of a party; None when there is no such party."""
    with database.transaction() as session:
        return party_files.read_file(session, book_id=book_id, reference=party)
