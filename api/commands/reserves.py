"""``genbo reserve``: what is held back against refunds, and what is claimed of it."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word

#: Rows read at once.
_PAGE = 200

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]

app = typer.Typer(no_args_is_help=True)


@app.command("claim", help=word("reserve.claim.help"))
def claim(
    claim: Annotated[str, typer.Argument(help=word("reserve.named.help"))],
    kind: Annotated[str, typer.Option(help=word("reserve.kind.help"))],
    holder: Annotated[str, typer.Option(help=word("reserve.holder.help"))],
    licensee: Annotated[str, typer.Option(help=word("reserve.licensee.help"))],
    amount: Annotated[str, typer.Option(help=word("reserve.amount.help"))],
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("reserve.on.help"))],
    reason: Annotated[str, typer.Option(help=word("reserve.reason.help"))],
    by: Person,
    tax: Annotated[str, typer.Option(help=word("reserve.tax.help"))] = "0",
    invoice: Annotated[str | None, typer.Option(help=word("reserve.invoice.help"))] = None,
) -> None:
    """Enter a refund or chargeback; the next settlement takes it from the reserve."""
    from ledger.core.reserve import NewReserveClaim
    from ledger.services import reserving

    new = NewReserveClaim(
        reference=claim,
        kind=kind,
        holder=holder,
        licensee=licensee,
        amount_minor=terminal.amount(amount),
        tax_minor=terminal.amount(tax),
        claimed_on=terminal.day(on),
        reason=reason,
        invoice=invoice,
    )
    with open_book() as database:
        reserving.enter_claims(database, claims=[new], recorded_by=by, recorded_at=system_clock())
    say("reserve.claimed", claim=claim, holder=holder)


@app.command("list", help=word("reserve.list.help"))
def list_all() -> None:
    """List reserves, the newest month first, and then refunds and chargebacks."""
    from ledger.services import reserving

    with open_book() as database:
        for lot in reserving.list_reserves(database, holder_id=None, limit=_PAGE):
            left = word(
                "reserve.left",
                left=f"{lot.left_minor:,}",
                held=f"{lot.amount_minor:,}",
                month=f"{lot.release_in:%Y-%m}",
            )
            typer.echo(f"{lot.held_in:%Y-%m}  {lot.holder}  {left}")
        after: int | None = 0
        while after is not None:
            page = reserving.list_claims(database, holder_id=None, after=after, limit=_PAGE)
            for each in page.claims:
                state = (
                    word("reserve.waits")
                    if each.settled_in is None
                    else word("reserve.settled", month=f"{each.settled_in:%Y-%m}")
                )
                amount = f"{each.amount_minor:,} + {each.tax_minor:,}"
                told = (each.reference, each.kind, each.holder, each.licensee, amount, state)
                typer.echo("  ".join((*told, each.reason)))
            after = page.next_after
