"""``genbo records``: what payees were paid in a year is told to them and to the tax office."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word


def records(
    year: Annotated[int, typer.Argument(metavar="YYYY", help=word("records.year.help"))],
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
) -> None:
    """Issue the records of a year for everybody who has none, and its total sheet."""
    from api.archive import check_printable
    from api.banking import is_open_for_banking
    from ledger.core.payment_record import records_due_on
    from ledger.core.period import tokyo_day
    from ledger.services import recording

    check_printable()
    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    with open_book() as database:
        made = recording.issue_records(
            database, year=year, issued_on=on, is_banking_day=is_open_for_banking
        )
    for each in made.records:
        typer.echo(f"{each.number}  {each.payee.reference}")
    due_on = records_due_on(year, is_banking_day=is_open_for_banking)
    say("records.issued", year=year, count=len(made.records), due_on=due_on)
    if made.total is not None:
        say("records.total", number=made.total.number)
