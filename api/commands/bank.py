"""``genbo bank``: what a bank says is read, and what pays an invoice exactly is posted."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.clock import system_clock
from api.terminal import open_book, say, word

app = typer.Typer(no_args_is_help=True)


@app.command("import", help=word("bank_file.import.help"))
def import_file(
    file: Annotated[Path, typer.Argument(help=word("bank_file.file.help"), metavar="FILE")],
    by: Annotated[str, typer.Option("--by", help=word("by.help"))],
    preset: Annotated[str | None, typer.Option(help=word("bank_file.preset.help"))] = None,
    mapping: Annotated[Path | None, typer.Option(help=word("bank_file.mapping.help"))] = None,
) -> None:
    """Read a bank's file: Zengin by itself, a CSV by a preset or a mapping file."""
    from api.bank_statements import narrow_or_none, read_statements
    from ledger.services import importing

    content = file.read_bytes()
    now = system_clock()
    statements = read_statements(content, preset=preset, mapping=mapping, read_at=now)
    with open_book() as database:
        imported = importing.import_file(
            database,
            name=file.name,
            content=content,
            statements=[replace(each, account=each.account or file.stem) for each in statements],
            narrow=narrow_or_none,
            imported_by=by,
            imported_at=now,
        )
    if not imported.is_new:
        say("bank_file.known", file=file.name)
        return
    say(
        "bank_file.imported",
        lines=imported.line_count,
        known=imported.known_count,
        matched=imported.matched_count,
        waiting=imported.waiting_count,
        out=imported.out_count,
    )


@app.command("compare", help=word("bank_file.compare.help"))
def compare() -> None:
    """Hold the ledger's bank account against the statements that were read."""
    from ledger.services import comparing

    with open_book() as database:
        found = comparing.compare_bank(database)
    say("bank_file.agreed", count=found.agreed_count)
    for each in found.in_book_only:
        amount = f"{each.amount_minor:,} {each.currency}"
        say("bank_file.in_book", day=each.day, amount=amount, source=each.source)
    for line in found.in_bank_only:
        amount = f"{line.amount_minor:,} {line.currency}"
        say("bank_file.in_bank", day=line.day, amount=amount, line=line.line_id, told=line.told)


@app.command("presets", help=word("bank_file.presets.help"))
def list_presets() -> None:
    """List the mappings of CSV files that come with the program."""
    from invoices.bank_csv import presets

    for name in presets():
        typer.echo(name)
