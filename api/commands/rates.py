"""``genbo rates``: exchange rates as they were published, and who goes by which."""

from pathlib import Path
from typing import Annotated

import typer

from api import terminal
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


@app.command("agree", help=word("rates.agree.help"))
def agree(
    currency: Annotated[str, typer.Argument(help=word("rates.currency.help"), metavar="CURRENCY")],
    source: Annotated[str, typer.Option(help=word("rates.source.help"))],
    effective_from: Annotated[
        str, typer.Option("--from", metavar="YYYY-MM-DD", help=word("rates.from.help"))
    ],
    clause: Annotated[str, typer.Option(help=word("rates.clause.help"))],
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
    holder: Annotated[str | None, typer.Option(help=word("rates.holder.help"))] = None,
) -> None:
    """Say by whose rates a currency is translated into yen from a day on."""
    from ledger.services import exchanging

    with open_book() as database:
        exchanging.agree_source(
            database,
            currency=currency,
            source=source,
            effective_from=terminal.day(effective_from),
            clause=clause,
            holder=holder,
            agreed_by=by,
            agreed_at=system_clock(),
        )
    say("rates.agreed", currency=currency, source=source, day=effective_from)


@app.command("agreed", help=word("rates.agreed_list.help"))
def agreed() -> None:
    """List by whose rates currencies are translated, and from when."""
    from ledger.services import exchanging

    with open_book() as database:
        for each in exchanging.list_sources(database):
            parts = (each.currency, each.effective_from.isoformat(), each.source, each.holder)
            typer.echo("  ".join(part for part in parts if part))
