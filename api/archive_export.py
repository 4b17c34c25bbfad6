"""The archive taken along: papers that were found, each with its files, as one ZIP or a page."""

import mimetypes
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from api.archive import rendered
from api.money_texts import major
from invoices.archive_zip import PaperInExport, export
from invoices.reported_sheet import reported_csv
from ledger.core.archive import NewPaper
from ledger.core.completeness import Declaration
from ledger.core.period import Month
from ledger.core.refusal import Refusal
from ledger.core.snapshot import to_json
from ledger.services import archiving, declaring, filing, paying
from ledger.services.filing import ArchivedPaper
from ledger.store.database import Database
from ledger.store.filed_papers import FiledVersion
from ledger.store.found_papers import FoundPaper, Wanted
from locales.catalogues import LANGUAGES, message

#: What a name in a ZIP may hold; anything else becomes a hyphen.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_NAME_LENGTH_MAX = 120


class MediaTypeUnknown(Refusal):
    """The ending of a file says nothing about what it is."""

    code = "archive_media_type_malformed"
    field = "file"


def export_papers(
    database: Database,
    *,
    book: Database,
    book_id: int,
    owner_id: int | None,
    wanted: Wanted,
    rendered_at: datetime,
) -> Iterator[bytes]:
    """
    Yield a ZIP of every paper that is wanted, piece by piece.

    ``database`` is the book as whoever asks may read it. A document whose PDF was not made yet
    is rendered now and kept in ``book``.

    :raises JapaneseFontMissing: one has to be rendered, and there is nothing to write it in.
    """
    found = filing.search_all(database, book_id=book_id, owner_id=owner_id, wanted=wanted)
    papers = (
        file for paper in found for file in _files(database, book, book_id, paper, rendered_at)
    )
    explained = "\n\n".join(message(language, "paper.readme") for language in LANGUAGES)
    return export(papers, readme=f"{explained}\n")


def paper_of_file(path: Path, **facts: Any) -> NewPaper:
    """
    Return a file on disk as a paper to be filed; ``facts`` are the fields of :class:`NewPaper`.

    :raises MediaTypeUnknown: its ending says nothing about what it is.
    """
    media_type, _ = mimetypes.guess_type(path.name)
    if media_type is None:
        raise MediaTypeUnknown(value=path.name)
    return NewPaper(
        file_name=path.name,
        media_type=media_type,
        content=path.read_bytes(),
        **facts,
    )


def _files(
    database: Database, book: Database, book_id: int, found: ArchivedPaper, rendered_at: datetime
) -> Iterator[PaperInExport]:
    paper = found.paper
    if paper.source == "document":
        document = archiving.find_document(
            database, book_id=book_id, reference=paper.reference, owner_id=paper.party_id
        )
        folder = f"sent/{paper.kind}/{paper.reference}_{paper.counterparty}"
        content = rendered(book, document=document, rendered_at=rendered_at)
        yield _one(found, f"{folder}.pdf", [content])
        yield _one(found, f"{folder}.json", [document.snapshot.encode()])
    elif paper.source == "filed":
        history = filing.read_history(database, book_id=book_id, reference=paper.reference)
        yield from _filed(database, found, history)
    elif paper.source == "bank_file":
        for content in paying.released_files(
            database, book_id=book_id, run_reference=paper.reference
        ):
            ending = "pain.xml" if content.startswith(b"<?xml") else "zengin.txt"
            yield _one(found, f"sent/bank_file/{paper.reference}.{ending}", [content])
    elif paper.source == "bank_statement":
        content = filing.bank_statement_of(database, book_id=book_id, reference=paper.reference)
        name = f"received/bank_statement/{paper.reference}_{_plain(paper.number)}"
        yield _one(found, name, [content])
    elif paper.source == "usage":
        assert paper.party_id is not None
        assert paper.dealt_on is not None
        month = Month.of_day(paper.dealt_on)
        rows = filing.reported_of(database, licensee_id=paper.party_id, month=month)
        yield _one(found, f"received/usage/{paper.reference}.csv", reported_csv(rows))
    else:
        text = to_json(_declaration(database, book_id, paper))
        yield _one(found, f"received/declaration/{paper.reference}.json", [text.encode()])


def _declaration(database: Database, book_id: int, paper: FoundPaper) -> Declaration:
    """Return the version of a declaration that a paper stands for, as its reference names it."""
    _, year, month, rest = paper.reference.split("-", 3)
    licensee, _, version = rest.rpartition("-")
    report = declaring.read_month(
        database, book_id=book_id, licensee=licensee, month=Month(int(year), int(month))
    )
    (told,) = (each for each in report.declarations if each.version == int(version))
    return told


def _filed(
    database: Database, found: ArchivedPaper, history: tuple[FiledVersion, ...]
) -> Iterator[PaperInExport]:
    """Yield a filed paper's file once, and what was said of it before as a file beside it."""
    last = history[-1]
    folder = f"{last.direction}/{last.facts.kind}/{last.reference}"
    content = filing.read_file(database, content_sha256=last.content_sha256)
    yield _one(found, f"{folder}_{_plain(last.file_name)}", [content], last)
    if len(history) > 1:
        told = "".join(f"{to_json(_said(version))}\n" for version in history)
        yield _one(found, f"{folder}_history.ndjson", [told.encode()], last)


def _said(version: FiledVersion) -> tuple[object, ...]:
    return (
        *(version.version, version.state, version.facts, version.file_name),
        *(version.content_sha256.hex(), version.reason, version.recorded_at, version.recorded_by),
    )


def _one(
    found: ArchivedPaper, path: str, content: Iterable[bytes], version: FiledVersion | None = None
) -> PaperInExport:
    paper = found.paper
    return PaperInExport(
        path=path,
        dealt_on=paper.dealt_on,
        amount=major(paper.amount_minor, paper.currency),
        currency=paper.currency or "",
        counterparty=paper.counterparty_ja or paper.counterparty_en,
        document_number=paper.number,
        kind=paper.kind,
        direction=paper.direction,
        reference=paper.reference,
        version=1 if version is None else version.version,
        state="kept" if version is None else version.state,
        reason="" if version is None else version.reason,
        recorded_by="" if version is None else version.recorded_by,
        kept_through=found.kept_through,
        content=content,
    )


def _plain(name: str) -> str:
    """
    Return a file name that every system can write.

    >>> _plain("../請求書 11月/a.pdf")
    '..-請求書 11月-a.pdf'
    """
    return _UNSAFE.sub("-", name)[-_NAME_LENGTH_MAX:]
