"""``genbo trial-balance``: what each account of the book has."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.terminal import language, open_book, say, word
from locales import formats
from locales.catalogues import message

if TYPE_CHECKING:
    from ledger.core.trial_balance import TrialLine


def trial_balance(
    to: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help=word("trial.to.help"))],
    first: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=word("trial.from.help"))
    ] = None,
    by_party: Annotated[bool, typer.Option("--by-party", help=word("trial.by_party.help"))] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help=word("trial.csv.help"))] = None,
) -> None:
    """Show what each account had, what was debited and credited, and what it has."""
    from ledger.services import balancing

    first_day = terminal.day(first) if first else None
    last_day = terminal.day(to)
    with open_book() as database:
        lines = balancing.trial_balance(
            database, first_day=first_day, last_day=last_day, is_by_party=by_party
        )
    if csv is not None:
        from invoices.trial_sheet import trial_csv

        csv.parent.mkdir(parents=True, exist_ok=True)
        csv.write_bytes(b"".join(trial_csv(lines)))
        say("trial.written", file=csv)
        return
    if not lines:
        say("trial.none")
        return
    _show(lines, by_party=by_party)


def _show(lines: "Sequence[TrialLine]", *, by_party: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ledger.core.trial_balance import totals

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(word("trial.column.account"), overflow="fold")
    if by_party:
        table.add_column(word("trial.column.party"), overflow="fold")
    table.add_column(word("trial.column.currency"))
    for name in ("opening", "debit", "credit", "closing"):
        table.add_column(word(f"trial.column.{name}"), justify="right", no_wrap=True)
    party: tuple[str, ...]
    for line in lines:
        party = (escape(line.party or ""),) if by_party else ()
        name = message(language(), f"account.{line.code}")
        sums = (line.opening_minor, line.debit_minor, line.credit_minor, line.closing_minor)
        table.add_row(name, *party, line.currency, *_figures(sums, line.currency))
    party = ("",) if by_party else ()
    for total in totals(lines):
        sums = (total.opening_minor, total.debit_minor, total.credit_minor, total.closing_minor)
        figures = _figures(sums, total.currency)
        table.add_row(word("trial.total"), *party, total.currency, *figures, style="bold")
    Console(highlight=False).print(table)


def _figures(sums: Sequence[int], currency: str) -> list[str]:
    return [
        formats.figure(language=language(), amount_minor=amount, currency=currency)
        for amount in sums
    ]
