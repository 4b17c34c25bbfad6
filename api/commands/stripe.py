"""``genbo stripe``: how firms pay through Stripe, and what it told the book."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.clock import system_clock
from api.settings import read_settings
from api.stripe_options import StripeNotSetUp, StripeOptions
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.services.requesting import Stand

app = typer.Typer(no_args_is_help=True)


@app.command("request", help=word("stripe.request.help"))
def request(
    invoice: Annotated[str, typer.Argument(help=word("stripe.invoice.help"))],
    method: Annotated[str, typer.Option(help=word("stripe.method.help"))],
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
) -> None:
    """Ask a firm to pay an invoice in one way; Stripe is asked at once."""
    from api.stripe_calls import Caller
    from ledger.services import requesting

    options = _options()
    with open_book() as database:
        asked = requesting.ask_payment(
            database,
            invoice=invoice,
            method=method,
            is_live=options.is_live,
            owner_id=None,
            requested_by=by,
            requested_at=system_clock(),
        )
        Caller(database=database, processor=options.gateway(), clock=system_clock).carry_on()
        found = requesting.list_requests(
            database, owner_id=None, invoice=invoice, at=system_clock()
        )
        stand = next(each for each in found if each.request.reference == asked.request.reference)
        _show(stand)


@app.command("list", help=word("stripe.list.help"))
def list_all(
    invoice: Annotated[str | None, typer.Option(help=word("stripe.invoice.help"))] = None,
) -> None:
    """List what firms were asked to pay, and what Stripe has not done yet."""
    from ledger.services import calling, requesting

    with open_book() as database:
        stands = requesting.list_requests(
            database, owner_id=None, invoice=invoice, at=system_clock()
        )
        stuck = calling.list_stuck(database)
    for stand in stands:
        _show(stand)
    for call in stuck:
        say(
            "stripe.stuck",
            kind=call.kind,
            subject=call.subject,
            tries=call.tries,
            reason=call.reason or "-",
        )


def _options() -> StripeOptions:
    """
    Return how Stripe is reached.

    :raises StripeNotSetUp: no key is set.
    """
    options = read_settings().stripe_options()
    if options is None:
        raise StripeNotSetUp(name="GENBO_STRIPE_KEY")
    return options


def _show(stand: "Stand") -> None:
    asked = stand.request
    account = stand.virtual_account
    where = stand.url or "-"
    if account is not None:
        where = " ".join(
            account[name] for name in ("bank_code", "branch_code", "account_type", "number")
        )
    parts = (
        asked.reference,
        asked.method,
        f"{asked.amount_minor:,} {asked.currency}",
        word(f"stripe.state.{stand.state}"),
        where,
        asked.reason or "",
    )
    typer.echo("  ".join(part for part in parts if part))
