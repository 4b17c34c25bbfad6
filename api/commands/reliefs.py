"""``genbo party relief``: the form by which a tax treaty lowers what is withheld."""

from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Person
from api.terminal import language, open_book, say, word
from locales import formats


def relief(
    reference: Annotated[str, typer.Argument(help=word("relief.reference.help"))],
    by: Person,
    because: Annotated[str, typer.Option(help=word("relief.because.help"))],
    *,
    rate_bp: Annotated[str, typer.Option(help=word("relief.rate.help"))],
    filed_on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("relief.filed.help"))],
    valid_from: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("relief.from.help"))
    ] = None,
    valid_until: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("relief.until.help"))
    ] = None,
) -> None:
    """Enter the form that a payee abroad filed, and the rate that its treaty allows."""
    from ledger.core.treaty_relief import NewTreatyRelief
    from ledger.services import relieving

    new = NewTreatyRelief(
        rate_bp=terminal.amount(rate_bp),
        form_filed_on=terminal.day(filed_on),
        valid_from=terminal.day(valid_from) if valid_from else None,
        valid_until=terminal.day(valid_until) if valid_until else None,
    )
    with open_book() as database:
        other = relieving.enter_relief(
            database,
            party=reference,
            relief=new,
            reason=because,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("relief.entered", party=reference, rate=_percent(new.rate_bp), day=new.begins_on)
    if other is not None:
        say("relief.table", country=other.country, rate=_percent(other.rate_bp), note=other.note)


def reliefs(
    payee: Annotated[str | None, typer.Argument(help=word("relief.reference.help"))] = None,
) -> None:
    """List which treaties relieve payees abroad, of each from the first on."""
    from ledger.services import relieving

    with open_book() as database:
        found = relieving.list_reliefs(database, payee=payee)
    if not found:
        say("relief.none")
    for each in found:
        say(
            "relief.line",
            party=each.payee,
            rate=_percent(each.rate_bp),
            filed=each.form_filed_on or word("relief.no_form"),
            first=each.valid_from or word("relief.from_the_start"),
            last=each.valid_until or word("relief.no_end"),
            by=each.recorded_by,
            reason=each.reason,
        )


def _percent(rate_bp: int) -> str:
    return formats.percent_from_bp(language=language(), rate_bp=rate_bp)
