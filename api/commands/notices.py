"""``genbo notice``: payees are told what was paid, and confirm it, by command."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Person
from api.terminal import language, open_book, say, word
from locales import formats
from locales.catalogues import LANGUAGES, message

if TYPE_CHECKING:
    from ledger.store.notices import NoticeInBook

app = typer.Typer(no_args_is_help=True)

#: Notices read at once.
_PAGE = 200

Number = Annotated[str, typer.Argument(help=word("noticing.number.help"), metavar="NOTICE")]
Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")]


@app.command("issue", help=word("noticing.issue.help"))
def issue(
    run: Annotated[str, typer.Argument(help=word("noticing.run.help"))],
    by: Person,
    issued_on: Day = None,
) -> None:
    """Issue a notice for each payment of a released run that has none."""
    from api.archive import check_printable
    from ledger.core.period import tokyo_day
    from ledger.services import noticing

    check_printable()
    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    with open_book() as database:
        made = noticing.issue_notices(
            database, run_reference=run, issued_by=by, issued_at=system_clock(), issued_on=on
        )
    for each in made:
        money = _money(each.payout_minor, each.currency)
        typer.echo(f"{each.number}  {each.payee.reference}  {money}")
    say("noticing.issued", count=len(made), run=run)


@app.command("list", help=word("noticing.list.help"))
def list_all(
    state: Annotated[str | None, typer.Option(help=word("noticing.state.help"))] = None,
) -> None:
    """List notices with where they stand."""
    from ledger.services import confirming

    with open_book() as database:
        after: int | None = 0
        while after is not None:
            page = confirming.list_notices(
                database, payee_id=None, state=state, after=after, limit=_PAGE
            )
            for each in page.notices:
                _tell(each)
            after = page.next_after


@app.command("confirm", help=word("noticing.confirm.help"))
def confirm(
    notice: Number,
    by: Person,
    reason: Annotated[str, typer.Option(help=word("noticing.reason.help"))] = "",
) -> None:
    """Enter that a payee replied that a notice is right."""
    _answer(notice, "confirmed", reason, by)


@app.command("dispute", help=word("noticing.dispute.help"))
def dispute(
    notice: Number,
    by: Person,
    reason: Annotated[str, typer.Option(help=word("noticing.reason.help"))],
) -> None:
    """Enter that a payee replied what is wrong with a notice."""
    _answer(notice, "disputed", reason, by)


@app.command("confirm-silent", help=word("noticing.silent.help"))
def confirm_silent(by: Person, on: Day = None) -> None:
    """Write that notices are confirmed whose agreed days passed without a word."""
    from ledger.core.period import tokyo_day
    from ledger.services import confirming

    day = terminal.day(on) if on else tokyo_day(system_clock())
    with open_book() as database:
        made = confirming.confirm_silent(
            database, on=day, clause_of=clause, recorded_by=by, recorded_at=system_clock()
        )
    for each in made:
        typer.echo(f"{each.number}  {each.payee}")
    say("noticing.silent", count=len(made))


@app.command("correct", help=word("noticing.correct.help"))
def correct(
    notice: Number,
    by: Person,
    because: Annotated[str, typer.Option(help=word("noticing.because.help"))],
    issued_on: Day = None,
) -> None:
    """Issue a notice of the same payment in the place of another."""
    from api.archive import check_printable
    from ledger.core.period import tokyo_day
    from ledger.services import noticing

    check_printable()
    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    with open_book() as database:
        made = noticing.correct_notice(
            database,
            notice=notice,
            reason=because,
            corrected_by=by,
            corrected_at=system_clock(),
            issued_on=on,
        )
    say("noticing.corrected", number=made.number, before=notice)


def clause(days: int) -> str:
    """Return the agreed words for a number of days, as the notices print them."""
    return " / ".join(message(each, "notice.clause", days=days) for each in LANGUAGES)


def _answer(notice: str, state: str, reason: str, by: str) -> None:
    from ledger.services import confirming

    with open_book() as database:
        said = confirming.answer(
            database,
            notice=notice,
            state=state,
            reason=reason,
            payee_id=None,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    _tell(said)


def _tell(each: "NoticeInBook") -> None:
    state = word(f"noticing.state.{each.state}")
    mode = word(f"noticing.mode.{each.mode}") if each.mode else ""
    money = _money(each.payout_minor, each.currency)
    told = (each.number, each.payee, money, state, mode, each.recorded_by, each.reason)
    typer.echo("  ".join(filter(None, told)))


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
