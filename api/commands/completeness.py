"""``genbo reports``: what AI firms declared a month to be, beside what the book has."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from unicodedata import east_asian_width

import typer

from api import terminal
from api.commands.month import Month
from api.terminal import language, open_book, say, word
from ledger.core.completeness import MonthReport
from ledger.core.money import add_exactly
from ledger.core.reason import COUNTED_DECISIONS, Decision
from ledger.core.usage import Modality, Unit
from locales import formats
from locales.catalogues import message

_HEADER = (
    *("firm", "state", "what", "declared", "reported", "difference"),
    *("accepted", "held", "refused"),
)
#: The columns that hold words; the others hold figures.
_WORDS = 3


def reports(month: Month) -> None:
    """Show every firm that declared, reported or had a license in a month."""
    from ledger.services import declaring

    asked = terminal.month(month)
    with open_book() as database:
        found = declaring.month_of_all(database, month=asked)
    if not found:
        say("reports.none", month=asked)
        return
    rows = [tuple(word(f"reports.{name}") for name in _HEADER)]
    for report in found:
        rows += _rows(report)
    for line in _aligned(rows):
        typer.echo(line)


def _rows(report: MonthReport) -> Iterator[tuple[str, ...]]:
    """Yield one row for the generations of a firm, and one for each modality and unit."""
    counts = [
        Decimal(sum(each.generation_count for each in report.reported if each.decision is decision))
        for decision in COUNTED_DECISIONS
    ]
    said = None if report.latest is None else report.latest.said
    declared = None if said is None else Decimal(said.generation_count)
    nil = word("reports.nil") if said is not None and said.is_nil else None
    state, what = word(f"reports.state.{report.state}"), word("reports.generations")
    yield (report.licensee, state, what, *_figures(declared, counts, nil))
    declared_by = {(each.modality, each.unit): each.declared for each in report.comparisons}
    for modality, unit in sorted({*declared_by, *((e.modality, e.unit) for e in report.reported)}):
        quantities = [_quantity(report, modality, unit, decision) for decision in COUNTED_DECISIONS]
        words = f"{message(language(), f'modality.{modality}')}, {word(f'reports.unit.{unit}')}"
        yield ("", "", words, *_figures(declared_by.get((modality, unit)), quantities))


def _quantity(report: MonthReport, modality: Modality, unit: Unit, decision: Decision) -> Decimal:
    return add_exactly(
        each.quantity
        for each in report.reported
        if (each.modality, each.unit, each.decision) == (modality, unit, decision)
    )


def _figures(
    declared: Decimal | None, reported: Sequence[Decimal], nil: str | None = None
) -> tuple[str, ...]:
    total = add_exactly(reported)
    difference = None if declared is None else add_exactly((total, declared.copy_negate()))
    sign = "+" if difference is not None and difference > 0 else ""
    return (
        nil or _shown(declared),
        _shown(total),
        sign + _shown(difference),
        *(_shown(figure) for figure in reported),
    )


def _shown(figure: Decimal | None) -> str:
    return "-" if figure is None else formats.quantity(language=language(), value=figure)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Set rows in columns, as wide as a terminal shows them: 漢字 take two places."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell))
            if place < _WORDS
            else " " * (width - _width(cell)) + cell
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
