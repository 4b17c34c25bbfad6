"""
Documents as PDF bytes: the same frozen values give the same bytes on every run.

Owns rendering one and rendering many. Each file is PDF/A-3b and PDF/UA-1, with its frozen
values and its tables inside; see :mod:`invoices.typesetting` for the pages themselves.
"""

import logging
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from unicodedata import normalize

from invoices.archival import Identity
from invoices.attachments import Attachment, standard_attachments
from invoices.documents import html_of, languages_of, title_of
from invoices.fonts import NoJapaneseFont, check_fonts
from invoices.kind import FrozenDocument
from invoices.kinds import kind_of
from invoices.typesetting import PangoIsMissing, typeset
from ledger.core.document_length import check_length

__all__ = ["DocumentNotRendered", "NoJapaneseFont", "PangoIsMissing", "render", "render_many"]

#: Documents a worker may have in hand or waiting, so that memory does not grow with the run.
_WAITING_PER_WORKER = 3

#: After which a worker makes room for a new one: the libraries below keep a little of each.
_DOCUMENTS_PER_WORKER = 250

_GETA_MARK = "\N{GETA MARK}"

_log = logging.getLogger(__name__)

#: A document to be rendered, with the files that go into it.
Job = tuple[FrozenDocument, tuple[Attachment, ...]]


class DocumentNotRendered(RuntimeError):
    """One document of many could not be rendered; its number says which."""

    def __init__(self, number: str, problem: str) -> None:
        super().__init__(f"document {number} could not be rendered: {problem}")
        self.number = number
        self.problem = problem


def render(
    document: FrozenDocument,
    *,
    attachments: tuple[Attachment, ...] | None = None,
    in_eras: bool = False,
) -> bytes:
    """
    Render a document of any kind as PDF, with files inside: its values and its rows unless told.

    A document without a number is a draft and says so on every page. ``in_eras`` counts Japanese
    years by the emperor's era (和暦).

    :raises NoJapaneseFont: no Japanese font is installed.
    :raises PangoIsMissing: the Pango library is not installed.
    :raises MissingMessage: the document holds a code that has no words.
    :raises DocumentTooLong: it has more rows than a document may.
    :raises UnknownKind: the values are not those of any kind of document.
    """
    check_length(kind_of(document).lines(document), party=document.number)
    files = standard_attachments(document) if attachments is None else attachments
    html, languages = html_of(document, in_eras=in_eras), languages_of(document)
    identity = Identity(
        title=title_of(document),
        author=document.issuer.name_ja,
        language=languages.first,
        issued_on=document.issued_on,
    )

    def made(text: str) -> tuple[bytes, frozenset[str]]:
        page = typeset(text, identity=identity, other_language=languages.other, attachments=files)
        return page.content, page.missing

    content, missing = made(html)
    if missing:
        _log.warning(
            "document %s: no installed font has %s; install fonts-noto-cjk to print them",
            document.number,
            " ".join(sorted(missing)),
        )
        content, _ = made(html.translate({ord(letter): _stand_in(letter) for letter in missing}))
    return content


def render_many(
    jobs: Iterable[Job],
    *,
    workers: int = 2,
    in_eras: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Iterator[bytes]:
    """
    Render documents in several processes and yield their bytes in the order given.

    Documents are taken only a few ahead of what has been yielded, so a run of thousands
    needs no more memory than a short one. ``progress`` is called with the number done.

    :raises NoJapaneseFont: no Japanese font is installed.
    :raises DocumentNotRendered: one could not be rendered, or its process was killed.
    """
    check_fonts()
    context = multiprocessing.get_context("spawn")  # A fork would copy threads and connections.
    with ProcessPoolExecutor(
        max_workers=workers, mp_context=context, max_tasks_per_child=_DOCUMENTS_PER_WORKER
    ) as pool:
        waiting: deque[tuple[str, Future[bytes | str]]] = deque()
        remaining = iter(jobs)
        done = 0
        while True:
            for job in islice(remaining, workers * _WAITING_PER_WORKER - len(waiting)):
                waiting.append((job[0].number, pool.submit(_render_apart, job, in_eras)))
            if not waiting:
                return
            rendered = _result(*waiting.popleft())
            done += 1
            if progress is not None:
                progress(done)
            yield rendered


def _result(number: str, future: "Future[bytes | str]") -> bytes:
    try:
        rendered = future.result()
    except BrokenProcessPool:
        raise DocumentNotRendered(number, "its process ended early") from None
    if isinstance(rendered, str):
        raise DocumentNotRendered(number, rendered)
    return rendered


def _render_apart(job: Job, in_eras: bool) -> bytes | str:
    """Render in another process, and say in words what went wrong: not every error travels."""
    document, attachments = job
    try:
        return render(document, attachments=attachments, in_eras=in_eras)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _stand_in(letter: str) -> str:
    """
    Return what is printed for a character without a glyph.

    A compatible plain one where Unicode has it (the circled A of a pen name becomes A), else
    the geta mark, as Japanese printers set for a missing type. An empty box in their place
    would also make the whole page unsearchable.
    """
    plain = normalize("NFKC", letter)
    return plain if plain != letter else _GETA_MARK
