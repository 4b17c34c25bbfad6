"""``genbo rates``: exchange rates as they were published, for terms that name their source."""

from pathlib import Path
from typing import Annotated

import typer

from api.clock import system_clock
from api.terminal import open_book, say, word

app = typer.Typer(no_args_is_help=True)


@app.callback()
def rates() -> None:
    """Exchange rates."""


@app.command("import", help=word("rates.import.help"))
def import_rates(
    file: Annotated[
        Path,
        typer.Argument(help=word("rates.file.help"), metavar="FILE", exists=True, dir_okay=False),
    ],
    source: Annotated[str, typer.Option(help=word("rates.source.help"))],
) -> None:
    """Enter the rates of a table; those that are there already are nothing new."""
    from ledger.core.rate_table import read_rates
    from ledger.services import exchanging

    table = read_rates(file.read_text(encoding="utf-8", errors="replace"), source=source)
    with open_book() as database:
        taken = exchanging.import_rates(database, rates=table, recorded_at=system_clock())
    say("rates.imported", given=taken.given, new=taken.new, source=source)
