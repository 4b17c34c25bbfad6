"""``genbo trial-balance`` and ``genbo journal``: what accounts have, and entries for a program."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.terminal import language, open_book, say, word
from locales import formats
from locales.catalogues import message

if TYPE_CHECKING:
    from invoices.journals import JournalFile
    from ledger.core.trial_balance import TrialLine
    from ledger.store.journal_exports import LoggedExport


def trial_balance(
    to: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help=word("trial.to.help"))],
    first: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=word("trial.from.help"))
    ] = None,
    by_party: Annotated[bool, typer.Option("--by-party", help=word("trial.by_party.help"))] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help=word("trial.csv.help"))] = None,
) -> None:
    """Show what each account had, what was debited and credited, and what it has."""
    from ledger.services import balancing

    first_day = terminal.day(first) if first else None
    last_day = terminal.day(to)
    with open_book() as database:
        lines = balancing.trial_balance(
            database, first_day=first_day, last_day=last_day, is_by_party=by_party
        )
    if csv is not None:
        from invoices.trial_sheet import trial_csv

        csv.parent.mkdir(parents=True, exist_ok=True)
        csv.write_bytes(b"".join(trial_csv(lines)))
        say("trial.written", file=csv)
        return
    if not lines:
        say("trial.none")
        return
    _show(lines, by_party=by_party)


def journal(
    by: Annotated[str | None, typer.Option("--by", help=word("journal.by.help"))] = None,
    format_: Annotated[str, typer.Option("--format", help=word("journal.format.help"))] = "yayoi",
    first: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=word("trial.from.help"))
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help=word("journal.to.help"))
    ] = None,
    new: Annotated[bool, typer.Option("--new", help=word("journal.new.help"))] = False,
    currency: Annotated[str | None, typer.Option(help=word("journal.currency.help"))] = None,
    encoding: Annotated[str | None, typer.Option(help=word("journal.encoding.help"))] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(envvar="GENBO_JOURNAL_MAPPING", help=word("journal.mapping.help")),
    ] = None,
    repeat: Annotated[int | None, typer.Option(help=word("journal.repeat.help"))] = None,
    log: Annotated[bool, typer.Option("--log", help=word("journal.log.help"))] = False,
    out: Annotated[Path, typer.Option(help=word("out.help"))] = Path("out"),
) -> None:
    """Write entries for an accounting program, and log that they left; or write them again."""
    from api.journals import Order, export, export_again
    from ledger.services import journaling

    with open_book() as database:
        if log:
            _show_log(journaling.list_exports(database))
            return
        if repeat is not None:
            again = export_again(database, number=repeat, mapping=mapping)
            path = out / again.name
            _write(path, again.file.content)
            _told(path, again.file)
            say("journal.again" if again.is_same else "journal.differs", number=repeat)
            return
        order = Order(
            format=format_,
            first_day=terminal.day(first) if first else None,
            last_day=terminal.day(last) if last else None,
            is_new_only=new,
            currency=currency,
            encoding=encoding,
            mapping=mapping,
        )
        made = export(database, order, exported_by=by or "", exported_at=system_clock())
        path = out / made.name
        _write(path, made.file.content)
    _told(path, made.file)
    say("journal.logged", number=made.number, count=made.entry_count)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _told(path: Path, file: "JournalFile") -> None:
    say("journal.written", file=path)
    if file.replaced:
        forms = ", ".join(f"{one} → {other}" for one, other in sorted(file.replaced.items()))
        say("journal.replaced", forms=forms)


def _show_log(exports: "Sequence[LoggedExport]") -> None:
    if not exports:
        say("journal.none")
        return
    for each in exports:
        days = f"{each.first_day or ''} – {each.last_day or ''}"
        parts = (
            str(each.number),
            each.format,
            word("journal.new_only") if each.is_new_only else days,
            word("journal.entries", count=each.entry_count),
            each.content_sha256.hex()[:16],
            f"{each.exported_at:%Y-%m-%d %H:%M} UTC",
            each.exported_by,
        )
        typer.echo("  ".join(parts))


def _show(lines: "Sequence[TrialLine]", *, by_party: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ledger.core.trial_balance import totals

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(word("trial.column.account"), overflow="fold")
    if by_party:
        table.add_column(word("trial.column.party"), overflow="fold")
    table.add_column(word("trial.column.currency"))
    for name in ("opening", "debit", "credit", "closing"):
        table.add_column(word(f"trial.column.{name}"), justify="right", no_wrap=True)
    party: tuple[str, ...]
    for line in lines:
        party = (escape(line.party or ""),) if by_party else ()
        name = message(language(), f"account.{line.code}")
        sums = (line.opening_minor, line.debit_minor, line.credit_minor, line.closing_minor)
        table.add_row(name, *party, line.currency, *_figures(sums, line.currency))
    party = ("",) if by_party else ()
    for total in totals(lines):
        sums = (total.opening_minor, total.debit_minor, total.credit_minor, total.closing_minor)
        figures = _figures(sums, total.currency)
        table.add_row(word("trial.total"), *party, total.currency, *figures, style="bold")
    Console(highlight=False).print(table)


def _figures(sums: Sequence[int], currency: str) -> list[str]:
    return [
        formats.figure(language=language(), amount_minor=amount, currency=currency)
        for amount in sums
    ]
