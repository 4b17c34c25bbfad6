"""``genbo revise``, ``genbo statements``, ``genbo party``: what was stated is put right."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Person
from api.terminal import language, open_book, say, word
from locales import formats

if TYPE_CHECKING:
    from ledger.core.statement import Difference, Statement
    from ledger.services.revising import Move

app = typer.Typer(no_args_is_help=True)

_Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")]
#: How many statements are listed.
_LISTED_MAX = 1_000


def revise(
    statement: Annotated[str, typer.Argument(help=word("revise.statement.help"))],
    by: Person,
    because: Annotated[str, typer.Option(help=word("revise.because.help"))],
    move: Annotated[str | None, typer.Option(help=word("revise.move.help"))] = None,
    tax: Annotated[str, typer.Option(help=word("revise.tax.help"))] = "0",
    to: Annotated[str | None, typer.Option(help=word("revise.to.help"))] = None,
    category: Annotated[str | None, typer.Option(help=word("revise.category.help"))] = None,
    source: Annotated[str | None, typer.Option(help=word("revise.source.help"))] = None,
    issued_on: _Day = None,
    as_json: Annotated[bool, typer.Option("--json", help=word("revise.json.help"))] = False,
) -> None:
    """Issue a revision in the place of a statement, and of whose money it moves."""
    from ledger.core.period import tokyo_day
    from ledger.core.snapshot import to_json
    from ledger.services import revising

    moving = _moving(move, tax, to, category, source)
    on = terminal.day(issued_on) if issued_on else tokyo_day(system_clock())
    with open_book() as database:
        made = revising.revise_statement(
            database,
            statement=statement,
            reason=because,
            revised_by=by,
            revised_at=system_clock(),
            issued_on=on,
            moving=moving,
        )
    if as_json:
        typer.echo(to_json(made))
        return
    for each in made:
        for line in _told(each):
            typer.echo(line)


def statements(
    payee: Annotated[str | None, typer.Argument(help=word("statements.payee.help"))] = None,
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help=word("statements.month.help"))
    ] = None,
) -> None:
    """List statements, of each the newest first and then its history."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ledger.services import revising

    asked = terminal.month(month).first_day if month else None
    with open_book() as database:
        found = revising.list_statements(database, payee=payee, month=asked, limit=_LISTED_MAX)
    if not found:
        say("statements.none")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("number", "payee", "month", "issued_on"):
        table.add_column(word(f"statements.column.{name}"), no_wrap=True)
    for name in ("earned", "payout"):
        table.add_column(word(f"statements.column.{name}"), justify="right", no_wrap=True)
    for name in ("state", "reason"):
        table.add_column(word(f"statements.column.{name}"), overflow="fold")
    for each in found:
        is_newest = each.revised_by_number is None
        state = (
            word("statements.newest")
            if is_newest
            else word("statements.replaced", number=each.revised_by_number)
        )
        table.add_row(
            each.number,
            escape(each.payee),
            f"{each.closing_month:%Y-%m}",
            each.issued_on.isoformat(),
            *(_money(amount, each.currency) for amount in (each.earned_minor, each.payout_minor)),
            state,
            escape(each.reason or ""),
            style=None if is_newest else "dim",
        )
    Console(highlight=False).print(table)


@app.command("correct", help=word("mend.correct.help"))
def correct(
    reference: Annotated[str, typer.Argument(help=word("mend.reference.help"))],
    by: Person,
    because: Annotated[str, typer.Option(help=word("mend.because.help"))],
    name_ja: str | None = None,
    name_en: str | None = None,
    name_kana: str | None = None,
    postal_code: str | None = None,
    address_ja: str | None = None,
    address_en: str | None = None,
    number: Annotated[str | None, typer.Option(help=word("mend.number.help"))] = None,
    registered_from: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("mend.registered_from.help"))
    ] = None,
    withholding_base: Annotated[
        str | None, typer.Option(help=word("mend.withholding_base.help"))
    ] = None,
    withholding_from: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help=word("mend.withholding_from.help"))
    ] = None,
) -> None:
    """Put right what is printed of a party, from the next document on."""
    from ledger.services import mending

    change = mending.PartyChange(
        name_ja=name_ja,
        name_en=name_en,
        name_kana=name_kana,
        postal_code=postal_code,
        address_ja=address_ja,
        address_en=address_en,
        registration_number=number,
        registered_from=terminal.day(registered_from) if registered_from else None,
        withholding_base=withholding_base,
        withholding_from=terminal.day(withholding_from) if withholding_from else None,
    )
    with open_book() as database:
        mending.correct_party(
            database,
            party=reference,
            change=change,
            reason=because,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("mend.corrected", party=reference)


def _moving(
    amount: str | None, tax: str, to: str | None, category: str | None, source: str | None
) -> "Move | None":
    from ledger.services.revising import Move

    if amount is None and to is None:
        return None
    return Move(
        to=to or "",
        amount_minor=terminal.amount(amount or "0"),
        tax_minor=terminal.amount(tax),
        category=category,
        source=source,
    )


def _told(revision: "Statement") -> Iterator[str]:
    """Say what was issued, and line by line how it differs."""
    revised = revision.revises
    assert revised is not None
    yield word("revise.told", number=revision.number, before=revised.number)
    for each in revised.differences:
        yield "  " + word("revise.line", **_named(each, revision.currency))
    if revised.moved_now_minor or revised.moved_now_tax_minor:
        yield "  " + word(
            "revise.next",
            amount=_money(revised.moved_now_minor, revision.currency),
            tax=_money(revised.moved_now_tax_minor, revision.currency),
        )


def _named(each: "Difference", currency: str) -> dict[str, str]:
    from locales.catalogues import message

    field = message(language(), f"revision.field.{each.field}")
    if each.before_minor is None or each.after_minor is None:
        part = message(language(), f"revision.part.{each.part}")
        nothing = message(language(), "revision.nothing")
        before, after = each.before or nothing, each.after or nothing
    else:
        part = each.source_ja if language() == "ja" else each.source_en or each.source_ja
        part = f"{part} · {_category(each.category)}"
        before, after = (_money(each.before_minor, currency), _money(each.after_minor, currency))
    return {"part": part, "field": field, "before": before, "after": after}


def _category(category: str) -> str:
    """Name a category; what a contract calls by a name of its own keeps it."""
    from locales.catalogues import keys, message

    key = f"category.{category}"
    return message(language(), key) if key in keys(language()) else category


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
