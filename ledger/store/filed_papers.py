"""
Filed papers: files as they came or went, what is said of them, and the fiscal years they are of.

A file is kept once, by its hash. What is said of it is written in versions, of which the last
one holds; none is ever changed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import text
from sqlmodel import Session, col, insert

from ledger.core.archive import FiledState, FiscalYear, PaperFacts
from ledger.core.catalogue import name_key
from ledger.store.tables.archive import FiledPaperRow, FiledVersionRow, FiscalYearRow


@dataclass(frozen=True, kw_only=True)
class FiledVersion:
    """One version of what is said of a filed paper, and who said so when and why."""

    reference: str
    direction: str
    version: int
    state: str
    facts: PaperFacts
    file_name: str
    media_type: str
    content_sha256: bytes
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class RecordedYear:
    """A fiscal year as somebody recorded it."""

    year: FiscalYear
    recorded_at: datetime
    recorded_by: str


_KEEP = """
    INSERT INTO filed_content (content_sha256, content) VALUES (:hash, :content)
    ON CONFLICT DO NOTHING
"""

_CONTENT = "SELECT content FROM filed_content WHERE content_sha256 = :hash"

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.archive', :book))"

_HISTORY = """
    SELECT p.reference, p.direction, v.version, v.state, v.kind, v.dealt_on, v.amount_minor,
           v.currency, v.counterparty, v.document_number, v.file_name, v.media_type,
           v.content_sha256, v.reason, v.recorded_at, v.recorded_by
    FROM filed_paper p JOIN filed_version v USING (filed_paper_id)
    WHERE p.book_id = :book AND p.reference = :reference
    ORDER BY v.version
"""

_HOLDING = """
    SELECT p.reference
    FROM filed_version v JOIN filed_paper p USING (filed_paper_id)
    WHERE p.book_id = :book AND v.content_sha256 = :hash AND v.state = 'kept'
      AND NOT EXISTS (SELECT FROM filed_version later
                      WHERE later.filed_paper_id = v.filed_paper_id AND later.version > v.version)
    ORDER BY p.filed_paper_id LIMIT 1
"""

_PAPER_KEY = """
    SELECT filed_paper_id FROM filed_paper WHERE book_id = :book AND reference = :reference
"""

_YEARS = """
    SELECT first_day, last_day, extension_months, is_loss, recorded_at, recorded_by
    FROM fiscal_year WHERE book_id = :book ORDER BY fiscal_year_id
"""


def lock_archive(session: Session, *, book_id: int) -> None:
    """Let nobody else file or correct a paper until this transaction ends."""
    session.execute(text(_LOCK), {"book": book_id})


def holding(session: Session, *, book_id: int, content_sha256: bytes) -> str | None:
    """Return the reference of a paper that is kept with this file, None when there is none."""
    asked = {"book": book_id, "hash": content_sha256}
    found: str | None = session.scalar(text(_HOLDING), asked)
    return found


def insert_paper(session: Session, *, book_id: int, direction: str, content: bytes) -> str:
    """Keep a file as a paper of its own, and return its reference; no version is written yet."""
    session.execute(text(_KEEP), {"hash": sha256(content).digest(), "content": content})
    statement = insert(FiledPaperRow).returning(col(FiledPaperRow.reference))
    rows = [{"book_id": book_id, "direction": direction}]
    reference: str = session.execute(statement, rows).scalar_one()
    return reference


def insert_version(session: Session, *, book_id: int, version: FiledVersion) -> None:
    """Write what is said of a paper from now on."""
    asked = {"book": book_id, "reference": version.reference}
    row = {
        **vars(version.facts),
        "filed_paper_id": session.execute(text(_PAPER_KEY), asked).scalar_one(),
        "version": version.version,
        "state": version.state,
        "counterparty_key": name_key(version.facts.counterparty),
        "file_name": version.file_name,
        "media_type": version.media_type,
        "content_sha256": version.content_sha256,
        "reason": version.reason,
        "recorded_at": version.recorded_at,
        "recorded_by": version.recorded_by,
    }
    session.execute(insert(FiledVersionRow), [row])


def read_history(session: Session, *, book_id: int, reference: str) -> tuple[FiledVersion, ...]:
    """Return every version of a filed paper, the first one first; none when there is no paper."""
    asked = {"book": book_id, "reference": reference}
    return tuple(
        FiledVersion(
            facts=PaperFacts(
                kind=row.kind,
                dealt_on=row.dealt_on,
                amount_minor=row.amount_minor,
                currency=row.currency,
                counterparty=row.counterparty,
                document_number=row.document_number,
            ),
            reference=row.reference,
            direction=row.direction,
            version=row.version,
            state=FiledState(row.state),
            file_name=row.file_name,
            media_type=row.media_type,
            content_sha256=row.content_sha256,
            reason=row.reason,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )
        for row in session.execute(text(_HISTORY), asked)
    )


def read_content(session: Session, *, content_sha256: bytes) -> bytes:
    """Return a file as it was filed."""
    content: bytes = session.execute(text(_CONTENT), {"hash": content_sha256}).scalar_one()
    return content


def insert_year(
    session: Session, *, book_id: int, year: FiscalYear, recorded_at: datetime, recorded_by: str
) -> None:
    """Write what is known of a fiscal year."""
    told = {"recorded_at": recorded_at, "recorded_by": recorded_by}
    session.execute(insert(FiscalYearRow), [{**vars(year), **told, "book_id": book_id}])


def read_years(session: Session, *, book_id: int) -> tuple[RecordedYear, ...]:
    """Return fiscal years as they were recorded, the latest last."""
    return tuple(
        RecordedYear(
            year=FiscalYear(
                first_day=row.first_day,
                last_day=row.last_day,
                extension_months=row.extension_months,
                is_loss=row.is_loss,
            ),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
        )
        for row in session.execute(text(_YEARS), {"book": book_id})
    )


def year_of(years: tuple[RecordedYear, ...], day: date | None) -> FiscalYear | None:
    """Return the fiscal year a day lies in, by what was recorded last; None when none is known."""
    if day is None:
        return None
    for each in reversed(years):
        if each.year.first_day <= day <= each.year.last_day:
            return each.year
    return None
