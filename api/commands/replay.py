"""``genbo replay``: past usage under other terms, and who would have had how much more or less."""

import csv
import io
import json
from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands.month import Month
from api.terminal import language, open_book, say, word
from locales import formats

if TYPE_CHECKING:
    from rich.table import Table

    from ledger.core.replay import Difference
    from ledger.core.replay_recoupment import RolledMonth
    from ledger.services.replaying import Replayed

_COLUMNS = ("group", "reference", "currency", "before", "after", "difference")
#: What a month does to a recoup group, in the order in which it is shown.
_ROLLED = ("advanced", "earned", "recouped", "left", "payable", "shortfall", "returned", "paid")


class Form(StrEnum):
    """How a replay is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def replay(
    changes: Annotated[Path, typer.Argument(help=word("replay.changes.help"))],
    first: Month,
    last: Annotated[
        str | None, typer.Argument(metavar="[YYYY-MM]", help=word("replay.last.help"))
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help=word("replay.all.help"))] = False,
    form: Annotated[Form, typer.Option("--format", help=word("replay.format.help"))] = Form.TABLE,
) -> None:
    """Show what months would have come to under other terms, and write nothing."""
    from api.replays import read_changes
    from ledger.services import replaying

    asked = read_changes(changes)
    months = (terminal.month(first), terminal.month(last or first))
    with open_book() as database:
        found = replaying.replay(database, first=months[0], last=months[1], changes=asked)
    match form:
        case Form.JSON:
            typer.echo(json.dumps(_plain(found), ensure_ascii=False, indent=2))
        case Form.CSV:
            typer.echo(_csv(found), nl=False)
        case Form.TABLE:
            _show(found, everything=everything)


def _show(found: "Replayed", *, everything: bool) -> None:
    from rich.console import Console

    say("replay.told", first=found.first, last=found.last, count=found.generation_count)
    shown = [each for each in found.differences if everything or each.difference_minor]
    if shown:
        Console().print(_table(shown))
    if hidden := len(found.differences) - len(shown):
        say("replay.unchanged", count=hidden)
    elif not shown:
        say("replay.nothing")
    if everything or found.before != found.after:
        for side, rolled in (("before", found.before), ("after", found.after)):
            if rolled:
                Console().print(_months(side, rolled))


def _months(side: str, rolled: Sequence["RolledMonth"]) -> "Table":
    """Set what months do to recoup groups in columns, without months and columns of nothing."""
    from rich import box
    from rich.table import Table

    names = [name for name in _ROLLED if any(_minor(each, name) for each in rolled)]
    table = Table(box=box.SIMPLE_HEAD, title=word(f"replay.column.{side}"), title_justify="left")
    table.add_column(word("replay.rolled.month"), overflow="fold")
    for name in names:
        table.add_column(word(f"replay.rolled.{name}"), justify="right", overflow="fold")
    for (license_, group), months in groupby(rolled, key=lambda each: (each.license, each.group)):
        table.add_row(f"[bold cyan]{license_} {group}[/]")
        for each in months:
            if any(_minor(each, name) for name in _ROLLED if name != "left"):
                amounts = (_amount(each, _minor(each, name)) for name in names)
                table.add_row(f"  {each.month}", *amounts)
        table.add_section()
    return table


def _minor(each: "RolledMonth", name: str) -> int:
    amount_minor: int = getattr(each, f"{name}_minor")
    return amount_minor


def _amount(each: "RolledMonth", amount_minor: int) -> str:
    return formats.figure(language=language(), amount_minor=amount_minor, currency=each.currency)


def _table(differences: Sequence["Difference"]) -> "Table":
    """Set figures in columns, each group under its own heading."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(word("replay.column.reference"), overflow="fold")
    for name in ("before", "after", "difference", "share"):
        table.add_column(word(f"replay.column.{name}"), justify="right", overflow="fold")
    for group, of_group in groupby(differences, key=lambda each: each.place.group):
        table.add_row(f"[bold cyan]{word(f'replay.group.{group}')}[/]")
        for each in of_group:
            table.add_row(*_cells(each))
        table.add_section()
    return table


def _cells(each: "Difference") -> tuple[str, ...]:
    currency, changed = each.place.currency, each.difference_minor
    style = {1: "green", 0: "dim", -1: "red"}[(changed > 0) - (changed < 0)]
    amounts = (
        formats.money(language=language(), amount_minor=amount, currency=currency)
        for amount in (each.before_minor, each.after_minor, changed)
    )
    before, after, difference = amounts
    sign = "+" if changed > 0 else ""
    return (
        f"  {_named(each)}",
        before,
        after,
        f"[{style}]{sign}{difference}[/]",
        f"[{style}]{_share(each)}[/]",
    )


def _named(each: "Difference") -> str:
    return word("replay.fee") if each.place.group == "house" else each.place.reference


def _share(each: "Difference") -> str:
    """Return the difference in percent with one decimal, cut; none of nothing."""
    if not each.before_minor:
        return "-"
    tenths = abs(each.difference_minor) * 1000 // abs(each.before_minor)
    sign = "" if not each.difference_minor else "+" if each.difference_minor > 0 else "-"
    return f"{sign}{tenths // 10}.{tenths % 10}%"


def _plain(found: "Replayed") -> dict[str, Any]:
    return {
        "first": str(found.first),
        "last": str(found.last),
        "generation_count": found.generation_count,
        "differences": [_row(each) for each in found.differences],
        "recoupment": {
            "before": [_rolled(each) for each in found.before],
            "after": [_rolled(each) for each in found.after],
        },
    }


def _rolled(each: "RolledMonth") -> dict[str, str]:
    names = {"license": each.license, "group": each.group, "month": str(each.month)}
    amounts = {name: str(_minor(each, name)) for name in _ROLLED}
    return {**names, "currency": each.currency, **amounts}


def _row(each: "Difference") -> dict[str, str]:
    return dict(
        zip(
            _COLUMNS,
            (
                *each.place,
                str(each.before_minor),
                str(each.after_minor),
                str(each.difference_minor),
            ),
            strict=True,
        )
    )


def _csv(found: "Replayed") -> str:
    written = io.StringIO()
    rows = csv.DictWriter(written, _COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(map(_row, found.differences))
    return written.getvalue()
