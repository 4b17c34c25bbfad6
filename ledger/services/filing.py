"""
Filing: papers that came in or went out are kept as they are, found again, and never thrown away.

A paper that was filed wrongly is corrected by a version that says why, and one that was filed by
mistake is removed in the same way: both stay to be read (電子帳簿保存法). How long a paper is kept
follows from the fiscal year it is of, which the operator records each year.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from ledger.core.archive import (
    FiledState,
    FiscalYear,
    NewPaper,
    PaperFacts,
    check_facts,
    check_fiscal_year,
    check_paper,
)
from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.period import Month, tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import bank_files, filed_papers, found_papers, reported_usage
from ledger.store.database import Database
from ledger.store.filed_papers import FiledVersion, RecordedYear, year_of
from ledger.store.found_papers import FoundPaper, Place, Wanted

LIMIT_MAX = 1_000

#: Papers that are held in memory at once when many are gone through.
_PAGE = 200


class PaperNotFound(Refusal):
    """No paper was filed under the reference."""

    code = "paper_not_found"


class FileAlreadyFiled(Refusal):
    """The same file is kept already. Carries under which reference."""

    code = "file_already_filed"


class PaperNotKept(Refusal):
    """The paper was removed before, so that it cannot be removed again."""

    code = "paper_not_kept"


class NothingCorrected(Refusal):
    """A correction says nothing that the version before it does not say."""

    code = "nothing_corrected"


@dataclass(frozen=True, kw_only=True)
class ArchivedPaper:
    """A paper that was found, and how long it is kept."""

    paper: FoundPaper
    kept_through: date | None  # None while the fiscal year of its day is not known


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some papers, the latest first, and where to go on; None when there are no more."""

    papers: tuple[ArchivedPaper, ...]
    next_before: Place | None


