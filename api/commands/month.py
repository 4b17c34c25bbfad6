"""What is done to a month by hand, step by step: bill, receive, settle, release."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import language, open_book, say, word
from locales import formats

Month = Annotated[str, typer.Argument(help=word("month.help"), metavar="YYYY-MM")]
Person = Annotated[str, typer.Option("--by", help=word("by.help"))]


def bill(
    month: Month,
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    due_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    without_registration: Annotated[
        bool, typer.Option("--without-registration", help=word("bill.without_registration.help"))
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help=word("draft.help"))] = False,
    out: Annotated[Path, typer.Option(help=word("out.help"))] = Path("out"),
) -> None:
    """Issue the invoices of a closed month; due on the last banking day after a month."""
    from api.archive import check_printable, write_drafts
    from api.banking import bank_names, due_day
    from ledger.core.period import tokyo_day
    from ledger.services import billing

    asked = terminal.month(month)
    issued = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    due = due_day(terminal.day(due_on) if due_on else None, issued_on=issued)
    check_printable()
    if draft:
        with open_book() as database:
            drawn = billing.draft_invoices(
                database,
                month=asked,
                issued_on=issued,
                due_on=due,
                bank_names=bank_names(),
                without_registration=without_registration,
            )
        paths = write_drafts(drawn, out / "drafts" / str(asked))
        say("draft.told", month=asked, count=len(paths))
        for path in paths:
            typer.echo(path)
        return
    with open_book() as database:
        references = billing.issue_invoices(
            database,
            month=asked,
            issued_on=issued,
            due_on=due,
            recorded_at=system_clock(),
            bank_names=bank_names(),
            without_registration=without_registration,
        )
        carried = billing.carried(database, month=asked)
    say("bill.told", month=asked, count=len(references))
    for reference in references:
        typer.echo(reference)
    for each in carried:
        amount = _money(each.amount_minor, each.currency)
        say("bill.carried", licensee=each.licensee, amount=amount)


def receive(
    invoice: Annotated[str, typer.Argument(help=word("help.invoice"))],
    amount: Annotated[str, typer.Argument(help=word("amount.help"))],
    by: Person,
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("received_on.help"))],
    bank_reference: Annotated[str, typer.Option(help=word("bank_reference.help"))],
    currency: str = "JPY",
    overpaid: Annotated[bool, typer.Option(help=word("overpaid.help"))] = False,
) -> None:
    """Record that an invoice was paid, in full or in part."""
    from ledger.services import collecting

    received, received_on = terminal.amount(amount), terminal.day(on)
    with open_book() as database:
        recorded = collecting.record_receipt(
            database,
            invoice_reference=invoice,
            amount_minor=received,
            currency=currency,
            received_on=received_on,
            external_reference=bank_reference,
            overpaid=overpaid,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    if not recorded.is_new:
        say("receive.known", reference=bank_reference)
    if recorded.applied_minor:
        say("receive.told", invoice=invoice, amount=_money(recorded.applied_minor, currency))
    if recorded.bank_fee_minor:
        say("receive.fee", amount=_money(recorded.bank_fee_minor, currency))
    if recorded.credit_minor:
        say("receive.credit", amount=_money(recorded.credit_minor, currency))


def settle(
    month: Month,
    by: Person,
    pay_on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("pay_on.help"))],
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
) -> None:
    """Divide what was received by the month's end, and plan the payouts."""
    from api.archive import check_printable
    from api.banking import bank_names, is_open_for_banking
    from api.transfers import can_be_written
    from ledger.core.period import tokyo_day
    from ledger.services import settling

    asked, paid_on = terminal.month(month), terminal.day(pay_on)
    issued = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    check_printable()
    with open_book() as database:
        settled = settling.settle_month(
            database,
            closing_month=asked,
            settled_by=by,
            settled_at=system_clock(),
            issued_on=issued,
            pay_on=paid_on,
            bank_names=bank_names(),
            is_banking_day=is_open_for_banking,
            can_be_written=can_be_written,
        )
    say("settle.told", statements=len(settled.statements))
    for each in settled.waiting:
        say(
            "settle.waiting" if each.source else "settle.waiting_source",
            amount=_money(each.amount_minor, each.currency),
            invoice=each.invoice,
            day=each.day,
            source=each.source,
        )
    if settled.run_reference is None:
        say("settle.nobody_paid")
        return
    say(
        "settle.planned",
        count=settled.payout_count,
        total=_money(settled.payout_minor, "JPY"),
        run=settled.run_reference,
    )


def release(
    run: Annotated[str, typer.Argument(help=word("run.help"))],
    by: Person,
    client_code: Annotated[
        str | None, typer.Option(envvar="GENBO_ZENGIN_CLIENT_CODE", help=word("client_code.help"))
    ] = None,
    out: Annotated[Path, typer.Option(help=word("out.help"))] = Path("out"),
) -> None:
    """Approve a payout run planned by somebody else, and write the bank's file."""
    from api.settings import read_settings
    from api.stripe_calls import Caller
    from api.transfers import files_of, stripe_mode
    from ledger.services import paying

    now = system_clock()
    with open_book() as database:
        order = paying.order(database, run_reference=run)
        made = files_of(order, client_code=client_code, made_at=now)
        contents = list(made.values())
        options = read_settings().stripe_options()
        stripe_is_live = stripe_mode(order, options)
        with ExitStack() as drafts:
            for name, content in made.items():
                drafts.enter_context(_written(out / name, content))
            paying.release_payouts(
                database,
                run_reference=run,
                released_by=by,
                released_at=now,
                posted_on=order.pay_on,
                file_content=contents[0] if contents else None,
                abroad_content=contents[1] if len(contents) > 1 else None,
                stripe_is_live=stripe_is_live,
            )
        if options is not None and order.through_stripe:
            processor = options.gateway()
            Caller(database=database, processor=processor, clock=system_clock).carry_on()
    counts = [len(payments) for payments in (order.at_home, order.abroad) if payments]
    for name, count in zip(made, counts, strict=True):
        say("release.told", count=count, file=out / name)
    if order.through_stripe:
        say("release.transferred", count=len(order.through_stripe), day=order.pay_on)


@contextmanager
def _written(path: Path, content: bytes) -> Iterator[None]:
    """
    Write a file that counts only if the block succeeds, and that cannot fail to be there then.

    What is released is released once: its file is on the disk before, under another name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    try:
        yield
    except BaseException:
        draft.unlink()
        raise
    draft.replace(path)


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
