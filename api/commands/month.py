"""The operator's month: preview, close, bill, receive, settle, release."""

from typing import Annotated

import typer

from api.clock import system_clock
from api.commands import terminal
from api.commands.terminal import open_book, word

Month = Annotated[str, typer.Argument(help=word("month.help"), metavar="YYYY-MM")]
Person = Annotated[str, typer.Option("--by", help=word("by.help"))]


def preview(month: Month) -> None:
    """Show what closing the month would charge, and write nothing."""
    from ledger.services import closing

    with open_book() as database:
        foreseen = closing.preview(database, month=terminal.month(month))
    _tell_closed(foreseen)


def close(month: Month, by: Person) -> None:
    """Close the month and fix its royalties."""
    from ledger.services import closing

    with open_book() as database:
        closed = closing.close_month(
            database, month=terminal.month(month), closed_by=by, closed_at=system_clock()
        )
    _tell_closed(closed)
