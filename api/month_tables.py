"""A month's preview in a terminal: totals, who pays and gets how much more, what waits, why not."""

from collections.abc import Iterable, Sequence
from itertools import islice

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.month_words import told_finding
from api.terminal import language, say, word
from ledger.core.closing import Cause
from ledger.core.month_preview import (
    Compared,
    ComparedLine,
    ComparedTotal,
    MonthPreview,
    PreviewLine,
    Waiting,
)
from locales import formats
from locales.catalogues import message

#: How much of each group is shown to whoever does not ask for everything.
ROWS_SHOWN = 12

_STYLES = {1: "green", 0: "dim", -1: "red"}


def show_preview(preview: MonthPreview, *, everything: bool) -> None:
    """Print a preview: what changes most comes first, and what stands in the way last."""
    is_closed = preview.standing.is_closed
    say(f"preview.{'closed' if is_closed else 'heading'}", month=preview.month)
    if not preview.totals:
        say("preview.nothing")
    limit = None if everything else ROWS_SHOWN
    console = Console(highlight=False)
    _amounts(console, preview, limit)
    _adjustments(console, preview.adjustments, limit)
    _waiting(console, preview.waiting, limit)
    _findings(console, preview)


def _amounts(console: Console, preview: MonthPreview, limit: int | None) -> None:
    if not preview.totals:
        return
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(word("preview.column.what"), overflow="fold")
    for name in ("before", "now", "difference", "percent"):
        table.add_column(word(f"preview.column.{name}"), justify="right", no_wrap=True)
    for total in preview.totals:
        table.add_row(f"[bold]{word('preview.total')}[/]", *_cells(total.amount, total.currency))
    for group, found in (("licensee", preview.licensees), ("holder", preview.holders)):
        _group(table, word(f"preview.group.{group}"), found, limit)
    lines = [each for each in preview.compared if each.amount.difference_minor or limit is None]
    _group(table, word("preview.group.line"), lines, limit)
    console.print(table)
    if not preview.standing.is_previous_closed:
        say("preview.previous_open", month=preview.month.previous())


def _group(
    table: Table,
    heading: str,
    found: Sequence[ComparedTotal | ComparedLine],
    limit: int | None,
) -> None:
    """Add one group under its heading, the largest difference first."""
    if not found:
        return
    table.add_section()
    table.add_row(f"[bold cyan]{heading}[/]")
    largest = sorted(found, key=lambda each: -abs(each.amount.difference_minor))
    for each in largest[:limit]:
        table.add_row(f"  {_named(each)}", *_cells(each.amount, each.currency))
    _say_more(table, len(found), limit)


def _named(each: ComparedTotal | ComparedLine) -> str:
    if isinstance(each, ComparedTotal):
        return escape(each.reference)
    title = each.title_ja if language() == "ja" else each.title_en or each.title_ja
    place = each.place
    kind = message(language(), f"modality.{place.modality}") if place.modality else ""
    if place.basis == Cause.REVENUE_SHARE:
        kind = message(language(), "usage.revenue_share")
    parts = (place.licensee, place.license, title, kind)
    return escape(" · ".join(part for part in parts if part))


def _cells(amount: Compared, currency: str) -> tuple[str, ...]:
    changed = amount.difference_minor
    style = _STYLES[(changed > 0) - (changed < 0)]
    sign = "+" if changed > 0 else ""
    percent = amount.percent
    if percent is None or amount.now_minor is None:
        share = word(f"preview.change.{amount.change}")
    else:
        share = ("+" if percent > 0 else "") + formats.percent(language=language(), rate=percent)
    return (
        _money(amount.before_minor, currency),
        _money(amount.now_minor, currency),
        f"[{style}]{sign}{_money(changed, currency)}[/]",
        f"[{style}]{share}[/]",
    )


def _adjustments(console: Console, lines: Sequence[PreviewLine], limit: int | None) -> None:
    if not lines:
        return
    table = Table(box=box.SIMPLE_HEAD, title=word("preview.adjustments"), title_justify="left")
    for name in ("month", "cause", "licensee", "subject"):
        table.add_column(word(f"preview.column.{name}"), overflow="fold")
    table.add_column(word("preview.column.now"), justify="right", no_wrap=True)
    for line in islice(lines, limit):
        table.add_row(
            f"{line.accrual_month:%Y-%m}",
            word(f"preview.cause.{line.cause}"),
            escape(line.place.licensee),
            escape(line.place.subject),
            _money(line.amount_minor, line.place.currency),
        )
    _say_more(table, len(lines), limit)
    console.print(table)


def _waiting(console: Console, waiting: Sequence[Waiting], limit: int | None) -> None:
    if not waiting:
        return
    table = Table(box=box.SIMPLE_HEAD, title=word("preview.waiting"), title_justify="left")
    for name in ("decision", "reason", "licensee", "subject"):
        table.add_column(word(f"preview.column.{name}"), overflow="fold")
    table.add_column(word("preview.column.count"), justify="right", no_wrap=True)
    table.add_column(word("preview.column.since"), no_wrap=True)
    for each in islice(waiting, limit):
        table.add_row(
            message(language(), f"refusal.decision.{each.decision}"),
            message(language(), f"refusal.reason.{each.reason}"),
            escape(each.licensee),
            escape(each.subject or word("preview.nobodys")),
            formats.quantity(language=language(), value=each.use_count),
            each.since.isoformat(),
        )
    _say_more(table, len(waiting), limit)
    console.print(table)


def _findings(console: Console, preview: MonthPreview) -> None:
    for heading, style, findings in (
        ("blockers", "bold red", preview.blockers),
        ("warnings", "bold yellow", preview.warnings),
    ):
        if findings:
            console.print(word(f"preview.{heading}"), style=style)
        for finding in findings:
            console.print(f"  - {escape(told_finding(finding, language()))}", soft_wrap=True)


def _say_more(table: Table, count: int, limit: int | None) -> None:
    if limit is not None and count > limit:
        table.add_row(f"  [dim]{word('preview.more', count=count - limit)}[/]")


def _money(amount_minor: int | None, currency: str) -> str:
    if amount_minor is None:
        return "-"
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)


def sums(amounts: Iterable[tuple[str, int]]) -> str:
    """Write amounts of several currencies one after another; "0" when there are none."""
    return ", ".join(_money(amount, currency) for currency, amount in amounts) or "0"
