"""``genbo preview`` and ``genbo close``: a month is looked at, and closed up to its statements."""

import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Month, Person
from api.settings import read_settings
from api.terminal import language, open_book, say, word
from ledger.core.month_run import MonthOrder, Progress, Step, StepState
from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    from api.month_runs import Desk
    from ledger.core.month_preview import MonthPreview
    from ledger.store.database import Database

_Everything = Annotated[bool, typer.Option("--all", help=word("preview.all.help"))]


class NotConfirmed(Refusal):
    """Nobody is there to be asked, and the command does not say that it need not ask."""

    code = "not_confirmed"


def preview(
    month: Month,
    everything: _Everything = False,
    recount: Annotated[bool, typer.Option("--recount", help=word("recount.help"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=word("preview.json.help"))] = False,
) -> None:
    """Show what closing the month would charge, beside last month, and what stands in the way."""
    from ledger.services import licensing

    asked = terminal.month(month)
    with open_book() as database:
        found = _desk(database).preview(asked, is_recounting=recount)
        left = licensing.left_to_recoup(database)
    if as_json:
        from api.month_answers import show_preview as answered

        typer.echo(answered(found, language=language()).model_dump_json(indent=2))
        return
    _show(found, everything=everything)
    for each in left:
        say(
            "preview.left_to_recoup",
            named=f"{each.license} {each.recoup_group} {each.reference}",
            left=_money(each.left_minor, each.currency),
            amount=_money(each.amount_minor, each.currency),
        )


def close(
    month: Month,
    by: Person,
    yes: Annotated[bool, typer.Option("--yes", help=word("yes.help"))] = False,
    accept_differences: Annotated[
        str | None, typer.Option(metavar="REASON", help=word("accept_differences.help"))
    ] = None,
    through: Annotated[Step, typer.Option(help=word("through.help"))] = Step.SETTLE,
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    due_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
    pay_on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("pay_on.help"))
    ] = None,
) -> None:
    """Close the month and do all that follows up to the statements; carry on what was stopped."""
    from api.banking import due_day
    from api.month_runs import refuse_blocked
    from ledger.core.period import tokyo_day
    from ledger.services import conducting

    order = MonthOrder(
        month=terminal.month(month),
        through=through,
        asked_by=by,
        accept_differences=accept_differences,
        pay_on=_day(pay_on),
    )
    conducting.check_order(order)
    issued, due = _day(issued_on), _day(due_on)
    due_day(due, issued_on=issued or tokyo_day(system_clock()))
    with open_book() as database:
        desk = _desk(database, issued_on=issued, due_on=due)
        found = desk.preview(order.month)
        refuse_blocked(found, order)
        _show(found, everything=False)
        _confirm(order, is_sure=yes)
        desk.carry_out(desk.ask(order))
        _tell(desk, found, order)


def _desk(
    database: "Database", *, issued_on: date | None = None, due_on: date | None = None
) -> "Desk":
    from api.month_runs import Desk, House

    house = House(
        requires_declarations=read_settings().require_declarations,
        issued_on=issued_on,
        due_on=due_on,
    )
    return Desk(database=database, clock=system_clock, house=house, hear=_hear)


def _show(found: "MonthPreview", *, everything: bool) -> None:
    from api.month_tables import show_preview

    show_preview(found, everything=everything)


def _confirm(order: MonthOrder, *, is_sure: bool) -> None:
    """
    Ask whether to go on, and end the command when not.

    :raises NotConfirmed: nobody is there to answer.
    """
    if is_sure:
        return
    if not _is_watched():
        raise NotConfirmed(month=order.month)
    typer.confirm(word(f"close.confirm.{order.through}", month=order.month), abort=True)


def _is_watched() -> bool:
    return sys.stdin.isatty()


def _hear(progress: Progress) -> None:
    if progress.state is StepState.DONE:
        say("close.step", step=word(f"step.{progress.step}"))


def _tell(desk: "Desk", found: "MonthPreview", order: MonthOrder) -> None:
    """Say what the month came to."""
    from api.month_tables import sums
    from ledger.core.completeness import State
    from ledger.services import conducting

    state = conducting.month_state(desk.database, book_id=desk.book_id, month=order.month)
    for of_state, told in ((State.UNDECLARED, "undeclared"), (State.DIFFERS, "accepted")):
        firms = [report.licensee for report in found.unsettled if report.state is of_state]
        if firms:
            say(f"close.{told}", licensees=", ".join(firms))
    if state.closed_at is not None:
        say(
            "close.told",
            month=order.month,
            generations=state.generation_count,
            count=state.line_count,
            total=sums((each.currency, each.amount_minor) for each in state.royalties),
        )
    if order.through in (Step.BILL, Step.SETTLE):
        total = sums((each.currency, each.amount_minor) for each in state.invoiced)
        say("close.invoiced", count=state.invoice_count, total=total)
    if order.through is Step.SETTLE and state.settled_at is not None:
        say("close.stated", count=state.statement_count)
        if state.payout_run:
            say("close.planned", run=state.payout_run, total=sums([("JPY", state.payout_minor)]))


def _day(text: str | None) -> date | None:
    return terminal.day(text) if text else None


def _money(amount_minor: int, currency: str) -> str:
    from locales import formats

    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
