"""
What a page takes: beside the same page set naively, and by the thousand on two cores.

The naive page has the same words and figures in tables whose widths are worked out from what is
in them, reads its style sheet and looks for fonts each time, and collects garbage as it comes.
Boxes side by side are kept as they are, though a naive page would have slower ones. Both start
from frozen values and are told in processor seconds, taken in turn, because they are the same on
a machine that others use. The naive one is made twice: as an archival file with tags and the
same attachments, as far as the typesetter does that by itself, and as a plain file without either.
"""

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from invoices import typesetting
from invoices.attachments import Attachment, standard_attachments
from invoices.documents import html_of
from invoices.pdf import Job, render, render_many
from tests.invoices.samples import invoice
from tests.invoices.statement_samples import carried_statement

ROUNDS = 9
WORKERS = 2

_ISSUED = datetime(2026, 12, 1, tzinfo=UTC)


def measure(*, documents: int) -> dict[str, Any]:
    """Set one page in three ways, and a thousand in two processes."""
    return _beside_naive() | _by_the_thousand(documents)


def _beside_naive() -> dict[str, Any]:
    document = invoice()
    attachments = standard_attachments(document)
    sheet = _untuned_sheet()
    render(document, attachments=attachments)  # Imports are nobody's.
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: render(document, attachments=attachments),
        "naive": lambda: _naive(html_of(document), sheet, attachments),
        "plain": lambda: _naive(html_of(document), sheet, None),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            way()
            took[name].append(time.process_time() - started)
    seconds = {name: statistics.median(each) for name, each in took.items()}
    return {
        "pdf_over_naive": round(seconds["ours"] / seconds["naive"], 2),
        "pdf_over_naive_plain": round(seconds["ours"] / seconds["plain"], 2),
        "pdf_page_cpu_ms": round(1000 * seconds["ours"]),
    }


def _untuned_sheet() -> str:
    """Return our style sheet with tables as they are when nobody has tuned them."""
    sheet = typesetting.STYLES.read_text(encoding="utf-8")
    assert "table-layout: fixed" in sheet
    return sheet.replace("table-layout: fixed", "table-layout: auto")


def _naive(html: str, sheet: str, attachments: tuple[Attachment, ...] | None) -> bytes:
    """Set a page as the typesetter's introduction does it."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    options: dict[str, Any] = {}
    if attachments is not None:
        options = {"pdf_variant": "pdf/a-3a", "attachments": list(map(_attached, attachments))}
    content: bytes = weasyprint.HTML(string=html).write_pdf(
        stylesheets=[weasyprint.CSS(string=sheet, font_config=fonts)], font_config=fonts, **options
    )
    return content


def _attached(attachment: Attachment) -> Any:
    import weasyprint

    return weasyprint.Attachment(
        string=attachment.content.decode(),
        name=attachment.name,
        relationship=attachment.relationship,
        created=_ISSUED,
        modified=_ISSUED,
    )


def _by_the_thousand(count: int) -> dict[str, Any]:
    """Render statements as ``genbo render`` does, each with its values inside."""
    started, before = time.monotonic(), _cpu()
    size = sum(len(content) for content in render_many(_statements(count), workers=WORKERS))
    elapsed = time.monotonic() - started
    peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "statements_per_second": round(count / elapsed, 2),
        "statement_cpu_ms": round(1000 * (_cpu() - before) / count),
        "statement_kb": round(size / count / 1024),
        "render_worker_peak_mb": round(peak_kb / 1024),
    }


def _statements(count: int) -> Iterator[Job]:
    for number in range(1, count + 1):
        document = replace(carried_statement(), number=f"STM-2026-{number:06d}")
        yield document, standard_attachments(document)


def _cpu() -> float:
    """Return the processor seconds of this process and of those it has waited for."""
    mine, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime
