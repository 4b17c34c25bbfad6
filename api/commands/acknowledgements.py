"""``genbo acknowledge``: receipts on paper for the payments of an invoice."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word


def acknowledge(
    invoice: Annotated[str, typer.Argument(help=word("help.invoice"))],
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
) -> None:
    """Issue a receipt for each payment of an invoice that has none yet."""
    from api.archive import check_printable
    from ledger.core.period import tokyo_day
    from ledger.services import acknowledging

    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    check_printable()
    with open_book() as database:
        made = acknowledging.issue_receipts(database, invoice=invoice, issued_on=on)
    for each in made:
        amount = f"{each.total_minor:,} {each.currency}"
        typer.echo("  ".join((each.number, each.received_on.isoformat(), amount)))
    if not made:
        say("acknowledge.none")
