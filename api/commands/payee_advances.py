"""``genbo payee-advance``: what payees are paid ahead, and what of it is left to set off."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.store.payee_advances import PayeeAdvanceInBook

#: Advances read at once.
_PAGE = 200

Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Named = Annotated[str, typer.Argument(help=word("payee_advance.named.help"), metavar="ADVANCE")]

app = typer.Typer(no_args_is_help=True)


@app.command("add", help=word("payee_advance.add.help"))
def add(
    advance: Named,
    payee: Annotated[str, typer.Option(help=word("payee_advance.payee.help"))],
    amount: Annotated[str, typer.Option(help=word("payee_advance.amount.help"))],
    pay_from: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help=word("payee_advance.pay_from.help"))
    ],
    by: Person,
    reason: Annotated[str, typer.Option(help=word("payee_advance.reason.help"))] = "",
) -> None:
    """Enter an advance that was agreed with a payee."""
    from ledger.core.payee_advance import NewPayeeAdvance
    from ledger.services import advancing

    new = NewPayeeAdvance(
        reference=advance,
        payee=payee,
        amount_minor=terminal.amount(amount),
        pay_from=terminal.day(pay_from),
        reason=reason,
    )
    with open_book() as database:
        advancing.enter_advances(
            database, advances=[new], recorded_by=by, recorded_at=system_clock()
        )
    say("payee_advance.added", advance=advance, payee=payee)


@app.command("withdraw", help=word("payee_advance.withdraw.help"))
def withdraw(
    advance: Named,
    by: Person,
    reason: Annotated[str, typer.Option(help=word("payee_advance.why.help"))],
) -> None:
    """Withdraw an advance that was not paid yet."""
    from ledger.services import advancing

    with open_book() as database:
        advancing.withdraw_advance(
            database,
            reference=advance,
            reason=reason,
            withdrawn_by=by,
            withdrawn_at=system_clock(),
        )
    say("payee_advance.withdrawn", advance=advance)


@app.command("list", help=word("payee_advance.list.help"))
def list_all() -> None:
    """List every advance with its balance, one line each."""
    from ledger.services import advancing

    with open_book() as database:
        after: int | None = 0
        while after is not None:
            page = advancing.list_advances(database, payee_id=None, after=after, limit=_PAGE)
            for each in page.advances:
                typer.echo(_line(each))
            after = page.next_after


def _line(advance: "PayeeAdvanceInBook") -> str:
    told = (
        advance.reference,
        advance.payee,
        f"{advance.amount_minor:,}",
        _state(advance),
        word("payee_advance.left", left=f"{advance.left_minor:,}") if advance.paid_in else "",
        advance.reason,
    )
    return "  ".join(filter(None, told))


def _state(advance: "PayeeAdvanceInBook") -> str:
    if advance.withdrawn_at is not None:
        return word("payee_advance.is_withdrawn", reason=advance.withdrawn_why)
    if advance.paid_in is None:
        return word("payee_advance.waits", day=advance.pay_from)
    return word("payee_advance.paid", month=f"{advance.paid_in:%Y-%m}")
