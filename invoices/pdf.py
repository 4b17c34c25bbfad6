"""
Documents as PDF bytes: the same frozen values give the same bytes on every run.

Owns the typesetter. WeasyPrint is imported when the first document is rendered, never at
start-up, and sees only the font folders listed here, so a font in somebody's home folder
cannot change an issued document. Nothing is fetched: neither network nor files.
"""

import atexit
import gc
import logging
import multiprocessing
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any
from unicodedata import normalize
from xml.sax.saxutils import escape

from invoices.documents import html_of
from ledger.core.invoice import Invoice
from ledger.core.statement import Statement

_STYLES = Path(__file__).parent / "styles" / "document.css"

#: Where the systems keep the fonts the style sheet names, and fonts for rarer characters.
FONT_FOLDERS = tuple(
    Path(folder)
    for folder in (
        "/usr/share/fonts/truetype/bizud-gothic",
        "/usr/share/fonts/truetype/bizud-mincho",
        "/usr/share/fonts/opentype/noto",
        "/usr/share/fonts/opentype/ipaexfont-gothic",
        "/usr/share/fonts/opentype/ipaexfont-mincho",
        "/usr/share/fonts/google-noto-sans-cjk-fonts",
        "/usr/share/fonts/noto-cjk",
        "/usr/share/fonts/truetype/dejavu",
        "/System/Library/Fonts",
        "/Library/Fonts",
    )
)

#: File names of the Japanese fonts; "W3" is a weight of Hiragino on macOS.
_JAPANESE_FONT_FILES = ("BIZUD*.ttf", "Noto*CJK*", "ipaex*.ttf", "*W3.ttc")

#: Documents a worker may have in hand or waiting, so that memory does not grow with the run.
_WAITING_PER_WORKER = 3

_GETA_MARK = "\N{GETA MARK}"

_log = logging.getLogger(__name__)


class NoJapaneseFont(RuntimeError):
    """None of the font folders holds a font with Japanese characters."""

    def __init__(self) -> None:
        super().__init__(
            "no Japanese font is installed; on Debian or Ubuntu run: apt-get install "
            "fonts-morisawa-bizud-gothic fonts-morisawa-bizud-mincho (looked in "
            + ", ".join(map(str, FONT_FOLDERS))
            + ")"
        )


class PangoIsMissing(RuntimeError):
    """The system library that sets text is not installed."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            "the Pango library is not installed; on Debian or Ubuntu run: apt-get install "
            f"libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ({problem})"
        )


class DocumentNotRendered(RuntimeError):
    """One document of many could not be rendered; its number says which."""

    def __init__(self, number: str, problem: str) -> None:
        super().__init__(f"document {number} could not be rendered: {problem}")
        self.number = number
        self.problem = problem


def render_invoice(invoice: Invoice) -> bytes:
    """
    Render an invoice as PDF.

    :raises NoJapaneseFont: no Japanese font is installed.
    :raises PangoIsMissing: the Pango library is not installed.
    :raises MissingMessage: the invoice holds a code that has no words.
    """
    return _render(invoice)


def render_statement(statement: Statement) -> bytes:
    """
    Render a royalty statement as PDF.

    :raises NoJapaneseFont: no Japanese font is installed.
    :raises PangoIsMissing: the Pango library is not installed.
    :raises MissingMessage: the statement holds a code that has no words.
    """
    return _render(statement)


def render_many(
    documents: Iterable[Invoice | Statement],
    *,
    workers: int = 2,
    progress: Callable[[int], None] | None = None,
) -> Iterator[bytes]:
    """
    Render documents in several processes and yield their bytes in the order given.

    Documents are taken only a few ahead of what has been yielded, so a run of thousands
    needs no more memory than a short one. ``progress`` is called with the number done.

    :raises NoJapaneseFont: no Japanese font is installed.
    :raises DocumentNotRendered: one could not be rendered, or its process was killed.
    """
    _font_folders()
    context = multiprocessing.get_context("spawn")  # A fork would copy threads and connections.
    with ProcessPoolExecutor(max_workers=workers, mp_context=context) as pool:
        waiting: deque[tuple[str, Future[bytes | str]]] = deque()
        remaining = iter(documents)
        done = 0
        while True:
            for document in islice(remaining, workers * _WAITING_PER_WORKER - len(waiting)):
                waiting.append((document.number, pool.submit(_render_apart, document)))
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


def _render_apart(document: Invoice | Statement) -> bytes | str:
    """Render in another process, and say in words what went wrong: not every error travels."""
    try:
        return _render(document)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _render(document: Invoice | Statement) -> bytes:
    html = html_of(document)
    pdf, missing = _typeset(html)
    if missing:
        _log.warning(
            "document %s: no installed font has %s; install fonts-noto-cjk to print them",
            document.number,
            " ".join(sorted(missing)),
        )
        pdf, _ = _typeset(html.translate({ord(letter): _stand_in(letter) for letter in missing}))
    return pdf


def _typeset(html: str) -> tuple[bytes, set[str]]:
    """Return a page's bytes, and the characters that no installed font can draw."""
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=())  # Nothing is fetched.
    page = weasyprint.HTML(string=html, url_fetcher=fetcher)
    identifier = sha256(html.encode()).hexdigest()[:32].encode()
    with _without_garbage_collection(), _missing_glyphs() as missing:
        pdf = page.write_pdf(stylesheets=[_style_sheet()], pdf_identifier=identifier)
    return pdf, missing


def _stand_in(letter: str) -> str:
    """
    Return what is printed for a character without a glyph.

    A compatible plain one where Unicode has it (the circled A of a pen name becomes A), else
    the geta mark, as Japanese printers set for a missing type. An empty box in their place
    would also make the whole page unsearchable.
    """
    plain = normalize("NFKC", letter)
    return plain if plain != letter else _GETA_MARK


@cache
def _weasyprint() -> Any:
    """Import the typesetter with nothing but the listed fonts in its sight."""
    os.environ["FONTCONFIG_FILE"] = str(_font_file(_font_folders()))
    try:
        import weasyprint
    except OSError as error:
        raise PangoIsMissing(str(error)) from error
    return weasyprint


@cache
def _style_sheet() -> Any:
    return _weasyprint().CSS(string=_STYLES.read_text(encoding="utf-8"))


def _font_folders() -> list[Path]:
    """Return the font folders that exist, when at least one font in them is Japanese."""
    folders = [folder for folder in FONT_FOLDERS if folder.is_dir()]
    for folder in folders:
        if any(any(folder.glob(pattern)) for pattern in _JAPANESE_FONT_FILES):
            return folders
    raise NoJapaneseFont


def _font_file(folders: Iterable[Path]) -> Path:
    """Write the font configuration of this process; it goes when the process ends."""
    home = Path(tempfile.mkdtemp(prefix="genbo-fonts-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    listed = "".join(f"<dir>{escape(str(folder))}</dir>" for folder in folders)
    path = home / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{listed}<cachedir>{escape(str(home))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return path


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Put collection off while a page is laid out: it costs an eighth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _missing_glyphs() -> Iterator[set[str]]:
    """Collect the characters that no installed font can draw."""
    collector = _GlyphCollector()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(collector)
    try:
        yield collector.missing
    finally:
        logger.removeHandler(collector)


class _GlyphCollector(logging.Handler):
    """Hears the typesetter say which characters it could not draw."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.missing: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith(".notdef") and isinstance(record.args, tuple):
            self.missing.add(str(record.args[0]))
