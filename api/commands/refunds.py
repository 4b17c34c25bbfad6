"""``genbo refund``: what AI firms are owed again, and that it was transferred."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word
from ledger.core.payment import Channel

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


@app.command("note", help=word("refund.note.help"))
def note(
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
) -> None:
    """Issue the return invoices of what was given back."""
    from api.archive import check_printable
    from ledger.core.period import tokyo_day
    from ledger.services import acknowledging

    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    check_printable()
    with open_book() as database:
        noted = acknowledging.issue_credit_notes(database, issued_on=on)
    for made in noted.notes:
        amount = f"{made.total_minor:,} {made.currency}"
        typer.echo("  ".join((made.number, made.recipient.reference, amount)))
    for each in noted.not_needed:
        amount = f"{each.amount_minor:,} {each.currency}"
        say("refund.note.not_needed", licensee=each.licensee, amount=amount, on=each.transferred_on)
    if not noted.notes:
        say("refund.note.none")


@app.command("record", help=word("refund.record.help"))
def record(
    licensee: Annotated[str, typer.Argument(help=word("refund.licensee.help"))],
    amount: Annotated[str, typer.Option(help=word("refund.amount.help"))],
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("refund.on.help"))],
    bank_reference: Annotated[str, typer.Option(help=word("refund.bank_reference.help"))],
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
    currency: Annotated[str, typer.Option()] = "JPY",
    through: Annotated[Channel, typer.Option(help=word("refund.through.help"))] = Channel.BANK,
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
            channel=through,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("refund.recorded", licensee=licensee, left=f"{left:,} {currency}")
