"""``genbo withholding``: what was withheld, by when it is due, and that it was remitted."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.month import Month, Person
from api.terminal import language, open_book, say, word
from ledger.core.fields import check_whole, check_word
from ledger.core.tax_tables import WithholdingScope
from locales import formats
from locales.catalogues import message

if TYPE_CHECKING:
    from rich.table import Table

    from ledger.core.withholding import AnnualTotal, Slip, Withheld

app = typer.Typer(no_args_is_help=True)

_File = Annotated[Path | None, typer.Option("--csv", help=word("withholding.csv.help"))]

_REPORTED = {True: "yes", False: "no", None: "unknown"}


@app.command("list", help=word("withholding.list.help"))
def list_rows(
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help=word("withholding.month.help"))
    ] = None,
    payee: Annotated[str | None, typer.Option(help=word("withholding.payee.help"))] = None,
    csv: _File = None,
) -> None:
    """List the payments from which income tax was withheld, with the reason and the rate."""
    from api.banking import is_open_for_banking
    from ledger.services import remitting
    from ledger.store.withholdings import Asked

    asked_month = terminal.month(month) if month else None
    asked = Asked(
        first_day=asked_month.first_day if asked_month else None,
        last_day=asked_month.last_day if asked_month else None,
        payee=payee,
    )
    with open_book() as database:
        rows = remitting.all_rows(database, asked=asked)
        if csv is not None:
            from invoices.withholding_sheet import register_csv

            slips = remitting.read_slips(database, is_banking_day=is_open_for_banking)
            _write(csv, register_csv(rows, slips=slips))
            return
        _show_rows(tuple(rows))


@app.command("slips", help=word("withholding.slips.help"))
def show_slips() -> None:
    """List the payment slips: month by month what is due by when, and what was remitted."""
    from api.banking import is_open_for_banking
    from ledger.core.period import tokyo_day
    from ledger.services import remitting

    with open_book() as database:
        found = remitting.read_slips(database, is_banking_day=is_open_for_banking)
    _show_slips(found, today=tokyo_day(system_clock()))


@app.command("year", help=word("withholding.year.help"))
def show_year(
    year: Annotated[str, typer.Argument(metavar="YYYY", help=word("withholding.year.year.help"))],
    csv: _File = None,
) -> None:
    """List what each payee was paid in a year and what was withheld."""
    from ledger.services import remitting

    asked = check_whole(terminal.amount(year), field="year", least=1952, most=9998)
    with open_book() as database:
        totals = remitting.year_totals(database, year=asked)
    if csv is not None:
        from invoices.withholding_sheet import annual_csv

        _write(csv, annual_csv(totals))
        return
    _show_year(totals)


@app.command("remit", help=word("withholding.remit.help"))
def remit(
    month: Month,
    amount: Annotated[str, typer.Option(help=word("withholding.amount.help"))],
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=word("withholding.on.help"))],
    by: Person,
    scope: Annotated[str | None, typer.Option(help=word("withholding.scope.help"))] = None,
    reference: Annotated[str, typer.Option(help=word("withholding.reference.help"))] = "",
) -> None:
    """Record that what was withheld in a month was remitted to the tax office."""
    from api.banking import is_open_for_banking
    from ledger.services import remitting

    asked, remitted_on = terminal.month(month), terminal.day(on)
    meant = check_word(scope, of=WithholdingScope, field="scope") if scope else None
    with open_book() as database:
        slip = remitting.remit(
            database,
            month=asked,
            scope=meant,
            amount_minor=terminal.amount(amount),
            remitted_on=remitted_on,
            reference=reference,
            recorded_by=by,
            recorded_at=system_clock(),
            is_banking_day=is_open_for_banking,
        )
    total = slip.total
    say(
        "withholding.remitted",
        month=total.month,
        scope=_word(f"withheld.scope.{total.scope}"),
        amount=_money(slip.remitted[-1].amount_minor, total.currency),
    )
    if slip.is_late:
        say("withholding.was_late", due_on=slip.due_on)


def _write(path: Path, parts: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))
    say("withholding.written", file=path)


def _show_rows(rows: "Sequence[Withheld]") -> None:
    if not rows:
        say("withholding.none")
        return
    table = _table(
        ("paid_on", "payee", "kind", "country"), ("base", "rate", "withheld"), ("reason",)
    )
    for row in rows:
        rates = " / ".join(
            formats.percent_from_bp(language=language(), rate_bp=rate) for rate in row.rates_bp
        )
        reason = _word(f"withheld.reason.{row.reason}")
        if row.profile.treaty_form_filed_on is not None:
            filed_on = row.profile.treaty_form_filed_on.isoformat()
            reason = f"{reason} ({word('withholding.filed_on', on=filed_on)})"
        table.add_row(
            row.paid_on.isoformat(),
            _name(row.payee, row.name_ja, row.name_en),
            _word(f"withheld.kind.{row.profile.kind}"),
            row.profile.residence,
            _money(row.base_minor, row.currency),
            rates,
            _money(row.withheld_minor, row.currency),
            reason,
        )
    _print(table)


def _show_slips(found: "Sequence[Slip]", *, today: date) -> None:
    if not found:
        say("withholding.none")
        return
    table = _table(
        ("month", "scope"), ("count", "withheld", "remitted", "open"), ("due_on", "state")
    )
    for slip in found:
        total = slip.total
        amounts = (total.withheld_minor, slip.remitted_minor, slip.open_minor)
        table.add_row(
            str(total.month),
            _word(f"withheld.scope.{total.scope}"),
            str(total.payment_count),
            *(_money(amount, total.currency) for amount in amounts),
            slip.due_on.isoformat(),
            _state(slip, today),
        )
    _print(table)


def _state(slip: "Slip", today: date) -> str:
    if slip.open_minor:
        return word(f"withholding.state.{'overdue' if slip.is_overdue(today) else 'open'}")
    if slip.excess_minor:
        excess = _money(slip.excess_minor, slip.total.currency)
        return word("withholding.state.excess", amount=excess)
    if not slip.remitted:
        return word("withholding.state.nothing")
    last = slip.remitted[-1]
    state = "late" if slip.is_late else "remitted"
    return word(f"withholding.state.{state}", on=last.remitted_on, by=last.recorded_by)


def _show_year(totals: "Sequence[AnnualTotal]") -> None:
    if not totals:
        say("withholding.none")
        return
    table = _table(
        ("payee", "scope", "country"), ("count", "amount", "tax", "withheld"), ("reported",)
    )
    for total in totals:
        amounts = (total.amount_minor, total.consumption_tax_minor, total.withheld_minor)
        table.add_row(
            _name(total.payee, total.name_ja, total.name_en),
            _word(f"withheld.scope.{total.scope}"),
            total.country,
            str(total.payment_count),
            *(_money(amount, total.currency) for amount in amounts),
            word(f"withholding.reported.{_REPORTED[total.is_reported]}"),
        )
    _print(table)


def _table(texts: Sequence[str], figures: Sequence[str], more: Sequence[str]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in texts:
        table.add_column(word(f"withholding.column.{name}"), overflow="fold")
    for name in figures:
        table.add_column(word(f"withholding.column.{name}"), justify="right", no_wrap=True)
    for name in more:
        table.add_column(word(f"withholding.column.{name}"), overflow="fold")
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    Console(highlight=False).print(table)


def _name(reference: str, name_ja: str, name_en: str) -> str:
    from rich.markup import escape

    name = name_ja if language() == "ja" else name_en or name_ja
    return escape(f"{name} ({reference})")


def _word(key: str) -> str:
    return message(language(), key)


def _money(amount_minor: int, currency: str) -> str:
    return formats.money(language=language(), amount_minor=amount_minor, currency=currency)
