"""``genbo stripe``: how firms pay through Stripe, and what it told the book."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.settings import read_settings
from api.stripe_options import StripeDidNotAnswer, StripeNotSetUp, StripeOptions
from api.terminal import open_book, say, word
from ledger.core.period import TOKYO
from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    from ledger.core.reconciliation import Difference
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


@app.command("refund", help=word("stripe.refund.help"))
def refund(
    charge: Annotated[str, typer.Argument(help=word("stripe.charge.help"))],
    amount: Annotated[str, typer.Option(help=word("refund.amount.help"))],
    reference: Annotated[str, typer.Option(help=word("stripe.reference.help"))],
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
) -> None:
    """Let Stripe pay back a payment, or a part of it; asked at once, and posted when it tells."""
    from api.stripe_calls import Caller
    from ledger.services import calling, requesting

    options = _options()
    with open_book() as database:
        requesting.ask_refund(
            database,
            charge=charge,
            amount_minor=terminal.amount(amount),
            reference=reference,
            is_live=options.is_live,
            requested_by=by,
            requested_at=system_clock(),
        )
        Caller(database=database, processor=options.gateway(), clock=system_clock).carry_on()
        stuck = [each for each in calling.list_stuck(database) if each.subject == reference]
    if not stuck:
        say("stripe.refunded", reference=reference)
    for call in stuck:
        say(
            "stripe.stuck",
            kind=call.kind,
            subject=call.subject,
            tries=call.tries,
            reason=call.reason or "-",
        )


@app.command("events", help=word("stripe.events.help"))
def events(
    kept: Annotated[bool, typer.Option("--kept", help=word("stripe.kept.help"))] = False,
    limit: Annotated[int, typer.Option()] = 50,
) -> None:
    """List what Stripe told, the newest first, and what became of it."""
    from ledger.services import listening

    with open_book() as database:
        for event in listening.list_events(database, only_kept=kept, limit=limit):
            outcome = word(f"stripe.outcome.{event.outcome or 'new'}")
            at = event.received_at.isoformat(timespec="seconds")
            parts = (event.reference, event.type, at, outcome, event.reason or "")
            typer.echo("  ".join(part for part in parts if part))


@app.command("replay", help=word("stripe.replay.help"))
def replay(
    event: Annotated[str | None, typer.Argument(help=word("stripe.event.help"))] = None,
    *,
    since: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("stripe.since.help"))
    ] = None,
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
) -> None:
    """Look at an event again, or at all of them since a day; what is posted stays posted once."""
    from api.stripe_desk import stripe_desk
    from ledger.services import listening

    if (event is None) is (since is None):
        raise ReplayOfWhat
    options = _options()
    with open_book() as database:
        now = system_clock()
        if event is not None:
            listening.replay_event(database, reference=event, by=by, at=now)
        else:
            starts_at = datetime.combine(terminal.day(since or ""), time(), TOKYO)
            listening.replay_since(database, since=starts_at, by=by, at=now)
        count = stripe_desk(database, options=options, clock=system_clock).inbox.carry_on()
        say("stripe.replayed", count=count)
        for kept in listening.list_events(database, only_kept=True, limit=20):
            typer.echo(f"{kept.reference}  {kept.type}  {kept.reason}")


@app.command("reconcile", help=word("stripe.reconcile.help"))
def reconcile(
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
    days: Annotated[int | None, typer.Option(min=1, help=word("stripe.days.help"))] = None,
) -> None:
    """Fetch what Stripe told and nobody heard, then hold the book against its balance."""
    from api.stripe_desk import stripe_desk
    from api.stripe_reconciler import BACK
    from ledger.core.processor import ProcessorAway, ProcessorRefused

    options = _options()
    with open_book() as database:
        desk = stripe_desk(database, options=options, clock=system_clock)
        since = None if days is None else system_clock() - timedelta(days=days)
        try:
            fetched = desk.reconciler.fetch_lost(since=since or system_clock() - 10 * BACK)
            desk.inbox.carry_on()
            differences = desk.reconciler.look(since=since)
        except (ProcessorAway, ProcessorRefused) as away:
            raise StripeDidNotAnswer(reason=away) from None
        desk.reconciler.record(differences, by=by)
    say("stripe.fetched", count=fetched)
    show_differences(differences)
    if differences:
        raise typer.Exit(1)


def show_differences(differences: "Sequence[Difference]") -> None:
    """Print where the book and Stripe differ, or that they agree."""
    if not differences:
        say("stripe.agrees")
    for each in differences:
        say(
            f"stripe.difference.{each.kind}",
            reference=each.reference,
            currency=each.currency,
            stripe="-" if each.stripe_minor is None else f"{each.stripe_minor:,}",
            book="-" if each.book_minor is None else f"{each.book_minor:,}",
        )


class ReplayOfWhat(Refusal):
    """A replay names neither an event nor a day, or both."""

    code = "replay_of_what"


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
