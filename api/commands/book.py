"""What goes into the book before any usage, and the audit."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.clock import system_clock
from api.terminal import open_book, say, word

if TYPE_CHECKING:
    from ledger.core.book_comparison import BookComparison


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


def audit(
    by: Annotated[str | None, typer.Option("--by", help=word("audit.by.help"))] = None,
    *,
    last: Annotated[bool, typer.Option("--last", help=word("audit.last.help"))] = False,
) -> None:
    """Check every invariant, list what breaks one, and hold the book against Stripe."""
    from api.comparer import Comparer
    from api.settings import read_settings
    from api.stripe_desk import stripe_desk
    from ledger.services import comparing

    options = read_settings().stripe_options()
    with open_book() as database:
        if last:
            found = comparing.last_comparison(database)
            if found is None:
                say("audit.never")
                raise typer.Exit(1)
        else:
            reconciler = None
            if options is not None:
                desk = stripe_desk(database, options=options, clock=system_clock)
                reconciler = desk.reconciler
            comparer = Comparer(database=database, clock=system_clock, reconciler=reconciler)
            found = comparer.compare(by=by or "genbo audit")
            if by is not None:
                comparer.keep(found)
    _show(found)
    if not found.agrees:
        raise typer.Exit(1)


def _show(found: "BookComparison") -> None:
    """Print what was found in the whole book."""
    from api.commands.stripe import show_differences
    from ledger.core.book_comparison import StripeState
    from ledger.core.invariants import INVARIANTS
    from ledger.core.period import TOKYO

    at = found.compared_at.astimezone(TOKYO).isoformat(sep=" ", timespec="minutes")
    say("audit.when", at=at, by=found.compared_by)
    for invariant in INVARIANTS:
        broken = [each for each in found.broken if each.invariant == invariant.name]
        typer.echo(f"{word('audit.broken') if broken else word('audit.holds'):8} {invariant.name}")
        for each in broken:
            say("audit.place", place=each.place, expected=each.expected, found=each.found)
    if not found.with_generations:
        say("audit.without_generations")
    if found.bank_differences:
        say("bank_file.differs", count=len(found.bank_differences))
    if found.stripe is StripeState.AWAY:
        say("stripe.not_compared", reason=found.stripe_reason)
    elif found.stripe is StripeState.COMPARED:
        show_differences(found.stripe_differences)
