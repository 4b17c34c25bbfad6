"""``genbo exchange``: what the house's bank exchanged into yen, and what there is to exchange."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import language, open_book, say, word
from locales import formats

app = typer.Typer(no_args_is_help=True)


@app.command("record", help=word("exchange.record.help"))
def record(
    currency: Annotated[str, typer.Option(help=word("rates.currency.help"))],
    amount: Annotated[str, typer.Option(help=word("amount.help"))],
    yen: Annotated[str, typer.Option(help=word("exchange.yen.help"))],
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("exchange.on.help"))],
    bank_reference: Annotated[str, typer.Option(help=word("exchange.bank_reference.help"))],
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
) -> None:
    """Write down what the bank exchanged, once for each of its references."""
    from ledger.core.position import BankExchange
    from ledger.services import converting

    exchange = BankExchange(
        currency=currency,
        sold_minor=terminal.amount(amount),
        yen=terminal.amount(yen),
        exchanged_on=terminal.day(on),
        bank_reference=bank_reference,
    )
    with open_book() as database:
        done = converting.record_exchange(
            database, exchange=exchange, recorded_by=by, recorded_at=system_clock()
        )
    if not done.is_new:
        say("exchange.known", reference=bank_reference)
    elif done.gain_yen < 0:
        say("exchange.loss", yen=_money(-done.gain_yen, "JPY"))
    else:
        say("exchange.gain", yen=_money(done.gain_yen, "JPY"))
    _say_position(currency, done.position.foreign_minor, done.position.cost_yen)


@app.command("positions", help=word("exchange.positions.help"))
def positions() -> None:
    """Show by currency what there is to exchange, and what it cost in yen."""
    from ledger.services import converting

    with open_book() as database:
        held = converting.list_positions(database)
    for currency, position in held.items():
        _say_position(currency, position.foreign_minor, position.cost_yen)


def _say_position(currency: str, foreign_minor: int, cost_yen: int) -> None:
    say(
        "exchange.position",
        amount=_money(foreign_minor, currency),
        cost=_money(cost_yen, "JPY"),
    )


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
