"""``genbo reissue``: an invoice that names somebody or something wrongly, issued again."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Person
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.core.invoice_correction import LineTitle


def reissue(
    invoice: Annotated[str, typer.Argument(help=word("reissue.invoice.help"))],
    by: Person,
    because: Annotated[str, typer.Option(help=word("reissue.because.help"))],
    title_ja: Annotated[list[str] | None, typer.Option(help=word("reissue.title_ja.help"))] = None,
    title_en: Annotated[list[str] | None, typer.Option(help=word("reissue.title_en.help"))] = None,
    issued_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")] = None,
) -> None:
    """Issue a corrected invoice in the place of another."""
    from api.archive import check_printable
    from ledger.core.period import tokyo_day
    from ledger.services import reissuing

    titles = _titles(title_ja or [], title_en or [])
    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    check_printable()
    with open_book() as database:
        issued = reissuing.reissue_invoice(
            database,
            invoice=invoice,
            reason=because,
            corrected_by=by,
            corrected_at=system_clock(),
            issued_on=on,
            titles=titles,
        )
    say("reissue.told", invoice=issued.number, before=invoice)


def _titles(japanese: list[str], english: list[str]) -> "dict[int, LineTitle]":
    from ledger.core.invoice_correction import LineTitle

    ja, en = dict(map(_title, japanese)), dict(map(_title, english))
    return {
        number: LineTitle(title_ja=ja.get(number), title_en=en.get(number))
        for number in sorted(ja.keys() | en.keys())
    }


def _title(given: str) -> tuple[int, str]:
    number, _, title = given.partition("=")
    if not (number.isascii() and number.isdecimal() and title.strip()):
        raise typer.BadParameter(word("reissue.not_a_title"))
    return int(number), title.strip()
