"""``genbo dispute``: what payees say to the lines of their statements, and what is decided."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.clock import system_clock
from api.terminal import open_book, word

if TYPE_CHECKING:
    from ledger.store.disputes import Answer

#: Answers read at once.
_PAGE = 200

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Named = Annotated[str, typer.Argument(help=word("dispute.statement.help"), metavar="STATEMENT")]
Line = Annotated[str, typer.Argument(help=word("dispute.line.help"))]
Reason = Annotated[str, typer.Option(help=word("dispute.reason.help"))]

app = typer.Typer(no_args_is_help=True)


@app.command("open", help=word("dispute.open.help"))
def open_dispute(statement: Named, line: Line, by: Person, reason: Reason) -> None:
    """Enter that a payee disputes a line."""
    _answer(statement, line, "disputed", reason, by)


@app.command("accept", help=word("dispute.accept.help"))
def accept(
    statement: Named,
    line: Line,
    by: Person,
    reason: Annotated[str, typer.Option(help=word("dispute.reason.help"))] = "",
) -> None:
    """Enter that a payee accepts a line."""
    _answer(statement, line, "accepted", reason, by)


@app.command("withdraw", help=word("dispute.withdraw.help"))
def withdraw(statement: Named, line: Line, by: Person, reason: Reason) -> None:
    """Enter that a payee disputes a line no more."""
    _answer(statement, line, "withdrawn", reason, by)


@app.command("uphold", help=word("dispute.uphold.help"))
def uphold(statement: Named, line: Line, by: Person, reason: Reason) -> None:
    """Decide that the payee is right."""
    _decide(statement, line, "upheld", reason, by)


@app.command("reject", help=word("dispute.reject.help"))
def reject(statement: Named, line: Line, by: Person, reason: Reason) -> None:
    """Decide that the line stands."""
    _decide(statement, line, "rejected", reason, by)


@app.command("list", help=word("dispute.list.help"))
def list_all(
    all_lines: Annotated[bool, typer.Option("--all", help=word("dispute.all.help"))] = False,
) -> None:
    """List the lines that are in dispute, one each, or all that something was said to."""
    from ledger.services import disputing

    with open_book() as database:
        after: int | None = 0
        while after is not None:
            page = disputing.list_answers(
                database, payee_id=None, only_open=not all_lines, after=after, limit=_PAGE
            )
            for each in page.answers:
                _tell(each)
            after = page.next_after


def _answer(statement: str, line: str, state: str, reason: str, by: str) -> None:
    from ledger.services import disputing

    with open_book() as database:
        said = disputing.answer(
            database,
            statement=statement,
            line=line,
            state=state,
            reason=reason,
            payee_id=None,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    _tell(said)


def _decide(statement: str, line: str, state: str, reason: str, by: str) -> None:
    from ledger.services import disputing

    with open_book() as database:
        said = disputing.decide(
            database,
            statement=statement,
            line=line,
            state=state,
            reason=reason,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    _tell(said)


def _tell(said: "Answer") -> None:
    told = (said.statement, said.line, said.payee, said.state, said.recorded_by, said.reason)
    typer.echo("  ".join(filter(None, told)))
