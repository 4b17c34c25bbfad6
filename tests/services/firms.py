"""An AI firm as tests of the reporting path see it: what it sends, and what the book has of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import monotonic, sleep
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import text

from ledger.core.proof import EMPTY_HEAD, chain_head, merkle_root
from ledger.core.receipt import Receipt, Result, Status
from ledger.core.usage import ReportedGeneration
from ledger.services import BOOK_ID, reporting
from ledger.store.database import Database
from ledger.store.parties import find_parties
from ledger.store.terms_cache import TermsCache
from tests import builders

#: When reports arrive unless a test says otherwise: October 2026 runs, so does every license.
NOW = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)

_BATCHES = """
    SELECT batch_number, generation_count, accepted_count, held_count, refused_count,
           first_month, last_month, recorded_at, root, previous_head, head
    FROM batch WHERE licensee_id = :firm ORDER BY batch_number
"""
_LEAVES = """
    SELECT position, content_hash AS leaf
    FROM generation WHERE licensee_id = :firm AND batch_number = :number ORDER BY position
"""


class StoredBatch(NamedTuple):
    """A batch as the book has it."""

    batch_number: int
    generation_count: int
    accepted_count: int
    held_count: int
    refused_count: int
    first_month: date
    last_month: date
    recorded_at: datetime
    root: bytes
    previous_head: bytes
    head: bytes


@dataclass(frozen=True, kw_only=True)
class Firm:
    """A licensee with one reporting process, whose terms stay in memory between its batches."""

    database: Database
    id: int
    reference: str = ""
    terms: TermsCache = field(default_factory=TermsCache)

    def report(self, *generations: ReportedGeneration, at: datetime = NOW) -> list[Result]:
        """Report generations in one batch."""
        return reporting.record(
            self.database,
            terms=self.terms,
            licensee_id=self.id,
            reported=generations,
            recorded_at=at,
        )

    def beside(self) -> "Firm":
        """Return the same firm served by another process, which has read no terms yet."""
        return Firm(database=self.database, id=self.id)

    def batches(self) -> list[StoredBatch]:
        """Return the firm's batches in order."""
        return [StoredBatch(*row) for row in select(self.database, _BATCHES, firm=self.id)]

    def count(self, table: str) -> int:
        """Return how many rows of a table are the firm's."""
        asked = f"SELECT count(*) FROM {table} WHERE licensee_id = :firm"
        return int(select(self.database, asked, firm=self.id)[0][0])

    def contents(self) -> dict[str, Sequence[Any]]:
        """Return every row that a report may write, to be compared."""
        return {
            table: select(
                self.database,
                f"SELECT * FROM {table} x WHERE licensee_id = :firm ORDER BY x::text",
                firm=self.id,
            )
            for table in (
                *("batch", "batch_total", "batch_event_total", "generation"),
                *("judgement", "judgement_line"),
            )
        }

    def check_chain(self) -> None:
        """Compute the firm's whole log anew, from the rows of its generations."""
        head = EMPTY_HEAD
        for number, batch in enumerate(self.batches(), start=1):
            rows = select(self.database, _LEAVES, firm=self.id, number=number)
            leaves = [bytes(row.leaf) for row in rows]
            assert batch.batch_number == number
            assert [row.position for row in rows] == list(range(batch.generation_count))
            assert batch.previous_head == head
            root = merkle_root(leaves)
            head = chain_head(previous=head, number=number, count=len(leaves), root=root)
            assert (batch.root, batch.head) == (root, head)


def firm(database: Database, reference: str = "studio-a") -> Firm:
    """Return a firm of the book, writing it when it is not there."""
    for _ in range(2):
        with database.transaction() as session:
            found = find_parties(session, book_id=BOOK_ID, references=[reference])
        if found:
            return Firm(database=database, id=found[reference].id, reference=reference)
        builders.licensee(database, reference)
    raise AssertionError(reference)


def select(database: Database, statement: str, **values: Any) -> Sequence[Any]:
    """Return the rows of a query."""
    with database.transaction() as session:
        return session.execute(text(statement), values).all()


def wait_until_waiting(connection: psycopg.Connection, count: int = 1) -> None:
    """Wait until so many writers of the database stand in line for a lock."""
    deadline = monotonic() + 10
    asked = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while connection.execute(asked).fetchone() != (count,):
        assert monotonic() < deadline
        sleep(0.01)


def statuses(results: Sequence[Result]) -> list[Status]:
    """Return what became of each event."""
    return [result.status for result in results]


def receipts(results: Sequence[Result]) -> list[Receipt]:
    """Return the receipts of events that all have one."""
    found = [result.receipt for result in results]
    assert None not in found, results
    return [receipt for receipt in found if receipt is not None]
