"""``genbo bill-fees``: rights holders get invoices for the fee that a settlement took."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Month
from api.terminal import language, open_book, say
from locales import formats


def bill_fees(
    month: Month,
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
) -> None:
    """Issue invoices for the fees of a settled month that have none."""
    from api.archive import check_printable
    from ledger.core.period import tokyo_day
    from ledger.services import charging

    check_printable()
    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    asked = terminal.month(month)
    with open_book() as database:
        made = charging.issue_fee_invoices(database, closing_month=asked, issued_on=on)
    for each in made:
        money = formats.money(
            language=language(), amount_minor=each.total_minor, currency=each.currency
        )
        typer.echo(f"{each.number}  {each.recipient.reference}  {money}")
    say("bill_fees.done", count=len(made), month=asked)
