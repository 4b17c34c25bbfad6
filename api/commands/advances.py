"""Advances: the command that invoices those that are due."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word


def bill_advances(
    through: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("due_through.help"))
    ] = None,
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    due_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    without_registration: Annotated[
        bool, typer.Option("--without-registration", help=word("bill.without_registration.help"))
    ] = False,
) -> None:
    """Issue the invoices of advances; to be paid by the last banking day after a month."""
    from api.archive import check_printable
    from api.banking import bank_names, due_day
    from ledger.core.period import tokyo_day
    from ledger.services import billing

    issued = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    due = due_day(terminal.day(due_on) if due_on else None, issued_on=issued)
    check_printable()
    with open_book() as database:
        references = billing.issue_advances(
            database,
            due_through=terminal.day(through) if through else issued,
            issued_on=issued,
            due_on=due,
            recorded_at=system_clock(),
            bank_names=bank_names(),
            without_registration=without_registration,
        )
    say("bill_advances.told", count=len(references))
    for reference in references:
        typer.echo(reference)