def search(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    owner_id: int | None,
    wanted: Wanted,
    before: Place | None = None,
    limit: int = 100,
) -> Page:
    """
    Return papers by day, amount and counterparty, with how long each is kept.

    ``owner_id`` None is for the house alone; a party finds what was addressed to it.

    :raises NumberOutOfRange: the limit is not 1 to :data:`LIMIT_MAX`.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        found = found_papers.find_papers(
            session,
            book_id=book_id,
            owner_id=owner_id,
            wanted=wanted,
            before=before,
            limit=limit + 1,
        )
        # Years are the house's own, and no party reads them.
        years = () if owner_id is not None else filed_papers.read_years(session, book_id=book_id)
    page = tuple(_kept(paper, years) for paper in found[:limit])
    last = found[limit - 1] if len(found) > limit else None
    following = None if last is None else (last.sort_day, last.reference)
    return Page(papers=page, next_before=following)


def search_all(
    database: Database, *, book_id: int = BOOK_ID, owner_id: int | None, wanted: Wanted
) -> Iterator[ArchivedPaper]:
    """Yield every paper that is wanted, a page at a time."""
    before: Place | None = None
    while True:
        page = search(
            database,
            book_id=book_id,
            owner_id=owner_id,
            wanted=wanted,
            before=before,
            limit=_PAGE,
        )
        yield from page.papers
        if page.next_before is None:
            return
        before = page.next_before


def file_away(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    paper: NewPaper,
    recorded_by: str,
    recorded_at: datetime,
) -> FiledVersion:
    """
    Keep a file, and what it is found by.

    :raises FileAlreadyFiled: the same bytes are kept already.
    :raises FieldRefusal: a field cannot be taken as it was given.
    """
    at = check_instant(recorded_at, field="recorded_at")
    check_text(recorded_by, field="recorded_by")
    facts = check_paper(paper, today=tokyo_day(at))
    content_sha256 = sha256(paper.content).digest()
    with database.transaction() as session:
        filed_papers.lock_archive(session, book_id=book_id)
        known = filed_papers.holding(session, book_id=book_id, content_sha256=content_sha256)
        if known is not None:
            raise FileAlreadyFiled(reference=known, file=paper.file_name)
        reference = filed_papers.insert_paper(
            session, book_id=book_id, direction=paper.direction, content=paper.content
        )
        version = FiledVersion(
            reference=reference,
            direction=paper.direction,
            version=1,
            state=FiledState.KEPT,
            facts=facts,
            file_name=paper.file_name,
            media_type=paper.media_type,
            content_sha256=content_sha256,
            reason="",
            recorded_at=at,
            recorded_by=recorded_by,
        )
        filed_papers.insert_version(session, book_id=book_id, version=version)
    return version


def correct_paper(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    reference: str,
    change: Callable[[PaperFacts], PaperFacts],
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> FiledVersion:
    """
    Say anew what a paper is found by; the file and the versions before stay.

    ``change`` gets what is said so far and returns what is to be said. One that was removed is
    kept again.

    :raises PaperNotFound: there is no paper of the reference.
    :raises NothingCorrected: the change changes nothing.
    :raises FieldRefusal: a field cannot be taken, or the reason is missing.
    """

    def corrected(last: FiledVersion, today: date) -> FiledVersion:
        facts = check_facts(change(last.facts), today=today)
        if facts == last.facts and last.state == FiledState.KEPT:
            raise NothingCorrected(reference=reference)
        return replace(last, facts=facts, state=FiledState.KEPT)

    return _follow(database, book_id, reference, corrected, reason, recorded_by, recorded_at)


def remove_paper(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    reference: str,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> FiledVersion:
    """
    Say that a paper was filed by mistake; the file stays, and is found when asked for.

    :raises PaperNotFound: there is no paper of the reference.
    :raises PaperNotKept: it was removed before.
    :raises FieldRefusal: the reason is missing.
    """

    def removed(last: FiledVersion, today: date) -> FiledVersion:
        if last.state != FiledState.KEPT:
            raise PaperNotKept(reference=reference)
        return replace(last, state=FiledState.REMOVED)

    return _follow(database, book_id, reference, removed, reason, recorded_by, recorded_at)


def read_history(
    database: Database, *, book_id: int = BOOK_ID, reference: str
) -> tuple[FiledVersion, ...]:
    """
    Return every version of a filed paper, the first one first.

    :raises PaperNotFound: there is no paper of the reference.
    """
    with database.transaction() as session:
        history = filed_papers.read_history(session, book_id=book_id, reference=_plain(reference))
    if not history:
        raise PaperNotFound(reference=reference)
    return history


def read_file(database: Database, *, content_sha256: bytes) -> bytes:
    """Return a file as it was filed."""
    with database.transaction() as session:
        return filed_papers.read_content(session, content_sha256=content_sha256)


def reported_of(
    database: Database, *, licensee_id: int, month: Month
) -> Iterator[tuple[object, ...]]:
    """Yield what a firm reported of a month as it came in, through one open transaction."""
    with database.transaction() as session:
        yield from reported_usage.stream_reported(
            session, licensee_id=licensee_id, month=month.first_day
        )


def bank_statement_of(database: Database, *, book_id: int = BOOK_ID, reference: str) -> bytes:
    """
    Return a bank's file as it was imported.

    :raises PaperNotFound: none has the reference.
    """
    with database.transaction() as session:
        content = bank_files.read_file(session, book_id=book_id, reference=reference)
    if content is None:
        raise PaperNotFound(reference=reference)
    return content


def record_year(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    year: FiscalYear,
    recorded_by: str,
    recorded_at: datetime,
) -> FiscalYear:
    """
    Record a fiscal year of the operator; what is recorded later about its days holds.

    :raises FiscalYearTooLong: it is no year.
    :raises FieldRefusal: a field cannot be taken as it was given.
    """
    at = check_instant(recorded_at, field="recorded_at")
    check_text(recorded_by, field="recorded_by")
    checked = check_fiscal_year(year)
    with database.transaction() as session:
        filed_papers.insert_year(
            session, book_id=book_id, year=checked, recorded_at=at, recorded_by=recorded_by
        )
    return checked


def list_years(database: Database, *, book_id: int = BOOK_ID) -> tuple[RecordedYear, ...]:
    """Return the fiscal years as they were recorded, the latest last."""
    with database.transaction() as session:
        return filed_papers.read_years(session, book_id=book_id)


def _follow(
    database: Database,
    book_id: int,
    reference: str,
    following: Callable[[FiledVersion, date], FiledVersion],
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> FiledVersion:
    at = check_instant(recorded_at, field="recorded_at")
    check_text(reason, field="reason")
    check_text(recorded_by, field="recorded_by")
    with database.transaction() as session:
        filed_papers.lock_archive(session, book_id=book_id)
        history = filed_papers.read_history(session, book_id=book_id, reference=_plain(reference))
        if not history:
            raise PaperNotFound(reference=reference)
        version = replace(
            following(history[-1], tokyo_day(at)),
            version=history[-1].version + 1,
            reason=reason,
            recorded_at=at,
            recorded_by=recorded_by,
        )
        filed_papers.insert_version(session, book_id=book_id, version=version)
    return version


def _kept(paper: FoundPaper, years: tuple[RecordedYear, ...]) -> ArchivedPaper:
    year = year_of(years, paper.dealt_on)
    return ArchivedPaper(paper=paper, kept_through=None if year is None else year.kept_through)


def _plain(reference: str) -> str:
    """Return a reference that can be looked for; no text of the book holds a NUL."""
    return reference.replace("\0", "")
