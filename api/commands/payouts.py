"""``genbo payouts``: runs are looked at, approved or cancelled, and the bank's answers recorded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Person
from api.terminal import language, open_book, say, word
from locales import formats
from locales.catalogues import message

if TYPE_CHECKING:
    from rich.table import Table

    from ledger.core.payout_run import Payment, PayoutRun

app = typer.Typer(no_args_is_help=True)

#: What is never broken over lines.
_WHOLE = {"run", "pay_on", "state"}

Run = Annotated[str, typer.Argument(help=word("run.help"), metavar="RUN")]
_Reference = Annotated[str, typer.Option("--bank-reference", help=word("bank_reference.help"))]


@app.command("list", help=word("payouts.list.help"))
def list_runs() -> None:
    """List payout runs and how they stand."""
    from ledger.services import answering, paying

    with open_book() as database:
        page = paying.list_runs(database, limit=1_000)
        runs = list(page.runs)
        while page.next_after is not None:
            page = paying.list_runs(database, after=page.next_after, limit=1_000)
            runs += page.runs
        waiting = answering.waiting_to_be_paid_again(database)
    if not runs:
        say("payouts.none")
        return
    _show_runs(runs)
    if waiting:
        say("payouts.waiting", count=len(waiting))


@app.command("show", help=word("payouts.show.help"))
def show_run(run: Run) -> None:
    """Show whom a run pays, and what became of each payment."""
    from ledger.services import approving

    with open_book() as database:
        found, payments = approving.look_at_run(database, run_reference=run)
    _show_runs([found])
    _show_people(found)
    _show_payments(found, payments)


@app.command("approve", help=word("payouts.approve.help"))
def approve(
    run: Run,
    by: Person,
    note: Annotated[str, typer.Option(help=word("payouts.note.help"))] = "",
) -> None:
    """Approve a run that somebody else planned."""
    from ledger.services import approving

    with open_book() as database:
        approving.approve_run(
            database, run_reference=run, approved_by=by, approved_at=system_clock(), note=note
        )
    say("payouts.approved", run=run)


@app.command("cancel", help=word("payouts.cancel.help"))
def cancel(
    run: Run,
    by: Person,
    reason: Annotated[str, typer.Option(help=word("payouts.reason.help"))],
) -> None:
    """Stop a run that was not released."""
    from ledger.services import approving

    with open_book() as database:
        approving.cancel_run(
            database,
            run_reference=run,
            cancelled_by=by,
            cancelled_at=system_clock(),
            reason=reason,
        )
    say("payouts.cancelled", run=run)


@app.command("confirm", help=word("payouts.confirm.help"))
def confirm(
    run: Run,
    by: Person,
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("payouts.confirmed_on.help"))],
    payee: Annotated[list[str] | None, typer.Option(help=word("payouts.payee.help"))] = None,
    bank_reference: _Reference = "",
) -> None:
    """Record that the bank made payments of a run."""
    from ledger.services import answering

    confirmed_on = terminal.day(on)
    with open_book() as database:
        found = answering.confirm_payments(
            database,
            run_reference=run,
            payees_paid=payee or None,
            confirmed_on=confirmed_on,
            bank_reference=bank_reference,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("payouts.confirmed", run=run, confirmed=found.confirmed_count, count=found.payout_count)


@app.command("return", help=word("payouts.return.help"))
def give_back(
    run: Run,
    payee: Annotated[str, typer.Argument(help=word("payouts.return_payee.help"))],
    by: Person,
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("payouts.returned_on.help"))],
    reason: Annotated[str, typer.Option(help=word("payouts.reason.help"))],
    bank_reference: _Reference = "",
) -> None:
    """Record that the bank gave a payment back."""
    from ledger.services import answering, approving

    returned_on = terminal.day(on)
    with open_book() as database:
        run_after = answering.record_return(
            database,
            run_reference=run,
            payee=payee,
            returned_on=returned_on,
            reason=reason,
            bank_reference=bank_reference,
            recorded_by=by,
            recorded_at=system_clock(),
        )
        _, payments = approving.look_at_run(database, run_reference=run)
    amount = next(each.payout_minor for each in payments if each.payee == payee)
    say("payouts.returned", payee=payee, amount=_money(amount, run_after.currency))


@app.command("again", help=word("payouts.again.help"))
def plan_again(
    by: Person,
    pay_on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("pay_on.help"))],
    payee: Annotated[list[str] | None, typer.Option(help=word("payouts.again_payee.help"))] = None,
) -> None:
    """Plan a run that pays what was returned or cancelled."""
    from api.banking import bank_names, is_open_for_banking
    from api.transfers import can_be_written
    from ledger.services import answering

    day = terminal.day(pay_on)
    with open_book() as database:
        run = answering.plan_again(
            database,
            payees_paid=payee or None,
            pay_on=day,
            planned_by=by,
            planned_at=system_clock(),
            bank_names=bank_names(),
            is_banking_day=is_open_for_banking,
            can_be_written=can_be_written,
        )
    total = _money(run.payout_minor, run.currency)
    say("payouts.planned_again", run=run.reference, total=total, day=day)


@app.command("hold", help=word("payouts.hold.help"))
def hold(
    payee: Annotated[str, typer.Argument(help=word("payouts.held_payee.help"))],
    by: Person,
    reason: Annotated[str, typer.Option(help=word("payouts.reason.help"))],
) -> None:
    """Hold a payee back from payout runs."""
    from ledger.services import holding

    with open_book() as database:
        holding.hold_payee(database, payee=payee, reason=reason, held_by=by, held_at=system_clock())
    say("payouts.held", payee=payee)


@app.command("let-go", help=word("payouts.let_go.help"))
def let_go(
    payee: Annotated[str, typer.Argument(help=word("payouts.held_payee.help"))],
    by: Person,
    reason: Annotated[str, typer.Option(help=word("payouts.reason.help"))],
) -> None:
    """Let a payee be paid again that was held back."""
    from ledger.services import holding

    with open_book() as database:
        holding.let_go(database, payee=payee, reason=reason, ended_by=by, ended_at=system_clock())
    say("payouts.let_go", payee=payee)


@app.command("holds", help=word("payouts.holds.help"))
def list_holds() -> None:
    """List who is held back, since when and why."""
    from ledger.core.period import tokyo_day
    from ledger.services import holding

    with open_book() as database:
        found = holding.list_holds(database)
    if not found:
        say("payouts.nobody_held")
    for each in found:
        say(
            "payouts.hold_line",
            payee=each.payee,
            day=tokyo_day(each.held_at),
            by=each.held_by,
            reason=each.reason,
        )


def _show_runs(runs: "Sequence[PayoutRun]") -> None:
    table = _table(("run", "pay_on", "state"), ("count", "total"), ())
    for run in runs:
        table.add_row(
            run.reference,
            run.pay_on.isoformat(),
            _state(run),
            str(run.payout_count),
            _money(run.payout_minor, run.currency),
        )
    _print(table)


def _show_people(run: "PayoutRun") -> None:
    """Say who did what with a run, and when, by the clock in Tokyo."""
    from ledger.core.period import TOKYO

    steps = (
        ("planned", run.planned_by, run.planned_at),
        ("approved", run.approved_by, run.approved_at),
        ("cancelled", run.cancelled_by, run.cancelled_at),
        ("released", run.released_by, run.released_at),
    )
    for step, by, at in steps:
        if by is not None and at is not None:
            say(f"payouts.by.{step}", by=by, at=f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}")
    if run.cancelled_because:
        say("payouts.because", reason=run.cancelled_because)


def _state(run: "PayoutRun") -> str:
    """Say how far a run has come, and how many payments came back."""
    state = message(language(), f"payout_run.state.{run.state}")
    if not run.returned_count:
        return state
    return f"{state}; {word('payouts.some_returned', count=run.returned_count)}"


def _show_payments(run: "PayoutRun", payments: "Sequence[Payment]") -> None:
    table = _table(("payee",), ("total", "withheld"), ("outcome",))
    for payment in payments:
        name = payment.name_ja if language() == "ja" else payment.name_en or payment.name_ja
        state = message(
            language(), f"payment.state.{payment.state_in(run)}", run=payment.paid_again_by
        )
        if payment.return_reason:
            state = f"{state} ({payment.return_reason})"
        table.add_row(
            _plain(f"{name} ({payment.payee})"),
            _money(payment.payout_minor, run.currency),
            _money(payment.withholding_minor, run.currency),
            _plain(state),
        )
    _print(table)


def _table(texts: Sequence[str], figures: Sequence[str], more: Sequence[str]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in texts:
        table.add_column(word(f"payouts.column.{name}"), no_wrap=name in _WHOLE)
    for name in figures:
        table.add_column(word(f"payouts.column.{name}"), justify="right", no_wrap=True)
    for name in more:
        table.add_column(word(f"payouts.column.{name}"), overflow="fold")
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    Console(highlight=False).print(table)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
