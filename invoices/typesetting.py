"""
HTML set as an archival PDF: the only module that speaks to the typesetter.

WeasyPrint is imported when the first document is rendered, never at start-up. Nothing is
fetched, neither from the network nor from files. What it writes is mended before it becomes
bytes: the structure by :mod:`invoices.tagging`, the rest by :mod:`invoices.archival`.
"""

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from invoices.archival import Identity, make_archival
from invoices.attachments import Attachment
from invoices.fonts import check_fonts, font_configuration
from invoices.page_reading import read_page
from invoices.tagging import mend_structure

#: The style sheet of every document.
STYLES = Path(__file__).parent / "styles" / "document.css"

#: Writes tags and metadata; what else archives ask for is added by the mending.
_VARIANT = "pdf/ua-1"


class PangoIsMissing(RuntimeError):
    """The system library that sets text is not installed."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            "the Pango library is not installed; on Debian or Ubuntu run: apt-get install "
            f"libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ({problem})"
        )


@dataclass(frozen=True, kw_only=True)
class Typeset:
    """A document's bytes, and the characters that no installed font can draw."""

    content: bytes
    missing: frozenset[str]


def typeset(
    html: str, *, identity: Identity, other_language: str, attachments: tuple[Attachment, ...] = ()
) -> Typeset:
    """
    Set a page. The same arguments give the same bytes, in any process and on any day.

    :raises NoJapaneseFont: no Japanese font is installed.
    :raises PangoIsMissing: the Pango library is not installed.
    """
    page = read_page(html, weasyprint=_weasyprint())

    def finish(_: Any, pdf: Any) -> None:
        mend_structure(pdf, other_language=other_language)
        make_archival(pdf, identity=identity, attachments=attachments)

    with _without_garbage_collection(), _missing_glyphs() as missing:
        content = page.write_pdf(
            stylesheets=[_style_sheet()],
            finisher=finish,
            pdf_variant=_VARIANT,
            pdf_identifier=_identifier(html, attachments),
        )
    return Typeset(content=content, missing=frozenset(missing))


def _identifier(html: str, attachments: tuple[Attachment, ...]) -> bytes:
    """Derive the file's identifier from all that goes into it."""
    digest = sha256(html.encode())
    for attachment in attachments:
        digest.update(sha256(attachment.content).digest())
    return digest.hexdigest()[:32].encode()


@cache
def _weasyprint() -> Any:
    """Import the typesetter with nothing but the listed fonts in its sight."""
    os.environ["FONTCONFIG_FILE"] = str(font_configuration(check_fonts()))
    try:
        import weasyprint
    except OSError as error:
        raise PangoIsMissing(str(error)) from error
    return weasyprint


@cache
def _style_sheet() -> Any:
    return _weasyprint().CSS(string=STYLES.read_text(encoding="utf-8"))


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
