"""Frozen values become files: what is not rendered yet is, once; all can be written out."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from invoices.kind import FrozenDocument
from ledger.core.refusal import Refusal
from ledger.core.snapshot import from_json
from ledger.services import archiving
from ledger.services.archiving import DocumentNotRendered
from ledger.store.database import Database
from ledger.store.documents import Document

if TYPE_CHECKING:
    from invoices.pdf import Job


class JapaneseFontMissing(Refusal):
    """No Japanese font is installed, so no document can be rendered."""

    code = "japanese_font_missing"


def frozen_values(document: Document) -> FrozenDocument:
    """Return the values a document was issued with."""
    from invoices.kinds import KINDS

    values: FrozenDocument = from_json(KINDS[document.kind].values, document.snapshot)
    return values


def render_missing(
    database: Database,
    *,
    rendered_at: datetime,
    workers: int = 2,
    in_eras: bool = False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """
    Render every document that has no PDF yet, keep the files, and return how many.

    ``in_eras`` counts Japanese years by the emperor's era (和暦).

    A run that is cut short goes on where it stopped: what was kept is not rendered again.

    :raises JapaneseFontMissing: there is something to render, and nothing to write it in.
    """
    from invoices.pdf import NoJapaneseFont, render_many

    in_hand: deque[Document] = deque()  # A few: those the workers have, and those that wait.

    def jobs() -> "Iterator[Job]":
        for document in archiving.unrendered(database, format_="pdf"):
            in_hand.append(document)
            yield _job(document)

    made = 0
    try:
        for content in render_many(jobs(), workers=workers, in_eras=in_eras, progress=progress):
            archiving.keep_file(
                database,
                document=in_hand.popleft(),
                format_="pdf",
                content=content,
                rendered_at=rendered_at,
            )
            made += 1
    except NoJapaneseFont:
        raise JapaneseFontMissing from None
    return made


def check_printable() -> None:
    """
    Refuse to issue what could not be printed, before a number is taken that cannot be given back.

    :raises JapaneseFontMissing: no Japanese font is installed.
    """
    from invoices.fonts import NoJapaneseFont, check_fonts

    try:
        check_fonts()
    except NoJapaneseFont:
        raise JapaneseFontMissing from None


def rendered(database: Database, *, document: Document, rendered_at: datetime) -> bytes:
    """
    Return a document's PDF: as it was kept, or rendered now and kept.

    :raises JapaneseFontMissing: it has to be rendered, and nothing is there to write it in.
    """
    with suppress(DocumentNotRendered):
        return archiving.find_file(database, document=document, format_="pdf").content
    from invoices.pdf import NoJapaneseFont, render_many

    try:
        [content] = render_many([_job(document)], workers=1)
    except NoJapaneseFont:
        raise JapaneseFontMissing from None
    kept = archiving.keep_file(
        database, document=document, format_="pdf", content=content, rendered_at=rendered_at
    )
    return kept.content


def _job(document: Document) -> "Job":
    """Return a document's values with the files that go into its PDF."""
    from invoices.attachments import standard_attachments

    values = frozen_values(document)
    return values, standard_attachments(values, snapshot=document.snapshot)


def write_drafts(drafts: Iterable[FrozenDocument], folder: Path) -> list[Path]:
    """
    Render documents that have no number into a folder; nothing of them is kept in the book.

    :raises JapaneseFontMissing: nothing is there to write them in.
    """
    from invoices.attachments import standard_attachments
    from invoices.kinds import kind_of
    from invoices.pdf import NoJapaneseFont, render

    paths: list[Path] = []
    folder.mkdir(parents=True, exist_ok=True)
    for place, values in enumerate(drafts, start=1):
        reader = kind_of(values).reader(values).reference
        path = folder / f"draft_{place:03}_{reader}_{values.currency}.pdf"
        try:
            path.write_bytes(render(values, attachments=standard_attachments(values)))
        except NoJapaneseFont:
            raise JapaneseFontMissing from None
        paths.append(path)
    return paths


def count_unrendered(database: Database) -> int:
    """Return how many documents have no PDF yet."""
    return archiving.count_unrendered(database, format_="pdf")


def write_files(database: Database, documents: Iterable[Document], folder: Path) -> list[Path]:
    """Write the PDFs of some documents to a folder, and return their paths."""
    paths = []
    for document in documents:
        file = archiving.find_file(database, document=document, format_="pdf")
        path = folder / f"{document.kind}s" / f"{document.reference}_{document.owner_reference}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        paths.append(path)
    return paths
