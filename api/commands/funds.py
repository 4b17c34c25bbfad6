"""``genbo funds``: the house's own money, put into the bank account, taken out, and shown."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.core.own_funds import OwnFunds

app = typer.Typer(no_args_is_help=True)

Amount = Annotated[str, typer.Option(help=word("funds.amount.help"))]
On = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("funds.on.help"))]
BankReference = Annotated[str, typer.Option(help=word("funds.bank_reference.help"))]
Reason = Annotated[str, typer.Option(help=word("funds.reason.help"))]
By = Annotated[str, typer.Option("--by", help=word("by.help"))]
Currency = Annotated[str, typer.Option()]


@app.command("put", help=word("funds.put.help"))
def put(
    amount: Amount,
    on: On,
    bank_reference: BankReference,
    reason: Reason,
    by: By,
    currency: Currency = "JPY",
) -> None:
    """Write that the house put its own money into the bank account."""
    _move("put", amount, on, bank_reference, reason, by, currency)


@app.command("take", help=word("funds.take.help"))
def take(
    amount: Amount,
    on: On,
    bank_reference: BankReference,
    reason: Reason,
    by: By,
    currency: Currency = "JPY",
) -> None:
    """Write that the house took its own money out of the bank account."""
    _move("take", amount, on, bank_reference, reason, by, currency)


@app.command("show", help=word("funds.show.help"))
def show(currency: Currency = "JPY") -> None:
    """Show how the house's own money stands, and its moves, the newest first."""
    from ledger.services import funding

    with open_book() as database:
        shown = funding.show_own_funds(database, currency=currency)
    _say_standing(shown.funds)
    for each in shown.moves:
        parts = (
            each.moved_on.isoformat(),
            word(f"funds.kind.{each.kind}"),
            f"{each.amount_minor:,} {each.currency}",
            each.bank_reference,
            each.recorded_by,
            each.reason,
        )
        typer.echo("  ".join(parts))


def _move(
    kind: str, amount: str, on: str, bank_reference: str, reason: str, by: str, currency: str
) -> None:
    from ledger.core.own_funds import MoveKind
    from ledger.services import funding

    with open_book() as database:
        funds = funding.move_own_funds(
            database,
            kind=MoveKind(kind),
            currency=currency,
            amount_minor=terminal.amount(amount),
            moved_on=terminal.day(on),
            bank_reference=bank_reference,
            reason=reason,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    _say_standing(funds)


def _say_standing(funds: "OwnFunds") -> None:
    say(
        "funds.standing",
        own=f"{funds.own_minor:,} {funds.currency}",
        advanced=f"{funds.advanced_minor:,} {funds.currency}",
        free=f"{max(0, funds.free_minor):,} {funds.currency}",
    )
