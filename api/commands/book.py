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
    from ledger.services import auditing, comparing

    with open_book() as database:
        violations = auditing.audit(database)
        bank = comparing.compare_bank(database)
    for name, found in violations.items():
        typer.echo(f"{word('audit.broken') if found else word('audit.holds'):8} {name}")
        for violation in found:
            typer.echo(f"         {violation}")
    if bank.difference_count:
        say("bank_file.differs", count=bank.difference_count)
    differs = _differs_from_stripe()
    if differs or any(violations.values()):
        raise typer.Exit(1)


def _differs_from_stripe() -> bool:
    """Hold the book against Stripe where firms pay through it; tell whether the two differ."""
    from api.commands.stripe import show_differences
    from api.settings import read_settings

    options = read_settings().stripe_options()
    if options is None:
        return False
    from api.stripe_desk import stripe_desk
    from ledger.core.processor import ProcessorAway, ProcessorRefused

    with open_book() as database:
        desk = stripe_desk(database, options=options, clock=system_clock)
        try:
            differences = desk.reconciler.look()
        except (ProcessorAway, ProcessorRefused) as away:
            say("stripe.not_compared", reason=str(away))
            return True
    show_differences(differences)
    return bool(differences)
