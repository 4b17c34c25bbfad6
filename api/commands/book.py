"""What goes into the book before any usage, and the audit."""

from pathlib import Path
from typing import Annotated

import typer

from api.clock import system_clock
from api.terminal import open_book, say, word


def import_world(
    file: Annotated[Path, typer.Argument(help=word("world.help"))],
    by: Annotated[str, typer.Option(help=word("by.help"))],
) -> None:
    """Enter parties, works, decisions and licenses from a TOML file."""
    from api.world import enter, read_world

    world = read_world(file)
    with open_book() as database:
        enter(database, world, recorded_by=by, recorded_at=system_clock())
    say(
        "import.told",
        parties=len(world.parties) + len(world.committees),
        subjects=len(world.subjects),
        licenses=len(world.licenses),
    )


def audit() -> None:
    """Check every invariant, and list what breaks one."""
    from ledger.services import auditing

    with open_book() as database:
        violations = auditing.audit(database)
    for name, found in violations.items():
        typer.echo(f"{word('audit.broken') if found else word('audit.holds'):8} {name}")
        for violation in found:
            typer.echo(f"         {violation}")
    if any(violations.values()):
        raise typer.Exit(1)
