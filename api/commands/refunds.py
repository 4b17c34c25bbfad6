"""``genbo refund``: what AI firms are owed again, and that it was transferred."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word

app = typer.Typer(no_args_is_help=True)


@app.command("list", help=word("refund.list.help"))
def list_all() -> None:
    """List what firms are owed again, and then the transfers, the newest first."""
    from ledger.services import refunding

    with open_book() as database:
        found = refunding.list_refunds(database)
    for each in found.owed:
        amount = f"{each.amount_minor:,} {each.currency}"
        typer.echo(word("refund.owed", licensee=each.licensee, amount=amount))
    for done in found.transfers:
        parts = (
            done.transferred_on.isoformat(),
            done.licensee,
            f"{done.amount_minor:,} {done.currency}",
            done.bank_reference,
            done.recorded_by,
        )
        typer.echo("  ".join(parts))


@app.command("record", help=word("refund.record.help"))
def record(
    licensee: Annotated[str, typer.Argument(help=word("refund.licensee.help"))],
    amount: Annotated[str, typer.Option(help=word("refund.amount.help"))],
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("refund.on.help"))],
    bank_reference: Annotated[str, typer.Option(help=word("refund.bank_reference.help"))],
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
    currency: Annotated[str, typer.Option()] = "JPY",
) -> None:
    """Record that money was transferred back to a firm."""
    from ledger.services import refunding

    with open_book() as database:
        left = refunding.record_refund(
            database,
            licensee=licensee,
            amount_minor=terminal.amount(amount),
            currency=currency,
            transferred_on=terminal.day(on),
            bank_reference=bank_reference,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("refund.recorded", licensee=licensee, left=f"{left:,} {currency}")
