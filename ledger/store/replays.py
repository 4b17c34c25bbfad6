"""What a replay reads beside terms and usage, in a transaction that may not write."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.store.audit_queries import ONE_INSTANT

#: Later than any month of a book: whatever is known by now counts.
END_OF_TIME = date(9998, 12, 1)

_PARTIES = "SELECT party_id, reference FROM party WHERE book_id = :book"
_SUBJECTS = "SELECT subject_id, reference FROM subject WHERE book_id = :book"


@dataclass(frozen=True, kw_only=True)
class Names:
    """The references of parties and subjects, by key."""

    parties: Mapping[int, str]
    subjects: Mapping[int, str]


def read_only(session: Session) -> None:
    """Let a transaction that begins see one instant of the book, and write nothing."""
    session.execute(text(ONE_INSTANT))


def read_names(session: Session, *, book_id: int) -> Names:
    """Return the references of everybody and everything in the book."""
    asked = {"book": book_id}
    return Names(
        parties={row.party_id: row.reference for row in session.execute(text(_PARTIES), asked)},
        subjects={row.subject_id: row.reference for row in session.execute(text(_SUBJECTS), asked)},
    )
