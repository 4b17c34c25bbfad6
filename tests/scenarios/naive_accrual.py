"""
Accrual terms a second time: which lines are divided by their invoice, and when that is.

A line goes by the terms that priced it: those in force when its use began to count in the month, as
they were known to the closing that wrote it. Where new terms for closed months came with it, what
was told late is priced by the terms before them.
"""

from datetime import date, datetime, timedelta

from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_bills import Book
from tests.scenarios.naive_terms import Grant, day_of
from tests.scenarios.naive_usage import Key

_ISSUED = """
    SELECT p.reference, i.accrual_month, i.issued_on
    FROM invoice i JOIN party p ON p.party_id = i.licensee_id WHERE i.kind = 'royalty'
"""


class Accrual:
    """Tells which lines are accrued, and takes each invoice for them once."""

    def __init__(self, database: Database, book: Book) -> None:
        self.book = book
        self.issued = {(firm, month): day for firm, month, day in rows(database, _ISSUED)}
        self.taken: set[tuple[str, date]] = set()

    def is_for(self, key: Key) -> bool:
        """Tell whether a line is under accrual terms."""
        grant = self.book.grants[key.place.grant]
        known_to = key.closing
        if key.cause == "late" and self._is_rerated(key):
            known_to = (key.closing - timedelta(days=1)).replace(day=1)
        version = grant.version_at(key.place.since, known_to)
        assert version is not None
        return version.recognition == "accrual"

    def take(self, name: tuple[str, date], closing: date, at: datetime) -> bool:
        """Tell whether an invoice is there for the first time when a month is settled."""
        is_due = name[1] <= closing and self.issued[name] <= day_of(at)
        if not is_due or name in self.taken:
            return False
        self.taken.add(name)
        return True

    def _is_rerated(self, key: Key) -> bool:
        return any(
            each.counted == key.closing and day_of(each.starts_at) <= key.month
            for grant in self._grants()
            for each in grant.versions
        )

    def _grants(self) -> list[Grant]:
        return [*self.book.grants.values()]
