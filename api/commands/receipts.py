"""``genbo receipts``: what was paid, what was paid too much, and who bears the banks' fees."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import language, open_book, say, word
from locales import formats

app = typer.Typer(no_args_is_help=True)

Invoice = Annotated[str, typer.Argument(help=word("help.invoice"))]
Licensee = Annotated[str, typer.Argument(help=word("receipts.licensee.help"))]
Amount = Annotated[str, typer.Argument(help=word("amount.help"))]
Person = Annotated[str, typer.Option("--by", help=word("by.help"))]


@app.command("list", help=word("receipts.list.help"))
def list_all() -> None:
    """List every receipt in the order in which they were recorded."""
    from ledger.services import collecting

    after: int | None = 0
    with open_book() as database:
        while after is not None:
            page = collecting.list_receipts(database, licensee_id=None, after=after)
            for each in page.receipts:
                parts = (
                    each.received_on.isoformat(),
                    each.invoice_reference,
                    each.licensee_reference,
                    _money(each.amount_minor, each.currency),
                    f"{each.channel}:{each.external_reference}" if each.channel else "credit",
                    each.recorded_by,
                )
                typer.echo("  ".join(parts))
            after = page.next_after


@app.command("credits", help=word("receipts.credits.help"))
def list_credits() -> None:
    """List what firms paid too much and have not used."""
    from ledger.services import crediting

    with open_book() as database:
        found = crediting.list_credits(database)
    for each in found:
        amount = _money(each.amount_minor, each.currency)
        typer.echo(word("receipts.credit", licensee=each.licensee, amount=amount))


@app.command("use-credit", help=word("receipts.use_credit.help"))
def use_credit(invoice: Invoice, amount: Amount, by: Person, currency: str = "JPY") -> None:
    """Pay an invoice, or a part of it, from what its firm paid too much."""
    from ledger.services import crediting

    used = terminal.amount(amount)
    with open_book() as database:
        crediting.use_credit(
            database,
            invoice_reference=invoice,
            amount_minor=used,
            used_by=by,
            used_at=system_clock(),
        )
    say("receipts.credit_used", invoice=invoice, amount=_money(used, currency))


@app.command("return-credit", help=word("receipts.return_credit.help"))
def return_credit(licensee: Licensee, amount: Amount, by: Person, currency: str = "JPY") -> None:
    """Owe a firm what it paid too much."""
    from ledger.services import crediting

    returned = terminal.amount(amount)
    with open_book() as database:
        crediting.return_credit(
            database,
            licensee=licensee,
            currency=currency,
            amount_minor=returned,
            returned_by=by,
            returned_at=system_clock(),
        )
    say("receipts.credit_returned", licensee=licensee, amount=_money(returned, currency))


@app.command("fees", help=word("receipts.fees.help"))
def agree_fees(
    licensee: Licensee,
    bearer: Annotated[str, typer.Option(help=word("receipts.bearer.help"))],
    up_to: Annotated[str, typer.Option(help=word("receipts.up_to.help"))],
    effective_from: Annotated[
        str, typer.Option("--from", metavar="YYYY-MM-DD", help=word("receipts.from.help"))
    ],
    by: Person,
    currency: str = "JPY",
) -> None:
    """Agree who bears what banks keep of a firm's payments, and up to how much."""
    from ledger.services import crediting

    with open_book() as database:
        crediting.agree_fees(
            database,
            licensee=licensee,
            currency=currency,
            effective_from=terminal.day(effective_from),
            bearer=bearer,
            up_to_minor=terminal.amount(up_to),
            agreed_by=by,
            agreed_at=system_clock(),
        )
    say("receipts.fees_agreed", licensee=licensee)


Line = Annotated[int, typer.Argument(help=word("receipts.line.help"))]
Why = Annotated[str, typer.Option(help=word("receipts.why.help"))]


@app.command("unmatched", help=word("receipts.unmatched.help"))
def unmatched() -> None:
    """List what came in and waits for a person, with the reason."""
    from ledger.services import matching

    after: int | None = 0
    with open_book() as database:
        while after is not None:
            page = matching.list_unmatched(database, after=after)
            for each in page.lines:
                parts = (
                    str(each.id),
                    each.booked_on.isoformat(),
                    _money(each.amount_minor, each.currency),
                    each.payer or each.payer_code or "–",
                    " ".join(text for text in (each.remark, each.edi) if text),
                    word(f"receipts.reason.{each.reason}"),
                )
                typer.echo("  ".join(part for part in parts if part))
            after = page.next_after


@app.command("match", help=word("receipts.match.help"))
def match(
    line: Line,
    by: Person,
    why: Why,
    invoice: Annotated[str | None, typer.Option(help=word("help.invoice"))] = None,
    payment: Annotated[str | None, typer.Option(help=word("receipts.payment.help"))] = None,
    overpaid: Annotated[bool, typer.Option(help=word("overpaid.help"))] = False,
    remember: Annotated[bool, typer.Option(help=word("receipts.remember.help"))] = False,
) -> None:
    """Say which invoice a line pays, or which money recorded before it is."""
    from ledger.services import matching

    now = system_clock()
    if (invoice is None) == (payment is None):
        raise typer.BadParameter(word("receipts.one_of_two"))
    with open_book() as database:
        if payment is not None:
            matching.link(
                database,
                line_id=line,
                external_reference=payment,
                reason=why,
                linked_by=by,
                linked_at=now,
            )
            say("receipts.linked", line=line, reference=payment)
            return
        recorded = matching.match_by_hand(
            database,
            line_id=line,
            invoice_reference=str(invoice),
            reason=why,
            overpaid=overpaid,
            remember_payer=remember,
            matched_by=by,
            matched_at=now,
        )
    if recorded.applied_minor:
        say("receive.told", invoice=invoice, amount=f"{recorded.applied_minor:,}")
    if recorded.credit_minor:
        say("receive.credit", amount=f"{recorded.credit_minor:,}")


@app.command("dismiss", help=word("receipts.dismiss.help"))
def dismiss(
    line: Line,
    by: Person,
    why: Why,
    known: Annotated[bool, typer.Option(help=word("receipts.known.help"))] = False,
) -> None:
    """Say that a line pays no invoice, or that another file told of it before."""
    from ledger.services import matching

    with open_book() as database:
        matching.dismiss(
            database,
            line_id=line,
            is_known=known,
            reason=why,
            dismissed_by=by,
            dismissed_at=system_clock(),
        )
    say("receipts.dismissed", line=line)


@app.command("came-back", help=word("receipts.came_back.help"))
def came_back(
    line: Line,
    by: Person = "",
    why: Annotated[str, typer.Option("--why", help=word("receipts.came_back_why.help"))] = "",
    run: Annotated[str | None, typer.Option(help=word("receipts.came_back_run.help"))] = None,
    payee: Annotated[str | None, typer.Option(help=word("receipts.came_back_payee.help"))] = None,
) -> None:
    """Say that a line is a payout that came back; without a run, list what it may be."""
    from ledger.services import returning

    with open_book() as database:
        if run is None or payee is None:
            found = returning.propose_returns(database, line_id=line)
            if not found:
                say("receipts.came_back_none", line=line)
            for each in found:
                say("receipts.came_back_line", run=each.run, payee=each.payee, day=each.pay_on)
            return
        returning.take_return(
            database,
            line_id=line,
            run_reference=run,
            payee=payee,
            reason=why,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("receipts.came_back", line=line, run=run, payee=payee)


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
